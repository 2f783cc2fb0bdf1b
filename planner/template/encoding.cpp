// SPDX-License-Identifier: Apache-2.0
#include "planner/template/encoding.h"

#include <array>
#include <charconv>
#include <cmath>

#include <openssl/evp.h>
#include <zlib.h>

#include "planner/template/function.h"
#include "planner/template/json.h"

namespace berth::templates {
namespace {

constexpr source::YamlLimits kYamlLimits{
    .bytes = kMaxTextBytes, .depth = 100, .nodes = kMaxElements, .expanded = kMaxElements};

bool isUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == '~';
}

Value scalarOf(const source::YamlNode& node) {
  const std::string& text = node.text();
  if (node.style() != source::YamlNode::Style::plain) return Value::of(text);
  if (text == "true" || text == "True" || text == "TRUE") return Value::of(true);
  if (text == "false" || text == "False" || text == "FALSE") return Value::of(false);
  const bool isHex = text.starts_with("0x");
  if (isHex || text.starts_with("0o")) {
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data() + 2, end, number, isHex ? 16 : 8);
    if (failure == std::errc() && stop == end) return Value::of(number);
    return Value::of(text);
  }
  const bool looksOctal = text.size() > 1 && text[0] == '0' && text[1] != '.' && text[1] != 'e';
  const bool isNumeric = text.find_first_not_of("+-.0123456789eE") == std::string::npos;
  if (isNumeric && !looksOctal) {
    if (auto number = parseNumber(text.starts_with('+') ? std::string_view(text).substr(1) : text)) return *number;
  }
  return Value::of(text);
}

bool isPlainKey(std::string_view key) {
  if (key.empty() || !((key[0] >= 'a' && key[0] <= 'z') || (key[0] >= 'A' && key[0] <= 'Z'))) return false;
  return key.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
         std::string_view::npos;
}

void writeYaml(std::string& out, const Value& value, std::size_t indent);

void writeMap(std::string& out, const Value::Map& map, std::size_t indent, bool isFirstInline) {
  for (const auto& [key, each] : map) {
    if (!isFirstInline) out.append(indent, ' ');
    isFirstInline = false;
    out += "\"";
    out += isPlainKey(key) ? key : jsonOf(Value::of(key)).substr(1, jsonOf(Value::of(key)).size() - 2);
    out += "\":";
    const bool isBlock = (each.isMap() && !each.map().empty()) || (each.isList() && !each.list().empty());
    if (isBlock) {
      out += "\n";
      writeYaml(out, each, each.isMap() ? indent + 2 : indent);
    } else {
      out += " ";
      writeYaml(out, each, indent);
    }
  }
}

void writeText(std::string& out, const std::string& text, std::size_t indent) {
  const bool isBlock = text.find('\n') != std::string::npos && text.ends_with('\n') && !text.starts_with(' ') &&
                       !text.starts_with('\n') && !text.ends_with("\n\n") && text.find('\r') == std::string::npos &&
                       text.find('\t') == std::string::npos;
  if (!isBlock) {
    out += jsonOf(Value::of(text)) + "\n";
    return;
  }
  out += "|\n";
  for (std::size_t from = 0; from < text.size();) {
    const auto end = text.find('\n', from);
    if (end > from) out.append(indent + 2, ' ').append(text, from, end - from);
    out += "\n";
    from = end + 1;
  }
}

void writeYaml(std::string& out, const Value& value, std::size_t indent) {
  if (value.isMap() && !value.map().empty()) return writeMap(out, value.map(), indent, false);
  if (value.isList() && !value.list().empty()) {
    for (const Value& each : value.list()) {
      out.append(indent, ' ').append("- ");
      if (each.isMap() && !each.map().empty()) {
        writeMap(out, each.map(), indent + 2, true);
      } else if (each.isList() && !each.list().empty()) {
        std::string inner;
        writeYaml(inner, each, indent + 2);
        out += inner.substr(indent + 2);
      } else {
        writeYaml(out, each, indent);
      }
    }
    return;
  }
  if (value.isText()) return writeText(out, value.text(), indent);
  out += jsonOf(value) + "\n";
}

// ---- functions --------------------------------------------------------------------------------------------------

Value bounded(const Call& call, std::string text) {
  call.charge(text.size() / 16);
  if (text.size() > kMaxTextBytes) call.refuse("the text would be too long");
  return Value::of(std::move(text));
}

Value base64encode(const Call& call) { return bounded(call, base64(call.text(0))); }

Value base64decode(const Call& call) {
  auto bytes = unbase64(call.text(0));
  if (!bytes) call.refuse("the text is no base64");
  return bounded(call, *std::move(bytes));
}

Value base64gzip(const Call& call) {
  const std::string text = call.text(0);
  call.charge(text.size());
  z_stream stream{};
  // 16 more than the window's size asks for a gzip header; its time is left at 0.
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    call.refuse("no compressor could be had");
  }
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return bounded(call, base64(out));
}

Value jsonencode(const Call& call) { return bounded(call, jsonOf(call.at(0), call)); }

Value jsondecode(const Call& call) {
  const std::string text = call.text(0);
  call.charge(text.size() / 8);
  auto value = valueOfJson(text);
  if (!value) call.refuse("the text is no JSON, or holds null in a list");
  return *std::move(value);
}

Value urlencode(const Call& call) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : call.text(0)) {
    if (isUnreserved(c)) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += '%';
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 15];
    }
  }
  return bounded(call, std::move(out));
}

Value yamlencode(const Call& call) { return bounded(call, yamlOf(call.at(0))); }

Value yamldecode(const Call& call) {
  const std::string text = call.text(0);
  call.charge(text.size());
  const source::YamlDocument document = source::readYaml(text, "the text", {.limits = kYamlLimits});
  if (document.failure()) call.refuse("the text is no YAML: " + document.failure()->message);
  if (document.root() == nullptr) return {};
  auto value = valueOf(*document.root());
  if (const auto* none = std::get_if<NoValue>(&value)) call.refuse(none->reason);
  return std::get<Value>(std::move(value));
}

/// RFC 4180; the first line names the columns.
class Csv {
public:
  Csv(const Call& call, std::string_view text) : call_(call), text_(text) {}

  Value run() {
    const std::vector<std::string> names = record();
    Value::List out;
    while (!text_.empty()) {
      std::vector<std::string> cells = record();
      if (cells.size() == 1 && cells.front().empty()) continue;
      if (cells.size() != names.size()) {
        call_.refuse("line " + std::to_string(line_ - 1) + " has " + std::to_string(cells.size()) + " fields for " +
                     std::to_string(names.size()) + " columns");
      }
      Value::Map row;
      for (std::size_t i = 0; i < names.size(); ++i) row.insert_or_assign(names[i], Value::of(std::move(cells[i])));
      out.push_back(Value::of(std::move(row)));
      call_.charge(names.size());
    }
    return Value::of(std::move(out));
  }

private:
  std::vector<std::string> record() {
    std::vector<std::string> cells;
    do {
      cells.push_back(cell());
    } while (takeIf(','));
    takeIf('\r');
    if (!text_.empty() && !takeIf('\n')) call_.refuse("a quote stands within a field on line " + std::to_string(line_));
    ++line_;
    return cells;
  }

  std::string cell() {
    std::string out;
    if (!takeIf('"')) {
      const auto end = text_.find_first_of(",\r\n\"");
      out = text_.substr(0, end);
      text_.remove_prefix(out.size());
      return out;
    }
    while (true) {
      const auto quote = text_.find('"');
      if (quote == std::string_view::npos) call_.refuse("a quote is not closed on line " + std::to_string(line_));
      out += text_.substr(0, quote);
      text_.remove_prefix(quote + 1);
      if (!takeIf('"')) return out;
      out += '"';
    }
  }

  bool takeIf(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }

  const Call& call_;
  std::string_view text_;
  std::size_t line_ = 1;
};

Value csvdecode(const Call& call) {
  const std::string text = call.text(0);
  call.charge(text.size() / 8);
  return Csv(call, text).run();
}

constexpr std::array kFunctions{
    Function{"base64decode", 1, 1, base64decode}, Function{"base64encode", 1, 1, base64encode},
    Function{"base64gzip", 1, 1, base64gzip},     Function{"csvdecode", 1, 1, csvdecode},
    Function{"jsondecode", 1, 1, jsondecode},     Function{"jsonencode", 1, 1, jsonencode},
    Function{"urlencode", 1, 1, urlencode},       Function{"yamldecode", 1, 1, yamldecode},
    Function{"yamlencode", 1, 1, yamlencode},
};

}  // namespace

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

std::optional<std::string> unbase64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  if (text.substr(0, text.size() - padding)
          .find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") !=
      std::string_view::npos) {
    return std::nullopt;
  }
  std::string out(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  out.resize(static_cast<std::size_t>(length) - padding);
  return out;
}

std::variant<Value, NoValue> valueOf(const source::YamlNode& written) {
  const source::YamlNode& node = written.resolved();
  if (node.isNull()) return Value();
  if (node.isScalar()) return scalarOf(node);
  if (node.isSequence()) {
    Value::List list;
    for (const source::YamlNode* item : node.items()) {
      auto each = valueOf(*item);
      if (std::holds_alternative<NoValue>(each)) return each;
      if (std::get<Value>(each).isNull()) return NoValue{item->mark(), "an element of the list is empty"};
      list.push_back(std::get<Value>(std::move(each)));
    }
    return Value::of(std::move(list));
  }
  Value::Map map;
  for (std::size_t i = 0; i < node.size(); ++i) {
    const source::YamlNode& key = node.key(i).resolved();
    if (!key.isScalar()) return NoValue{node.key(i).mark(), "a key has to be text"};
    auto each = valueOf(node.value(i));
    if (std::holds_alternative<NoValue>(each)) return each;
    if (map.contains(key.text())) return NoValue{node.key(i).mark(), "key \"" + key.text() + "\" is already there"};
    if (!std::get<Value>(each).isNull()) map.emplace(key.text(), std::get<Value>(std::move(each)));
  }
  return Value::of(std::move(map));
}

std::string yamlOf(const Value& value) {
  std::string out;
  writeYaml(out, value, 0);
  return out;
}

std::span<const Function> encodingFunctions() { return kFunctions; }

}  // namespace berth::templates

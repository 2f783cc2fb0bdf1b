// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/write.h"

#include "planner/source/text.h"

namespace berth::ignition {
namespace {

/// 3.2.0 kept these objects when they were spelled out, even if nothing was in them.
bool isKeptEmpty(SpecVersion version, const Field& field) {
  if (version != SpecVersion::v3_2 || field.shape == nullptr) return false;
  return field.shape->id == ShapeId::clevis || field.shape->id == ShapeId::clevisCustom;
}

bool holdsKeptObject(SpecVersion version, const Value& object) {
  for (const Value::Member& each : object.members()) {
    if (isKeptEmpty(version, *each.field)) return true;
    if (each.value.kind() == Value::Kind::object && holdsKeptObject(version, each.value)) return true;
  }
  return false;
}

/// A partition's number is always there for the checks, and 0 is how Ignition says "any": it is not written.
bool isUnwrittenZero(const Shape& shape, const Field& field, const Value& value) {
  return shape.id == ShapeId::partition && field.name == "number" && value.integer() == 0;
}

bool isWritten(SpecVersion version, const Shape& shape, const Field& field, const Value& value) {
  if (field.home == Home::butane || isUnwrittenZero(shape, field, value)) return false;
  if (isKeptEmpty(version, field) || value.hasContent()) return true;
  return value.kind() == Value::Kind::object && holdsKeptObject(version, value);
}

class Writer {
public:
  Writer(SpecVersion version, Layout layout) : version_(version), layout_(layout) {}

  std::string write(const Value& root) {
    object(root);
    return std::move(out_);
  }

private:
  void newline() {
    if (layout_ == Layout::compact) return;
    out_ += '\n';
    out_.append(2 * depth_, ' ');
  }

  void key(std::string_view name, bool& first) {
    if (!first) out_ += ',';
    first = false;
    newline();
    appendJsonString(out_, name);
    out_ += layout_ == Layout::compact ? ":" : ": ";
  }

  void object(const Value& object) {
    out_ += '{';
    ++depth_;
    bool first = true;
    for (const Field& field : object.shape().fields) {
      const Value* value = object.find(field.name);
      if (value == nullptr) {
        writeAbsent(object.shape(), field, first);
      } else if (isWritten(version_, object.shape(), field, *value)) {
        key(field.name, first);
        any(*value);
      }
    }
    --depth_;
    if (!first) newline();
    out_ += '}';
  }

  // 3.0.0 wrote the source of a reference to another config even when there was none.
  void writeAbsent(const Shape& shape, const Field& field, bool& first) {
    if (version_ != SpecVersion::v3_0 || shape.id != ShapeId::configReference || field.name != "source") return;
    key(field.name, first);
    out_ += "null";
  }

  void list(const Value& list) {
    out_ += '[';
    ++depth_;
    bool first = true;
    for (const Value& each : list.items()) {
      if (!first) out_ += ',';
      first = false;
      newline();
      any(each);
    }
    --depth_;
    if (!first) newline();
    out_ += ']';
  }

  void any(const Value& value) {
    switch (value.kind()) {
      case Value::Kind::text: return appendJsonString(out_, value.text());
      case Value::Kind::integer: out_ += std::to_string(value.integer()); return;
      case Value::Kind::boolean: out_ += value.boolean() ? "true" : "false"; return;
      case Value::Kind::list: return list(value);
      case Value::Kind::object: return object(value);
    }
  }

  SpecVersion version_;
  Layout layout_;
  std::size_t depth_ = 0;
  std::string out_;
};

}  // namespace

void appendJsonString(std::string& out, std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  out += '"';
  while (!text.empty()) {
    std::size_t length = source::utf8Length(text);
    std::string_view character = text.substr(0, length == 0 ? 1 : length);
    text.remove_prefix(character.size());
    char c = character.front();
    auto code = static_cast<unsigned char>(c);
    if (length == 0) {
      out += "\\ufffd";
    } else if (character == "\u2028" || character == "\u2029") {
      out += character == "\u2028" ? "\\u2028" : "\\u2029";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n' || c == '\r' || c == '\t') {
      out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
    } else if (code < 0x20 || c == '<' || c == '>' || c == '&') {
      out += "\\u00";
      out += kDigits[code >> 4];
      out += kDigits[code & 15];
    } else {
      out += character;
    }
  }
  out += '"';
}

std::string write(const Config& config, Layout layout) { return Writer(config.version(), layout).write(config.root()); }

}  // namespace berth::ignition

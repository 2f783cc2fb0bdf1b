// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/read.h"

#include <algorithm>
#include <charconv>

#include "planner/ignition/json_text.h"
#include "planner/ignition/unknown_keys.h"

namespace berth::ignition {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool sameIgnoringCase(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

/// Places in a text, from the number of bytes before them.
class Places {
public:
  Places(std::string_view text, std::string file) : file_(std::move(file)), size_(text.size()) {
    lines_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') lines_.push_back(i + 1);
    }
  }

  /// What is only told behind the end of the text has no place.
  [[nodiscard]] source::Mark at(std::size_t offset) const {
    if (offset >= size_) return {file_, 0, 0, 0};
    auto line = std::upper_bound(lines_.begin(), lines_.end(), offset) - 1;
    return {file_, static_cast<std::uint32_t>(line - lines_.begin() + 1),
            static_cast<std::uint32_t>(offset - *line + 1), 0};
  }
  /// Ignition names the first byte of a scalar, and the one after the bracket of an object or a list.
  [[nodiscard]] source::Mark of(const JsonNode& node) const {
    return at(node.begin() + (node.isMapping() || node.isSequence() ? 1 : 0));
  }

private:
  std::string file_;
  std::size_t size_;
  std::vector<std::size_t> lines_;
};

Finding failureOf(const JsonFailure& failure, const Places& places) {
  source::Mark where;
  if (failure.offset) where = places.at(*failure.offset);
  return {source::Severity::error, {}, where, failure.message};
}

std::string kindWord(const JsonNode& node) {
  switch (node.kind()) {
    case JsonNode::Kind::null: return "null";
    case JsonNode::Kind::boolean: return "bool";
    case JsonNode::Kind::number: return "number";
    case JsonNode::Kind::string: return "string";
    case JsonNode::Kind::list: return "array";
    case JsonNode::Kind::object: break;
  }
  return "object";
}

/// The Go type that messages name.
std::string typeWord(const Field& field) {
  switch (field.type) {
    case Type::text: return "string";
    case Type::integer: return "int";
    case Type::boolean: return "bool";
    case Type::texts: return field.elementType.empty() ? "[]string" : "[]types." + std::string(field.elementType);
    case Type::object: return "types." + std::string(field.shape->typeName);
    case Type::objects: break;
  }
  return "[]types." + std::string(field.shape->typeName);
}

/// Reads by the schema. As in Go, only the first value of a wrong type is told, names match whatever their case, and
/// the last of equal names wins.
class JsonDecoder {
public:
  JsonDecoder(SpecVersion version, const Places& places) : version_(version), places_(places) {}

  /// The whole text, of which nothing is left over when it is null.
  void read(const JsonNode& root, Value& config) {
    if (root.isMapping() || root.isNull()) return read(root, config, "$");
    failure_ = Finding{source::Severity::error,
                       {},
                       places_.at(root.isSequence() ? root.begin() + 1 : root.end()),
                       "json: cannot unmarshal " + kindWord(root) + " into Go value of type types.Config"};
  }

  [[nodiscard]] const std::optional<Finding>& failure() const { return failure_; }

private:
  void read(const JsonNode& node, Value& object, const std::string& path) {
    for (std::size_t i = 0; i < node.size(); ++i) {
      const Field* field = fieldOf(object.shape(), node.key(i).text());
      const JsonNode& value = node.value(i);
      if (field == nullptr || value.isNull()) continue;
      member(value, *field, object, path + "." + std::string(field->name));
    }
    addAlwaysThere(object);
  }

  const Field* fieldOf(const Shape& shape, std::string_view key) const {
    const Field* folded = nullptr;
    for (const Field& field : shape.fields) {
      if (field.home == Home::butane || !knows(version_, field)) continue;
      if (field.name == key) return &field;
      if (folded == nullptr && sameIgnoringCase(field.name, key)) folded = &field;
    }
    return folded;
  }

  void mismatch(const JsonNode& node, const std::string& path, const std::string& wanted, std::string_view owner) {
    if (failure_) return;
    bool isCollection = node.isMapping() || node.isSequence();
    std::string found = kindWord(node);
    if (node.kind() == JsonNode::Kind::number && wanted == "int") found += " " + node.text();
    std::string way = path.substr(std::min<std::size_t>(path.size(), 2));
    failure_ = Finding{source::Severity::error,
                       {},
                       places_.at(isCollection ? node.begin() + 1 : node.end()),
                       "json: cannot unmarshal " + found + " into Go struct field " + std::string(owner) + "." +
                           goWay(way, owner) + " of type " + wanted};
  }

  // Go names no indexes, but the embedded structs that a file's fields come from.
  static std::string goWay(const std::string& way, std::string_view owner) {
    std::string out;
    std::string_view rest = way;
    while (!rest.empty()) {
      std::size_t dot = rest.find('.');
      std::string_view segment = rest.substr(0, dot);
      rest.remove_prefix(dot == std::string_view::npos ? rest.size() : dot + 1);
      if (segment.find_first_not_of("0123456789") == std::string_view::npos) continue;
      bool isLast = rest.empty();
      bool isEmbedded = owner == "File" || owner == "Directory" || owner == "Link";
      out += out.empty() ? "" : ".";
      if (isLast && isEmbedded && (segment == "mode" || segment == "hard" || segment == "target")) {
        out += std::string(owner) + "Embedded1.";
      }
      out += segment;
    }
    return out;
  }

  void member(const JsonNode& node, const Field& field, Value& object, const std::string& path) {
    std::string_view owner = object.shape().typeName;
    Origin origin{path, places_.of(node)};
    auto wrong = [&] { mismatch(node, path, typeWord(field), owner); };
    switch (field.type) {
      case Type::text:
        if (node.kind() != JsonNode::Kind::string) return wrong();
        object.put(field.name, Value::ofText(node.text(), std::move(origin)));
        return;
      case Type::boolean:
        if (node.kind() != JsonNode::Kind::boolean) return wrong();
        object.put(field.name, Value::ofBoolean(node.text() == "true", std::move(origin)));
        return;
      case Type::integer: {
        std::int64_t number = 0;
        const std::string& text = node.text();
        auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
        bool isWhole = failure == std::errc() && end == text.data() + text.size();
        if (node.kind() != JsonNode::Kind::number || !isWhole) return wrong();
        object.put(field.name, Value::ofInteger(number, std::move(origin)));
        return;
      }
      case Type::object: {
        if (!node.isMapping()) return wrong();
        Value& below = object.ensure(field.name);
        below.setOrigin(std::move(origin));
        return read(node, below, path);
      }
      case Type::texts:
      case Type::objects: break;
    }
    if (!node.isSequence()) return wrong();
    object.put(field.name, list(node, field, std::move(origin), owner));
  }

  Value list(const JsonNode& node, const Field& field, Origin origin, std::string_view owner) {
    std::string path = origin.path;
    Value out = Value::list(std::move(origin));
    for (const JsonNode* each : node.items()) {
      std::string below = path + "." + std::to_string(out.items().size());
      Origin from{below, places_.of(*each)};
      if (field.type == Type::texts) {
        bool isText = each->kind() == JsonNode::Kind::string;
        if (!isText && !each->isNull()) mismatch(*each, path, typeWord(field).substr(2), owner);
        out.items().push_back(Value::ofText(isText ? each->text() : std::string(), std::move(from)));
        continue;
      }
      if (!each->isMapping() && !each->isNull()) mismatch(*each, path, typeWord(field).substr(2), owner);
      Value& element = out.items().emplace_back(Value::object(*field.shape, std::move(from)));
      if (each->isMapping()) {
        read(*each, element, below);
      } else {
        addAlwaysThere(element);
      }
    }
    return out;
  }

  void addAlwaysThere(Value& object) {
    for (const Field& field : object.shape().fields) {
      if (field.home == Home::butane || !isAlwaysThere(version_, field) || object.find(field.name) != nullptr) continue;
      object.ensure(field.name).setOrigin({object.origin().path + "." + std::string(field.name), object.origin().mark});
    }
  }

  SpecVersion version_;
  const Places& places_;
  std::optional<Finding> failure_;
};

/// The value of the last member that is called `name`, whatever its case.
const JsonNode* memberOf(const JsonNode& object, std::string_view name) {
  const JsonNode* found = nullptr;
  for (std::size_t i = 0; i < object.size(); ++i) {
    if (sameIgnoringCase(object.key(i).text(), name)) found = &object.value(i);
  }
  return found;
}

/// What a text says of its own version, and what keeps it from saying so.
struct StatedVersion {
  std::string version;
  /// Not empty when the text is no object or the version no text.
  Findings findings;
};

StatedVersion versionIn(const JsonNode& root, const Places& places) {
  auto wrong = [&](const JsonNode& node, const std::string& into) {
    bool isCollection = node.isMapping() || node.isSequence();
    return StatedVersion{{},
                         {{source::Severity::error,
                           {},
                           places.at(isCollection ? node.begin() + 1 : node.end()),
                           "json: cannot unmarshal " + kindWord(node) + " into Go " + into}}};
  };
  if (root.isNull()) return {};
  if (!root.isMapping()) return wrong(root, "value of type util.versionStub");
  const JsonNode* ignition = memberOf(root, "ignition");
  if (ignition == nullptr || ignition->isNull()) return {};
  if (!ignition->isMapping())
    return wrong(*ignition, "struct field versionStub.Ignition of type struct { Version string }");
  const JsonNode* version = memberOf(*ignition, "version");
  if (version == nullptr || version->isNull()) return {};
  if (version->kind() != JsonNode::Kind::string)
    return wrong(*version, "struct field .Ignition.Version of type string");
  return {version->text(), {}};
}

void findUnknownKeys(const JsonNode& root, SpecVersion version, const Places& places, Findings& findings) {
  auto nameOf = [](const Field& field) { return field.name; };
  auto known = [version](const Field& field) { return field.home != Home::butane && knows(version, field); };
  auto keyMark = [&](const JsonNode& node) { return places.at(node.begin()); };
  auto valueMark = [&](const JsonNode& node) { return places.of(node); };
  UnknownKeys<JsonNode>(known, nameOf, keyMark, valueMark, findings).walk(configShape(), root, "$");
}

Findings findingsAbout(const Config& config, const JsonNode& root, const Places& places, Rules rules) {
  Findings findings;
  findUnknownKeys(root, config.version(), places, findings);
  for (Finding& each : validate(config, Naming::ignition, rules)) {
    each.where = places.of(locate(root, each.path));
    findings.push_back(std::move(each));
  }
  return findings;
}

}  // namespace

std::string statedVersion(std::string_view text) {
  JsonDocument document = readJson(text);
  return document.failure() ? std::string() : versionIn(*document.root(), Places({}, {})).version;
}

Inspected inspect(std::string_view text, SpecVersion version, Rules rules) {
  Places places(text, {});
  JsonDocument document = readJson(text);
  if (document.failure()) return {false, {}, {failureOf(*document.failure(), places)}};
  const JsonNode& root = *document.root();
  Config config(version, Value::object(configShape(), {"$", places.of(root)}));
  JsonDecoder decoder(version, places);
  decoder.read(root, config.root());
  if (decoder.failure()) return {false, {}, {*decoder.failure()}};
  Inspected inspected{.isReadable = true, .version = {}, .findings = {}};
  if (const Value* stated = config.root().at("ignition", "version")) inspected.version = stated->text();
  inspected.findings = findingsAbout(config, root, places, rules);
  return inspected;
}

Parsed parse(std::string_view text, const std::string& file, Rules rules) {
  Parsed parsed;
  Places places(text, file);
  if (text.empty()) return {{}, {}, "not a config (empty)"};
  JsonDocument document = readJson(text);
  if (document.failure()) return {{}, {failureOf(*document.failure(), places)}, {}};
  const JsonNode& root = *document.root();
  StatedVersion stated = versionIn(root, places);
  if (!stated.findings.empty()) return {{}, std::move(stated.findings), {}};
  auto normalised = normalisedVersion(stated.version);
  if (!normalised) return {{}, {}, "invalid config version (couldn't parse)"};
  auto version = parseSpecVersion(*normalised);
  if (!version) return {{}, {}, "unsupported config version"};

  Config config(*version, Value::object(configShape(), {"$", places.of(root)}));
  JsonDecoder decoder(*version, places);
  decoder.read(root, config.root());
  if (decoder.failure()) return {{}, {*decoder.failure()}, {}};
  parsed.findings = findingsAbout(config, root, places, rules);
  if (!hasErrors(parsed.findings)) parsed.config = std::move(config);
  return parsed;
}

}  // namespace berth::ignition

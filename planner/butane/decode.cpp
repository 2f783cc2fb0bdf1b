// SPDX-License-Identifier: Apache-2.0
#include "planner/butane/decode.h"

#include <algorithm>
#include <functional>
#include <set>

#include "planner/butane/scalar.h"
#include "planner/ignition/data_url.h"

namespace berth::butane {
namespace {

using ignition::Field;
using ignition::Shape;
using ignition::Type;
using ignition::Value;
using source::YamlNode;

/// Beyond so many mistakes nobody reads on.
constexpr std::size_t kMostLines = 1000;

bool isMergeKey(const YamlNode& key) {
  return key.isScalar() && key.text() == "<<" && key.style() == YamlNode::Style::plain &&
         (key.tag().empty() || key.tag() == "tag:yaml.org,2002:merge");
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "\"";
}

class Decoder {
public:
  using Knows = std::function<bool(const Field&)>;
  using TypeName = std::function<std::string(const Shape&)>;

  Decoder(Knows knows, TypeName typeName, ignition::SpecVersion version, Undecodable& wrong)
      : knows_(std::move(knows)), typeName_(std::move(typeName)), version_(version), wrong_(wrong) {}

  std::optional<Value> object(const YamlNode& node, const Shape& shape, const std::string& path) {
    std::optional<Value> out;
    follow(node, [&](const YamlNode& value) {
      if (!value.isMapping()) return mismatch(value, typeName_(shape));
      out = Value::object(shape, {path, node.mark()});
      Seen seen;
      if (!reportDuplicates(value)) members(value, *out, path, seen);
      addAlwaysThere(*out);
    });
    return out;
  }

private:
  /// The fields of one object that were met so far, nulls among them.
  using Seen = std::set<const Field*>;

  /// Reads what an alias stands for, unless it stands inside of that.
  template <class Read>
  void follow(const YamlNode& node, Read read) {
    if (!node.isAlias()) return read(node);
    if (!expanding_.insert(&node).second) {
      if (wrong_.fatal.empty()) wrong_.fatal = "yaml: anchor '" + node.text() + "' value contains itself";
      return;
    }
    read(node.resolved());
    expanding_.erase(&node);
  }

  void complain(const YamlNode& node, const std::string& what) {
    if (wrong_.lines.size() < kMostLines) {
      wrong_.lines.push_back("line " + std::to_string(node.line()) + ": " + what);
    }
  }

  void mismatch(const YamlNode& node, const std::string& wanted) {
    std::string found = node.isMapping() ? "!!map" : "!!seq";
    if (node.isScalar()) {
      auto scalar = resolve(node);
      // Long values are cut.
      constexpr std::size_t kShown = 10;
      bool isLong = node.text().size() > kShown;
      found = std::string(scalar ? scalar->tag : "!!str") + " `" +
              (isLong ? node.text().substr(0, 7) + "..." : node.text()) + "`";
    }
    complain(node, "cannot unmarshal " + found + " into " + wanted);
  }

  bool reportDuplicates(const YamlNode& mapping) {
    auto pairs = source::duplicateKeys(mapping);
    for (const source::DuplicateKey& each : pairs) {
      const YamlNode& later = mapping.key(each.second);
      complain(later, "mapping key " + quoted(later.text()) + " already defined at line " +
                          std::to_string(mapping.key(each.first).line()));
    }
    return !pairs.empty();
  }

  // What stands here wins over what is merged in, wherever the merge key stands.
  void members(const YamlNode& mapping, Value& out, const std::string& path, Seen& seen) {
    const YamlNode* merged = nullptr;
    for (std::size_t i = 0; i < mapping.size() && wrong_.fatal.empty(); ++i) {
      const YamlNode& key = mapping.key(i);
      if (isMergeKey(key)) {
        merged = &mapping.value(i);
        continue;
      }
      const YamlNode& name = key.resolved();
      if (!name.isScalar()) {
        mismatch(name, "string");
        continue;
      }
      const Field* field = fieldOf(out.shape(), name.text());
      if (field != nullptr && seen.insert(field).second) member(mapping.value(i), *field, out, path);
    }
    if (merged != nullptr) merge(*merged, out, path, seen);
  }

  void merge(const YamlNode& node, Value& out, const std::string& path, Seen& seen) {
    follow(node, [&](const YamlNode& value) {
      if (value.isMapping()) return members(value, out, path, seen);
      bool isListOfMappings = value.isSequence() && !node.isAlias() &&
                              std::all_of(value.items().begin(), value.items().end(),
                                          [](const YamlNode* each) { return each->resolved().isMapping(); });
      if (!isListOfMappings) {
        wrong_.fatal = "yaml: map merge requires map or sequence of maps as the value";
        return;
      }
      for (const YamlNode* each : value.items()) merge(*each, out, path, seen);
    });
  }

  const Field* fieldOf(const Shape& shape, std::string_view key) const {
    for (const Field& field : shape.fields) {
      if (field.yaml == key && knows_(field)) return &field;
    }
    return nullptr;
  }

  void member(const YamlNode& node, const Field& field, Value& out, const std::string& path) {
    std::string below = path + "." + std::string(field.yaml);
    if (node.resolved().isNull()) {
      // Absent, but for the place that a finding about it gets.
      if (ignition::isAlwaysThere(version_, field)) out.ensure(field.name).setOrigin({below, node.mark()});
      return;
    }
    if (auto value = any(node, field, below)) out.put(field.name, std::move(*value));
  }

  std::optional<Value> any(const YamlNode& node, const Field& field, const std::string& path) {
    switch (field.type) {
      case Type::object: return object(node, *field.shape, path);
      case Type::objects:
      case Type::texts: return list(node, field, path);
      case Type::text:
      case Type::integer:
      case Type::boolean: break;
    }
    return scalar(node, field.type, "string", path);
  }

  std::optional<Value> list(const YamlNode& node, const Field& field, const std::string& path) {
    std::optional<Value> out;
    std::string element = field.type == Type::objects ? typeName_(*field.shape)
                          : field.elementType.empty() ? "string"
                                                      : typeName_({ignition::ShapeId::config, field.elementType, {}});
    follow(node, [&](const YamlNode& value) {
      if (!value.isSequence()) return mismatch(value, "[]" + element);
      out = Value::list({path, node.mark()});
      for (const YamlNode* each : value.items()) {
        if (each->resolved().isNull() || !wrong_.fatal.empty()) continue;
        std::string below = path + "." + std::to_string(out->items().size());
        auto item = field.type == Type::objects ? object(*each, *field.shape, below)
                                                : scalar(*each, Type::text, element, below);
        if (item) out->items().push_back(std::move(*item));
      }
    });
    return out;
  }

  std::optional<Value> scalar(const YamlNode& node, Type type, const std::string& wantedText, const std::string& path) {
    const YamlNode& value = node.resolved();
    std::string wanted = type == Type::integer ? "int" : type == Type::boolean ? "bool" : wantedText;
    if (!value.isScalar()) return mismatch(value, wanted), std::nullopt;
    auto resolved = resolve(value);
    if (!resolved) {
      std::string_view tag = value.tag();
      wrong_.fatal =
          "yaml: cannot decode !!str `" + value.text() + "` as a !!" + std::string(tag.substr(tag.rfind(':') + 1));
      return std::nullopt;
    }
    ignition::Origin origin{path, node.mark()};
    if (type == Type::text) return text(value, *resolved, std::move(origin));
    if (type == Type::integer) {
      if (auto number = asInteger(*resolved)) return Value::ofInteger(*number, std::move(origin));
    } else if (auto truth = asBoolean(*resolved, value.text())) {
      return Value::ofBoolean(*truth, std::move(origin));
    }
    return mismatch(value, wanted), std::nullopt;
  }

  std::optional<Value> text(const YamlNode& node, const Scalar& scalar, ignition::Origin origin) {
    if (scalar.tag != "!!binary") return Value::ofText(node.text(), std::move(origin));
    auto bytes = ignition::decodeBase64(node.text());
    if (auto* decoded = std::get_if<std::string>(&bytes)) return Value::ofText(std::move(*decoded), std::move(origin));
    wrong_.fatal = "yaml: !!binary value contains invalid base64 data";
    return std::nullopt;
  }

  // A finding about such a field points at the object, but names the field.
  void addAlwaysThere(Value& object) {
    for (const Field& field : object.shape().fields) {
      if (!knows_(field) || !ignition::isAlwaysThere(version_, field) || object.find(field.name) != nullptr) continue;
      object.ensure(field.name).setOrigin({object.origin().path + "." + std::string(field.yaml), object.origin().mark});
    }
  }

  Knows knows_;
  TypeName typeName_;
  ignition::SpecVersion version_;
  Undecodable& wrong_;
  /// The aliases that are being read just now, one within the other.
  std::set<const YamlNode*> expanding_;
};

bool isOwnType(const Shape& shape) {
  std::string_view name = shape.typeName;
  return name.starts_with("BootDevice") || name.starts_with("Grub");
}

}  // namespace

std::string Undecodable::message() const {
  if (!fatal.empty()) return fatal;
  std::string out = "yaml: unmarshal errors:";
  for (const std::string& each : lines) out += "\n  " + each;
  return out;
}

Header decodeHeader(const source::YamlNode& root, Undecodable& wrong) {
  auto isHeader = [](const Field& field) { return field.name == "variant" || field.name == "version"; };
  auto typeName = [](const Shape&) { return std::string("config.commonFields"); };
  Decoder decoder(isHeader, typeName, ignition::SpecVersion::v3_0, wrong);
  if (root.isNull()) return {};
  auto value = decoder.object(root, ignition::configShape(), "$");
  if (!value) return {};
  return {std::string(value->textOr("variant")), std::string(value->textOr("version"))};
}

ignition::Value decode(const source::YamlNode& root, const Dialect& dialect, Undecodable& wrong) {
  auto knows = [&](const Field& field) { return dialect.knows(field); };
  auto typeName = [&](const Shape& shape) {
    return std::string(isOwnType(shape) ? dialect.ownTypes : dialect.sharedTypes) + "." + std::string(shape.typeName);
  };
  Decoder decoder(knows, typeName, dialect.target, wrong);
  auto value = decoder.object(root, ignition::configShape(), "$");
  return value ? std::move(*value) : Value::object(ignition::configShape(), {"$", root.mark()});
}

}  // namespace berth::butane

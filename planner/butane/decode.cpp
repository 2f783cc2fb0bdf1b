// SPDX-License-Identifier: Apache-2.0
#include "planner/butane/decode.h"

#include <functional>
#include <set>
#include <utility>

#include "planner/butane/scalar.h"
#include "planner/source/text.h"

namespace berth::butane {
namespace {

using ignition::Field;
using ignition::Shape;
using ignition::Type;
using ignition::Value;
using source::YamlNode;

/// Beyond so many mistakes nobody reads on.
constexpr std::size_t kMostLines = 1000;

bool isMergeKey(const YamlNode& key) { return key.isScalar() && key.text() == "<<" && shortTagOf(key) == "!!merge"; }

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
  struct Seen {
    std::set<const Field*> fields;
    /// What is merged in says nothing of what is there already.
    bool isMerging = false;
  };

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
    if (node.isMapping() && reportDuplicates(node)) return;
    std::string found = shortTagOf(node);
    if (found != "!!map" && found != "!!seq") {
      // Long values are cut.
      constexpr std::size_t kShown = 10;
      const std::string& text = node.text();
      found += " `" + (text.size() > kShown ? text.substr(0, 7) + "..." : text) + "`";
    }
    complain(node, "cannot unmarshal " + found + " into " + wanted);
  }

  /// What a scalar means; when its tag does not fit, that ends all reading.
  std::optional<Scalar> understand(const YamlNode& node) {
    auto resolved = resolve(node);
    if (auto* scalar = std::get_if<Scalar>(&resolved)) return std::move(*scalar);
    if (wrong_.fatal.empty()) wrong_.fatal = std::get<Misfit>(resolved).reason;
    return std::nullopt;
  }

  /// Whether nothing stands there; nothing more is to be read when its tag does not fit.
  bool isAbsent(const YamlNode& node) {
    const YamlNode& value = node.resolved();
    if (!value.isScalar()) return false;
    auto scalar = understand(value);
    return !scalar || scalar->tag == "!!null";
  }

  bool reportDuplicates(const YamlNode& mapping) {
    auto pairs = source::duplicateKeys(mapping);
    for (const source::DuplicateKey& each : pairs) {
      const YamlNode& later = mapping.key(each.second);
      complain(later, "mapping key " + source::quoted(later.text()) + " already defined at line " +
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
      } else if (!isAbsent(name)) {
        if (const Field* field = fieldOf(out.shape(), name.text()))
          entry(key, mapping.value(i), *field, out, path, seen);
      }
    }
    if (merged == nullptr || !wrong_.fatal.empty()) return;
    bool wasMerging = std::exchange(seen.isMerging, true);
    merge(*merged, out, path, seen);
    seen.isMerging = wasMerging;
  }

  void entry(const YamlNode& key, const YamlNode& value, const Field& field, Value& out, const std::string& path,
             Seen& seen) {
    if (seen.fields.insert(&field).second) return member(value, field, out, path);
    // Only an alias for a key can bring one back that is no duplicate.
    if (seen.isMerging) return;
    complain(key, "field " + std::string(field.yaml) + " already set in type " + typeName_(out.shape()));
  }

  void merge(const YamlNode& node, Value& out, const std::string& path, Seen& seen) {
    follow(node, [&](const YamlNode& value) {
      if (value.isMapping()) {
        if (!reportDuplicates(value)) members(value, out, path, seen);
        return;
      }
      if (!value.isSequence() || node.isAlias()) return refuseMerge();
      for (const YamlNode* each : value.items()) {
        if (!each->resolved().isMapping()) return refuseMerge();
        merge(*each, out, path, seen);
      }
    });
  }

  void refuseMerge() {
    if (wrong_.fatal.empty()) wrong_.fatal = "yaml: map merge requires map or sequence of maps as the value";
  }

  const Field* fieldOf(const Shape& shape, std::string_view key) const {
    for (const Field& field : shape.fields) {
      if (field.yaml == key && knows_(field)) return &field;
    }
    return nullptr;
  }

  void member(const YamlNode& node, const Field& field, Value& out, const std::string& path) {
    std::string below = path + "." + std::string(field.yaml);
    if (isAbsent(node)) {
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
        if (isAbsent(*each) || !wrong_.fatal.empty()) continue;
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
    auto understood = understand(value);
    if (!understood) return std::nullopt;
    ignition::Origin origin{path, node.mark()};
    if (type == Type::text) {
      bool isBinary = understood->tag == "!!binary";
      return Value::ofText(isBinary ? understood->bytes : value.text(), std::move(origin));
    }
    if (type == Type::integer) {
      if (auto number = asInteger(*understood)) return Value::ofInteger(*number, std::move(origin));
    } else if (auto truth = asBoolean(*understood, value.text())) {
      return Value::ofBoolean(*truth, std::move(origin));
    }
    return mismatch(value, wanted), std::nullopt;
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

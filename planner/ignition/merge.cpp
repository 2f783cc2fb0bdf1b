// SPDX-License-Identifier: Apache-2.0
//
// Laying one config over another. Objects merge field by field, and lists entry by entry: two entries are the same when
// their keys are equal. Files, directories and links share one set of keys, since one path is one node; so do the two
// lists of kernel arguments.
#include <algorithm>
#include <map>
#include <set>

#include "planner/ignition/config.h"
#include "planner/ignition/keys.h"

namespace berth::ignition {
namespace {

Value mergedValue(const Field& field, const Value& parent, const Value& child);

/// The lists of one object whose entries share their keys.
std::vector<std::string_view> sharers(const Shape& shape, const Field& field) {
  if (shape.id == ShapeId::storage && field.shape != nullptr && field.shape->key == Key::path) {
    return {"directories", "files", "links"};
  }
  if (shape.id == ShapeId::kernelArguments) return {"shouldExist", "shouldNotExist"};
  return {};
}

/// Keys that the child uses in the other lists which share them: they displace the parent's entries here.
std::set<std::string, std::less<>> displaced(const Shape& shape, const Field& field, const Value& child) {
  std::set<std::string, std::less<>> keys;
  for (std::string_view name : sharers(shape, field)) {
    if (name == field.name) continue;
    for (const Value& each : itemsOf(child.find(name))) keys.insert(keyOf(each));
  }
  return keys;
}

/// An HTTP header without a value says that the parent's is not wanted.
bool isTakenBack(const Value& child) {
  return child.kind() == Value::Kind::object && child.shape().id == ShapeId::httpHeader &&
         child.find("value") == nullptr;
}

Value mergedList(const Field& field, const Value& parent, const Value& child,
                 const std::set<std::string, std::less<>>& gone) {
  Value out = Value::list(child.items().empty() ? parent.origin() : child.origin());
  if (field.joining == Joining::appended) {
    out.items() = parent.items();
    out.items().insert(out.items().end(), child.items().begin(), child.items().end());
    return out;
  }
  // Of several entries with one key the last counts.
  std::map<std::string, const Value*, std::less<>> fresh;
  for (const Value& each : child.items()) fresh.insert_or_assign(keyOf(each), &each);
  std::set<std::string, std::less<>> taken;
  for (const Value& each : parent.items()) {
    std::string key = keyOf(each);
    if (gone.contains(key)) continue;
    auto found = fresh.find(key);
    taken.insert(std::move(key));
    if (found == fresh.end()) {
      out.items().push_back(each);
    } else if (!isTakenBack(*found->second)) {
      out.items().push_back(mergedValue(field, each, *found->second));
    }
  }
  for (const Value& each : child.items()) {
    if (!taken.contains(keyOf(each))) out.items().push_back(each);
  }
  return out;
}

Value mergedObject(const Value& parent, const Value& child) {
  Value out = Value::object(child.shape(), child.origin());
  for (const Field& field : child.shape().fields) {
    const Value* below = parent.find(field.name);
    const Value* above = child.find(field.name);
    if (field.isList() && below != nullptr) {
      Value none = Value::list(below->origin());
      Value list = mergedList(field, *below, above == nullptr ? none : *above, displaced(child.shape(), field, child));
      if (!list.items().empty()) out.put(field.name, std::move(list));
    } else if (below != nullptr && above != nullptr) {
      out.put(field.name, mergedValue(field, *below, *above));
    } else if (below != nullptr || above != nullptr) {
      out.put(field.name, above != nullptr ? *above : *below);
    }
  }
  return out;
}

/// A partition that nobody numbered has the number 0, which says nothing against the other's.
bool saysNothing(const Field& field, const Value& value) {
  if (field.presence != Presence::always) return false;
  return value.kind() == Value::Kind::integer ? value.integer() == 0
                                              : value.kind() == Value::Kind::text && value.text().empty();
}

Value mergedValue(const Field& field, const Value& parent, const Value& child) {
  switch (child.kind()) {
    case Value::Kind::object: return mergedObject(parent, child);
    case Value::Kind::list: return mergedList(field, parent, child, {});
    default: return saysNothing(field, child) ? parent : child;
  }
}

}  // namespace

Config merge(const Config& parent, const Config& child) {
  SpecVersion version = std::max(parent.version(), child.version());
  Config below = *convert(parent, version);
  Config above = *convert(child, version);
  return {version, mergedObject(below.root(), above.root())};
}

}  // namespace berth::ignition

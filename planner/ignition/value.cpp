// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/value.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace berth::ignition {
namespace {

Value emptyOf(const Field& field, Origin origin) {
  switch (field.type) {
    case Type::text: return Value::ofText({}, std::move(origin));
    case Type::integer: return Value::ofInteger(0, std::move(origin));
    case Type::boolean: return Value::ofBoolean(false, std::move(origin));
    case Type::object: return Value::object(*field.shape, std::move(origin));
    case Type::texts:
    case Type::objects: break;
  }
  return Value::list(std::move(origin));
}

}  // namespace

Value Value::ofText(std::string text, Origin origin) {
  Value value;
  value.text_ = std::move(text);
  value.origin_ = std::move(origin);
  return value;
}

Value Value::ofInteger(std::int64_t number, Origin origin) {
  Value value;
  value.kind_ = Kind::integer;
  value.number_ = number;
  value.origin_ = std::move(origin);
  return value;
}

Value Value::ofBoolean(bool truth, Origin origin) {
  Value value = ofInteger(truth ? 1 : 0, std::move(origin));
  value.kind_ = Kind::boolean;
  return value;
}

Value Value::list(Origin origin) {
  Value value;
  value.kind_ = Kind::list;
  value.origin_ = std::move(origin);
  return value;
}

Value Value::object(const Shape& shape, Origin origin) {
  Value value;
  value.kind_ = Kind::object;
  value.shape_ = &shape;
  value.origin_ = std::move(origin);
  return value;
}

const Value* Value::find(std::string_view name) const {
  for (const Member& each : members_) {
    if (each.field->name == name) return &each.value;
  }
  return nullptr;
}

Value* Value::find(std::string_view name) { return const_cast<Value*>(std::as_const(*this).find(name)); }

const Value* Value::at(std::string_view outer, std::string_view inner) const {
  const Value* member = find(outer);
  return member == nullptr ? nullptr : member->find(inner);
}

Value& Value::ensure(std::string_view name) {
  if (Value* present = find(name)) return *present;
  const Field* field = shape_->field(name);
  assert(field != nullptr);
  return put(name, emptyOf(*field, origin_));
}

Value& Value::put(std::string_view name, Value value) {
  const Field* field = shape_->field(name);
  assert(field != nullptr);
  // The fields of a shape lie in one array: their addresses have the schema's order.
  auto place = std::lower_bound(members_.begin(), members_.end(), field,
                                [](const Member& member, const Field* wanted) { return member.field < wanted; });
  if (place != members_.end() && place->field == field) {
    place->value = std::move(value);
    return place->value;
  }
  return members_.insert(place, Member{field, std::move(value)})->value;
}

void Value::remove(std::string_view name) {
  std::erase_if(members_, [&](const Member& member) { return member.field->name == name; });
}

std::string_view Value::textOr(std::string_view name, std::string_view otherwise) const {
  const Value* member = find(name);
  return member == nullptr ? otherwise : std::string_view(member->text_);
}

std::int64_t Value::integerOr(std::string_view name, std::int64_t otherwise) const {
  const Value* member = find(name);
  return member == nullptr ? otherwise : member->number_;
}

bool Value::isTrue(std::string_view name) const { return integerOr(name, 0) != 0; }

bool Value::hasContent() const {
  if (kind_ == Kind::list) return !items_.empty();
  if (kind_ != Kind::object) return true;
  return std::any_of(members_.begin(), members_.end(), [](const Member& each) { return each.value.hasContent(); });
}

bool Value::sameAs(const Value& other) const {
  auto sameItem = [](const Value& left, const Value& right) { return left.sameAs(right); };
  auto sameMember = [&](const Member& each) {
    const Value* counterpart = other.find(each.field->name);
    return counterpart == nullptr ? !each.value.hasContent() : each.value.sameAs(*counterpart);
  };
  auto isKnownOrNothing = [&](const Member& each) {
    return find(each.field->name) != nullptr || !each.value.hasContent();
  };
  return kind_ == other.kind_ && number_ == other.number_ && text_ == other.text_ &&
         std::equal(items_.begin(), items_.end(), other.items_.begin(), other.items_.end(), sameItem) &&
         std::all_of(members_.begin(), members_.end(), sameMember) &&
         std::all_of(other.members_.begin(), other.members_.end(), isKnownOrNothing);
}

const std::vector<Value>& itemsOf(const Value* list) {
  static const std::vector<Value> none;
  return list == nullptr ? none : list->items();
}

}  // namespace berth::ignition

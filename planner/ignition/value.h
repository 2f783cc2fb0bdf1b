// SPDX-License-Identifier: Apache-2.0
//
// A config as a tree of typed values, each of which remembers what a person wrote to bring it about: a plan can name
// the Butane line that caused a change, and an error in what was generated points at its cause.
//
//   const Value* files = config.root().at("storage", "files");          // null when absent
//   for (const Value& file : itemsOf(files)) use(file.textOr("path"), file.origin().mark);
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "planner/ignition/schema.h"
#include "planner/source/diagnostic.h"

namespace berth::ignition {

/// What brought a value about.
struct Origin {
  /// The way to it in the text where it was written, "$.storage.files.0.mode"; empty when no text says so.
  std::string path;
  source::Mark mark;
};

class Value {
public:
  enum class Kind : std::uint8_t { text, integer, boolean, list, object };
  struct Member;

  [[nodiscard]] static Value ofText(std::string text, Origin origin);
  [[nodiscard]] static Value ofInteger(std::int64_t number, Origin origin);
  [[nodiscard]] static Value ofBoolean(bool truth, Origin origin);
  [[nodiscard]] static Value list(Origin origin);
  [[nodiscard]] static Value object(const Shape& shape, Origin origin);

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const Origin& origin() const { return origin_; }
  void setOrigin(Origin origin) { origin_ = std::move(origin); }

  // Each of these is for its own kind only.
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::int64_t integer() const { return number_; }
  [[nodiscard]] bool boolean() const { return number_ != 0; }
  [[nodiscard]] const std::vector<Value>& items() const { return items_; }
  [[nodiscard]] std::vector<Value>& items() { return items_; }
  [[nodiscard]] const Shape& shape() const { return *shape_; }

  /// The members that are present, in the order of the schema.
  [[nodiscard]] const std::vector<Member>& members() const { return members_; }
  /// An object's member by Ignition's name; null when it is absent.
  [[nodiscard]] const Value* find(std::string_view name) const;
  [[nodiscard]] Value* find(std::string_view name);
  /// A member of a member; null when either is absent.
  [[nodiscard]] const Value* at(std::string_view outer, std::string_view inner) const;
  /// The member, made empty and of its type with the origin of this object when it is absent. The name must be one of
  /// the shape.
  Value& ensure(std::string_view name);
  /// Adds the member, or replaces it.
  Value& put(std::string_view name, Value value);
  void remove(std::string_view name);

  // An absent member reads as nothing.
  [[nodiscard]] std::string_view textOr(std::string_view name, std::string_view otherwise = {}) const;
  [[nodiscard]] std::int64_t integerOr(std::string_view name, std::int64_t otherwise) const;
  [[nodiscard]] bool isTrue(std::string_view name) const;

  /// Whether anything is in it: an object of empty objects and empty lists holds nothing; a scalar always counts.
  [[nodiscard]] bool hasContent() const;
  /// Equal as data, whatever the origins; what holds nothing is as good as absent.
  [[nodiscard]] bool sameAs(const Value& other) const;

private:
  Kind kind_ = Kind::text;
  std::int64_t number_ = 0;
  const Shape* shape_ = nullptr;
  std::string text_;
  std::vector<Value> items_;
  std::vector<Member> members_;
  Origin origin_;
};

struct Value::Member {
  const Field* field;
  Value value;
};

/// The elements of a list that may be absent.
[[nodiscard]] const std::vector<Value>& itemsOf(const Value* list);

}  // namespace berth::ignition

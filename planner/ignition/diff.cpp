// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/diff.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "planner/ignition/keys.h"
#include "planner/ignition/resource.h"

namespace berth::ignition {
namespace {

using Kind = Difference::Kind;

/// What is only ever said to have changed.
bool isSecret(const Field& field) { return field.name == "passwordHash" || field.name == "keyFile"; }

bool isResource(const Field& field) {
  if (field.type != Type::object) return false;
  return field.shape->id == ShapeId::resource || field.shape->id == ShapeId::configReference;
}

std::string subjectOf(const Value& element) {
  std::string name = keyOf(element);
  switch (element.shape().id) {
    case ShapeId::file: return "file " + name;
    case ShapeId::directory: return "directory " + name;
    case ShapeId::link: return "link " + name;
    case ShapeId::unit: return "unit " + name;
    case ShapeId::dropin: return "dropin " + name;
    case ShapeId::passwdUser: return "user " + name;
    case ShapeId::passwdGroup: return "group " + name;
    case ShapeId::disk: return "disk " + name;
    // The key begins with what tells numbers and labels apart.
    case ShapeId::partition: return "partition " + name.substr(1);
    case ShapeId::raid: return "array " + name;
    case ShapeId::luks: return "encrypted volume " + name;
    case ShapeId::filesystem: return "filesystem on " + name;
    case ShapeId::tang: return "tang server " + name;
    case ShapeId::httpHeader: return "header " + name;
    case ShapeId::configReference: return "config to merge";
    case ShapeId::certificate: return "certificate";
    default: return name;
  }
}

std::string shown(const Field& field, const Value& value) {
  constexpr std::size_t kShown = 80;
  if (value.kind() == Value::Kind::boolean) return value.boolean() ? "true" : "false";
  if (value.kind() == Value::Kind::text) {
    bool isOneLine = value.text().find('\n') == std::string::npos;
    return isOneLine && value.text().size() <= kShown ? "\"" + value.text() + "\""
                                                      : std::to_string(value.text().size()) + " bytes";
  }
  if (field.name != "mode") return std::to_string(value.integer());
  std::string octal;
  for (std::uint64_t rest = static_cast<std::uint64_t>(value.integer()); rest != 0; rest >>= 3) {
    octal.insert(octal.begin(), static_cast<char>('0' + (rest & 7)));
  }
  return "0" + octal;
}

class Comparison {
public:
  std::vector<Difference> take() { return std::move(found_); }

  /// `way` leads from the subject to these objects: "" or "user.".
  void objects(const std::string& subject, const std::string& way, const Value& before, const Value& after) {
    for (const Field& field : after.shape().fields) {
      const Value* old = before.find(field.name);
      const Value* fresh = after.find(field.name);
      // A config's version is not part of what a node is.
      if ((old == nullptr && fresh == nullptr) || field.name == "version") continue;
      members({subject, way, field, old, fresh});
    }
  }

private:
  struct Member {
    const std::string& subject;
    const std::string& way;
    const Field& field;
    /// Null when absent.
    const Value* old;
    const Value* fresh;
  };

  void members(const Member& member) {
    const Field& field = member.field;
    if (isResource(field)) return resource(member);
    if (field.type == Type::objects && field.joining == Joining::united) return entries(member);
    if (field.type == Type::objects) return sequence(member);
    if (field.type == Type::texts) return texts(member);
    if (field.type == Type::object) {
      Value none = Value::object(*field.shape, {});
      std::string below = member.subject.empty() ? std::string() : member.way + std::string(field.name) + ".";
      return objects(member.subject, below, member.old == nullptr ? none : *member.old,
                     member.fresh == nullptr ? none : *member.fresh);
    }
    scalar(member);
  }

  void add(Kind kind, const Member& member, const std::string& what, std::string line) {
    const Value& cause = member.fresh != nullptr ? *member.fresh : *member.old;
    std::string subject = member.subject.empty() ? "config" : member.subject;
    found_.push_back({kind, subject, member.way + std::string(member.field.name),
                      subject + ": " + what + std::move(line), cause.origin(), std::nullopt});
  }

  void scalar(const Member& member) {
    const Field& field = member.field;
    if (member.old != nullptr && member.fresh != nullptr && member.old->sameAs(*member.fresh)) return;
    std::string name = member.way + std::string(field.name);
    if (isSecret(field)) return add(Kind::changed, member, name, " changed");
    if (field.name == "contents") return text(member);
    if (field.name == "enabled" && member.fresh != nullptr) {
      return add(Kind::changed, member, member.fresh->boolean() ? "enabled" : "disabled", "");
    }
    std::string before = member.old == nullptr ? "none" : shown(field, *member.old);
    std::string after = member.fresh == nullptr ? "none" : shown(field, *member.fresh);
    add(Kind::changed, member, name, " " + before + " → " + after);
  }

  /// The text of a unit or dropin.
  void text(const Member& member) {
    contents(member, member.old == nullptr ? std::string() : member.old->text(),
             member.fresh == nullptr ? std::string() : member.fresh->text());
  }

  void contents(const Member& member, std::string before, std::string after) {
    std::string name = member.way + std::string(member.field.name);
    add(Kind::changed, member, name,
        " changed, " + std::to_string(before.size()) + " → " + std::to_string(after.size()) + " bytes");
    found_.back().contents = Difference::Contents{std::move(before), std::move(after)};
  }

  void resource(const Member& member) {
    auto bytesOf = [](const Value* resource) {
      return resource == nullptr ? std::optional<std::string>("") : embedded(*resource);
    };
    bool bothHere = member.old != nullptr && member.fresh != nullptr;
    if (bothHere && member.old->sameAs(*member.fresh)) return;
    if (!bothHere && !(member.old != nullptr ? member.old : member.fresh)->hasContent()) return;
    auto before = bytesOf(member.old);
    auto after = bytesOf(member.fresh);
    if (bothHere && before && after && *before == *after) return;
    std::string name = member.way + std::string(member.field.name);
    if (isSecret(member.field)) return add(Kind::changed, member, name, " changed");
    if (before && after) return contents(member, std::move(*before), std::move(*after));
    auto sourceOf = [](const Value* resource, const std::optional<std::string>& bytes) {
      if (bytes) return std::to_string(bytes->size()) + " bytes";
      return "from " + std::string(resource->textOr("source", "nowhere"));
    };
    add(Kind::changed, member, name, " " + sourceOf(member.old, before) + " → " + sourceOf(member.fresh, after));
  }

  void whole(Kind kind, const Member& list, const Value& element) {
    std::string subject = (list.subject.empty() ? "" : list.subject + " ") + subjectOf(element);
    std::string line = subject + (kind == Kind::added ? " added" : " removed");
    found_.push_back({kind, std::move(subject), {}, std::move(line), element.origin(), std::nullopt});
  }

  /// Entries with keys: each is the same one, before and after, as long as its key is.
  void entries(const Member& member) {
    std::unordered_map<std::string, const Value*> fresh;
    std::unordered_set<std::string> known;
    for (const Value& each : itemsOf(member.fresh)) fresh.emplace(keyOf(each), &each);
    for (const Value& each : itemsOf(member.old)) {
      std::string key = keyOf(each);
      if (!known.insert(key).second) continue;
      auto found = fresh.find(key);
      if (found == fresh.end()) {
        whole(Kind::removed, member, each);
      } else {
        objects((member.subject.empty() ? "" : member.subject + " ") + subjectOf(each), "", each, *found->second);
      }
    }
    for (const Value& each : itemsOf(member.fresh)) {
      if (known.insert(keyOf(each)).second) whole(Kind::added, member, each);
    }
  }

  /// What is appended to a file: an order, not a set.
  void sequence(const Member& member) {
    const auto& before = itemsOf(member.old);
    const auto& after = itemsOf(member.fresh);
    auto same = [](const Value& left, const Value& right) {
      auto old = embedded(left);
      auto fresh = embedded(right);
      return left.sameAs(right) || (old && fresh && *old == *fresh);
    };
    if (std::equal(before.begin(), before.end(), after.begin(), after.end(), same)) return;
    add(Kind::changed, member, member.way + std::string(member.field.name),
        " changed, " + std::to_string(before.size()) + " → " + std::to_string(after.size()) + " pieces");
  }

  void texts(const Member& member) {
    std::vector<std::string> before;
    std::vector<std::string> after;
    for (const Value& each : itemsOf(member.old)) before.push_back(each.text());
    for (const Value& each : itemsOf(member.fresh)) after.push_back(each.text());
    if (before == after) return;
    std::unordered_set<std::string> old(before.begin(), before.end());
    std::unordered_set<std::string> fresh(after.begin(), after.end());
    auto missingFrom = [](const std::unordered_set<std::string>& set, const std::vector<std::string>& words) {
      return std::count_if(words.begin(), words.end(), [&](const std::string& word) { return !set.contains(word); });
    };
    auto added = missingFrom(old, after);
    auto removed = missingFrom(fresh, before);
    std::string how = added == 0 && removed == 0
                          ? "in another order"
                          : std::to_string(added) + " added, " + std::to_string(removed) + " removed";
    add(Kind::changed, member, member.way + std::string(member.field.name), ": " + how);
  }

  std::vector<Difference> found_;
};

}  // namespace

std::vector<Difference> diff(const Config& before, const Config& after) {
  Comparison comparison;
  comparison.objects("", "", before.root(), after.root());
  return comparison.take();
}

}  // namespace berth::ignition

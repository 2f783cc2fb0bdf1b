// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/diff.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "planner/ignition/diff_words.h"
#include "planner/ignition/keys.h"
#include "planner/ignition/resource.h"
#include "planner/ignition/secrecy.h"

namespace berth::ignition {
namespace {

using Kind = Difference::Kind;

bool isResource(const Field& field) {
  if (field.type != Type::object) return false;
  return field.shape->id == ShapeId::resource || field.shape->id == ShapeId::configReference;
}

/// Lists whose entries have keys of their own; the others are orders of words or pieces.
bool hasEntries(const Field& field) { return field.type == Type::objects && field.joining == Joining::united; }

/// What an embedded or absent resource holds; nothing when it has to be fetched.
std::optional<std::string> bytesOf(const Value* resource) {
  return resource == nullptr || !resource->hasContent() ? std::optional<std::string>("") : embedded(*resource);
}

/// The pieces one after the other; nothing when one of them has to be fetched.
std::optional<std::string> joinedBytes(const Value* pieces) {
  std::string out;
  for (const Value& each : itemsOf(pieces)) {
    auto bytes = embedded(each);
    if (!bytes) return std::nullopt;
    out += *bytes;
  }
  return out;
}

std::string joinedWords(const Value* words) {
  std::string out;
  for (const Value& each : itemsOf(words)) out += each.text() + "\n";
  return out;
}

std::string sizeOf(const std::string& bytes) { return std::to_string(bytes.size()); }

std::string sourceOf(const Value* resource, const std::optional<std::string>& bytes) {
  if (bytes) return sizeOf(*bytes) + " bytes";
  return "from " + withoutCredentials(resource->textOr("source", "nowhere"));
}

/// What is in common to all that is compared below one entry.
struct Scope {
  /// "file /etc/hosts"; empty above all lists.
  std::string subject;
  /// Leads from the subject to the objects: "" or "user.".
  std::string way;
  Secrecy secrecy = Secrecy::open;
};

class Comparison {
public:
  explicit Comparison(Secrets secrets) : secrets_(secrets) {}

  std::vector<Difference> take() { return std::move(found_); }

  void objects(const Scope& scope, const Value& before, const Value& after) {
    for (const Field& field : after.shape().fields) {
      const Value* old = before.find(field.name);
      const Value* fresh = after.find(field.name);
      // A config's version is not part of what a node is.
      if ((old == nullptr && fresh == nullptr) || field.name == "version") continue;
      members({scope, field, old, fresh});
    }
  }

private:
  struct Member {
    const Scope& scope;
    const Field& field;
    /// Null when absent.
    const Value* old;
    const Value* fresh;

    [[nodiscard]] std::string name() const { return scope.way + std::string(field.name); }
  };

  void members(const Member& member) {
    const Field& field = member.field;
    if (isResource(field)) return resource(member);
    if (hasEntries(field)) return entries(member);
    if (field.type == Type::objects) return pieces(member);
    if (field.type == Type::texts) return words(member);
    if (field.type == Type::object) {
      Value none = Value::object(*field.shape, {});
      const Scope& scope = member.scope;
      std::string below = scope.subject.empty() ? std::string() : member.name() + ".";
      return objects({scope.subject, below, scope.secrecy}, member.old == nullptr ? none : *member.old,
                     member.fresh == nullptr ? none : *member.fresh);
    }
    scalar(member);
  }

  [[nodiscard]] bool isHidden(Secrecy secrecy) const {
    return secrecy == Secrecy::never || (secrecy == Secrecy::secret && secrets_ == Secrets::masked);
  }
  [[nodiscard]] bool isHidden(const Member& member) const {
    return isHidden(secrecyOf(member.field)) || isHidden(member.scope.secrecy);
  }

  Difference& add(const Member& member, const std::string& how) {
    const Value& cause = member.fresh != nullptr ? *member.fresh : *member.old;
    std::string subject = member.scope.subject.empty() ? "config" : member.scope.subject;
    std::string line = subject + ": " + how;
    return found_.emplace_back(
        Difference{Kind::changed, std::move(subject), member.name(), std::move(line), cause.origin(), {}, false});
  }

  void addHidden(const Member& member) { add(member, member.name() + " changed").isSecret = true; }

  void scalar(const Member& member) {
    const Field& field = member.field;
    if (member.old != nullptr && member.fresh != nullptr && member.old->sameAs(*member.fresh)) return;
    if (isHidden(secrecyOf(field))) return addHidden(member);
    // The text of a unit or dropin.
    if (field.name == "contents") {
      return contents(member, member.old == nullptr ? "" : member.old->text(),
                      member.fresh == nullptr ? "" : member.fresh->text());
    }
    if (field.name == "enabled" && member.fresh != nullptr) {
      add(member, member.fresh->boolean() ? "enabled" : "disabled");
      return;
    }
    std::string before = member.old == nullptr ? "none" : shown(field, *member.old);
    std::string after = member.fresh == nullptr ? "none" : shown(field, *member.fresh);
    add(member, member.name() + (before == after ? " changed" : " " + before + " → " + after));
  }

  void contents(const Member& member, std::string before, std::string after) {
    Difference& made = add(member, member.name() + " changed, " + sizeOf(before) + " → " + sizeOf(after) + " bytes");
    made.contents = Difference::Contents{std::move(before), std::move(after)};
  }

  void resource(const Member& member) {
    bool bothHere = member.old != nullptr && member.fresh != nullptr;
    if (bothHere && member.old->sameAs(*member.fresh)) return;
    if (!bothHere && !(member.old != nullptr ? member.old : member.fresh)->hasContent()) return;
    auto before = bytesOf(member.old);
    auto after = bytesOf(member.fresh);
    if (bothHere && before && after && *before == *after) return;
    if (isHidden(member)) return addHidden(member);
    if (before && after) return contents(member, std::move(*before), std::move(*after));
    std::string from = sourceOf(member.old, before);
    std::string to = sourceOf(member.fresh, after);
    add(member, member.name() + (from == to ? " changed, still " + to : " " + from + " → " + to));
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
        whole(Kind::removed, member.scope, each);
      } else {
        objects({subjectBelow(member.scope, each), "", secrecyOfEither(each, *found->second)}, each, *found->second);
      }
    }
    for (const Value& each : itemsOf(member.fresh)) {
      if (known.insert(keyOf(each)).second) whole(Kind::added, member.scope, each);
    }
  }

  static std::string subjectBelow(const Scope& scope, const Value& entry) {
    return (scope.subject.empty() ? "" : scope.subject + " ") + subjectOf(entry);
  }

  static Secrecy secrecyOfEither(const Value& before, const Value& after) {
    if (before.shape().id != ShapeId::file) return Secrecy::open;
    return std::max(secrecyOf(before), secrecyOf(after));
  }

  /// An entry that comes or goes, with the entries in it.
  void whole(Kind kind, const Scope& scope, const Value& entry) {
    std::string subject = subjectBelow(scope, entry);
    std::string line = subject + (kind == Kind::added ? " added" : " removed");
    Difference made{kind, subject, {}, std::move(line), entry.origin(), {}, false};
    if (auto bytes = contentsOf(entry); bytes && !bytes->empty()) {
      made.isSecret = isHidden(secrecyOfEither(entry, entry));
      if (!made.isSecret && kind == Kind::added) made.contents = Difference::Contents{"", std::move(*bytes)};
      if (!made.isSecret && kind == Kind::removed) made.contents = Difference::Contents{std::move(*bytes), ""};
    }
    found_.push_back(std::move(made));
    for (const Value::Member& each : entry.members()) {
      if (!hasEntries(*each.field)) continue;
      for (const Value& below : each.value.items()) whole(kind, {subject, "", Secrecy::open}, below);
    }
  }

  /// All of a file's or unit's text; nothing when some of it is elsewhere, or it has none by its nature.
  static std::optional<std::string> contentsOf(const Value& entry) {
    const Value* contents = entry.find("contents");
    if (entry.shape().id != ShapeId::file) {
      return contents == nullptr ? std::nullopt : std::optional(contents->text());
    }
    auto bytes = bytesOf(contents);
    auto appended = joinedBytes(entry.find("append"));
    if (!bytes || !appended) return std::nullopt;
    return *bytes + *appended;
  }

  /// What is appended to a file: an order, not a set.
  void pieces(const Member& member) {
    const auto& before = itemsOf(member.old);
    const auto& after = itemsOf(member.fresh);
    auto same = [](const Value& left, const Value& right) {
      auto old = embedded(left);
      auto fresh = embedded(right);
      return left.sameAs(right) || (old && fresh && *old == *fresh);
    };
    if (std::equal(before.begin(), before.end(), after.begin(), after.end(), same)) return;
    if (isHidden(member)) return addHidden(member);
    Difference& made = add(member, member.name() + " changed, " + std::to_string(before.size()) + " → " +
                                       std::to_string(after.size()) + " pieces");
    auto old = joinedBytes(member.old);
    auto fresh = joinedBytes(member.fresh);
    if (old && fresh && *old != *fresh) made.contents = Difference::Contents{std::move(*old), std::move(*fresh)};
  }

  void words(const Member& member) {
    std::string before = joinedWords(member.old);
    std::string after = joinedWords(member.fresh);
    if (before == after) return;
    auto countMissing = [](const Value* from, const Value* words) {
      std::unordered_set<std::string> known;
      for (const Value& each : itemsOf(from)) known.insert(each.text());
      return std::ranges::count_if(itemsOf(words), [&](const Value& word) { return !known.contains(word.text()); });
    };
    auto added = countMissing(member.old, member.fresh);
    auto removed = countMissing(member.fresh, member.old);
    std::string how = added == 0 && removed == 0
                          ? "in another order"
                          : std::to_string(added) + " added, " + std::to_string(removed) + " removed";
    add(member, member.name() + ": " + how).contents = Difference::Contents{std::move(before), std::move(after)};
  }

  Secrets secrets_;
  std::vector<Difference> found_;
};

}  // namespace

std::vector<Difference> diff(const Config& before, const Config& after, Secrets secrets) {
  Comparison comparison(secrets);
  comparison.objects({}, before.root(), after.root());
  return comparison.take();
}

}  // namespace berth::ignition

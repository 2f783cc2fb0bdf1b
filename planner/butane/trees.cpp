// SPDX-License-Identifier: Apache-2.0
//
// A tree is a directory whose content is put into the config file by file. All that is found about it is told at the
// tree: the single files were never written down.
#include "planner/butane/nodes.h"
#include "planner/butane/translation.h"
#include "planner/ignition/check.h"
#include "planner/ignition/resource.h"

namespace berth::butane {
namespace {

using ignition::Value;
using Kind = FilesystemNodes::Kind;
using source::TreeEntry;

constexpr std::int64_t kPlainMode = 0644;
constexpr std::int64_t kExecutableMode = 0755;
constexpr std::string_view kConflict = "matching filesystem node has existing contents or different type";

class TreeWalk {
public:
  TreeWalk(Translation& translation, FilesystemNodes& nodes, const Value& tree)
      : translation_(translation), nodes_(nodes), tree_(tree), origin_(tree.origin()) {}

  void run() {
    auto local = source::normalised(tree_.textOr("local"));
    if (!local) return fail(kOutsideFilesDirectory);
    auto read = translation_.options.files->tree(*local);
    if (auto* why = std::get_if<source::Unreadable>(&read)) return fail(why->reason);
    const source::Tree& found = std::get<source::Tree>(read);
    std::string target = ignition::cleaned(tree_.textOr("path", "/"));
    if (tree_.find("path") == nullptr || tree_.textOr("path").empty()) target = "/";
    if (found.root.kind == TreeEntry::Kind::link) return link(target, found.root.linkTarget);
    if (found.root.kind != TreeEntry::Kind::directory) return fail("root of tree must be a directory");
    directory(target);
    for (const TreeEntry& each : found.entries) {
      std::string path = ignition::cleaned(target + "/" + each.path);
      switch (each.kind) {
        case TreeEntry::Kind::directory: directory(path); break;
        case TreeEntry::Kind::link: link(path, each.linkTarget); break;
        case TreeEntry::Kind::file: file(path, *local + "/" + each.path, each.executable); break;
        case TreeEntry::Kind::other: fail("trees may only contain files, directories, and symlinks"); break;
      }
    }
  }

private:
  void fail(std::string_view message) { translation_.error(origin_, std::string(message)); }

  void own(Value& node) {
    for (std::string_view owner : {"user", "group"}) {
      const Value* given = tree_.find(owner);
      if (given == nullptr || !given->hasContent()) continue;
      Value& owned = node.ensure(owner);
      owned.setOrigin(origin_);
      for (const Value::Member& each : given->members()) {
        Value value = each.value;
        value.setOrigin(origin_);
        owned.put(each.field->name, std::move(value));
      }
    }
  }

  bool hasOwner() const {
    auto isGiven = [&](std::string_view owner) {
      const Value* given = tree_.find(owner);
      return given != nullptr && given->hasContent();
    };
    return isGiven("user") || isGiven("group");
  }

  void setMode(Value& node, std::string_view given, std::int64_t otherwise) {
    node.put("mode", Value::ofInteger(tree_.integerOr(given, otherwise), origin_));
  }

  // Directories come into being with the files in them; they are named only to give them an owner or a mode.
  void directory(const std::string& path) {
    if (!hasOwner() && tree_.find("dir_mode") == nullptr) return;
    if (nodes_.kindOf(path)) return fail(kConflict);
    Value& node = nodes_.add(Kind::directory, path, origin_);
    own(node);
    setMode(node, "dir_mode", kExecutableMode);
  }

  void link(const std::string& path, const std::string& target) {
    auto kind = nodes_.kindOf(path);
    if (!kind) {
      own(nodes_.add(Kind::link, path, origin_));
    } else if (*kind != Kind::link || !nodes_.at(path).textOr("target").empty()) {
      return fail(kConflict);
    }
    nodes_.at(path).put("target", Value::ofText(target, origin_));
  }

  void file(const std::string& path, const std::string& local, bool executable) {
    auto kind = nodes_.kindOf(path);
    if (kind) {
      const Value* source = *kind == Kind::file ? nodes_.at(path).at("contents", "source") : nullptr;
      if (*kind != Kind::file || (source != nullptr && !source->text().empty())) return fail(kConflict);
    }
    auto bytes = translation_.readLocal(local, origin_);
    if (!bytes) return;
    if (!kind) own(nodes_.add(Kind::file, path, origin_));
    Value& node = nodes_.at(path);
    Value& contents = node.ensure("contents");
    if (!kind) contents.setOrigin(origin_);
    ignition::embed(contents, *bytes, translation_.dialect.target, origin_);
    if (node.find("mode") == nullptr) setMode(node, "file_mode", executable ? kExecutableMode : kPlainMode);
  }

  Translation& translation_;
  FilesystemNodes& nodes_;
  const Value& tree_;
  ignition::Origin origin_;
};

}  // namespace

void addTrees(Translation& translation) {
  Value* storage = translation.config.root().find("storage");
  const Value* list = storage == nullptr ? nullptr : storage->find("trees");
  if (list == nullptr) return;
  std::vector<Value> trees = list->items();
  storage->remove("trees");
  if (trees.empty()) return;
  if (translation.options.files == nullptr) {
    return translation.error(trees.front().origin(), std::string(kNoFilesDirectory));
  }
  FilesystemNodes nodes(translation.config);
  for (const Value& tree : trees) TreeWalk(translation, nodes, tree).run();
}

}  // namespace berth::butane

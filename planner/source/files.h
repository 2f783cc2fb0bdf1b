// SPDX-License-Identifier: Apache-2.0
//
// The planner does no I/O: files that a spec or a Butane text names come through this door. On the CLI it opens a
// directory, in the controller a bundle that the CLI sent along, in tests a map:
//
//   BundleFiles files(Bundle{{"base.bu", {"variant: fcos\n…"}}, {"bin/run", {.bytes = "#!…", .executable = true}}});
//   auto text = files.read("./base.bu");            // std::variant<std::string, Unreadable>
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace berth::source {

/// Why a file could not be had, in the system's words: "open base.bu: no such file or directory".
struct Unreadable {
  std::string reason;
};

/// One thing below a directory.
struct TreeEntry {
  enum class Kind { file, directory, link, other };
  /// Relative to the root of the tree.
  std::string path;
  Kind kind = Kind::file;
  /// Of a file: whether anybody may execute it.
  bool executable = false;
  /// Of a link: its target, as it is written there.
  std::string linkTarget;
};

/// What lies below a directory, depth first, the entries of each directory in byte order of their names.
struct Tree {
  /// What the root itself is. Below anything but a directory there are no entries.
  TreeEntry root;
  std::vector<TreeEntry> entries;
};

class Files {
public:
  virtual ~Files() = default;
  /// The bytes of the file at `path`, relative to the root of this collection; never outside of it.
  [[nodiscard]] virtual std::variant<std::string, Unreadable> read(std::string_view path) const = 0;
  /// What lies at and below `path`; symbolic links are named and not followed. Only a root that is a link to a file is
  /// told as that file.
  [[nodiscard]] virtual std::variant<Tree, Unreadable> tree(std::string_view path) const = 0;
};

/// `path` without `.`, `..` and doubled slashes, relative to a root; a leading slash means nothing. The root itself is
/// "". Nothing when it leads out of the root.
[[nodiscard]] std::optional<std::string> normalised(std::string_view path);

/// One file of a bundle. For a link `bytes` is the target; an empty directory has none.
struct BundledFile {
  std::string bytes;
  TreeEntry::Kind kind = TreeEntry::Kind::file;
  bool executable = false;

  bool operator==(const BundledFile&) const = default;
};

/// What a set of files held at one moment, normalised path → content: a spec with all it refers to, which the CLI sends
/// to the controller and the controller keeps with the revision. Directories need no entry of their own unless they
/// are empty.
using Bundle = std::map<std::string, BundledFile, std::less<>>;

/// Files that are a bundle. Links are followed, inside of the bundle.
class BundleFiles final : public Files {
public:
  explicit BundleFiles(Bundle bundle) : bundle_(std::move(bundle)) {}
  [[nodiscard]] std::variant<std::string, Unreadable> read(std::string_view path) const override;
  [[nodiscard]] std::variant<Tree, Unreadable> tree(std::string_view path) const override;

private:
  Bundle bundle_;
};

}  // namespace berth::source

// SPDX-License-Identifier: Apache-2.0
//
// The planner does no I/O: files that a spec or a Butane text names come through this door. On the CLI it opens a
// directory, in the controller a bundle that the CLI sent along, in tests a map.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace berth::source {

/// Why a file could not be had, in the system's words: "no such file or directory", "is a directory".
struct Unreadable {
  std::string reason;
};

class Files {
 public:
  virtual ~Files() = default;
  /// The bytes of the file at `path`, relative to the root of this collection; never outside of it.
  [[nodiscard]] virtual std::variant<std::string, Unreadable> read(std::string_view path) const = 0;
  /// The paths of all regular files below the directory `path`, relative to it and sorted; symbolic links are
  /// reported in `links` with their targets.
  struct Tree {
    struct Entry {
      std::string path;
      /// The mode's executable bit of the owner.
      bool executable = false;
      /// The target, when the entry is a symbolic link.
      std::string linkTarget;
    };
    std::vector<Entry> entries;
  };
  [[nodiscard]] virtual std::variant<Tree, Unreadable> tree(std::string_view path) const = 0;
};

/// What a set of files held at one moment, path → bytes: a spec with all it refers to, which the CLI sends to the
/// controller and the controller keeps with the revision.
using Bundle = std::map<std::string, std::string, std::less<>>;

}  // namespace berth::source

// SPDX-License-Identifier: Apache-2.0
//
// Files, directories and links share one set of paths. While trees and quadlets add to them, this knows which path is
// what already.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "planner/ignition/config.h"

namespace berth::butane {

class FilesystemNodes {
public:
  enum class Kind { file, directory, link };

  /// `config` must outlive this, and its lists of nodes must not be changed by anybody else meanwhile.
  explicit FilesystemNodes(ignition::Config& config);

  [[nodiscard]] std::optional<Kind> kindOf(const std::string& path) const;
  /// The entry at `path`, which must be there.
  [[nodiscard]] ignition::Value& at(const std::string& path);
  /// A new entry with nothing but its path; there must be none at `path`.
  ignition::Value& add(Kind kind, const std::string& path, const ignition::Origin& origin);

private:
  struct Slot {
    Kind kind;
    std::size_t index;
  };
  std::vector<ignition::Value>& listOf(Kind kind);

  ignition::Config& config_;
  std::unordered_map<std::string, Slot> slots_;
};

}  // namespace berth::butane

// SPDX-License-Identifier: Apache-2.0
//
// The directory that `--files-dir` names, as Butane sees it: symbolic links are followed wherever they lead, and what
// cannot be read is told in the system's words. (A spec's own files are read by LocalFiles, which is stricter.)
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "planner/source/files.h"

namespace berth::cli {

/// What one file may hold, and what all of them may hold together: whoever translates them holds them some times over.
inline constexpr std::size_t kLargestFile = std::size_t{256} << 20;
inline constexpr std::size_t kMostFileBytes = std::size_t{256} << 20;
/// How many things may lie in one tree.
inline constexpr std::size_t kMostTreeEntries = 200'000;

class FilesDirectory final : public source::Files {
public:
  explicit FilesDirectory(std::string root) : root_(std::move(root)) {}
  [[nodiscard]] std::variant<std::string, source::Unreadable> read(std::string_view path) const override;
  [[nodiscard]] std::variant<source::Tree, source::Unreadable> tree(std::string_view path) const override;

private:
  [[nodiscard]] std::string join(std::string_view path) const;

  std::string root_;
  // How much was read is between this class and its limit; to those who read, it does not matter.
  mutable std::size_t bytesRead_ = 0;
};

/// The bytes of the regular file at `path`, or its first `most`. Neither a fifo nor a device makes it wait.
[[nodiscard]] std::variant<std::string, source::Unreadable> readRegularFile(const std::string& path, std::size_t most);

}  // namespace berth::cli

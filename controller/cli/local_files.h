// SPDX-License-Identifier: Apache-2.0
//
// The directory of a spec as source::Files, which remembers what was read: exactly that is sent to the controller,
// and nothing that no spec or Butane text named. Nothing outside of the directory can be reached, neither by `..` nor
// by a symbolic link; what is no regular file (a fifo would block, a device would not end) is refused.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

#include "planner/source/files.h"

namespace berth::cli {

/// All files of a spec together, in bytes. They travel in one message, and the controller keeps them with each
/// revision.
inline constexpr std::size_t kMaxSpecBytes = std::size_t{7} << 20;

class LocalFiles final : public source::Files {
public:
  /// `root` must be a directory when the first file is read.
  explicit LocalFiles(std::filesystem::path root) : root_(std::move(root)) {}

  [[nodiscard]] std::variant<std::string, source::Unreadable> read(std::string_view path) const override;
  [[nodiscard]] std::variant<source::Tree, source::Unreadable> tree(std::string_view path) const override;

  /// What has been read and listed so far, links that led there included.
  [[nodiscard]] const source::Bundle& bundle() const { return read_; }

private:
  struct Reached;
  [[nodiscard]] std::variant<Reached, source::Unreadable> resolve(std::string_view path) const;
  [[nodiscard]] std::variant<std::string, source::Unreadable> content(const Reached& reached,
                                                                      std::string_view asked) const;
  void list(int directory, const std::string& prefix, const std::string& real, source::Tree& tree) const;

  std::filesystem::path root_;
  // Reading is const to those who ask; that it is remembered is between the shell and this class.
  mutable source::Bundle read_;
  mutable std::size_t bytes_ = 0;
};

}  // namespace berth::cli

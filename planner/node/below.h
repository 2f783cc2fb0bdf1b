// SPDX-License-Identifier: Apache-2.0
//
// `files_dir` is where Butane's local files begin: a view of the files from there.
#pragma once

#include <string>
#include <string_view>

#include "planner/source/files.h"

namespace berth::node {

class Below final : public source::Files {
public:
  /// Both must outlive this.
  Below(const source::Files& files, const std::string& directory) : files_(files), directory_(directory) {}

  [[nodiscard]] std::variant<std::string, source::Unreadable> read(std::string_view path) const override;
  [[nodiscard]] std::variant<source::Tree, source::Unreadable> tree(std::string_view path) const override;

private:
  [[nodiscard]] std::string joined(const std::string& inside) const;
  [[nodiscard]] std::string stripped(const std::string& path) const;

  const source::Files& files_;
  const std::string& directory_;
};

}  // namespace berth::node

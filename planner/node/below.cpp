// SPDX-License-Identifier: Apache-2.0
#include "planner/node/below.h"

namespace berth::node {

std::variant<std::string, source::Unreadable> Below::read(std::string_view path) const {
  const auto inside = source::normalised(path);
  if (!inside) return source::Unreadable{"\"" + std::string(path) + "\" leads out of the directory of the files"};
  return files_.read(joined(*inside));
}

std::variant<source::Tree, source::Unreadable> Below::tree(std::string_view path) const {
  const auto inside = source::normalised(path);
  if (!inside) return source::Unreadable{"\"" + std::string(path) + "\" leads out of the directory of the files"};
  auto tree = files_.tree(joined(*inside));
  if (auto* found = std::get_if<source::Tree>(&tree); found != nullptr && !directory_.empty()) {
    for (source::TreeEntry& entry : found->entries) entry.path = stripped(entry.path);
    found->root.path = stripped(found->root.path);
  }
  return tree;
}

std::string Below::joined(const std::string& inside) const {
  if (directory_.empty()) return inside;
  return inside.empty() ? directory_ : directory_ + "/" + inside;
}

std::string Below::stripped(const std::string& path) const {
  if (path == directory_) return "";
  return path.starts_with(directory_ + "/") ? path.substr(directory_.size() + 1) : path;
}

}  // namespace berth::node

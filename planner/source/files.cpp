// SPDX-License-Identifier: Apache-2.0
#include "planner/source/files.h"

#include <algorithm>

namespace berth::source {
namespace {

/// As many links as the kernel follows for one path.
constexpr int kMostLinks = 40;

std::vector<std::string_view> segmentsOf(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0) segments.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return segments;
}

std::string parentOf(std::string_view path) {
  std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash));
}

/// True when `path` is a directory only because something lies below it.
bool holdsSomething(const Bundle& bundle, const std::string& path) {
  std::string prefix = path.empty() ? path : path + "/";
  auto next = bundle.lower_bound(prefix);
  return next != bundle.end() && next->first.starts_with(prefix);
}

/// Why a link leads nowhere.
struct Astray {
  std::string_view why;
};
constexpr Astray kLeadsOut{"a symbolic link leads out of the files at hand"};
constexpr Astray kInCircles{"too many levels of symbolic links"};

/// The path where the links of `path` end.
std::variant<std::string, Astray> resolve(const Bundle& bundle, std::string path) {
  for (int hop = 0; hop < kMostLinks; ++hop) {
    std::string reached;
    bool jumped = false;
    auto segments = segmentsOf(path);
    for (std::size_t i = 0; i < segments.size() && !jumped; ++i) {
      reached += (reached.empty() ? "" : "/") + std::string(segments[i]);
      auto found = bundle.find(reached);
      if (found == bundle.end() || found->second.kind != TreeEntry::Kind::link) continue;
      if (found->second.bytes.starts_with('/')) return kLeadsOut;
      std::string onward = parentOf(reached) + "/" + found->second.bytes;
      for (std::size_t rest = i + 1; rest < segments.size(); ++rest) onward += "/" + std::string(segments[rest]);
      auto inside = normalised(onward);
      if (!inside) return kLeadsOut;
      path = *inside;
      jumped = true;
    }
    if (!jumped) return path;
  }
  return kInCircles;
}

Unreadable unreadable(std::string_view path, std::string_view why) {
  return {"open " + std::string(path) + ": " + std::string(why)};
}

/// Byte order of names within each directory is byte order of paths in which the slash comes before everything.
bool depthFirst(const TreeEntry& left, const TreeEntry& right) {
  return std::lexicographical_compare(
      left.path.begin(), left.path.end(), right.path.begin(), right.path.end(), [](char a, char b) {
        auto rank = [](char c) { return c == '/' ? -1 : static_cast<unsigned char>(c); };
        return rank(a) < rank(b);
      });
}

}  // namespace

std::optional<std::string> normalised(std::string_view path) {
  std::vector<std::string_view> kept;
  for (std::string_view segment : segmentsOf(path)) {
    if (segment == ".") continue;
    if (segment != "..") {
      kept.push_back(segment);
    } else if (kept.empty()) {
      return std::nullopt;
    } else {
      kept.pop_back();
    }
  }
  std::string out;
  for (std::string_view segment : kept) out += (out.empty() ? "" : "/") + std::string(segment);
  return out;
}

std::variant<std::string, Unreadable> BundleFiles::read(std::string_view path) const {
  auto inside = normalised(path);
  if (!inside) return unreadable(path, "outside of the files at hand");
  auto resolved = resolve(bundle_, *inside);
  if (auto* astray = std::get_if<Astray>(&resolved)) return unreadable(path, astray->why);
  const auto* reached = std::get_if<std::string>(&resolved);
  auto found = bundle_.find(*reached);
  if (found == bundle_.end()) {
    if (holdsSomething(bundle_, *reached)) return Unreadable{"read " + std::string(path) + ": is a directory"};
    return unreadable(path, "no such file or directory");
  }
  if (found->second.kind == TreeEntry::Kind::directory) {
    return Unreadable{"read " + std::string(path) + ": is a directory"};
  }
  if (found->second.kind != TreeEntry::Kind::file) return unreadable(path, "not a regular file");
  return found->second.bytes;
}

std::variant<Tree, Unreadable> BundleFiles::tree(std::string_view path) const {
  auto inside = normalised(path);
  if (!inside) return unreadable(path, "outside of the files at hand");
  auto asEntry = [](const BundledFile& file, std::string where) {
    TreeEntry entry{std::move(where), file.kind, file.executable, {}};
    if (file.kind == TreeEntry::Kind::link) entry.linkTarget = file.bytes;
    return entry;
  };
  Tree tree;
  if (auto found = bundle_.find(*inside); found != bundle_.end()) {
    tree.root = asEntry(found->second, "");
    // A link to a file is as good as the file; a link to a directory stays what it is.
    auto resolved = resolve(bundle_, *inside);
    const auto* reached = std::get_if<std::string>(&resolved);
    if (reached != nullptr && bundle_.contains(*reached)) tree.root = asEntry(bundle_.find(*reached)->second, "");
  } else if (inside->empty() || holdsSomething(bundle_, *inside)) {
    tree.root.kind = TreeEntry::Kind::directory;
  } else {
    return unreadable(path, "no such file or directory");
  }

  std::string prefix = inside->empty() ? *inside : *inside + "/";
  std::map<std::string, TreeEntry> below;
  for (auto each = bundle_.lower_bound(prefix); each != bundle_.end() && each->first.starts_with(prefix); ++each) {
    std::string relative = each->first.substr(prefix.size());
    for (std::string parent = parentOf(relative); !parent.empty(); parent = parentOf(parent)) {
      if (!below.try_emplace(parent, TreeEntry{parent, TreeEntry::Kind::directory, false, {}}).second) break;
    }
    below.insert_or_assign(relative, asEntry(each->second, relative));
  }
  for (auto& [name, entry] : below) tree.entries.push_back(std::move(entry));
  std::sort(tree.entries.begin(), tree.entries.end(), depthFirst);
  return tree;
}

}  // namespace berth::source

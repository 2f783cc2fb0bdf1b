// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/node_names.h"

#include <algorithm>
#include <charconv>
#include <tuple>

namespace berth::show {

namespace {

/// More are not read, only counted.
constexpr std::size_t kMostItems = 8;
/// So many nodes in a row are said by the first and the last of them.
constexpr std::size_t kRun = 4;
/// From so many on, they are counted.
constexpr std::size_t kCounted = 4;

}  // namespace

Numbered numbered(const NodeName& node) {
  const std::string& name = node.str();
  const std::size_t dash = name.rfind('-');
  Numbered result{name, 0};
  if (dash == std::string::npos) return result;
  std::uint64_t index = 0;
  const char* end = name.data() + name.size();
  const auto read = std::from_chars(name.data() + dash + 1, end, index);
  if (read.ec != std::errc() || read.ptr != end) return result;
  return {name.substr(0, dash + 1), index};
}

std::string namesText(std::vector<NodeName> nodes) {
  std::vector<std::pair<Numbered, const NodeName*>> all;
  all.reserve(nodes.size());
  for (const NodeName& each : nodes) all.emplace_back(numbered(each), &each);
  std::ranges::sort(all, [](const auto& a, const auto& b) {
    return std::tie(a.first.stem, a.first.index) < std::tie(b.first.stem, b.first.index);
  });
  std::string text;
  std::string stem;
  std::size_t items = 0;
  for (std::size_t at = 0; at < all.size() && items < kMostItems;) {
    const auto say = [&](std::size_t which, bool full) {
      return full ? all[which].second->str() : "-" + std::to_string(all[which].first.index);
    };
    std::size_t last = at;
    while (last + 1 < all.size() && all[last + 1].first.stem == all[at].first.stem &&
           all[last + 1].first.index == all[last].first.index + 1) {
      ++last;
    }
    const bool full = all[at].first.stem != stem;
    if (!text.empty()) text += ", ";
    text += say(at, full);
    ++items;
    stem = all[at].first.stem;
    if (last - at + 1 < kRun) {
      ++at;
      continue;
    }
    text += " … " + say(last, false);
    at = last + 1;
    if (at == all.size()) break;
  }
  const bool isWhole = items < kMostItems || text.find(all.back().second->str()) != std::string::npos ||
                       text.ends_with("-" + std::to_string(all.back().first.index));
  if (!isWhole) text += ", …";
  if (nodes.size() >= kCounted) text += " (" + std::to_string(nodes.size()) + " nodes)";
  return text;
}

}  // namespace berth::show

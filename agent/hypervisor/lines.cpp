// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/lines.h"

namespace berth::hypervisor {

std::vector<std::string> LineSplitter::feed(std::string_view piece) {
  std::vector<std::string> lines;
  while (!piece.empty()) {
    const auto end = piece.find('\n');
    const std::string_view part = piece.substr(0, end);
    // One more, for the "\r" that does not count.
    if (rest_.size() + part.size() > longest_ + 1) dropping_ = true;
    if (!dropping_) rest_ += part;
    if (end == std::string_view::npos) break;
    if (!rest_.empty() && rest_.back() == '\r') rest_.pop_back();
    if (!dropping_ && !rest_.empty() && rest_.size() <= longest_) lines.push_back(std::move(rest_));
    rest_.clear();
    dropping_ = false;
    piece.remove_prefix(end + 1);
  }
  if (dropping_) rest_.clear();
  return lines;
}

}  // namespace berth::hypervisor

// SPDX-License-Identifier: Apache-2.0
//
// How many nodes of the whole fleet may be taken down at the same time, whatever each cluster allows by itself:
// rollouts of several clusters, and the drains of hosts, share it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace berth::rollout {

struct Budget {
  enum class Of : std::uint8_t { count, share } of = Of::count;
  /// Nodes, or hundredths of the fleet's nodes; at least 1.
  std::uint32_t amount = 1;

  /// Of so many nodes; a share of few nodes is one node, since with none nothing would ever change.
  [[nodiscard]] std::size_t allowedOf(std::size_t nodes) const {
    return of == Of::count ? amount : std::max<std::size_t>(nodes * amount / 100, 1);
  }
  bool operator==(const Budget&) const = default;
};

}  // namespace berth::rollout

// SPDX-License-Identifier: Apache-2.0
//
// Numbers that only rise, each a type of its own: an epoch is never compared with a generation.
#pragma once

#include <compare>
#include <cstdint>

namespace berth {

template <class Tag>
class Counter {
public:
  constexpr Counter() = default;
  constexpr explicit Counter(std::uint64_t value) : value_(value) {}

  [[nodiscard]] constexpr std::uint64_t value() const { return value_; }
  [[nodiscard]] constexpr Counter next() const { return Counter(value_ + 1); }
  constexpr auto operator<=>(const Counter&) const = default;

private:
  std::uint64_t value_ = 0;
};

/// Rises each time another controller takes the lead; agents refuse a lower one.
using Epoch = Counter<struct EpochTag>;
/// Rises each time the desired state of a host changes.
using Generation = Counter<struct GenerationTag>;
/// Numbers the accepted specs of one cluster: 1, 2, 3 …
using Revision = Counter<struct RevisionTag>;
/// Numbers the incarnations of one node: 1, 2, 3 …
using Incarnation = Counter<struct IncarnationTag>;
/// Numbers the rollouts of a fleet.
using RolloutId = Counter<struct RolloutTag>;
/// Numbers the messages of one session, or the events of a fleet.
using Sequence = Counter<struct SequenceTag>;

}  // namespace berth

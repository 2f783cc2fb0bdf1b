// SPDX-License-Identifier: Apache-2.0
//
// What happened while nobody may have been listening. Kept until the controller says that it has it, and bounded: with
// the controller away for weeks, the newest are worth more than the oldest.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "protocol/message/fleet.h"

namespace berth::state {

/// A day of a crash loop at its slowest pace, with room for the rest.
inline constexpr std::size_t kEventsKept = 2000;
/// How many go into one Status, and how long one may be.
inline constexpr std::size_t kEventsPerStatus = 100;
inline constexpr std::size_t kEventLength = 1000;

class Events {
public:
  explicit Events(std::vector<message::HostEvent> kept) : events_(kept.begin(), kept.end()) {}

  void add(const message::InstanceId& instance, std::string what, std::int64_t wallMs);
  /// These and all before are durable at the controller.
  void acknowledged(Sequence upTo);
  /// The oldest that come after `after`, at most kEventsPerStatus.
  [[nodiscard]] std::vector<message::HostEvent> after(Sequence after) const;
  [[nodiscard]] std::vector<message::HostEvent> all() const { return {events_.begin(), events_.end()}; }

private:
  std::deque<message::HostEvent> events_;
  Sequence acknowledged_;
};

}  // namespace berth::state

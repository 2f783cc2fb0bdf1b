// SPDX-License-Identifier: Apache-2.0
#include "agent/state/events.h"

#include <algorithm>

namespace berth::state {

void Events::add(const message::InstanceId& instance, std::string what, std::int64_t wallMs) {
  if (what.size() > kEventLength) what.resize(kEventLength);
  // Sequences only rise, even when the file with the last ones is lost: then they go on from the clock, which is far
  // ahead of any count.
  auto last = events_.empty() ? acknowledged_ : events_.back().sequence;
  const auto sequence = std::max(last.next(), Sequence(static_cast<std::uint64_t>(std::max<std::int64_t>(wallMs, 0))));
  events_.push_back({sequence, wallMs, instance, std::move(what)});
  if (events_.size() > kEventsKept) events_.pop_front();
}

void Events::acknowledged(Sequence upTo) {
  // A controller that claims more than there is must not make us drop what is still to come.
  if (events_.empty() || upTo > events_.back().sequence) {
    if (events_.empty() || acknowledged_ >= upTo) return;
    upTo = events_.back().sequence;
  }
  acknowledged_ = std::max(acknowledged_, upTo);
  while (!events_.empty() && events_.front().sequence <= acknowledged_) events_.pop_front();
}

std::vector<message::HostEvent> Events::after(Sequence after) const {
  std::vector<message::HostEvent> found;
  for (const auto& event : events_) {
    if (found.size() == kEventsPerStatus) break;
    if (event.sequence > after) found.push_back(event);
  }
  return found;
}

}  // namespace berth::state

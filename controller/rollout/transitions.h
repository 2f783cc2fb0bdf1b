// SPDX-License-Identifier: Apache-2.0
//
// Every way a change may go, in one table; what is not in it never happens.
//
//   create    waiting ─────────────→ starting → done
//   replace   waiting → stopping ──→ starting → done        a new instance only once the old one is gone (I1)
//             waiting → stopping → copying → starting       where its volumes follow it to another host (I2)
//   destroy   waiting → stopping ─────────────→ done
//   and from stopping, copying and starting: → failed
#pragma once

#include <span>

#include "protocol/message/operator.h"

namespace berth::rollout {

struct Transition {
  message::Action action;
  message::ChangeState from;
  message::ChangeState to;
  /// When, for the documentation.
  const char* when;
};

[[nodiscard]] std::span<const Transition> transitions();
[[nodiscard]] bool isLegal(message::Action action, message::ChangeState from, message::ChangeState to);

/// Begun and not ended.
[[nodiscard]] bool isInFlight(message::ChangeState state);

}  // namespace berth::rollout

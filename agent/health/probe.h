// SPDX-License-Identifier: Apache-2.0
//
// Asks a service in a guest, from the host. Blocks up to `timeout`, so it belongs on a worker; the addresses are
// numeric or come from the spec, and nothing that the service answers is kept but its status.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "protocol/message/node.h"

namespace berth::health {

/// How long a service may take to answer. A guest that is emulated takes up to a second for a TLS-less GET.
inline constexpr std::chrono::milliseconds kProbeTimeout{3000};

/// Empty when it answered as expected; else why not. Thread-safe. HTTP follows no redirects and reads at most 64 KiB
/// of the body; only http and https are spoken.
[[nodiscard]] std::optional<std::string> probe(const message::Probe& what,
                                               std::chrono::milliseconds timeout = kProbeTimeout);

/// A service that finishes its work before it answers may take so long for one answer.
inline constexpr std::chrono::milliseconds kHookTimeout{15000};

/// Asks it once; as of a probe. The request has no body.
[[nodiscard]] std::optional<std::string> call(const message::StopHook& what,
                                              std::chrono::milliseconds timeout = kHookTimeout);

}  // namespace berth::health

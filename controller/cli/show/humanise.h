// SPDX-License-Identifier: Apache-2.0
//
// Durations, sizes and moments as people say them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "words/clock.h"
#include "words/quantity.h"

namespace berth::show {

/// The two largest units: "0s", "42s", "3m12s", "2h05m", "4d3h", "61d". Negative durations are "0s": clocks of two
/// machines never agree wholly.
[[nodiscard]] std::string duration(std::chrono::milliseconds span);

/// How long ago the moment `ms` (milliseconds since 1970) was; "-" for 0, which means never.
[[nodiscard]] std::string age(std::int64_t ms, WallTime now);

/// Milliseconds since 1970, as messages carry it.
[[nodiscard]] std::int64_t millis(WallTime time);

/// "2026-11-22T17:28:17Z"; empty for 0, which means never.
[[nodiscard]] std::string timestamp(std::int64_t ms);

/// With at most one digit behind the point: "0", "512MiB", "7.6GiB", "20GiB".
[[nodiscard]] std::string size(Bytes bytes);

/// "90", "90s", "15m", "2h", "1h30m", "1d": a duration as a person types it; bare numbers are seconds.
[[nodiscard]] std::optional<std::chrono::seconds> parseDuration(std::string_view text);

/// "1 node", "3 nodes".
[[nodiscard]] std::string count(std::uint64_t number, std::string_view thing);

}  // namespace berth::show

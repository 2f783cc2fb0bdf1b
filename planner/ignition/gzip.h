// SPDX-License-Identifier: Apache-2.0
//
// gzip (RFC 1952) in memory.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth::ignition {

/// At best compression. The same bytes give the same stream: no name, no time.
[[nodiscard]] std::string gzip(std::string_view bytes);
/// Nothing when `stream` is none, is cut short, or holds more than `limit` bytes.
[[nodiscard]] std::optional<std::string> gunzip(std::string_view stream, std::size_t limit);

}  // namespace berth::ignition

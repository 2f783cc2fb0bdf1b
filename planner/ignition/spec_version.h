// SPDX-License-Identifier: Apache-2.0
//
// The versions of Ignition's config format that Berth reads and writes, in their order.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace berth::ignition {

enum class SpecVersion : std::uint8_t { v3_0, v3_1, v3_2, v3_3, v3_4, v3_5, v3_6, v3_7_experimental };

/// As a config states it: "3.4.0", "3.7.0-experimental".
[[nodiscard]] std::string_view str(SpecVersion version);
/// Nothing for any other text.
[[nodiscard]] std::optional<SpecVersion> parseSpecVersion(std::string_view text);
/// Whether `text` has the form of a version at all: three numbers, perhaps a pre-release or build part.
[[nodiscard]] bool isVersionLike(std::string_view text);

}  // namespace berth::ignition

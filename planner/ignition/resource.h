// SPDX-License-Identifier: Apache-2.0
//
// A resource is something to fetch: the contents of a file, a key, another config. What is known already is embedded as
// a data URL, compressed where that pays.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "planner/ignition/value.h"

namespace berth::ignition {

/// Makes `bytes` the content of `resource`, in the shortest form that `version` can have. A compression that the
/// resource states says that the bytes are compressed already. `origin` is what the new members bear.
void embed(Value& resource, std::string_view bytes, SpecVersion version, const Origin& origin);

/// The bytes of an embedded resource, decompressed; nothing when they have to be fetched from elsewhere, are broken, or
/// are more than `limit` bytes.
[[nodiscard]] std::optional<std::string> embedded(const Value& resource, std::size_t limit = std::size_t{256} << 20);

}  // namespace berth::ignition

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace berth {

/// An IPv4 or IPv6 address in numbers, as inet_pton(3) takes it: "10.20.0.11", "fe80::1". No name, no port, no zone.
[[nodiscard]] bool isNumericAddress(std::string_view text);

}  // namespace berth

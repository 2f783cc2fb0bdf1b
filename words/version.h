// SPDX-License-Identifier: Apache-2.0
//
// Versions and releases as programs and systems write them: "1.22.4", "40.20240504.3.0". Berth compares none of them;
// it only passes on what somebody said, if it looks like one.
#pragma once

#include <string_view>

namespace berth {

/// 1 to 64 letters, digits and any of ".+-~_".
[[nodiscard]] bool isVersion(std::string_view text);

}  // namespace berth

// SPDX-License-Identifier: Apache-2.0
//
// systemd names the unit of a path after the path (systemd-escape --path, but without padding of hexadecimal digits,
// which is how Butane does it).
#pragma once

#include <string>
#include <string_view>

namespace berth::butane {

/// "/var/my data" → "var-my\x20data"; "-" for the root.
[[nodiscard]] std::string escapedUnitPath(std::string_view path);

}  // namespace berth::butane

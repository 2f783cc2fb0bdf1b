// SPDX-License-Identifier: Apache-2.0
//
// What a program hands out and takes back later, without anybody in between reading or changing it: encrypted and
// authenticated with a key that is made from its own secret, one for each purpose.
//
//   std::string ticket = seal(pair, "plan", text);
//   std::optional<std::string> text = open(pair, "plan", ticket);       // nothing unless it is ours, whole and
//   unchanged
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/identity/keys.h"

namespace berth::identity {

/// The same text is sealed differently each time. The result is 40 bytes longer.
[[nodiscard]] std::string seal(const KeyPair& pair, std::string_view purpose, std::string_view text);
[[nodiscard]] std::optional<std::string> open(const KeyPair& pair, std::string_view purpose, std::string_view sealed);

/// A secret of the program's own for one purpose, always the same: 64 hexadecimal digits.
[[nodiscard]] std::string secretFor(const KeyPair& pair, std::string_view purpose);

}  // namespace berth::identity

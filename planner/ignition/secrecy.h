// SPDX-License-Identifier: Apache-2.0
//
// What of a config is nobody's business but the node's. A person marks a file as secret by its mode: what not everybody
// may read on the node is not shown in a terminal or a log either. What holds a password or a key by its nature is
// secret however it is written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "planner/ignition/value.h"

namespace berth::ignition {

/// `never` is not shown even to those who ask.
enum class Secrecy : std::uint8_t { open, secret, never };

/// Of the bytes of an entry of storage.files: secret when its mode keeps group and others from reading (0600 and the
/// like); never for the password hashes of the boot loader's users. Without a mode Ignition makes it 0644, which is
/// open.
[[nodiscard]] Secrecy secrecyOf(const Value& file);
/// Of any other value, by the field that holds it: password hashes and key files are never shown.
[[nodiscard]] Secrecy secrecyOf(const Field& field);

/// `text` as it is, unless it is a URL: that without its user, its password and its query, which may let one in.
[[nodiscard]] std::string withoutCredentials(std::string_view text);

}  // namespace berth::ignition

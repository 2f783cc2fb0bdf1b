// SPDX-License-Identifier: Apache-2.0
//
// What a host has joined: its own name, the fleet, and the one controller whose key it believes. A text file of one
// `word value` a line, so that a person can read it:
//
//   host vh1
//   fleet 01234567-89ab-8def-8123-456789abcdef
//   controller rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7
//   endpoint tcp://10.77.0.1:7401
//   zone a                             (optional; as given to `join`)
//   label rack=7                       (any number)
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/identity/endpoint.h"
#include "protocol/identity/keys.h"
#include "words/name.h"
#include "words/uuid.h"

namespace berth::state {

struct Identity {
  HostName host;
  Uuid fleet;
  identity::PublicKey controller;
  /// Where the controller talks with agents.
  identity::Endpoint endpoint;
  std::string zone;
  std::map<std::string, std::string> labels;

  bool operator==(const Identity&) const = default;
};

[[nodiscard]] std::string writeIdentity(const Identity& identity);
/// Empty when anything is missing, unknown or not of its kind.
[[nodiscard]] std::optional<Identity> readIdentity(std::string_view text);

}  // namespace berth::state

// SPDX-License-Identifier: Apache-2.0
//
// When a node of a tool may count as ready. Units that wait for it keep the node from being ready; each asks the tool
// itself, and servers ask two others as well, so that no cluster of its own is taken for the one that is meant.
#pragma once

#include "planner/stack/native.h"
#include "planner/stack/own.h"

namespace berth::stack {

inline constexpr const char* kConsulReadyUnit = "berth-consul-ready.service";
inline constexpr const char* kNomadReadyUnit = "berth-nomad-ready.service";

/// What all gates read in.
[[nodiscard]] OwnFile gateFile();
/// What programs that read it in want to know of the servers: CA, SELF and PEERS.
[[nodiscard]] Environment surroundings(const Writing& writing, std::string_view directory, const PoolName& servers,
                                       std::uint16_t port);
[[nodiscard]] Own consulGate(const Writing& writing);
[[nodiscard]] Own nomadGate(const Writing& writing);
/// Of servers that unseal themselves: others wait for a person.
[[nodiscard]] Own vaultGate(const Writing& writing);
/// "berth-openbao-ready.service".
[[nodiscard]] std::string vaultReadyUnit(const spec::Vault& vault);

}  // namespace berth::stack

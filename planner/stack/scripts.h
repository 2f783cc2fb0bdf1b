// SPDX-License-Identifier: Apache-2.0
//
// The programs that nodes of a stack run by themselves, as they lie in planner/stack/scripts: bash, curl and jq, which
// Fedora CoreOS brings along. What differs from node to node they find in their environment, which their units set;
// no secret is among it, nor among the words that they start other programs with.
#pragma once

#include <string_view>

namespace berth::stack::script {

extern const std::string_view gate;
extern const std::string_view snapshot;
extern const std::string_view report;
extern const std::string_view consulAcl;
extern const std::string_view consulReady;
extern const std::string_view nomadAcl;
extern const std::string_view nomadDrain;
extern const std::string_view nomadReady;
extern const std::string_view vaultApi;
extern const std::string_view vaultIdentity;
extern const std::string_view vaultInit;
extern const std::string_view vaultReady;
extern const std::string_view vaultStepDown;
extern const std::string_view vaultUnseal;

}  // namespace berth::stack::script

// SPDX-License-Identifier: Apache-2.0
//
// What a person asks for about secrets. Each value that is shown or changed is an event, without the value.
#pragma once

#include "controller/server/answer.h"
#include "controller/server/vault.h"

namespace berth::server {

/// Without values.
[[nodiscard]] message::Reply listSecrets(const Core& core, const message::request::GetSecrets& asked);
[[nodiscard]] message::Reply readSecret(Core& core, const Vault& vault, const message::request::ReadSecret& asked,
                                        const OperatorName& by, const fleet::Moment& moment);
[[nodiscard]] message::Reply setSecret(Core& core, Vault& vault, message::request::SetSecret& asked,
                                       const OperatorName& by, const fleet::Moment& moment);
[[nodiscard]] message::Reply rotateSecret(Core& core, Vault& vault, const message::request::RotateSecret& asked,
                                          const OperatorName& by, const fleet::Moment& moment);
[[nodiscard]] message::Reply deleteSecret(Core& core, Vault& vault, const message::request::DeleteSecret& asked,
                                          const OperatorName& by, const fleet::Moment& moment);

}  // namespace berth::server

// SPDX-License-Identifier: Apache-2.0
//
// How a host is admitted: the token is used up and the key admitted in one transaction, so that a token is good once
// whatever crashes. A host whose key is admitted already is told so again: the first answer may have been lost.
// All refusals look alike to whoever asks; the reason is for the log.
#pragma once

#include <string>

#include "controller/fleet/ledger.h"
#include "protocol/message/fleet.h"

namespace berth::server {

struct Enrolment {
  message::Joined reply;
  /// Why it was refused, for the log; empty when it was not.
  std::string refusedBecause;
};

/// `agentEndpoint` is where an admitted agent goes.
[[nodiscard]] Enrolment enrol(fleet::Ledger& ledger, const identity::PublicKey& key, const message::Join& join,
                              const std::string& agentEndpoint, const fleet::Moment& moment);

/// Tokens that nobody can use any more.
void dropExpiredTokens(fleet::Ledger& ledger, const fleet::Moment& moment);

}  // namespace berth::server

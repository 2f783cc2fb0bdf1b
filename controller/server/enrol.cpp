// SPDX-License-Identifier: Apache-2.0
#include "controller/server/enrol.h"

#include <vector>

#include "protocol/identity/token.h"

namespace berth::server {

namespace {

WallTime wallOf(const fleet::Moment& moment) { return WallTime(std::chrono::milliseconds(moment.wallMs)); }

Enrolment refused(std::string because) {
  Enrolment enrolment;
  enrolment.reply.error =
      "the token is not valid: it is for another host, expired or used up; ask for a new one with "
      "\"berth host token HOST\"";
  enrolment.refusedBecause = std::move(because);
  return enrolment;
}

}  // namespace

Enrolment enrol(fleet::Ledger& ledger, const identity::PublicKey& key, const message::Join& join,
                const std::string& agentEndpoint, const fleet::Moment& moment) {
  const Enrolment admitted{{{}, ledger.fleet(), join.host, agentEndpoint}, {}};
  if (const auto* host = ledger.hostOfKey(key)) {
    if (host->name == join.host) return admitted;
    return refused("its key is that of host " + host->name.str());
  }
  const auto token = ledger.tokens().find(join.tokenId);
  if (token == ledger.tokens().end()) return refused("there is no such token");
  const auto verdict = identity::judge(token->second, join.host, key, join.nonce, join.proof, wallOf(moment));
  if (verdict != identity::TokenVerdict::good) return refused(std::string(identity::toString(verdict)));
  if (ledger.host(join.host) != nullptr) return refused("a host of that name has joined already");

  store::HostRecord host;
  host.name = join.host;
  host.key = key;
  host.joinedMs = moment.wallMs;
  ledger.removeToken(join.tokenId);
  ledger.put(std::move(host));
  ledger.record(moment, "host " + join.host.str(), "has joined");
  return admitted;
}

void dropExpiredTokens(fleet::Ledger& ledger, const fleet::Moment& moment) {
  std::vector<std::string> expired;
  for (const auto& [id, token] : ledger.tokens()) {
    if (token.expires < wallOf(moment)) expired.push_back(id);
  }
  for (const auto& id : expired) ledger.removeToken(id);
}

}  // namespace berth::server

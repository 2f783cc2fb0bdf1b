// SPDX-License-Identifier: Apache-2.0
//
// The bodies of secret.h to and from Cap'n Proto; for the codecs of requests and replies.
#pragma once

#include "protocol/message/codec.h"
#include "protocol/message/secret.h"
#include "protocol/schema/secret.capnp.h"

namespace berth::message {

void write(schema::SecretChoice::Builder to, const ClusterName& cluster, const SecretName& name,
           std::uint32_t version = 0);
void write(schema::SetSecret::Builder to, const request::SetSecret& from);
void write(schema::Secret::Builder to, const SecretRow& from);

/// Of a request that takes no more than these.
template <class Request>
[[nodiscard]] Request readSecretChoice(schema::SecretChoice::Reader from);
[[nodiscard]] SecretName readSecretName(capnp::Text::Reader from);
[[nodiscard]] request::ReadSecret readReadSecret(schema::SecretChoice::Reader from);
[[nodiscard]] request::SetSecret read(schema::SetSecret::Reader from);
[[nodiscard]] SecretRow read(schema::Secret::Reader from);

template <class Request>
Request readSecretChoice(schema::SecretChoice::Reader from) {
  Request request;
  request.cluster = readName<ClusterName>(from.getCluster(), "cluster");
  request.name = readSecretName(from.getName());
  return request;
}

}  // namespace berth::message

// SPDX-License-Identifier: Apache-2.0
//
// The bodies of layout.h to and from Cap'n Proto; for the codecs of requests and replies.
#pragma once

#include "protocol/message/codec.h"
#include "protocol/message/layout.h"
#include "protocol/schema/layout.capnp.h"

namespace berth::message {

void write(schema::Simulate::Builder to, const request::Simulate& from);
void write(schema::Rebalance::Builder to, const request::Rebalance& from);
void write(schema::Explanation::Builder to, const ExplanationRow& from);
void write(schema::Simulated::Builder to, const reply::Simulated& from);
void write(schema::Rebalanced::Builder to, const reply::Rebalanced& from);

[[nodiscard]] request::Simulate read(schema::Simulate::Reader from);
[[nodiscard]] request::Rebalance read(schema::Rebalance::Reader from);
[[nodiscard]] ExplanationRow read(schema::Explanation::Reader from);
[[nodiscard]] reply::Simulated read(schema::Simulated::Reader from);
[[nodiscard]] reply::Rebalanced read(schema::Rebalanced::Reader from);

}  // namespace berth::message

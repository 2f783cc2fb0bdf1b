// SPDX-License-Identifier: Apache-2.0
//
// The bodies of stack.h to and from Cap'n Proto; for the codecs of requests and replies.
#pragma once

#include "protocol/message/stack.h"
#include "protocol/schema/stack.capnp.h"

namespace berth::message {

void write(schema::Stack::Builder to, const reply::Stack& from);
[[nodiscard]] reply::Stack read(schema::Stack::Reader from);

}  // namespace berth::message

// SPDX-License-Identifier: Apache-2.0
#include "protocol/transport/context.h"

#include "protocol/transport/gate.h"

namespace berth::transport {
namespace {

/// Enough for a test with thousands of clients in one process; libzmq's own bound is 1,023. Costs a pointer each.
constexpr int kMaxSockets = 16384;

}  // namespace

Context::Context(Drops& drops) : drops_(drops) {
  zmq_.set(zmq::ctxopt::max_sockets, kMaxSockets);
  // Sockets that forget to say so must not keep the process from ending, either.
  zmq_.set(zmq::ctxopt::blocky, 0);
}

Context::~Context() = default;

void Context::closeGate() {
  gate_.reset();
  closed_ = true;
}

Gate* Context::gate() {
  if (!gate_ && !closed_) gate_ = std::make_unique<Gate>(zmq_, drops_);
  return gate_.get();
}

}  // namespace berth::transport

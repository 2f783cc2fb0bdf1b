// SPDX-License-Identifier: Apache-2.0
//
// ZeroMQ for one process: its I/O thread and the gate at which every connection to a server of ours is admitted or
// refused. There is no plaintext socket to be had from it.
//
//   Context context(drops);
//   auto server = Server::open(context, {endpoint, key, Domain::agents, hosts});
//   auto client = Client::open(context, {endpoint, key, controllerKey, Domain::agents});
//
// A Context outlives its servers and clients.
#pragma once

#include <memory>
#include <string>

#include <zmq.hpp>

#include "protocol/transport/admission.h"
#include "protocol/transport/domain.h"
#include "protocol/transport/drops.h"

namespace berth::transport {

class Gate;

/// What ZeroMQ would not do: what was attempted, on which endpoint, and why not.
struct TransportError {
  std::string message;
};

class Context {
public:
  /// `drops` outlives the context; refused connections are counted there.
  explicit Context(Drops& drops);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /// Ends admission for good: from now on nobody gets in, and who is in stays until their server closes. For an
  /// orderly end, and for the test that a dead gate is a closed one.
  void closeGate();

  [[nodiscard]] Drops& drops() { return drops_; }

private:
  friend class Server;
  friend class Client;
  /// Opens the gate at the first call: before any server's socket exists. Null once it is closed.
  [[nodiscard]] Gate* gate();

  Drops& drops_;
  zmq::context_t zmq_;
  std::unique_ptr<Gate> gate_;
  bool closed_ = false;
};

}  // namespace berth::transport

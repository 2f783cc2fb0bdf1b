// SPDX-License-Identifier: Apache-2.0
//
// The settings of our sockets, each on purpose. ZeroMQ's defaults suit a trusted network and messages that may get
// lost; the traps that they hold were all seen on a real machine (docs/protocol.md names them).
#pragma once

#include <optional>
#include <string>

#include <zmq.hpp>

#include "protocol/identity/endpoint.h"
#include "protocol/identity/keys.h"
#include "protocol/transport/domain.h"

namespace berth::transport {

/// A ROUTER's: CURVE server, admission by the gate's way `zapDomain`, closed when nobody answers there.
void setServerOptions(zmq::socket_t& socket, Domain domain, const identity::Endpoint& endpoint,
                      const identity::KeyPair& key, const std::string& zapDomain);

/// A DEALER's: CURVE client that talks to the holder of `server` and nobody else.
void setClientOptions(zmq::socket_t& socket, Domain domain, const identity::Endpoint& endpoint,
                      const identity::KeyPair& key, const identity::PublicKey& server);

/// What ZeroMQ takes from its peers before it cuts them off. Larger than maxMessageBytes(): what lies between is
/// received, so that it can be counted and blamed on a key; what is larger still is not even read.
[[nodiscard]] std::int64_t wireLimit(Domain domain);

/// What happened to one connection: a ZMQ_EVENT_… and its value, which is the descriptor for connections that come and
/// go.
struct Event {
  int kind = 0;
  int value = 0;
};

/// Hears what happens to a socket's connections. libzmq's I/O thread, which all sockets share, says it with a send that
/// waits for ever when nobody is there to receive it any more: so the socket is told to be silent before its monitor
/// goes, and has to outlive it.
class Monitor {
public:
  /// `events`: a mask of ZMQ_EVENT_….
  Monitor(zmq::context_t& context, zmq::socket_t& socket, int events);
  ~Monitor();
  Monitor(Monitor&& other) noexcept;
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;
  Monitor& operator=(Monitor&&) = delete;

  /// The next event, if there is one.
  [[nodiscard]] std::optional<Event> next();
  /// To be polled for reading.
  [[nodiscard]] void* handle() { return reader_.handle(); }

private:
  void* watched_;
  zmq::socket_t reader_;
};

}  // namespace berth::transport

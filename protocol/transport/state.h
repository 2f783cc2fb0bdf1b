// SPDX-License-Identifier: Apache-2.0
//
// What a Server and a Client keep, for their own sources and for the loop that polls them.
#pragma once

#include "protocol/transport/client.h"
#include "protocol/transport/gate.h"
#include "protocol/transport/server.h"

namespace berth::transport {

struct Server::State {
  Context& context;
  Domain domain;
  const Admission& admission;
  identity::Endpoint endpoint;
  std::string zapDomain;
  zmq::socket_t socket;
  zmq::socket_t monitor;

  /// Reads the monitor: counts handshakes that failed.
  void observe();
};

struct Client::State {
  Domain domain;
  zmq::socket_t socket;
  zmq::socket_t monitor;
  Link link = Link::connecting;
  std::uint64_t session = 0;

  /// Reads the monitor: follows the link.
  void observe();
};

/// One message to a socket, never blocking. `prefix` is a frame that goes before it, where there is one.
[[nodiscard]] Sent sendFrames(zmq::socket_t& socket, std::string_view prefix, std::span<const std::uint8_t> bytes);

}  // namespace berth::transport

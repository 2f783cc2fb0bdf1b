// SPDX-License-Identifier: Apache-2.0
//
// What a Server and a Client keep, for their own sources and for the loop that polls them.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "protocol/transport/client.h"
#include "protocol/transport/gate.h"
#include "protocol/transport/options.h"
#include "protocol/transport/server.h"
#include "words/clock.h"

namespace berth::transport {

struct Server::State {
  Context& context;
  Domain domain;
  const Admission& admission;
  identity::Endpoint endpoint;
  std::string zapDomain;
  zmq::socket_t socket;
  Monitor monitor;

  /// Connections whose handshake is not over, by descriptor, with the address they came from.
  std::map<int, std::string> undecided;
  /// What was said of the connection that is about to end: libzmq says it just before.
  enum class Failure : std::uint8_t { none, handshake, refused } failure = Failure::none;

  /// Reads the monitor: counts handshakes that failed.
  void observe();
  void ended(int descriptor);
};

struct Client::State {
  Domain domain;
  identity::Endpoint endpoint;
  zmq::socket_t socket;
  Monitor monitor;
  Link link = Link::connecting;
  std::uint64_t session = 0;
  /// The address that it was last made from.
  std::string here;

  /// When to connect anew, where libzmq has given up and will not by itself.
  std::optional<TimePoint> retryAt;
  std::chrono::milliseconds retryAfter = kRetryFrom;

  /// libzmq drops a connection for good after a refusal or a breach of the protocol. Waiting at first for longer than
  /// it takes to hear whether it tries again by itself.
  static constexpr std::chrono::milliseconds kRetryFrom{500};
  static constexpr std::chrono::milliseconds kRetryMax{15000};

  /// Reads the monitor: follows the link, and keeps it trying.
  void observe();
  void follow(const Event& event);
  void connectAnew();
};

/// One message to a socket, never blocking. `prefix` is a frame that goes before it, where there is one.
[[nodiscard]] Sent sendFrames(zmq::socket_t& socket, std::string_view prefix, std::span<const std::uint8_t> bytes);

}  // namespace berth::transport

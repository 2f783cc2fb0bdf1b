// SPDX-License-Identifier: Apache-2.0
//
// One door of the controller: a ROUTER that talks CURVE and nothing else. Who a message is from is the key that the
// connection was made with (ZAP's User-Id), never a routing id or a field: peers cannot speak for each other. What is
// wrong with a message before it is decoded (a revoked key, extra frames, a chosen routing id, its size) is dropped
// and counted here, so that receive() returns only what an admitted key said.
//
// Delivery is not promised. send() never blocks and says what became of the message as far as anybody can know.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/identity/endpoint.h"
#include "protocol/identity/keys.h"
#include "protocol/transport/context.h"

namespace berth::transport {

/// One connection of one peer, named by the server. A peer that reconnects has another one; the key stays.
class RoutingId {
public:
  RoutingId() = default;
  /// As ZeroMQ knows it; means nothing to anybody else.
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  auto operator<=>(const RoutingId&) const = default;

private:
  friend class Server;
  explicit RoutingId(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string bytes_;
};

struct Received {
  identity::PublicKey sender;
  /// Where an answer goes while this connection lives.
  RoutingId peer;
  std::vector<std::uint8_t> bytes;
};

/// What became of a message that was sent.
enum class Sent : std::uint8_t {
  sent,         ///< handed to ZeroMQ; may still be lost
  unreachable,  ///< nobody is connected there any more (or yet)
  full,         ///< the peer does not keep up; send the newest state later
  tooLarge,     ///< over the limit of the domain: the other end would cut the connection
};

/// "sent", "unreachable", "full", "too large"
[[nodiscard]] std::string_view toString(Sent sent);

class Server {
public:
  struct Options {
    /// Where to bind; `tcp://127.0.0.1:*` lets the kernel choose the port.
    identity::Endpoint endpoint;
    const identity::KeyPair& key;
    Domain domain;
    /// Outlives the server.
    const Admission& admission;
  };

  /// Binds. The context's gate stands before the socket is open.
  [[nodiscard]] static std::variant<std::unique_ptr<Server>, TransportError> open(Context& context,
                                                                                  const Options& options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// The next message, if there is one; never blocks. Looks at a bounded number of drops before it gives up for now.
  [[nodiscard]] std::optional<Received> receive();
  /// Never blocks.
  [[nodiscard]] Sent send(const RoutingId& peer, std::span<const std::uint8_t> bytes);

  /// Where it is really bound.
  [[nodiscard]] const identity::Endpoint& endpoint() const;
  [[nodiscard]] Domain domain() const;

private:
  friend class Loop;
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace berth::transport

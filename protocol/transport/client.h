// SPDX-License-Identifier: Apache-2.0
//
// The other end of a Server: a DEALER that connects to one controller whose public key it knows, and reconnects by
// itself for as long as it lives. It keeps no queue while there is no connection, so nothing stale is replayed when
// there is one again: whoever uses it watches link() and says anew what should be known.
#pragma once

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
#include "protocol/transport/server.h"

namespace berth::transport {

/// How things stand with the controller.
enum class Link : std::uint8_t {
  connecting,  ///< nobody answers yet, or no longer
  up,          ///< the handshake is done: each end has proved its key
  refused,     ///< the controller answers and does not admit our key (yet)
  stranger,    ///< somebody answers who does not have the key that we expect, or is no controller at all
};

/// "connecting", "up", "refused", "stranger"
[[nodiscard]] std::string_view toString(Link link);

class Client {
public:
  struct Options {
    identity::Endpoint endpoint;
    const identity::KeyPair& key;
    /// The controller's. Who answers with another key is not talked to.
    identity::PublicKey server;
    Domain domain;
  };

  /// Begins to connect; does not wait.
  [[nodiscard]] static std::variant<std::unique_ptr<Client>, TransportError> open(Context& context,
                                                                                  const Options& options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// The next message, if there is one; never blocks.
  [[nodiscard]] std::optional<std::vector<std::uint8_t>> receive();
  /// Never blocks; `unreachable` while the link is not up.
  [[nodiscard]] Sent send(std::span<const std::uint8_t> bytes);

  [[nodiscard]] Link link();
  /// Counts the times that the link came up: another number means another session, in which all is to be said anew.
  [[nodiscard]] std::uint64_t session();
  /// The address of this machine that the link was last made from, without a port; empty when that is not known.
  [[nodiscard]] std::string here();

private:
  friend class Loop;
  struct State;
  explicit Client(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace berth::transport

// SPDX-License-Identifier: Apache-2.0
//
// A server and its clients in one process, over real TCP with real CURVE, on a port that the kernel chose. Every wait
// is for a condition, with a deadline that only a failure reaches.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <zmq.hpp>

#include "protocol/transport/client.h"
#include "protocol/transport/server.h"
#include "tests/loopback.h"

namespace berth::transport {

inline std::vector<std::uint8_t> bytesOf(std::string_view text) { return {text.begin(), text.end()}; }
inline std::string textOf(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

class Harbour : public testing::Test {
protected:
  using KeyPair = identity::KeyPair;

  std::unique_ptr<Server> bind(Domain domain, const Admission& admission,
                               const std::string& where = "tcp://" + loopback::ownAddress() + ":*") {
    auto opened = Server::open(context, {*identity::Endpoint::parse(where), controller, domain, admission});
    if (auto* error = std::get_if<TransportError>(&opened)) throw std::runtime_error(error->message);
    return std::get<std::unique_ptr<Server>>(std::move(opened));
  }

  /// Binds where another server was a moment ago: ZeroMQ closes that one in its own time.
  std::unique_ptr<Server> bindAgain(const identity::Endpoint& endpoint) {
    std::unique_ptr<Server> server;
    EXPECT_TRUE(eventually([&] {
      auto opened = Server::open(context, {endpoint, controller, Domain::agents, ring});
      if (auto* bound = std::get_if<std::unique_ptr<Server>>(&opened)) server = std::move(*bound);
      return server != nullptr;
    }));
    if (server == nullptr) throw std::runtime_error(endpoint.str() + " stayed taken");
    return server;
  }

  std::unique_ptr<Client> connect(const identity::Endpoint& endpoint, const KeyPair& key,
                                  Domain domain = Domain::agents) {
    auto opened = Client::open(context, {endpoint, key, controller.publicKey(), domain});
    if (auto* error = std::get_if<TransportError>(&opened)) throw std::runtime_error(error->message);
    return std::get<std::unique_ptr<Client>>(std::move(opened));
  }

  /// A peer that does not keep to our rules: a bare DEALER with a CURVE key, to which `settings` may do anything.
  zmq::socket_t rogue(const identity::Endpoint& endpoint, const KeyPair& key,
                      const std::function<void(zmq::socket_t&)>& settings = {}) {
    zmq::socket_t socket(foreign, zmq::socket_type::dealer);
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::curve_publickey, zmq::buffer(key.publicKey().bytes()));
    socket.set(zmq::sockopt::curve_secretkey, zmq::buffer(key.secret()));
    socket.set(zmq::sockopt::curve_serverkey, zmq::buffer(controller.publicKey().bytes()));
    if (settings) settings(socket);
    socket.connect(endpoint.str());
    return socket;
  }

  static testing::AssertionResult eventually(const std::function<bool()>& condition) {
    // A client that found nobody waits up to 15 s before it looks again, and may then meet a door that is just closing.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(90);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return testing::AssertionFailure() << "did not come true";
      zmq_poll(nullptr, 0, 2);
    }
    return testing::AssertionSuccess();
  }

  /// The next message, waited for.
  Received next(Server& server) {
    std::optional<Received> message;
    EXPECT_TRUE(eventually([&] { return (message = server.receive()).has_value(); }));
    return message.value_or(Received{});
  }
  std::string next(Client& client) {
    std::optional<std::vector<std::uint8_t>> message;
    EXPECT_TRUE(eventually([&] { return (message = client.receive()).has_value(); }));
    return textOf(message.value_or(std::vector<std::uint8_t>()));
  }

  /// Says something and waits until it has arrived; who it is from as the server sees it.
  Received exchange(Server& server, Client& client, std::string_view text) {
    EXPECT_TRUE(eventually([&] { return client.send(bytesOf(text)) == Sent::sent; }));
    auto message = next(server);
    EXPECT_EQ(textOf(message.bytes), text);
    return message;
  }

  std::uint64_t dropped(Domain domain, DropReason reason) const { return drops.count(domain, reason); }
  std::size_t logged() {
    const std::lock_guard lock(mutex);
    return lines.size();
  }

  std::mutex mutex;
  std::vector<std::string> lines;
  Drops drops{[this](const std::string& line) {
    const std::lock_guard lock(mutex);
    lines.push_back(line);
  }};
  const KeyPair controller = KeyPair::generate();
  const KeyPair alice = KeyPair::generate();
  const KeyPair bob = KeyPair::generate();
  KeyRing ring;
  /// Of peers that are not ours.
  zmq::context_t foreign;
  Context context{drops};
};

}  // namespace berth::transport

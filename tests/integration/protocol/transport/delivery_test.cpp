// SPDX-License-Identifier: Apache-2.0
//
// What a send and a connection promise, and what they do not.
#include <thread>

#include "protocol/transport/loop.h"
#include "tests/integration/protocol/transport/harbour.h"

namespace berth::transport {
namespace {

using namespace std::chrono_literals;

class Delivery : public Harbour {
protected:
  Delivery() {
    ring.admit(alice.publicKey());
    ring.admit(bob.publicKey());
  }
};

TEST_F(Delivery, goesBothWays) {
  auto server = bind(Domain::agents, ring);
  auto client = connect(server->endpoint(), alice);
  const auto message = exchange(*server, *client, "hello");
  EXPECT_EQ(server->send(message.peer, bytesOf("welcome")), Sent::sent);
  EXPECT_EQ(next(*client), "welcome");
  EXPECT_EQ(client->link(), Link::up);
  EXPECT_EQ(client->session(), 1u);
  EXPECT_EQ(client->here(), "127.0.0.1") << "where the kernel connects to loopback addresses from";
}

TEST_F(Delivery, carriesTheLargestMessageAndNoLarger) {
  auto server = bind(Domain::agents, ring);
  auto client = connect(server->endpoint(), alice);
  const auto peer = exchange(*server, *client, "hello").peer;
  std::vector<std::uint8_t> large(maxMessageBytes(Domain::agents), 7);
  EXPECT_EQ(client->send(large), Sent::sent);
  EXPECT_EQ(next(*server).bytes, large);
  EXPECT_EQ(server->send(peer, large), Sent::sent);
  EXPECT_EQ(next(*client).size(), large.size());
  large.push_back(7);
  EXPECT_EQ(client->send(large), Sent::tooLarge);
  EXPECT_EQ(server->send(peer, large), Sent::tooLarge);
}

TEST_F(Delivery, saysUnreachableOfAPeerThatHasVanished) {
  auto server = bind(Domain::agents, ring);
  auto client = connect(server->endpoint(), alice);
  const auto peer = exchange(*server, *client, "hello").peer;
  client.reset();
  EXPECT_TRUE(eventually([&] { return server->send(peer, bytesOf("are you there?")) == Sent::unreachable; }));
  EXPECT_EQ(server->send(RoutingId(), bytesOf("nobody")), Sent::unreachable);
}

TEST_F(Delivery, saysUnreachableWhileNobodyListensAndKeepsNothingForLater) {
  auto server = bind(Domain::agents, ring);
  const auto endpoint = server->endpoint();
  server.reset();
  auto client = connect(endpoint, alice);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client->send(bytesOf("stale")), Sent::unreachable);
  server = bindAgain(endpoint);
  EXPECT_EQ(textOf(exchange(*server, *client, "fresh").bytes), "fresh");
}

/// libzmq's I/O thread once told the monitor of a client that was gone of its handshake, and waited for ever.
TEST_F(Delivery, isNotHeldUpByClientsThatGoInTheMiddleOfTheirHandshake) {
  auto server = bind(Domain::agents, ring);
  auto client = connect(server->endpoint(), alice);
  (void)exchange(*server, *client, "before");
  for (int i = 0; i < 300; ++i) {
    auto other = connect(server->endpoint(), bob);
    // From before the connection is made until after the handshake.
    std::this_thread::sleep_for(std::chrono::microseconds(40 * (i % 100)));
  }
  (void)exchange(*server, *client, "after");
}

TEST_F(Delivery, saysFullOfAPeerThatDoesNotKeepUp) {
  auto server = bind(Domain::agents, ring);
  auto client = connect(server->endpoint(), alice);
  const auto peer = exchange(*server, *client, "hello").peer;
  const std::vector<std::uint8_t> large(1u << 20);
  EXPECT_TRUE(eventually([&] { return server->send(peer, large) == Sent::full; })) << "the client reads nothing";
  // Another peer is not kept waiting by it.
  auto other = connect(server->endpoint(), bob);
  const auto second = exchange(*server, *other, "hello").peer;
  EXPECT_EQ(server->send(second, bytesOf("welcome")), Sent::sent);
  EXPECT_EQ(next(*other), "welcome");
}

TEST_F(Delivery, resumesByItselfWhenTheServerIsBack) {
  auto server = bind(Domain::agents, ring);
  const auto endpoint = server->endpoint();
  auto client = connect(endpoint, alice);
  exchange(*server, *client, "before");
  const auto session = client->session();
  server.reset();
  EXPECT_TRUE(eventually([&] { return client->link() == Link::connecting; }));
  EXPECT_EQ(client->send(bytesOf("lost")), Sent::unreachable);
  server = bindAgain(endpoint);
  exchange(*server, *client, "after");
  EXPECT_EQ(client->session(), session + 1);
}

TEST_F(Delivery, saysWhyItCannotListenOrConnect) {
  auto server = bind(Domain::agents, ring);
  const auto taken = Server::open(context, {server->endpoint(), controller, Domain::agents, ring});
  ASSERT_TRUE(std::holds_alternative<TransportError>(taken));
  EXPECT_EQ(std::get<TransportError>(taken).message,
            "cannot listen on " + server->endpoint().str() + ": Address already in use");
  const auto nowhere = Client::open(
      context, {*identity::Endpoint::parse("tcp://127.0.0.1:*"), alice, controller.publicKey(), Domain::agents});
  EXPECT_TRUE(std::holds_alternative<TransportError>(nowhere));
}

TEST_F(Delivery, wakesTheLoopForMessagesAndForChangesOfTheLink) {
  auto server = bind(Domain::agents, ring);
  auto client = connect(server->endpoint(), alice);
  Loop loop;
  std::vector<std::string> heard;
  loop.onReadable(*server, [&] {
    while (auto message = server->receive()) {
      heard.push_back(textOf(message->bytes));
      EXPECT_EQ(server->send(message->peer, bytesOf("echo")), Sent::sent);
    }
  });
  bool greeted = false;
  loop.onReadable(*client, [&] {
    if (client->link() == Link::up && !greeted) greeted = client->send(bytesOf("hello")) == Sent::sent;
    if (const auto message = client->receive()) heard.push_back(textOf(*message)), loop.stop();
  });
  const auto deadline = loop.after(30s, [&] { loop.stop(); });
  loop.run();
  loop.cancel(deadline);
  EXPECT_EQ(heard, (std::vector<std::string>{"hello", "echo"}));
}

TEST_F(Delivery, letsTwoHundredClientsInAtOnce) {
  auto server = bind(Domain::agents, ring);
  std::vector<std::unique_ptr<Client>> clients;
  std::map<identity::PublicKey, std::string> expected;
  for (int i = 0; i < 200; ++i) {
    const auto key = KeyPair::generate();
    ring.admit(key.publicKey());
    expected.emplace(key.publicKey(), std::to_string(i));
    clients.push_back(connect(server->endpoint(), key));
  }
  std::vector<bool> said(clients.size());
  std::map<identity::PublicKey, std::string> heard;
  EXPECT_TRUE(eventually([&] {
    for (std::size_t i = 0; i < clients.size(); ++i) {
      if (!said[i]) said[i] = clients[i]->send(bytesOf(std::to_string(i))) == Sent::sent;
    }
    while (auto message = server->receive()) heard.emplace(message->sender, textOf(message->bytes));
    return heard.size() == clients.size();
  }));
  EXPECT_EQ(heard, expected);
}

}  // namespace
}  // namespace berth::transport

// SPDX-License-Identifier: Apache-2.0
//
// Who gets in, and who does not: each trap of ZeroMQ admission as a test.
#include "tests/integration/protocol/transport/harbour.h"

namespace berth::transport {
namespace {

using Admitting = Harbour;

TEST_F(Admitting, knowsEachMessagesSenderByItsKey) {
  ring.admit(alice.publicKey());
  ring.admit(bob.publicKey());
  auto server = bind(Domain::agents, ring);
  auto fromAlice = connect(server->endpoint(), alice);
  auto fromBob = connect(server->endpoint(), bob);
  EXPECT_EQ(exchange(*server, *fromAlice, "a").sender, alice.publicKey());
  EXPECT_EQ(exchange(*server, *fromBob, "b").sender, bob.publicKey());
  EXPECT_EQ(exchange(*server, *fromAlice, "a again").sender, alice.publicKey());
}

TEST_F(Admitting, refusesAKeyThatItDoesNotKnowAndSaysSoOnce) {
  ring.admit(alice.publicKey());
  auto server = bind(Domain::agents, ring);
  auto stranger = connect(server->endpoint(), bob);
  EXPECT_TRUE(eventually([&] { return stranger->link() == Link::refused; }));
  EXPECT_EQ(stranger->send(bytesOf("let me in")), Sent::unreachable);
  EXPECT_TRUE(eventually([&] {
    return stranger->link() == Link::refused && dropped(Domain::agents, DropReason::unknownKey) >= 2;
  })) << "it tries again";
  EXPECT_FALSE(server->receive());
  const std::lock_guard lock(mutex);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_NE(lines[0].find(bob.publicKey().str()), std::string::npos);
}

TEST_F(Admitting, letsInWhoIsAdmittedLaterWithoutBeingToldTo) {
  auto server = bind(Domain::agents, ring);
  auto client = connect(server->endpoint(), alice);
  ASSERT_TRUE(eventually([&] { return client->link() == Link::refused; }));
  ring.admit(alice.publicKey());
  exchange(*server, *client, "here I am");
}

TEST_F(Admitting, letsNobodyInWhenTheGateIsDead) {
  ring.admit(alice.publicKey());
  auto server = bind(Domain::agents, ring);
  auto before = connect(server->endpoint(), alice);
  exchange(*server, *before, "while the gate stands");
  context.closeGate();

  auto after = rogue(server->endpoint(), alice);
  auto events = zmq::socket_t(foreign, zmq::socket_type::pair);
  ASSERT_EQ(zmq_socket_monitor(after.handle(), "inproc://after", ZMQ_EVENT_HANDSHAKE_SUCCEEDED), 0);
  events.connect("inproc://after");
  auto late = connect(server->endpoint(), alice);
  EXPECT_TRUE(eventually([&] { return late->link() != Link::connecting; }));
  EXPECT_NE(late->link(), Link::up);
  zmq::message_t event;
  EXPECT_FALSE(events.recv(event, zmq::recv_flags::dontwait)) << "a handshake succeeded";
  EXPECT_FALSE(server->receive());
  EXPECT_TRUE(std::holds_alternative<TransportError>(
      Server::open(context, {*identity::Endpoint::parse("tcp://127.0.0.1:*"), controller, Domain::agents, ring})));
}

TEST_F(Admitting, asksTheListOfItsOwnDomain) {
  KeyRing operators;
  ring.admit(alice.publicKey());
  operators.admit(bob.publicKey());
  auto agents = bind(Domain::agents, ring);
  auto people = bind(Domain::operators, operators);
  auto agentAtPeople = connect(people->endpoint(), alice, Domain::operators);
  auto personAtAgents = connect(agents->endpoint(), bob);
  EXPECT_TRUE(eventually([&] { return agentAtPeople->link() == Link::refused; }));
  EXPECT_TRUE(eventually([&] { return personAtAgents->link() == Link::refused; }));
  auto person = connect(people->endpoint(), bob, Domain::operators);
  exchange(*people, *person, "get hosts");
}

TEST_F(Admitting, cutsARevokedKeyAtOnceThoughItsConnectionLives) {
  ring.admit(alice.publicKey());
  auto server = bind(Domain::agents, ring);
  auto client = connect(server->endpoint(), alice);
  exchange(*server, *client, "still trusted");
  ring.revoke(alice.publicKey());
  ASSERT_EQ(client->send(bytesOf("no longer trusted")), Sent::sent);
  EXPECT_TRUE(eventually([&] {
    EXPECT_FALSE(server->receive());
    return dropped(Domain::agents, DropReason::revokedKey) == 1;
  }));
}

TEST_F(Admitting, takesNoMessageFromWhoChoseItsOwnRoutingId) {
  ring.admit(alice.publicKey());
  ring.admit(bob.publicKey());
  auto server = bind(Domain::agents, ring);
  auto client = connect(server->endpoint(), alice);
  const auto hello = exchange(*server, *client, "I am host A");

  auto impostor = rogue(server->endpoint(), bob, [](auto& socket) { socket.set(zmq::sockopt::routing_id, "host-a"); });
  impostor.send(zmq::str_buffer("I am host A, too"));
  EXPECT_TRUE(eventually([&] {
    EXPECT_FALSE(server->receive());
    return dropped(Domain::agents, DropReason::routingId) == 1;
  }));
  EXPECT_EQ(server->send(hello.peer, bytesOf("secret of A")), Sent::sent);
  EXPECT_EQ(next(*client), "secret of A");
}

TEST_F(Admitting, keepsTheConnectionOfWhoHasItWhenAnotherClaimsItsRoutingId) {
  ring.admit(alice.publicKey());
  ring.admit(bob.publicKey());
  auto server = bind(Domain::agents, ring);
  auto client = connect(server->endpoint(), alice);
  const auto hello = exchange(*server, *client, "I am host A");

  // Only the server knows the ids that it gives out; suppose that one leaked.
  auto peek =
      rogue(server->endpoint(), bob, [&](auto& socket) { socket.set(zmq::sockopt::routing_id, hello.peer.bytes()); });
  peek.send(zmq::str_buffer("me"), zmq::send_flags::dontwait);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(server->send(hello.peer, bytesOf("secret of A")), Sent::sent);
    EXPECT_EQ(next(*client), "secret of A");
    while (const auto message = server->receive()) EXPECT_EQ(message->sender, bob.publicKey());
  }
  zmq::message_t stolen;
  EXPECT_FALSE(peek.recv(stolen, zmq::recv_flags::dontwait));
}

TEST_F(Admitting, letsAnyKeyEnrolWithTinyMessagesAlone) {
  const AnyKey anybody;
  auto server = bind(Domain::enrolment, anybody);
  auto client = connect(server->endpoint(), bob, Domain::enrolment);
  EXPECT_EQ(exchange(*server, *client, "join").sender, bob.publicKey());
  const std::vector<std::uint8_t> large(maxMessageBytes(Domain::enrolment) + 1);
  EXPECT_EQ(client->send(large), Sent::tooLarge);
}

TEST_F(Admitting, isMutual) {
  // Somebody who has another key than the one the client was given is not talked to.
  const AnyKey anybody;
  auto server = bind(Domain::enrolment, anybody);
  const auto other = KeyPair::generate();
  auto opened = Client::open(context, {server->endpoint(), alice, other.publicKey(), Domain::enrolment});
  auto& client = *std::get<std::unique_ptr<Client>>(opened);
  EXPECT_TRUE(eventually([&] { return client.link() == Link::stranger; }));
  EXPECT_EQ(client.send(bytesOf("secret")), Sent::unreachable);
}

}  // namespace
}  // namespace berth::transport

// SPDX-License-Identifier: Apache-2.0
//
// Bytes that no program of ours would send. Whatever comes, the service goes on for everybody else.
#include <random>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/transport/loop.h"
#include "tests/integration/protocol/transport/harbour.h"

namespace berth::transport {
namespace {

/// A bare TCP connection to a server.
class Raw {
public:
  explicit Raw(const identity::Endpoint& endpoint) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    const std::string where = endpoint.str();
    const auto colon = where.rfind(':');
    const auto host = where.rfind('/') + 1;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(where.substr(colon + 1))));
    address.sin_addr.s_addr = ::inet_addr(where.substr(host, colon - host).c_str());
    const timeval patience{30, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Raw() { ::close(fd_); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;

  void write(std::string_view bytes) const {
    EXPECT_TRUE(connected_);
    // The server may have hung up already; that is its good right.
    (void)::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  /// Reads until the server hangs up: true when it did before the time was up.
  [[nodiscard]] bool isHungUp() const {
    std::array<char, 4096> buffer{};
    while (true) {
      const auto size = ::recv(fd_, buffer.data(), buffer.size(), 0);
      if (size <= 0) return size == 0 || errno == ECONNRESET;
    }
  }

private:
  int fd_;
  bool connected_ = false;
};

class Hostile : public Harbour {
protected:
  Hostile() { ring.admit(alice.publicKey()), ring.admit(bob.publicKey()); }

  void expectServiceGoesOn() {
    exchange(*server, *client, "still here");
    auto late = connect(server->endpoint(), bob);
    EXPECT_EQ(exchange(*server, *late, "me, too").sender, bob.publicKey());
  }

  std::unique_ptr<Server> server = bind(Domain::agents, ring);
  std::unique_ptr<Client> client = connect(server->endpoint(), alice);
};

TEST_F(Hostile, bytesThatAreNoHandshakeAreCountedAndLoggedOnce) {
  exchange(*server, *client, "before");
  Loop loop;
  loop.onReadable(*server, [&] { EXPECT_FALSE(server->receive()); });
  std::mt19937 random(7);
  const int attempts = 20;
  for (int i = 0; i < attempts; ++i) {
    std::string garbage(1000, '\0');
    for (auto& byte : garbage) byte = static_cast<char>(random());
    // What starts like ZeroMQ but is none, a web browser, TLS, and noise.
    if (i % 4 == 0) garbage.insert(0, std::string_view("\xff\0\0\0\0\0\0\0\x01\x7f\x03\x01PLAIN", 17));
    if (i % 4 == 1) garbage = "GET / HTTP/1.1\r\nHost: berth\r\n\r\n";
    if (i % 4 == 2) garbage.insert(0, "\x16\x03\x01\x02");
    const Raw raw(server->endpoint());
    raw.write(garbage);
  }
  loop.every(std::chrono::milliseconds(2), [&] {
    if (dropped(Domain::agents, DropReason::handshake) >= attempts) loop.stop();
  });
  const auto deadline = loop.after(std::chrono::seconds(30), [&] { loop.stop(); });
  loop.run();
  loop.cancel(deadline);
  EXPECT_GE(dropped(Domain::agents, DropReason::handshake), static_cast<std::uint64_t>(attempts));
  EXPECT_EQ(logged(), 1u);
  expectServiceGoesOn();
}

TEST_F(Hostile, aPeerWithoutEncryptionIsRefused) {
  zmq::socket_t plain(foreign, zmq::socket_type::dealer);
  plain.set(zmq::sockopt::linger, 0);
  plain.connect(server->endpoint().str());
  plain.send(zmq::str_buffer("no key at all"), zmq::send_flags::dontwait);
  const Raw wait(server->endpoint());
  wait.write(std::string(64, 'x'));
  EXPECT_TRUE(wait.isHungUp());
  EXPECT_FALSE(server->receive());
  expectServiceGoesOn();
}

TEST_F(Hostile, whoConnectsAndSaysNothingIsHungUpOn) {
  const Raw silent(server->endpoint());
  EXPECT_TRUE(silent.isHungUp());
  expectServiceGoesOn();
}

TEST_F(Hostile, messagesOverTheLimitAreCountedAndBlamedOnTheirKey) {
  auto peer = rogue(server->endpoint(), bob);
  peer.send(zmq::message_t(maxMessageBytes(Domain::agents) + 1), zmq::send_flags::none);
  EXPECT_TRUE(eventually([&] {
    EXPECT_FALSE(server->receive());
    return dropped(Domain::agents, DropReason::tooLarge) == 1;
  }));
  EXPECT_EQ(logged(), 1u);
  expectServiceGoesOn();
}

TEST_F(Hostile, messagesFarOverTheLimitAreNotEvenRead) {
  auto peer = rogue(server->endpoint(), bob);
  zmq::socket_t events(foreign, zmq::socket_type::pair);
  ASSERT_EQ(zmq_socket_monitor(peer.handle(), "inproc://far", ZMQ_EVENT_DISCONNECTED), 0);
  events.connect("inproc://far");
  peer.send(zmq::message_t(5 * maxMessageBytes(Domain::agents)), zmq::send_flags::none);
  EXPECT_TRUE(eventually([&] {
    EXPECT_FALSE(server->receive());
    zmq::message_t event;
    return events.recv(event, zmq::recv_flags::dontwait).has_value();
  })) << "the server cuts the connection";
  expectServiceGoesOn();
}

TEST_F(Hostile, messagesOfSeveralFramesAreCountedAndDropped) {
  auto peer = rogue(server->endpoint(), bob);
  for (int i = 0; i < 3; ++i) peer.send(zmq::str_buffer("part"), zmq::send_flags::sndmore);
  peer.send(zmq::str_buffer("last"), zmq::send_flags::none);
  peer.send(zmq::str_buffer("good"), zmq::send_flags::none);
  EXPECT_EQ(textOf(next(*server).bytes), "good");
  EXPECT_EQ(dropped(Domain::agents, DropReason::extraFrames), 1u);
  expectServiceGoesOn();
}

TEST_F(Hostile, anEmptyMessageIsAMessageLikeAnyOther) {
  auto peer = rogue(server->endpoint(), bob);
  peer.send(zmq::message_t(), zmq::send_flags::none);
  EXPECT_TRUE(next(*server).bytes.empty());
}

TEST_F(Hostile, aFloodFromARevokedKeyKeepsNobodyElseWaiting) {
  auto peer = rogue(server->endpoint(), bob);
  peer.send(zmq::str_buffer("still trusted"), zmq::send_flags::none);
  EXPECT_EQ(next(*server).sender, bob.publicKey());
  ring.revoke(bob.publicKey());
  const auto flood = [&] {
    while (peer.send(zmq::str_buffer("x"), zmq::send_flags::dontwait)) {
    }
  };
  EXPECT_TRUE(eventually([&] {
    flood();
    EXPECT_FALSE(server->receive()) << "a bounded number of drops, then nothing";
    return dropped(Domain::agents, DropReason::revokedKey) > 1000;
  }));
  flood();
  exchange(*server, *client, "after");
}

}  // namespace
}  // namespace berth::transport

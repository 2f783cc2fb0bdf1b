// SPDX-License-Identifier: Apache-2.0
#include "protocol/transport/options.h"

#include <array>
#include <atomic>
#include <cstring>
#include <random>
#include <utility>

namespace berth::transport {
namespace {

/// ZMQ_ZAP_ENFORCE_DOMAIN: in zmq.h only among drafts, honoured by every libzmq since 4.3. Refuses all peers while no
/// handler answers; without it they are all let in.
constexpr int kZapEnforceDomain = 93;

// Z9: without heartbeats a peer whose machine lost power stays "connected" until the kernel gives up, hours later.
constexpr int kHeartbeatMs = 2000;
constexpr int kHeartbeatTimeoutMs = 6000;

/// Z10: libzmq waits 30 s for a handshake; who connects and says nothing holds a place that long.
constexpr int kHandshakeMs = 5000;

// Z6: libzmq tries again every 100 ms for ever. Thousands of agents would do nothing but handshakes with a controller
// that comes back. Each client draws its own first interval, and doubles it up to the limit.
constexpr int kReconnectFromMs = 100;
constexpr int kReconnectToMs = 1000;
constexpr int kReconnectMaxMs = 15000;

/// The kernel sends SYNs for two minutes, ever more rarely, into a network that drops them; trying anew notices
/// sooner that it is back.
constexpr int kConnectMs = 5000;

/// All agents come back at once after a restart; libzmq's 100 would refuse most of them.
constexpr int kBacklog = 1024;

struct Marks {
  int send;
  int receive;
};

/// Z4: how many messages wait for a peer before send() says `full`, and from a peer before TCP holds it back. Few:
/// the newest state supersedes what waits, and each may have maxMessageBytes().
Marks highWaterMarks(Domain domain) {
  switch (domain) {
    case Domain::agents: return {16, 16};
    case Domain::operators: return {8, 8};
    case Domain::enrolment: return {2, 2};
    // Each taker has a few pieces under way, and asks for no more before they have come.
    case Domain::peers: return {16, 16};
  }
  return {1, 1};
}

int firstReconnectMs() {
  std::random_device random;
  return std::uniform_int_distribution<int>(kReconnectFromMs, kReconnectToMs)(random);
}

void setCommonOptions(zmq::socket_t& socket, Domain domain, const identity::Endpoint& endpoint) {
  const auto marks = highWaterMarks(domain);
  socket.set(zmq::sockopt::sndhwm, marks.send);
  socket.set(zmq::sockopt::rcvhwm, marks.receive);
  // Z7: nothing relies on a last message being delivered, and no process waits at its end for a peer that is gone.
  socket.set(zmq::sockopt::linger, 0);
  // Z8: the default is no limit at all.
  socket.set(zmq::sockopt::maxmsgsize, wireLimit(domain));
  socket.set(zmq::sockopt::heartbeat_ivl, kHeartbeatMs);
  socket.set(zmq::sockopt::heartbeat_timeout, kHeartbeatTimeoutMs);
  socket.set(zmq::sockopt::heartbeat_ttl, kHeartbeatTimeoutMs);
  socket.set(zmq::sockopt::handshake_ivl, kHandshakeMs);
  socket.set(zmq::sockopt::ipv6, endpoint.isIpv6());
}

void setKey(zmq::socket_t& socket, const identity::KeyPair& key) {
  socket.set(zmq::sockopt::curve_publickey, zmq::buffer(key.publicKey().bytes()));
  socket.set(zmq::sockopt::curve_secretkey, zmq::buffer(key.secret()));
}

}  // namespace

std::int64_t wireLimit(Domain domain) { return static_cast<std::int64_t>(4 * maxMessageBytes(domain)); }

void setServerOptions(zmq::socket_t& socket, Domain domain, const identity::Endpoint& endpoint,
                      const identity::KeyPair& key, const std::string& zapDomain) {
  setCommonOptions(socket, domain, endpoint);
  socket.set(zmq::sockopt::curve_server, true);
  setKey(socket, key);
  // Z1: both, or admission is open to all.
  socket.set(zmq::sockopt::zap_domain, zapDomain);
  const int enforce = 1;
  if (zmq_setsockopt(socket.handle(), kZapEnforceDomain, &enforce, sizeof enforce) != 0) throw zmq::error_t();
  // Z4: without it a send to nobody "succeeds".
  socket.set(zmq::sockopt::router_mandatory, true);
  // Z2, Z3: a peer that picks another's routing id gets neither its place nor (see Server::receive) any service.
  socket.set(zmq::sockopt::router_handover, false);
  socket.set(zmq::sockopt::backlog, kBacklog);
}

void setClientOptions(zmq::socket_t& socket, Domain domain, const identity::Endpoint& endpoint,
                      const identity::KeyPair& key, const identity::PublicKey& server) {
  setCommonOptions(socket, domain, endpoint);
  setKey(socket, key);
  socket.set(zmq::sockopt::curve_serverkey, zmq::buffer(server.bytes()));
  // Z7: no queue to a peer that is not there; after a reconnect it would replay what is no longer true.
  socket.set(zmq::sockopt::immediate, true);
  socket.set(zmq::sockopt::reconnect_ivl, firstReconnectMs());
  socket.set(zmq::sockopt::reconnect_ivl_max, kReconnectMaxMs);
  socket.set(zmq::sockopt::connect_timeout, kConnectMs);
}

Monitor::Monitor(zmq::context_t& context, zmq::socket_t& socket, int events)
    : watched_(socket.handle()), reader_(context, zmq::socket_type::pair) {
  static std::atomic<unsigned> counter{0};  // names within one process must differ, and mean nothing
  const auto address = "inproc://berth.monitor." + std::to_string(++counter);
  reader_.set(zmq::sockopt::linger, 0);
  // libzmq's I/O thread would block on a full monitor, and all connections with it. Events are small and rare.
  reader_.set(zmq::sockopt::rcvhwm, 0);
  if (zmq_socket_monitor(watched_, address.c_str(), events) != 0) throw zmq::error_t();
  reader_.connect(address);
}

Monitor::Monitor(Monitor&& other) noexcept
    : watched_(std::exchange(other.watched_, nullptr)), reader_(std::move(other.reader_)) {}

Monitor::~Monitor() {
  if (watched_ != nullptr) (void)zmq_socket_monitor(watched_, nullptr, 0);
}

std::optional<Event> Monitor::next() {
  // The first frame holds the event's number and value as they lie in memory, the second an address.
  zmq::message_t frame;
  if (!reader_.recv(frame, zmq::recv_flags::dontwait)) return std::nullopt;
  zmq::message_t address;
  if (frame.more() && !reader_.recv(address, zmq::recv_flags::dontwait)) return std::nullopt;
  std::uint16_t kind = 0;
  std::int32_t value = 0;
  if (frame.size() < sizeof kind + sizeof value) return std::nullopt;
  std::memcpy(&kind, frame.data(), sizeof kind);
  std::memcpy(&value, frame.data<char>() + sizeof kind, sizeof value);
  return Event{kind, value};
}

}  // namespace berth::transport

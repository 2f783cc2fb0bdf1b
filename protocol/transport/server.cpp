// SPDX-License-Identifier: Apache-2.0
#include "protocol/transport/server.h"

#include <array>
#include <cerrno>

#include <netdb.h>
#include <sys/socket.h>

#include "protocol/transport/options.h"
#include "protocol/transport/state.h"

namespace berth::transport {
namespace {

/// How many drops receive() looks at before the loop gets its turn again: who floods us must not starve the others.
constexpr int kMaxDropsInARow = 64;

constexpr int kEvents = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
                        ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                        ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

/// A routing id that the ROUTER made itself: a zero byte and a number. Any other was chosen by the peer.
bool isOurs(const zmq::message_t& id) { return id.size() == 5 && *id.data<char>() == '\0'; }

/// Whose connection it came from, as the gate said when it admitted it; libzmq attaches that to every message.
std::optional<identity::PublicKey> senderOf(zmq::message_t& message) {
  const char* user = zmq_msg_gets(message.handle(), "User-Id");
  return user == nullptr ? std::nullopt : identity::PublicKey::parse(user);
}

/// For the log: the address of the peer that a descriptor is connected to, without its port.
std::string addressOf(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  std::array<char, NI_MAXHOST> host{};
  if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      ::getnameinfo(reinterpret_cast<sockaddr*>(&address), size, host.data(), host.size(), nullptr, 0,
                    NI_NUMERICHOST) != 0) {
    return "an unknown address";
  }
  return host.data();
}

bool next(zmq::socket_t& socket, zmq::message_t& frame) {
  try {
    return socket.recv(frame, zmq::recv_flags::dontwait).has_value();
  } catch (const zmq::error_t&) {
    return false;  // interrupted, or the context goes: nothing to read now
  }
}

}  // namespace

std::string_view toString(Sent sent) {
  switch (sent) {
    case Sent::sent: return "sent";
    case Sent::unreachable: return "unreachable";
    case Sent::full: return "full";
    case Sent::tooLarge: return "too large";
  }
  return "unknown";
}

std::variant<std::unique_ptr<Server>, TransportError> Server::open(Context& context, const Options& options) {
  const auto& endpoint = options.endpoint;
  std::string way;
  try {
    auto* gate = context.gate();
    if (gate == nullptr) return TransportError{"cannot listen on " + endpoint.str() + ": the gate is closed"};
    way = gate->open(options.domain, options.admission);
    zmq::socket_t socket(context.zmq_, zmq::socket_type::router);
    setServerOptions(socket, options.domain, endpoint, options.key, way);
    Monitor events(context.zmq_, socket, kEvents);
    socket.bind(endpoint.str());
    const auto bound = identity::Endpoint::parse(socket.get(zmq::sockopt::last_endpoint));
    auto state = std::make_unique<State>(State{context,
                                               options.domain,
                                               options.admission,
                                               bound.value_or(endpoint),
                                               way,
                                               std::move(socket),
                                               std::move(events),
                                               {},
                                               {}});
    return std::unique_ptr<Server>(new Server(std::move(state)));
  } catch (const zmq::error_t& error) {
    if (context.gate_ && !way.empty()) context.gate_->close(way);
    return TransportError{"cannot listen on " + endpoint.str() + ": " + error.what()};
  }
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
  if (state_->context.gate_) state_->context.gate_->close(state_->zapDomain);
}

std::optional<Received> Server::receive() {
  state_->observe();
  auto& drops = state_->context.drops();
  for (int dropped = 0; dropped < kMaxDropsInARow; ++dropped) {
    zmq::message_t id;
    zmq::message_t bytes;
    if (!next(state_->socket, id)) return std::nullopt;
    if (id.more() && !next(state_->socket, bytes)) return std::nullopt;
    const auto sender = senderOf(bytes);
    const auto drop = [&](DropReason reason) {
      drops.count(state_->domain, reason, sender ? sender->str() : "an unknown sender");
    };
    if (bytes.more()) {
      for (zmq::message_t rest = std::move(bytes); rest.more();) {
        if (!next(state_->socket, rest)) break;
      }
      drop(DropReason::extraFrames);
    } else if (!sender) {
      drop(DropReason::unknownKey);
    } else if (!state_->admission.admits(*sender)) {
      drop(DropReason::revokedKey);  // Z5: ZeroMQ keeps the connection of a revoked key
    } else if (!isOurs(id)) {
      drop(DropReason::routingId);
    } else if (bytes.size() > maxMessageBytes(state_->domain)) {
      drop(DropReason::tooLarge);
    } else {
      const auto* data = bytes.data<std::uint8_t>();
      return Received{*sender, RoutingId(id.to_string()), {data, data + bytes.size()}};
    }
  }
  return std::nullopt;
}

Sent Server::send(const RoutingId& peer, std::span<const std::uint8_t> bytes) {
  if (peer.bytes_.empty()) return Sent::unreachable;
  if (bytes.size() > maxMessageBytes(state_->domain)) return Sent::tooLarge;
  return sendFrames(state_->socket, peer.bytes_, bytes);
}

const identity::Endpoint& Server::endpoint() const { return state_->endpoint; }

Domain Server::domain() const { return state_->domain; }

void Server::State::observe() {
  while (const auto event = monitor.next()) {
    switch (event->kind) {
      case ZMQ_EVENT_ACCEPTED: undecided[event->value] = addressOf(event->value); break;
      // libzmq does not say whose handshake succeeded: nobody who is still at it is sure to have failed, if they end.
      case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: undecided.clear(); break;
      case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
      case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: failure = Failure::handshake; break;
      case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: failure = Failure::refused; break;  // the gate has counted it
      case ZMQ_EVENT_DISCONNECTED: ended(event->value); break;
      default: break;
    }
  }
}

void Server::State::ended(int descriptor) {
  const auto found = undecided.find(descriptor);
  const bool failed = failure == Failure::handshake || (failure == Failure::none && found != undecided.end());
  if (failed) {
    // One line for all of them: the address was looked up after the fact and may be another's by now.
    context.drops().count(domain, DropReason::handshake, "somebody whose handshake failed",
                          "probably " + (found != undecided.end() ? found->second : "an unknown address"));
  }
  if (found != undecided.end()) undecided.erase(found);
  failure = Failure::none;
}

Sent sendFrames(zmq::socket_t& socket, std::string_view prefix, std::span<const std::uint8_t> bytes) {
  const auto attempt = [&] {
    if (!prefix.empty() && zmq_send(socket.handle(), prefix.data(), prefix.size(), ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
      return -1;
    }
    return zmq_send(socket.handle(), bytes.data(), bytes.size(), ZMQ_DONTWAIT);
  };
  int result = attempt();
  // A socket looks only now and then whether a connection came or has room again; asking for its events makes it look.
  if (result < 0 && errno == EAGAIN) {
    int events = 0;
    std::size_t size = sizeof events;
    if (zmq_getsockopt(socket.handle(), ZMQ_EVENTS, &events, &size) == 0) result = attempt();
  }
  if (result >= 0) return Sent::sent;
  return errno == EAGAIN ? Sent::full : Sent::unreachable;
}

}  // namespace berth::transport

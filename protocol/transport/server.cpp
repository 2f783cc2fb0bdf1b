// SPDX-License-Identifier: Apache-2.0
#include "protocol/transport/server.h"

#include <cerrno>

#include "protocol/transport/options.h"
#include "protocol/transport/state.h"

namespace berth::transport {
namespace {

/// How many drops receive() looks at before the loop gets its turn again: who floods us must not starve the others.
constexpr int kMaxDropsInARow = 64;

/// A routing id that the ROUTER made itself: a zero byte and a number. Any other was chosen by the peer.
bool isOurs(const zmq::message_t& id) { return id.size() == 5 && *id.data<char>() == '\0'; }

/// Whose connection it came from, as the gate said when it admitted it; libzmq attaches that to every message.
std::optional<identity::PublicKey> senderOf(zmq::message_t& message) {
  const char* user = zmq_msg_gets(message.handle(), "User-Id");
  return user == nullptr ? std::nullopt : identity::PublicKey::parse(user);
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
    auto events =
        monitor(context.zmq_, socket, ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL);
    socket.bind(endpoint.str());
    const auto bound = identity::Endpoint::parse(socket.get(zmq::sockopt::last_endpoint));
    return std::unique_ptr<Server>(new Server(
        std::unique_ptr<State>(new State{context, options.domain, options.admission, bound.value_or(endpoint), way,
                                         std::move(socket), std::move(events)})));
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
  while (const int event = nextEvent(monitor)) {
    // libzmq does not say who it was; the log names the port.
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL || event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL) {
      context.drops().count(domain, DropReason::handshake, "somebody who connected to " + endpoint.str());
    }
  }
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

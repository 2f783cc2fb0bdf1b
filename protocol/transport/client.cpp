// SPDX-License-Identifier: Apache-2.0
#include "protocol/transport/client.h"

#include <algorithm>
#include <array>

#include <netdb.h>
#include <sys/socket.h>

#include "protocol/transport/options.h"
#include "protocol/transport/state.h"

namespace berth::transport {
namespace {

constexpr int kEvents = ZMQ_EVENT_CONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                        ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_DISCONNECTED |
                        ZMQ_EVENT_CLOSED | ZMQ_EVENT_CONNECT_RETRIED;

/// This end of a connection; empty where it has no address, or is gone already.
std::string ownAddressOf(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  std::array<char, NI_MAXHOST> host{};
  const bool isKnown = ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
                       (address.ss_family == AF_INET || address.ss_family == AF_INET6) &&
                       ::getnameinfo(reinterpret_cast<sockaddr*>(&address), size, host.data(), host.size(), nullptr, 0,
                                     NI_NUMERICHOST) == 0;
  return isKnown ? host.data() : "";
}

}  // namespace

std::string_view toString(Link link) {
  switch (link) {
    case Link::connecting: return "connecting";
    case Link::up: return "up";
    case Link::refused: return "refused";
    case Link::stranger: return "stranger";
  }
  return "unknown";
}

std::variant<std::unique_ptr<Client>, TransportError> Client::open(Context& context, const Options& options) {
  const auto& endpoint = options.endpoint;
  if (!endpoint.isConnectable()) return TransportError{"cannot connect to " + endpoint.str() + ": it names no port"};
  try {
    zmq::socket_t socket(context.zmq_, zmq::socket_type::dealer);
    setClientOptions(socket, options.domain, endpoint, options.key, options.server);
    Monitor events(context.zmq_, socket, kEvents);
    socket.connect(endpoint.str());
    return std::unique_ptr<Client>(new Client(std::make_unique<State>(
        State{options.domain, endpoint, std::move(socket), std::move(events), Link::connecting, 0, {}, {}})));
  } catch (const zmq::error_t& error) {
    return TransportError{"cannot connect to " + endpoint.str() + ": " + error.what()};
  }
}

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}

Client::~Client() = default;

std::optional<std::vector<std::uint8_t>> Client::receive() {
  state_->observe();
  try {
    zmq::message_t bytes;
    if (!state_->socket.recv(bytes, zmq::recv_flags::dontwait)) return std::nullopt;
    // A controller sends one frame. Of more, the first is as much a message of ours as any, and will not decode.
    for (zmq::message_t rest; state_->socket.get(zmq::sockopt::rcvmore) != 0;) {
      if (!state_->socket.recv(rest, zmq::recv_flags::dontwait)) break;
    }
    const auto* data = bytes.data<std::uint8_t>();
    return std::vector<std::uint8_t>(data, data + bytes.size());
  } catch (const zmq::error_t&) {
    return std::nullopt;  // interrupted, or the context goes: nothing to read now
  }
}

Sent Client::send(std::span<const std::uint8_t> bytes) {
  if (bytes.size() > maxMessageBytes(state_->domain)) return Sent::tooLarge;
  const auto sent = sendFrames(state_->socket, {}, bytes);
  // Without a connection there is no queue, and a DEALER says of that, too, that it cannot take more.
  return sent == Sent::full && link() != Link::up ? Sent::unreachable : sent;
}

Link Client::link() {
  state_->observe();
  return state_->link;
}

std::uint64_t Client::session() {
  state_->observe();
  return state_->session;
}

std::string Client::here() {
  state_->observe();
  return state_->here;
}

void Client::State::observe() {
  while (const auto event = monitor.next()) follow(*event);
  if (retryAt && std::chrono::steady_clock::now() >= *retryAt) connectAnew();
}

void Client::State::follow(const Event& event) {
  switch (event.kind) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
      link = Link::up;
      ++session;
      retryAt.reset();
      retryAfter = kRetryFrom;
      break;
    case ZMQ_EVENT_CONNECTED: here = ownAddressOf(event.value); break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: link = Link::refused; break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: link = Link::stranger; break;
    case ZMQ_EVENT_DISCONNECTED:
      // Also comes after a handshake that failed: what is known then stays known until the next try.
      if (link == Link::up) link = Link::connecting;
      retryAt = std::chrono::steady_clock::now() + retryAfter;
      break;
    case ZMQ_EVENT_CLOSED: link = Link::connecting; break;   // a try to connect has failed: nobody is there
    case ZMQ_EVENT_CONNECT_RETRIED: retryAt.reset(); break;  // libzmq sees to it itself
    default: break;
  }
}

void Client::State::connectAnew() {
  retryAfter = std::min(retryAfter * 2, kRetryMax);
  retryAt = std::chrono::steady_clock::now() + retryAfter;
  try {
    socket.disconnect(endpoint.str());
  } catch (const zmq::error_t&) {
    // It has forgotten the connection itself.
  }
  try {
    socket.connect(endpoint.str());
  } catch (const zmq::error_t&) {
    // The name does not resolve, or descriptors are short: next time, perhaps.
  }
}

}  // namespace berth::transport

// SPDX-License-Identifier: Apache-2.0
#include "protocol/transport/gate.h"

#include <chrono>
#include <span>
#include <vector>

#include <zmq_addon.hpp>

namespace berth::transport {
namespace {

// The frames of a request, by RFC 27.
enum Frame : std::size_t { version, requestId, domain, address, routingId, mechanism, credentials, frames };

constexpr auto* kEndpoint = "inproc://zeromq.zap.01";
/// How soon the thread notices that it shall stop.
constexpr std::chrono::milliseconds kPatience(100);
constexpr std::size_t kMaxFrames = 16;

/// All frames of one request; those beyond the bound are read and forgotten.
std::vector<std::string> receiveRequest(zmq::socket_t& socket) {
  std::vector<std::string> request;
  zmq::message_t frame;
  do {
    if (!socket.recv(frame, zmq::recv_flags::dontwait)) break;
    if (request.size() < kMaxFrames) request.push_back(frame.to_string());
  } while (frame.more());
  return request;
}

void reply(zmq::socket_t& socket, const std::string& id, const std::string& user) {
  const bool admitted = !user.empty();
  const std::vector<std::string> parts{"1.0", id, admitted ? "200" : "400", admitted ? "OK" : "No access", user, ""};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto more = i + 1 < parts.size() ? zmq::send_flags::sndmore : zmq::send_flags::none;
    socket.send(zmq::buffer(parts[i]), more | zmq::send_flags::dontwait);
  }
}

}  // namespace

Gate::Gate(zmq::context_t& context, Drops& drops) : drops_(drops), socket_(context, zmq::socket_type::rep) {
  socket_.set(zmq::sockopt::linger, 0);
  socket_.bind(kEndpoint);
  thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

Gate::~Gate() {
  thread_.request_stop();
  thread_.join();
}

std::string Gate::open(Domain domain, const Admission& admission) {
  const std::lock_guard lock(mutex_);
  auto name = std::string(toString(domain)) + "/" + std::to_string(++opened_);
  ways_.emplace(name, Way{domain, &admission});
  return name;
}

void Gate::close(const std::string& name) {
  const std::lock_guard lock(mutex_);
  ways_.erase(name);
}

void Gate::serve(const std::stop_token& stop) {
  zmq::pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
  while (!stop.stop_requested()) {
    try {
      if (zmq::poll(&item, 1, kPatience) > 0) answer();
    } catch (const zmq::error_t& error) {
      // Interrupted by a signal; or the context goes, and with it this gate. Anything else closes the gate, and a
      // closed gate admits nobody.
      if (error.num() != EINTR) return;
    }
  }
}

void Gate::answer() {
  const auto request = receiveRequest(socket_);
  if (request.size() < frames) return reply(socket_, request.size() > requestId ? request[requestId] : "", "");
  reply(socket_, request[requestId], judge(request));
}

std::string Gate::judge(const std::vector<std::string>& request) {
  const auto& secret = request[credentials];
  const auto key =
      identity::PublicKey::fromBytes({reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size()});
  // Held while asking, so that close() can promise that nobody is asked after it.
  const std::lock_guard lock(mutex_);
  const auto way = ways_.find(request[domain]);
  if (way == ways_.end()) return {};
  if (request[version] == "1.0" && request[mechanism] == "CURVE" && key && way->second.admission->admits(*key)) {
    return key->str();
  }
  drops_.count(way->second.domain, DropReason::unknownKey, key ? key->str() : "an invalid key",
               "connecting from " + request[address]);
  return {};
}

}  // namespace berth::transport

// SPDX-License-Identifier: Apache-2.0
#include "protocol/transport/gate.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <span>
#include <system_error>

#include <sys/eventfd.h>
#include <unistd.h>

namespace berth::transport {
namespace {

// The frames of a request, by RFC 27.
enum Frame : std::size_t { version, requestId, domain, address, routingId, mechanism, credentials, frames };

constexpr auto* kEndpoint = "inproc://zeromq.zap.01";
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
  end_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (end_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  thread_ = std::jthread([this] { serve(); });
}

Gate::~Gate() {
  const std::uint64_t one = 1;
  while (::write(end_, &one, sizeof one) < 0 && errno == EINTR) {
  }
  thread_.join();
  ::close(end_);
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

void Gate::serve() {
  std::array<zmq::pollitem_t, 2> items{{{socket_.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, end_, ZMQ_POLLIN, 0}}};
  while (items[1].revents == 0) {
    try {
      zmq::poll(items.data(), items.size(), std::chrono::milliseconds(-1));
      if (items[0].revents != 0) answer();
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

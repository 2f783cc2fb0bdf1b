// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/controller/server/zincati.h"

#include <chrono>
#include <cstdlib>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace berth::server {

namespace {

constexpr std::size_t kThreads = 10;
/// Five minutes, shortened.
constexpr std::chrono::milliseconds kRetry{1000};

}  // namespace

HttpAnswer exchange(const std::string& address, std::uint16_t port, const std::string& bytes) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &to.sin_addr);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  HttpAnswer answer;
  std::string text;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 &&
      ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size())) {
    char piece[4096];
    for (ssize_t got = 0; (got = ::recv(fd, piece, sizeof piece, 0)) > 0;)
      text.append(piece, static_cast<std::size_t>(got));
  }
  ::close(fd);
  if (text.starts_with("HTTP/1.1 ")) answer.status = std::atoi(text.c_str() + 9);
  if (const auto end = text.find("\r\n\r\n"); end != std::string::npos) answer.body = text.substr(end + 4);
  return answer;
}

std::string lockRequest(const std::string& path, const std::string& id) {
  const std::string body = "{\n  \"client_params\": {\n    \"id\": \"" + id + "\",\n    \"group\": \"workers\"\n  }\n}";
  return "POST " + path + " HTTP/1.1\r\nhost: controller\r\nfleet-lock-protocol: true\r\ncontent-length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

ZincatiFleet::ZincatiFleet(std::string address, std::uint16_t port, std::vector<Zincati> clients)
    : address_(std::move(address)), port_(port), clients_(std::move(clients)) {
  for (std::size_t i = 0; i < kThreads; ++i)
    threads_.emplace_back([this, i](const std::stop_token& stop) { work(stop, i); });
}

ZincatiFleet::~ZincatiFleet() {
  for (auto& thread : threads_) thread.request_stop();
}

void ZincatiFleet::work(const std::stop_token& stop, std::size_t first) {
  using State = Zincati::State;
  while (!stop.stop_requested()) {
    for (std::size_t i = first; i < clients_.size() && !stop.stop_requested(); i += kThreads) {
      const Zincati now = with([&](auto& clients) { return clients[i]; });
      if (now.state != State::wants && now.state != State::back) continue;
      const bool asks = now.state == State::wants;
      const auto answer =
          exchange(address_, port_, lockRequest(now.base + (asks ? "v1/pre-reboot" : "v1/steady-state"), now.id));
      if (answer.status != 200) continue;
      with([&](auto& clients) {
        if (clients[i].state == now.state) clients[i].state = asks ? State::may : State::done;
      });
    }
    std::this_thread::sleep_for(kRetry);
  }
}

}  // namespace berth::server

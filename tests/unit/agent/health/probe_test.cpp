// SPDX-License-Identifier: Apache-2.0
#include "agent/health/probe.h"

#include <thread>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace berth::health {
namespace {

using testing::HasSubstr;
using testing::Optional;

/// A service on a port of its own that gives each caller `answer` and hangs up.
class Service {
public:
  explicit Service(std::string answer) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(fd_, 8), 0);
    socklen_t size = sizeof address;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, answer = std::move(answer)] {
      for (int peer = 0; (peer = ::accept(fd_, nullptr, nullptr)) >= 0; ::close(peer)) {
        if (answer.empty()) continue;
        char request[4096];
        const auto got = ::read(peer, request, sizeof request);
        if (got <= 0) continue;
        asked_.assign(request, static_cast<std::size_t>(got));
        (void)!::write(peer, answer.data(), answer.size());
      }
    });
  }
  ~Service() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] message::Probe http(std::uint16_t expect = 200) const {
    return {message::Probe::Http{"http://127.0.0.1:" + std::to_string(port_) + "/health", expect}};
  }

  [[nodiscard]] message::StopHook hook(message::StopHook::Method method) const {
    return {"http://127.0.0.1:" + std::to_string(port_) + "/drain", method, 200, std::chrono::seconds(10)};
  }
  /// The last request; to be looked at when it has been answered.
  [[nodiscard]] const std::string& asked() const { return asked_; }

private:
  int fd_;
  std::uint16_t port_ = 0;
  std::string asked_;
  std::thread thread_;
};

TEST(Probe, TcpAnswersWhereSomebodyListens) {
  const Service service("");
  EXPECT_EQ(probe({message::Probe::Tcp{"127.0.0.1", service.port()}}), std::nullopt);
}

TEST(Probe, TcpSaysWhyNobodyAnswers) {
  std::uint16_t port = 0;
  { port = Service("").port(); }
  EXPECT_THAT(probe({message::Probe::Tcp{"127.0.0.1", port}}), Optional(HasSubstr("refused")));
  EXPECT_THAT(probe({message::Probe::Tcp{"nowhere", 1}}), Optional(HasSubstr("not an address")));
}

TEST(Probe, HttpComparesTheStatus) {
  const Service service("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_EQ(probe(service.http()), std::nullopt);
  EXPECT_THAT(probe(service.http(204)), Optional(std::string("answered 200 instead of 204")));
}

TEST(Probe, HttpFollowsNoRedirect) {
  const Service service("HTTP/1.0 302 Found\r\nLocation: http://192.0.2.1/\r\n\r\n");
  EXPECT_EQ(probe(service.http(302)), std::nullopt);
}

TEST(Probe, HttpCutsOffABodyWithoutEnd) {
  const Service service("HTTP/1.0 200 OK\r\n\r\n" + std::string(1 << 20, 'x'));
  EXPECT_EQ(probe(service.http()), std::nullopt);
}

TEST(Probe, OtherSchemesAreNotSpoken) { EXPECT_TRUE(probe({message::Probe::Http{"file:///etc/hostname", 200}})); }

TEST(Hook, IsAskedByItsMethodWithoutABody) {
  using Method = message::StopHook::Method;
  for (const auto& [method, line] : {std::pair{Method::post, "POST /drain HTTP/1.1\r\n"},
                                     {Method::get, "GET /drain HTTP/1.1\r\n"},
                                     {Method::put, "PUT /drain HTTP/1.1\r\n"}}) {
    const Service service("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(call(service.hook(method)), std::nullopt);
    EXPECT_THAT(service.asked(), testing::StartsWith(line));
    EXPECT_THAT(service.asked(), testing::EndsWith("\r\n\r\n"));
  }
}

TEST(Hook, SaysWhyItsAnswerIsNotTheExpectedOne) {
  const Service service("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
  EXPECT_THAT(call(service.hook(message::StopHook::Method::post)), Optional(HasSubstr("503 instead of 200")));
}

}  // namespace
}  // namespace berth::health

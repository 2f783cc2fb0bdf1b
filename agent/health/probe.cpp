// SPDX-License-Identifier: Apache-2.0
#include "agent/health/probe.h"

#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace berth::health {
namespace {

class Socket {
public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

private:
  int fd_;
};

std::string errorText(int error) { return std::generic_category().message(error); }

struct Destination {
  sockaddr_storage address{};
  socklen_t size = 0;
};

std::optional<Destination> destination(const message::Probe::Tcp& tcp) {
  Destination to;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&to.address);
  if (inet_pton(AF_INET, tcp.address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(tcp.port);
    to.size = sizeof(sockaddr_in);
    return to;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&to.address);
  if (inet_pton(AF_INET6, tcp.address.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(tcp.port);
    to.size = sizeof(sockaddr_in6);
    return to;
  }
  return std::nullopt;
}

std::optional<std::string> probeTcp(const message::Probe::Tcp& tcp, std::chrono::milliseconds timeout) {
  const auto to = destination(tcp);
  if (!to) return "'" + tcp.address + "' is not an address";
  const Socket socket(::socket(to->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.fd() < 0) return "no socket: " + errorText(errno);
  if (::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&to->address), to->size) == 0) return std::nullopt;
  if (errno != EINPROGRESS) return errorText(errno);
  pollfd waiting{socket.fd(), POLLOUT, 0};
  const int ready = ::poll(&waiting, 1, static_cast<int>(timeout.count()));
  if (ready == 0) return "no answer within " + std::to_string(timeout.count()) + " ms";
  if (ready < 0) return errorText(errno);
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return errorText(error);
  return std::nullopt;
}

constexpr std::size_t kBodyMax = 64 << 10;

struct Body {
  std::size_t size = 0;
  bool full = false;
};

/// Counts and throws away; a body that never ends is cut off.
std::size_t discard(char*, std::size_t size, std::size_t count, void* state) {
  auto& body = *static_cast<Body*>(state);
  body.size += size * count;
  body.full = body.size > kBodyMax;
  return body.full ? 0 : size * count;
}

using Method = message::StopHook::Method;

std::optional<std::string> ask(const std::string& url, Method method, std::uint16_t expect,
                               std::chrono::milliseconds timeout) {
  static const bool initialised = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(initialised ? curl_easy_init() : nullptr,
                                                                 &curl_easy_cleanup);
  if (!curl) return std::string("libcurl did not start");
  Body body;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  if (method != Method::get) curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, "");
  if (method == Method::put) curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, "PUT");
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  // A guest is never behind the host's proxy.
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &discard);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  const auto result = curl_easy_perform(curl.get());
  if (result != CURLE_OK && !(result == CURLE_WRITE_ERROR && body.full)) return std::string(curl_easy_strerror(result));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != expect) return "answered " + std::to_string(status) + " instead of " + std::to_string(expect);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> probe(const message::Probe& what, std::chrono::milliseconds timeout) {
  if (const auto* tcp = std::get_if<message::Probe::Tcp>(&what.target)) return probeTcp(*tcp, timeout);
  const auto& http = std::get<message::Probe::Http>(what.target);
  return ask(http.url, Method::get, http.expect, timeout);
}

std::optional<std::string> call(const message::StopHook& what, std::chrono::milliseconds timeout) {
  return ask(what.url, what.method, what.expect, timeout);
}

}  // namespace berth::health

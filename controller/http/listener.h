// SPDX-License-Identifier: Apache-2.0
//
// An HTTP door for whoever can reach it. Guests can, and may be hostile: connections (of all, and of one address), the
// time that each may be silent, and the bytes of its headers and of its body are bounded before anything looks at them,
// and each connection carries one request. There is no TLS here; a proxy in front can have that.
//
//   auto opened = http::Listener::open({"*", 7403}, [](const http::Request& request) { return http::Response{…}; });
//   std::get<std::unique_ptr<http::Listener>>(opened)->port();
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace berth::http {

struct Address {
  /// An address of this machine, of IPv4 or IPv6 without brackets; "*" for all.
  std::string host = "*";
  /// 0: the kernel chooses.
  std::uint16_t port = 0;
  bool operator==(const Address&) const = default;
};
/// "*:7403", "192.0.2.10:7403", "[2001:db8::1]:7403".
[[nodiscard]] std::optional<Address> parseAddress(std::string_view text);

struct Request {
  std::string method;
  /// Without the query.
  std::string path;
  std::string body;
  /// Of the header `fleet-lock-protocol`; empty where there is none.
  std::string fleetLockProtocol;
};

struct Response {
  unsigned status = 200;
  /// JSON.
  std::string body;
};

struct Limits {
  unsigned connections = 1024;
  /// Nodes behind a translated network come from the address of their host.
  unsigned connectionsOfOneAddress = 256;
  std::chrono::seconds silence{10};
  /// Of what the parser may keep: the request line and all headers.
  std::size_t headerBytes = std::size_t{16} << 10;
  std::size_t bodyBytes = std::size_t{4} << 10;
  /// Each answers one request after the other.
  unsigned threads = 4;
};

class Listener {
public:
  /// Called on threads of the listener, several at once; does not throw.
  using Responder = std::function<Response(const Request&)>;

  /// Listens, or says why that is not possible.
  [[nodiscard]] static std::variant<std::unique_ptr<Listener>, std::string> open(const Address& address,
                                                                                 Responder responder,
                                                                                 const Limits& limits = {});
  /// Waits for the responders that are at work.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] std::uint16_t port() const;

private:
  struct State;
  explicit Listener(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace berth::http

// SPDX-License-Identifier: Apache-2.0
//
// Where a socket is bound or connects to, checked before ZeroMQ sees it.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace berth::identity {

/// `tcp://HOST:PORT`, or `ipc:///path` for two processes of one machine. HOST is a name, an IPv4 address, an IPv6
/// address in brackets, or `*` where a server binds on all addresses; PORT is 1 to 65535, or `*` where the kernel
/// chooses.
class Endpoint {
public:
  [[nodiscard]] static std::optional<Endpoint> parse(std::string_view text);

  [[nodiscard]] const std::string& str() const { return text_; }
  /// True when a client can connect to it: neither host nor port is `*`.
  [[nodiscard]] bool isConnectable() const;
  /// True for an address in brackets: ZeroMQ wants to be told.
  [[nodiscard]] bool isIpv6() const { return text_.find('[') != std::string::npos; }
  auto operator<=>(const Endpoint&) const = default;

private:
  explicit Endpoint(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace berth::identity

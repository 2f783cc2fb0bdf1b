// SPDX-License-Identifier: Apache-2.0
#include "controller/http/listener.h"

#include <cerrno>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>

namespace berth::http {

namespace {

/// What has come of one request so far.
struct Incoming {
  std::string body;
};

union SocketAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

/// Nothing where `address` is none of a machine.
std::optional<SocketAddress> socketAddress(const Address& address) {
  SocketAddress found{};
  if (address.host == "*") {
    found.v6.sin6_family = AF_INET6;
    found.v6.sin6_port = htons(address.port);
    found.v6.sin6_addr = in6addr_any;
    return found;
  }
  if (inet_pton(AF_INET, address.host.c_str(), &found.v4.sin_addr) == 1) {
    found.v4.sin_family = AF_INET;
    found.v4.sin_port = htons(address.port);
    return found;
  }
  if (inet_pton(AF_INET6, address.host.c_str(), &found.v6.sin6_addr) != 1) return std::nullopt;
  found.v6.sin6_family = AF_INET6;
  found.v6.sin6_port = htons(address.port);
  return found;
}

MHD_Result send(MHD_Connection* connection, const Response& answer) {
  MHD_Response* response =
      MHD_create_response_from_buffer(answer.body.size(), const_cast<char*>(answer.body.data()), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, "Content-Type", "application/json");
  // One request for each connection: who has been answered makes room.
  MHD_add_response_header(response, "Connection", "close");
  const MHD_Result queued = MHD_queue_response(connection, answer.status, response);
  MHD_destroy_response(response);
  return queued;
}

const char* headerOf(MHD_Connection* connection, const char* name) {
  const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  return value == nullptr ? "" : value;
}

/// As far as the header says it beforehand.
bool isTooLarge(MHD_Connection* connection, std::size_t most) {
  const std::string_view length = headerOf(connection, "Content-Length");
  std::size_t bytes = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bytes);
  return error == std::errc::result_out_of_range || (error == std::errc{} && bytes > most);
}

}  // namespace

struct Listener::State {
  Responder responder;
  Limits limits;
  MHD_Daemon* daemon = nullptr;

  ~State() {
    if (daemon != nullptr) MHD_stop_daemon(daemon);
  }

  void listen(const SocketAddress& where, unsigned more = MHD_NO_FLAG) {
    const bool isV6 = where.any.sa_family == AF_INET6;
    const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | more | (isV6 ? MHD_USE_IPv6 : MHD_NO_FLAG);
    daemon = MHD_start_daemon(flags, ntohs(isV6 ? where.v6.sin6_port : where.v4.sin_port), nullptr, nullptr,
                              &State::onRequest, this, MHD_OPTION_SOCK_ADDR, &where.any, MHD_OPTION_NOTIFY_COMPLETED,
                              &State::onEnd, nullptr, MHD_OPTION_CONNECTION_LIMIT, limits.connections,
                              MHD_OPTION_PER_IP_CONNECTION_LIMIT, limits.connectionsOfOneAddress,
                              MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(limits.silence.count()),
                              MHD_OPTION_CONNECTION_MEMORY_LIMIT, limits.headerBytes, MHD_OPTION_THREAD_POOL_SIZE,
                              limits.threads, MHD_OPTION_END);
  }

  // Called first without a body, then with each piece of it, and last without one again.
  static MHD_Result onRequest(void* self, MHD_Connection* connection, const char* url, const char* method,
                              const char* /*version*/, const char* piece, std::size_t* bytes, void** context) {
    auto& state = *static_cast<State*>(self);
    if (*context == nullptr) {
      if (isTooLarge(connection, state.limits.bodyBytes)) {
        return send(connection, {MHD_HTTP_CONTENT_TOO_LARGE, "{\"kind\":\"too_large\",\"value\":\"too much\"}\n"});
      }
      *context = new Incoming;
      return MHD_YES;
    }
    auto& incoming = *static_cast<Incoming*>(*context);
    if (*bytes != 0) {
      if (incoming.body.size() + *bytes > state.limits.bodyBytes) return MHD_NO;
      incoming.body.append(piece, *bytes);
      *bytes = 0;
      return MHD_YES;
    }
    return send(connection,
                state.responder({method, url, std::move(incoming.body), headerOf(connection, "fleet-lock-protocol")}));
  }

  static void onEnd(void* /*self*/, MHD_Connection* /*connection*/, void** context,
                    MHD_RequestTerminationCode /*how*/) {
    delete static_cast<Incoming*>(*context);
    *context = nullptr;
  }
};

std::optional<Address> parseAddress(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  Address address;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc{} || end != port.data() + port.size()) return std::nullopt;
  const bool isBracketed = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  if (isBracketed) host = host.substr(1, host.size() - 2);
  if (!isBracketed && host.find(':') != std::string_view::npos) return std::nullopt;
  address.host = std::string(host);
  return socketAddress(address) ? std::optional(address) : std::nullopt;
}

Listener::Listener(std::unique_ptr<State> state) : state_(std::move(state)) {}
Listener::~Listener() = default;

std::variant<std::unique_ptr<Listener>, std::string> Listener::open(const Address& address, Responder responder,
                                                                    const Limits& limits) {
  const auto where = socketAddress(address);
  if (!where) return "\"" + address.host + "\" is no address of a machine";
  auto state = std::make_unique<State>();
  state->responder = std::move(responder);
  state->limits = limits;
  errno = 0;
  state->listen(*where, address.host == "*" ? MHD_USE_DUAL_STACK : MHD_NO_FLAG);
  // A machine may have no IPv6 at all.
  if (state->daemon == nullptr && address.host == "*") state->listen(*socketAddress({"0.0.0.0", address.port}));
  if (state->daemon == nullptr) {
    return "cannot listen for HTTP on " + address.host + ":" + std::to_string(address.port) +
           (errno == 0 ? "" : std::string(": ") + std::strerror(errno));
  }
  return std::unique_ptr<Listener>(new Listener(std::move(state)));
}

std::uint16_t Listener::port() const {
  const MHD_DaemonInfo* info = MHD_get_daemon_info(state_->daemon, MHD_DAEMON_INFO_BIND_PORT);
  return info == nullptr ? std::uint16_t{0} : info->port;
}

}  // namespace berth::http

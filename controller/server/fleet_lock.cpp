// SPDX-License-Identifier: Apache-2.0
#include "controller/server/fleet_lock.h"

#include <algorithm>
#include <optional>

#include <nlohmann/json.hpp>
#include <sodium.h>

#include "planner/node/identity.h"

namespace berth::server {

namespace {

using nlohmann::json;

constexpr std::string_view kPrefix = "/fleetlock/";
constexpr std::size_t kDigits = 32;
/// Names of groups are shown to people.
constexpr std::size_t kGroupLength = 64;

bool isHex(std::string_view text) {
  return text.size() == kDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool isGroup(std::string_view text) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
  return !text.empty() && text.size() <= kGroupLength && text.find_first_not_of(kLetters) == std::string_view::npos;
}

/// Takes as long wherever they differ.
bool isSame(std::string_view left, std::string_view right) {
  return left.size() == right.size() && sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string textOf(const json& params, const char* key) {
  const auto found = params.find(key);
  return found != params.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<LockCall> callOf(const std::string& body) {
  const json document = json::parse(body, nullptr, false);
  if (!document.is_object()) return std::nullopt;
  const auto params = document.find("client_params");
  if (params == document.end() || !params->is_object()) return std::nullopt;
  LockCall call;
  call.id = textOf(*params, "id");
  call.group = textOf(*params, "group");
  return isHex(call.id) && isGroup(call.group) ? std::optional(call) : std::nullopt;
}

}  // namespace

std::variant<LockCall, http::Response> readLockCall(const http::Request& request, const std::string& key) {
  std::string_view path = request.path;
  if (!path.starts_with(kPrefix)) return refusedLock(404, "not_found", "nothing is here");
  path.remove_prefix(kPrefix.size());
  const std::string_view token = path.substr(0, std::min(path.find('/'), path.size()));
  path.remove_prefix(token.size());
  const bool isSteady = path == "/v1/steady-state";
  if (!isSteady && path != "/v1/pre-reboot") return refusedLock(404, "not_found", "nothing is here");
  if (request.method != "POST") return refusedLock(405, "bad_request", "only POST is answered here");
  // The protocol wants it refused: no page in a browser can be made to say this.
  if (request.fleetLockProtocol != "true") {
    return refusedLock(400, "bad_request", "the header fleet-lock-protocol: true is missing");
  }
  auto call = callOf(request.body);
  if (!call) return refusedLock(400, "bad_request", "the body is not what the protocol has");
  if (!isSame(token, node::lockTokenOf(key, call->id))) {
    return refusedLock(403, "unknown_node", "the id and the token are not those of one node of this fleet");
  }
  call->verb = isSteady ? LockCall::Verb::steadyState : LockCall::Verb::preReboot;
  return *std::move(call);
}

http::Response refusedLock(unsigned status, std::string_view kind, std::string_view text) {
  const json body = {{"kind", kind}, {"value", text}};
  return {status, body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"};
}

http::Response toResponse(const rollout::LockVerdict& verdict) {
  if (verdict.isGranted()) return {200, "{}\n"};
  return refusedLock(409, rollout::wordOf(verdict.kind), verdict.text);
}

}  // namespace berth::server

// SPDX-License-Identifier: Apache-2.0
//
// Whatever a guest sends to the door for nodes is a call with a whole id and group, or an answer in the protocol's
// form.
#include "controller/server/fleet_lock.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <nlohmann/json.hpp>

#include "planner/node/identity.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace berth;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(text.find('\n'), text.size());
  const std::string key = "key";
  // The first line is a path; "=" stands for the one with the token of this id.
  http::Request request{"POST", text.substr(0, line), text.substr(std::min(line + 1, text.size())), "true"};
  const std::string id = "27e3ac02af3946af995c9940e18b0cce";
  if (request.path == "=") request.path = "/fleetlock/" + node::lockTokenOf(key, id) + "/v1/pre-reboot";
  auto read = server::readLockCall(request, key);
  if (const auto* call = std::get_if<server::LockCall>(&read)) {
    if (call->id.size() != 32 || call->group.empty()) std::abort();
    return 0;
  }
  const auto& answer = std::get<http::Response>(read);
  const auto body = nlohmann::json::parse(answer.body);
  if (answer.status == 200 || !body.at("kind").is_string() || !body.at("value").is_string()) std::abort();
  return 0;
}

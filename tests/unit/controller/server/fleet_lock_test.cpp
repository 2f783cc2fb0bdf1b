// SPDX-License-Identifier: Apache-2.0
#include "controller/server/fleet_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/node/identity.h"

namespace berth::server {
namespace {

const std::string kId = "27e3ac02af3946af995c9940e18b0cce";
const std::string kKey = "key";

/// As Zincati asks.
http::Request asked(const std::string& verb = "pre-reboot") {
  return {"POST", "/fleetlock/" + node::lockTokenOf(kKey, kId) + "/v1/" + verb,
          "{\n  \"client_params\": {\n    \"id\": \"" + kId + "\",\n    \"group\": \"workers\"\n  }\n}", "true"};
}

unsigned statusOf(const http::Request& request) {
  const auto read = readLockCall(request, kKey);
  const auto* response = std::get_if<http::Response>(&read);
  return response == nullptr ? 0 : response->status;
}

TEST(FleetLock, ReadsWhatZincatiSays) {
  const auto read = readLockCall(asked(), kKey);
  ASSERT_TRUE(std::holds_alternative<LockCall>(read));
  EXPECT_EQ(std::get<LockCall>(read).verb, LockCall::Verb::preReboot);
  EXPECT_EQ(std::get<LockCall>(read).id, kId);
  EXPECT_EQ(std::get<LockCall>(read).group, "workers");
  EXPECT_EQ(std::get<LockCall>(readLockCall(asked("steady-state"), kKey)).verb, LockCall::Verb::steadyState);
}

TEST(FleetLock, RefusesWhatTheProtocolDoesNotHave) {
  http::Request request = asked();
  request.fleetLockProtocol = "";
  EXPECT_EQ(statusOf(request), 400u) << "the header is what keeps browsers away";
  request = asked();
  request.method = "GET";
  EXPECT_EQ(statusOf(request), 405u);
  EXPECT_EQ(statusOf(asked("reboot")), 404u);
  request.path = "/";
  EXPECT_EQ(statusOf(request), 404u);
  for (const char* body :
       {"", "{", "[]", "null", "{\"client_params\": []}", "{\"client_params\": {\"id\": 1, \"group\": 2}}",
        "{\"client_params\": {\"id\": \"27e3ac02\", \"group\": \"workers\"}}",
        "{\"client_params\": {\"id\": \"27e3ac02af3946af995c9940e18b0cce\", \"group\": \"\"}}",
        "{\"client_params\": {\"id\": \"27e3ac02af3946af995c9940e18b0cce\", \"group\": \"a b\"}}"}) {
    request = asked();
    request.body = body;
    EXPECT_EQ(statusOf(request), 400u) << body;
  }
  request = asked();
  request.body = std::string(4000, '[');
  EXPECT_EQ(statusOf(request), 400u);
}

TEST(FleetLock, BelievesNobodyWhoSpeaksForAnotherNode) {
  http::Request request = asked();
  request.body.replace(request.body.find("27e3"), 4, "27e4");
  EXPECT_EQ(statusOf(request), 403u);
  request = asked();
  request.path = "/fleetlock//v1/pre-reboot";
  EXPECT_EQ(statusOf(request), 403u);
  EXPECT_EQ(std::get<http::Response>(readLockCall(asked(), "another fleet's")).status, 403u);
}

TEST(FleetLock, AnswersInTheWordsOfTheProtocol) {
  using Kind = rollout::LockVerdict::Kind;
  EXPECT_EQ(toResponse({}).status, 200u);
  const http::Response refused = toResponse({Kind::budgetFull, "budget: \"a\" is down (1 of 1)"});
  EXPECT_EQ(refused.status, 409u);
  EXPECT_EQ(refused.body,
            "{\"kind\":\"failed_lock_semaphore_full\",\"value\":\"budget: \\\"a\\\" is down (1 of 1)\"}\n");
}

}  // namespace
}  // namespace berth::server

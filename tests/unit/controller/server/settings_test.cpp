// SPDX-License-Identifier: Apache-2.0
#include "controller/server/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::server {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Settings settled(const Wishes& wishes) {
  auto settings = settle(wishes);
  if (const auto* wrong = std::get_if<std::string>(&settings)) throw std::runtime_error(*wrong);
  return std::get<Settings>(settings);
}

std::string wrongWith(const Wishes& wishes) {
  auto settings = settle(wishes);
  return std::holds_alternative<std::string>(settings) ? std::get<std::string>(settings) : "nothing";
}

Wishes addressed() {
  Wishes wishes;
  wishes.address = "192.0.2.1";
  return wishes;
}

TEST(Settings, FollowFromAnAddressAlone) {
  const Settings settings = settled(addressed());
  EXPECT_EQ(settings.agents.listen.str(), "tcp://*:7401");
  EXPECT_EQ(settings.agents.announce.str(), "tcp://192.0.2.1:7401");
  EXPECT_EQ(settings.operators.announce.str(), "tcp://192.0.2.1:7400");
  EXPECT_EQ(settings.enrolment.announce.str(), "tcp://192.0.2.1:7402");
  EXPECT_EQ(settings.timing.heartbeat, 2s);
  EXPECT_EQ(settings.timing.lease, 10s);
}

TEST(Settings, ListenWhereTheyAreTold) {
  Wishes wishes = addressed();
  wishes.listen = "10.0.0.1";
  wishes.operatorEndpoint = "ipc:///run/berth/operators";
  const Settings settings = settled(wishes);
  EXPECT_EQ(settings.agents.listen.str(), "tcp://10.0.0.1:7401");
  EXPECT_EQ(settings.operators.listen.str(), "ipc:///run/berth/operators");
  EXPECT_EQ(settings.operators.announce, settings.operators.listen);
}

TEST(Settings, PutAnIpv6AddressIntoBrackets) {
  Wishes wishes;
  wishes.address = "2001:db8::1";
  EXPECT_EQ(settled(wishes).agents.announce.str(), "tcp://[2001:db8::1]:7401");
}

TEST(Settings, KeepTheProportionOfLeaseAndHeartbeat) {
  Wishes wishes = addressed();
  wishes.lease = 5s;
  EXPECT_EQ(settled(wishes).timing.heartbeat, 1s);
  wishes.lease = 10min;
  EXPECT_EQ(settled(wishes).timing.heartbeat, 10s) << "or hosts would cut nodes that are only seldom confirmed";
}

TEST(Settings, SayWhatIsWrong) {
  EXPECT_THAT(wrongWith({}), HasSubstr("--address"));
  Wishes star = addressed();
  star.address = "*";
  EXPECT_THAT(wrongWith(star), HasSubstr("nobody can connect"));
  Wishes hasty = addressed();
  hasty.heartbeat = 1s;
  hasty.lease = 1500ms;
  EXPECT_THAT(wrongWith(hasty), HasSubstr("two heartbeats"));
  Wishes lazy = addressed();
  lazy.heartbeat = 11s;
  lazy.lease = 60s;
  EXPECT_THAT(wrongWith(lazy), HasSubstr("longer than 10s"));
  Wishes brief = addressed();
  brief.certificateLifetime = 1h;
  EXPECT_THAT(wrongWith(brief), HasSubstr("certificate_lifetime is shorter than a day"));
  Wishes odd = addressed();
  odd.agentEndpoint = "udp://x";
  EXPECT_THAT(wrongWith(odd), HasSubstr("agent_endpoint"));
}

TEST(Settings, AreReadAsTheyWereWritten) {
  Wishes wishes = addressed();
  wishes.listen = "*";
  wishes.operatorEndpoint = "ipc:///a b";
  wishes.lease = 2500ms;
  wishes.lostShare = 30;
  wishes.disruptionBudget = {rollout::Budget::Of::share, 10};
  wishes.masterKeyFile = "/etc/berth/master.key";
  wishes.certificateLifetime = 8760h;
  source::Findings findings;
  const Wishes read = readWishes(writeWishes(wishes), "controller.yaml", findings);
  EXPECT_TRUE(findings.empty());
  EXPECT_EQ(read.address, wishes.address);
  EXPECT_EQ(read.listen, wishes.listen);
  EXPECT_EQ(read.operatorEndpoint, wishes.operatorEndpoint);
  EXPECT_EQ(read.lease, wishes.lease);
  EXPECT_EQ(read.lostShare, wishes.lostShare);
  EXPECT_EQ(read.disruptionBudget, wishes.disruptionBudget);
  EXPECT_EQ(read.masterKeyFile, wishes.masterKeyFile);
  EXPECT_EQ(read.certificateLifetime, wishes.certificateLifetime);
  EXPECT_EQ(read.heartbeat, std::nullopt);
}

TEST(Settings, PointAtAKeyThatIsMisspelt) {
  source::Findings findings;
  (void)readWishes("adress: 192.0.2.1\nlease: soon\n", "controller.yaml", findings);
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].where.line + findings[1].where.line, 3u);
}

TEST(Settings, LetFlagsWin) {
  Wishes flags;
  flags.address = "192.0.2.9";
  Wishes file = addressed();
  file.lease = 30s;
  const Wishes both = overlaid(file, flags);
  EXPECT_EQ(both.address, "192.0.2.9");
  EXPECT_EQ(both.lease, 30s);
}

TEST(Settings, AnswerNodesOnlyWhereTheySaySo) {
  EXPECT_FALSE(settled(addressed()).http);
  Wishes wishes = addressed();
  wishes.httpListen = "*:7403";
  EXPECT_EQ(settled(wishes).http->listen, (http::Address{"*", 7403}));
  EXPECT_EQ(settled(wishes).http->host, "192.0.2.1");
  wishes.httpUrl = "https://berth.example/nodes/";
  EXPECT_EQ(settled(wishes).http->url, "https://berth.example/nodes");
  source::Findings findings;
  const Wishes read = readWishes(writeWishes(wishes), "controller.yaml", findings);
  EXPECT_TRUE(findings.empty());
  EXPECT_EQ(read.httpListen, wishes.httpListen);
  EXPECT_EQ(read.httpUrl, wishes.httpUrl);

  for (const char* wrong : {"7403", "*", "host.example:7403", "*:99999", "::1:7403"}) {
    wishes.httpListen = wrong;
    EXPECT_THAT(wrongWith(wishes), HasSubstr("http.listen is not of the form")) << wrong;
  }
  wishes.httpListen = "[::1]:7403";
  EXPECT_EQ(settled(wishes).http->listen.host, "::1");
  for (const char* wrong : {"ftp://x", "http://", "http://a b", "http://${group}"}) {
    wishes.httpUrl = wrong;
    EXPECT_THAT(wrongWith(wishes), HasSubstr("http.url is not of the form")) << wrong;
  }
  wishes.httpListen.reset();
  EXPECT_THAT(wrongWith(wishes), HasSubstr("nobody would answer there"));
}

TEST(ADisruptionBudget, IsANumberOfNodesOrAShareOfThem) {
  using rollout::Budget;
  EXPECT_EQ(parseBudget("5"), (Budget{Budget::Of::count, 5}));
  EXPECT_EQ(parseBudget("10%"), (Budget{Budget::Of::share, 10}));
  for (const char* wrong : {"", "0", "0%", "101%", "-1", "few", "5 %"})
    EXPECT_EQ(parseBudget(wrong), std::nullopt) << wrong;
  EXPECT_EQ(parseBudget("5")->allowedOf(3), 5u);
  EXPECT_EQ(parseBudget("10%")->allowedOf(300), 30u);
  EXPECT_EQ(parseBudget("10%")->allowedOf(3), 1u) << "with none nothing would ever change";
}

TEST(AShare, IsInHundredths) {
  EXPECT_EQ(parseShare("50%"), 50u);
  EXPECT_EQ(parseShare("0"), 0u);
  for (const char* wrong : {"", "%", "101%", "-1", "half", "5 %"}) EXPECT_EQ(parseShare(wrong), std::nullopt) << wrong;
}

TEST(AnInterval, HasAUnit) {
  EXPECT_EQ(parseInterval("500ms"), 500ms);
  EXPECT_EQ(parseInterval("10s"), 10s);
  EXPECT_EQ(parseInterval("2m"), 2min);
  EXPECT_EQ(parseInterval("8760h"), 8760h);
  EXPECT_EQ(parseInterval("30d"), 720h);
  for (const char* text : {"", "10", "s", "-1s", "0s", "1w", "1.5s", "99999999999999999999s"}) {
    EXPECT_EQ(parseInterval(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace berth::server

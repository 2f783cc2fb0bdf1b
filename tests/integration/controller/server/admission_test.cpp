// SPDX-License-Identifier: Apache-2.0
#include <csignal>

#include <gmock/gmock.h>
#include <sys/wait.h>

#include "tests/integration/controller/server/harness.h"

namespace berth::server {
namespace {

namespace request = message::request;
namespace reply = message::reply;
using message::Role;
using testing::HasSubstr;
using transport::Link;

class AController : public Controller {
protected:
  AController() {
    init();
    start();
  }
  [[nodiscard]] bool logSays(const std::string& text) {
    return until([&] { return log().find(text) != std::string::npos; });
  }
};

TEST_F(AController, StopsCleanlyOnSigtermAndBeginsAnew) {
  EXPECT_EQ(get<reply::Version>(request::Version{}).epoch, Epoch(1));
  EXPECT_EQ(end(SIGTERM), 0);
  start();
  EXPECT_EQ(get<reply::Version>(request::Version{}).epoch, Epoch(2));
}

TEST_F(AController, IsTheOnlyOneOnItsStore) {
  (void)get<reply::Version>(request::Version{});
  const pid_t first = process_;
  start();
  const pid_t second = std::exchange(process_, first);
  int status = 0;
  ::waitpid(second, &status, 0);
  EXPECT_NE(status, 0);
  EXPECT_THAT(log(), HasSubstr("another berth-controller uses"));
  (void)get<reply::Version>(request::Version{});
}

// ---- enrolment ----------------------------------------------------------------------------------------------------

TEST_F(AController, AdmitsAHostByATokenOnce) {
  const std::string text = token("vh1");
  const auto key = identity::KeyPair::generate();
  const auto joined = join(text, key);
  EXPECT_EQ(joined.error, "");
  EXPECT_EQ(joined.host, *HostName::parse("vh1"));
  EXPECT_EQ(joined.agentEndpoint, agentsAt_->str());
  EXPECT_EQ(join(text, key).error, "") << "the first answer may have been lost";

  const auto thief = identity::KeyPair::generate();
  EXPECT_NE(join(text, thief).error, "") << "the token is used up";
  EXPECT_TRUE(logSays("vh1 may not join"));
  EXPECT_EQ(get<reply::Hosts>(request::GetHosts{}).hosts.size(), 1u);
}

TEST_F(AController, AdmitsNoHostUnderAnotherNameThanTheTokens) {
  EXPECT_NE(join(token("vh1"), identity::KeyPair::generate(), HostName::parse("vh2")).error, "");
  EXPECT_TRUE(get<reply::Hosts>(request::GetHosts{}).hosts.empty());
}

TEST_F(AController, AdmitsNoHostThatDoesNotKnowTheSecret) {
  const auto parsed = identity::parseToken(token("vh1"));
  auto guess = std::get<identity::JoinToken>(parsed);
  guess.secret.fill(7);
  const auto key = identity::KeyPair::generate();
  auto opened = transport::Client::open(context_, {*enrolment_, key, controller_, transport::Domain::enrolment});
  auto& client = *std::get<std::unique_ptr<transport::Client>>(opened);
  message::Join forged{guess.id, guess.host, identity::drawNonce(), {}};
  forged.proof = identity::prove(guess, key.publicKey(), forged.nonce);
  std::optional<std::string> error;
  bool sent = false;
  ASSERT_TRUE(until([&] {
    if (client.link() == Link::up && !std::exchange(sent, true)) {
      (void)client.send(message::encode(message::Message<message::Join>{{}, forged}));
    }
    if (auto bytes = client.receive()) {
      auto decoded = message::decodeJoined(*bytes);
      error = std::get<message::Message<message::Joined>>(decoded).body.error;
    }
    return error.has_value();
  }));
  EXPECT_NE(*error, "");
}

TEST_F(AController, KeepsAKeyThatWasNotAdmittedOutOfTheAgentsPort) {
  (void)get<reply::Version>(request::Version{});
  const auto key = identity::KeyPair::generate();
  FakeAgent stranger(context_, *agentsAt_, controller_, key, *HostName::parse("vh9"), random_);
  EXPECT_TRUE(eventually([&] { return stranger.link() == Link::refused; }, [&] { stranger.turn({}); }));
  EXPECT_TRUE(logSays("unknown_key"));
  EXPECT_TRUE(stranger.heard().empty());
}

TEST_F(AController, CutsARemovedHostOffAtOnce) {
  FakeAgent& agent = addAgent("vh1");
  ASSERT_TRUE(until([&] { return !agent.heard().empty(); }));
  (void)get<reply::Done>(request::RemoveHost{*HostName::parse("vh1")});
  EXPECT_TRUE(logSays("revoked_key")) << "its connection is there still, and nothing it says is heard";
  EXPECT_TRUE(get<reply::Hosts>(request::GetHosts{}).hosts.empty());
}

TEST_F(AController, LosesAHostThatFallsSilent) {
  addAgent("vh1");
  ASSERT_TRUE(until([&] {
    const auto hosts = get<reply::Hosts>(request::GetHosts{}).hosts;
    return hosts.at(0).state == message::HostState::ready;
  }));
  agents_.clear();
  EXPECT_TRUE(
      until([&] { return get<reply::Hosts>(request::GetHosts{}).hosts.at(0).state == message::HostState::lost; }));
  EXPECT_GT(get<reply::Hosts>(request::GetHosts{}).hosts.at(0).lastSeenMs, 0);
}

// ---- roles --------------------------------------------------------------------------------------------------------

TEST_F(AController, LetsNobodyDoMoreThanTheirRole) {
  struct Case {
    message::Request request;
    Role least;
  };
  const ClusterName cluster = *ClusterName::parse("none");
  const std::vector<Case> cases{
      {request::Version{}, Role::viewer},
      {request::GetHosts{}, Role::viewer},
      {request::Plan{submission(1, "x")}, Role::viewer},
      {request::Explain{submission(1, "x"), *NodeName::parse("none-server-0")}, Role::viewer},
      {request::Simulate{}, Role::viewer},
      {request::Rebalance{std::nullopt, 1}, Role::viewer},
      {request::Apply{submission(1, "x"), std::nullopt}, Role::operator_},
      {request::Destroy{cluster, std::nullopt}, Role::operator_},
      {request::CreateToken{*HostName::parse("vh1"), 0}, Role::admin},
      {request::RemoveHost{*HostName::parse("vh1")}, Role::admin},
      {request::AddOperator{*OperatorName::parse("mallory"), Role::admin, std::string(40, 'a')}, Role::admin},
      {request::RemoveOperator{*OperatorName::parse("admin")}, Role::admin},
      {request::GetOperators{}, Role::admin},
  };
  for (const auto& [name, role] : {std::pair("victor", Role::viewer), std::pair("olga", Role::operator_)}) {
    auto someone = person(name, role);
    for (const auto& each : cases) {
      const auto answer = someone->ask(each.request);
      const auto* error = std::get_if<reply::Error>(&answer);
      const bool forbidden = error != nullptr && error->code == reply::ErrorCode::forbidden;
      EXPECT_EQ(forbidden, role < each.least) << name << ", case " << each.request.index();
    }
  }
  EXPECT_TRUE(logSays("wrong_role"));
}

TEST_F(AController, HearsNothingFromAPersonWhoWasRemoved) {
  auto victor = person("victor", Role::viewer);
  (void)victor->ask(request::Version{});
  (void)get<reply::Done>(request::RemoveOperator{*OperatorName::parse("victor")});
  victor->throwAt(message::encode(message::Message<message::Request>{{}, request::Version{}}));
  EXPECT_TRUE(logSays("revoked_key"));
}

TEST_F(AController, KeepsItsLastAdmin) {
  EXPECT_EQ(refusalOf(request::RemoveOperator{*OperatorName::parse("admin")}).code, reply::ErrorCode::conflict);
}

TEST_F(AController, SuggestsTheNameThatWasMeant) {
  addAgent("kvm-east");
  EXPECT_THAT(refusalOf(request::RemoveHost{*HostName::parse("kvm-eats")}).hint, HasSubstr("kvm-east"));
}

// ---- hostile bytes ------------------------------------------------------------------------------------------------

TEST_F(AController, DropsGarbageOnEveryPortAndGoesOn) {
  FakeAgent& agent = addAgent("vh1");
  ASSERT_TRUE(until([&] { return !agent.heard().empty(); }));
  std::vector<std::uint8_t> garbage(1000);
  for (int round = 0; round < 50; ++round) {
    for (auto& byte : garbage) byte = static_cast<std::uint8_t>(random_());
    agent.throwAt(garbage);
    admin().throwAt(garbage);
  }
  agent.throwAt({});
  admin().throwAt({});
  EXPECT_TRUE(logSays("malformed"));
  (void)get<reply::Version>(request::Version{});
  const std::string text = log();
  std::size_t lines = 0;
  for (auto at = text.find("malformed"); at != std::string::npos; at = text.find("malformed", at + 1)) ++lines;
  EXPECT_LE(lines, 6u) << "each peer and reason is logged once";
}

}  // namespace
}  // namespace berth::server

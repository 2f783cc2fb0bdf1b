// SPDX-License-Identifier: Apache-2.0
#include "protocol/message/words.h"

#include <set>

#include <gtest/gtest.h>

#include "tests/unit/protocol/message/random_message.h"

namespace berth::message {
namespace {

/// Every value up to `last` has a word of its own, and comes back from it.
template <class Enum>
void expectWords(Enum last) {
  std::set<std::string_view> words;
  for (unsigned i = 0; i <= static_cast<unsigned>(last); ++i) {
    const auto value = static_cast<Enum>(i);
    const auto word = toString(value);
    EXPECT_NE(word, "unknown") << i;
    EXPECT_TRUE(words.insert(word).second) << word;
    EXPECT_EQ(fromString<Enum>(word), value);
  }
  EXPECT_EQ(toString(static_cast<Enum>(static_cast<unsigned>(last) + 1)), "unknown");
  EXPECT_EQ(fromString<Enum>("unknown"), std::nullopt);
  EXPECT_EQ(fromString<Enum>(""), std::nullopt);
}

TEST(Words, goBothWays) {
  expectWords(Image::Packing::zstd);
  expectWords(Nic::Attachment::macvtap);
  expectWords(Phase::gone);
  expectWords(Role::admin);
  expectWords(Action::restart);
  expectWords(HostState::draining);
  expectWords(Duty::draining);
  expectWords(DrainVolumes::move);
  expectWords(Drift::freeze);
  expectWords(VolumeState::moved);
  expectWords(LockState::back);
  expectWords(SnapshotState::deleting);
  expectWords(RolloutState::aborted);
  expectWords(ChangeState::copying);
  expectWords(reply::ErrorCode::internal);
  expectWords(SecretKind::given);
  expectWords(ToolKind::openbao);
  expectWords(ToolStatus::Part::leader);
  expectWords(ToolStatus::State::silent);
  expectWords(ToolStatus::Acl::refused);
}

TEST(Words, areThoseOfTheDesign) {
  EXPECT_EQ(toString(Phase::ready), "ready");
  EXPECT_EQ(toString(Role::operator_), "operator");
  EXPECT_EQ(toString(RolloutState::reverted), "reverted");
  EXPECT_EQ(nameOf(FromAgent(Status{})), "status");
  EXPECT_EQ(nameOf(ToAgent(ReportFully{})), "report fully");
  EXPECT_EQ(nameOf(Request(request::GetOperators{})), "get operators");
  EXPECT_EQ(nameOf(Request(request::CreateToken{})), "create token");
  EXPECT_EQ(nameOf(Reply(reply::Operators{})), "operators");
}

TEST(Roles, areAskedForByWhatARequestCanDo) {
  const std::map<std::string_view, Role> expected{
      {"version", Role::viewer},           {"plan", Role::viewer},
      {"apply", Role::operator_},          {"plan destroy", Role::viewer},
      {"destroy", Role::operator_},        {"get hosts", Role::viewer},
      {"get nodes", Role::viewer},         {"get clusters", Role::viewer},
      {"get rollouts", Role::viewer},      {"get events", Role::viewer},
      {"get rollout", Role::viewer},       {"describe node", Role::viewer},
      {"read log", Role::viewer},          {"create token", Role::admin},
      {"remove host", Role::admin},        {"add operator", Role::admin},
      {"remove operator", Role::admin},    {"get operators", Role::admin},
      {"plan saved", Role::viewer},        {"apply saved", Role::operator_},
      {"explain", Role::viewer},           {"simulate", Role::viewer},
      {"rebalance", Role::viewer},         {"get volumes", Role::viewer},
      {"plan revision", Role::viewer},     {"apply revision", Role::operator_},
      {"steer rollout", Role::operator_},  {"set duty", Role::operator_},
      {"set power", Role::operator_},

      {"delete volumes", Role::operator_}, {"snapshot volume", Role::operator_},
      {"restore volume", Role::operator_}, {"get secrets", Role::viewer},
      {"read secret", Role::admin},        {"set secret", Role::operator_},
      {"rotate secret", Role::operator_},  {"delete secret", Role::operator_},
      {"get locks", Role::viewer},         {"release lock", Role::operator_},
      {"describe stack", Role::viewer}};
  RandomMessage random(1);
  EXPECT_EQ(expected.size(), std::variant_size_v<Request>);
  for (std::size_t index = 0; index < std::variant_size_v<Request>; ++index) {
    const auto request = random.request(index);
    EXPECT_EQ(roleFor(request), expected.at(nameOf(request))) << nameOf(request);
  }
}

TEST(SecretNames, areWordsWithSlashesBetween) {
  for (const char* good : {"a", "consul/gossip", "tls/prod-server-0", "db_password", "a/b/c", "0"}) {
    EXPECT_TRUE(SecretName::parse(good)) << good;
  }
  for (const char* bad : {"", "/", "/a", "a/", "a//b", "A", "a b", "a.b", "a\n"}) {
    EXPECT_FALSE(SecretName::parse(bad)) << bad;
  }
  EXPECT_FALSE(SecretName::parse(std::string(129, 'a')));
}

}  // namespace
}  // namespace berth::message

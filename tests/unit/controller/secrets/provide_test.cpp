// SPDX-License-Identifier: Apache-2.0
#include "controller/secrets/provide.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "controller/secrets/certificates.h"

namespace berth::secrets {
namespace {

using secret::Kind;
using secret::Wanted;

constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kNow = 1'764'000'000'000;
const NodeName kNode = *NodeName::parse("prod-server-0");

Holdings nothing() { return {.cluster = *ClusterName::parse("prod"), .nowMs = kNow}; }

Wanted authority() { return {.name = "tls/ca", .kind = Kind::authority}; }
Wanted certificate(std::vector<std::string> addresses = {"10.20.0.11"}) {
  return {.name = "tls/prod-server-0",
          .kind = Kind::certificate,
          .domains = {"prod-server-0"},
          .addresses = std::move(addresses),
          .authority = "tls/ca",
          .node = kNode};
}
Wanted gossip() { return {.name = "consul/gossip", .kind = Kind::key}; }
Wanted given(const std::string& name) { return {.name = name, .kind = Kind::given}; }

Kept keptOf(const Draft& draft) { return {draft.kind, draft.value}; }

/// As after an apply of what was provided.
Holdings after(const Provided& provided) {
  Holdings holdings = nothing();
  for (const Draft& draft : provided.drafts) holdings.held[draft.name].inForce = keptOf(draft);
  return holdings;
}

const Draft* draftOf(const Provided& provided, const std::string& name) {
  const auto found = std::ranges::find(provided.drafts, name, &Draft::name);
  return found == provided.drafts.end() ? nullptr : &*found;
}

TEST(Provide, MakesWhatThereIsNot) {
  const auto provided = provide({certificate(), gossip(), authority(), {.name = "consul/token", .kind = Kind::uuid}},
                                nothing(), Use::newest);
  EXPECT_TRUE(provided.findings.empty());
  EXPECT_EQ(provided.drafts.size(), 4U);
  EXPECT_EQ(provided.values.of("consul/gossip").size(), 44U);
  EXPECT_EQ(provided.values.of("consul/token").size(), 36U);
  EXPECT_TRUE(
      isSignedBy(provided.values.of("tls/prod-server-0/certificate"), provided.values.of("tls/ca/certificate")));
  EXPECT_EQ(draftOf(provided, "tls/prod-server-0")->node, kNode);
  EXPECT_GT(draftOf(provided, "tls/prod-server-0")->expiresMs, kNow + 364 * kDay);
}

TEST(Provide, NeverGivesOutTheKeyOfAnAuthority) {
  const auto provided = provide({authority(), certificate()}, nothing(), Use::newest);
  EXPECT_EQ(provided.values.find("tls/ca/key"), nullptr);
  EXPECT_EQ(provided.values.find("tls/ca"), nullptr);
  EXPECT_NE(provided.values.find("tls/prod-server-0/key"), nullptr);
}

TEST(Provide, MakesNothingTwice) {
  const std::vector<Wanted> wanted{authority(), certificate(), gossip()};
  const auto first = provide(wanted, nothing(), Use::newest);
  for (const Use use : {Use::newest, Use::inForce}) {
    const auto second = provide(wanted, after(first), use);
    EXPECT_TRUE(second.drafts.empty());
    EXPECT_EQ(second.values, first.values);
  }
}

TEST(Provide, UsesTheDraftsOfAnotherPlanAndTellsOfThem) {
  const std::vector<Wanted> wanted{authority(), certificate(), gossip()};
  const auto first = provide(wanted, nothing(), Use::newest);
  Holdings holdings = nothing();
  for (const Draft& draft : first.drafts) holdings.held[draft.name].draft = draft;
  const auto second = provide(wanted, holdings, Use::newest);
  EXPECT_EQ(second.values, first.values);
  EXPECT_EQ(second.drafts, first.drafts);
}

TEST(Provide, TakesWhatWaitsOnlyForAPerson) {
  Holdings holdings = nothing();
  holdings.held["consul/gossip"] = {.inForce = Kept{Kind::key, "old"}, .waiting = Kept{Kind::key, "new"}};
  EXPECT_EQ(provide({gossip()}, holdings, Use::newest).values.of("consul/gossip"), "new");
  EXPECT_EQ(provide({gossip()}, holdings, Use::inForce).values.of("consul/gossip"), "old");
}

TEST(Provide, MakesACertificateAnewForOtherNames) {
  const auto first = provide({authority(), certificate()}, nothing(), Use::newest);
  const auto second = provide({authority(), certificate({"10.20.0.12"})}, after(first), Use::newest);
  ASSERT_EQ(second.drafts.size(), 1U);
  EXPECT_EQ(read(second.values.of("tls/prod-server-0/certificate"))->names.addresses,
            std::vector<std::string>{"10.20.0.12"});
}

TEST(Provide, MakesACertificateAnewUnderAnotherAuthority) {
  const auto first = provide({authority(), certificate()}, nothing(), Use::newest);
  Holdings holdings = after(first);
  const auto rotated = remade("tls/ca", *holdings.held["tls/ca"].inForce, holdings);
  holdings.held["tls/ca"].waiting = keptOf(std::get<Draft>(rotated));
  const auto person = provide({authority(), certificate()}, holdings, Use::newest);
  ASSERT_EQ(person.drafts.size(), 1U);
  EXPECT_TRUE(isSignedBy(person.values.of("tls/prod-server-0/certificate"), person.values.of("tls/ca/certificate")));
  // Whoever makes a node as it was makes it as the others are.
  EXPECT_EQ(provide({authority(), certificate()}, holdings, Use::inForce).values, first.values);
}

TEST(Provide, RenewsACertificateOfWhichLessThanAThirdIsLeft) {
  const auto first = provide({authority(), certificate()}, nothing(), Use::newest);
  Holdings holdings = after(first);
  holdings.nowMs = kNow + 240 * kDay;
  EXPECT_TRUE(provide({authority(), certificate()}, holdings, Use::newest).drafts.empty());
  holdings.nowMs = kNow + 250 * kDay;
  const auto renewed = provide({authority(), certificate()}, holdings, Use::inForce);
  ASSERT_EQ(renewed.drafts.size(), 1U);
  EXPECT_GT(renewed.drafts.front().expiresMs, kNow + 600 * kDay);
}

TEST(Provide, WarnsOfAnAuthorityThatEnds) {
  Holdings holdings = after(provide({authority()}, nothing(), Use::newest));
  holdings.nowMs = kNow + 3000 * kDay;
  const auto provided = provide({authority()}, holdings, Use::newest);
  ASSERT_EQ(provided.findings.size(), 1U);
  EXPECT_FALSE(source::hasErrors(provided.findings));
  EXPECT_EQ(provided.findings.front().hint, "berth secret rotate prod tls/ca");
}

TEST(Provide, SaysHowToSetWhatIsMissing) {
  const auto provided = provide({given("db/password")}, nothing(), Use::newest);
  ASSERT_EQ(provided.findings.size(), 1U);
  EXPECT_EQ(provided.findings.front().message, "cluster prod has no secret \"db/password\"");
  EXPECT_EQ(provided.findings.front().hint, "set it first: berth secret set prod db/password");
}

TEST(Provide, FindsByNameWhatOthersWant) {
  const auto provided =
      provide({given("consul/gossip"), given("tls/ca/certificate"), authority(), gossip()}, nothing(), Use::newest);
  EXPECT_TRUE(provided.findings.empty());
  EXPECT_EQ(provided.drafts.size(), 2U);
}

TEST(Provide, HasAllThatIsKeptAndNothingElse) {
  Holdings holdings = after(provide({authority(), certificate()}, nothing(), Use::newest));
  holdings.held["db/password"].waiting = Kept{Kind::given, "hunter2"};
  const auto provided = provide({}, holdings, Use::newest);
  EXPECT_TRUE(provided.drafts.empty());
  EXPECT_TRUE(provided.values.isClosed());
  EXPECT_EQ(provided.values.of("db/password"), "hunter2");
  EXPECT_NE(provided.values.find("tls/ca/certificate"), nullptr);
  EXPECT_NE(provided.values.find("tls/prod-server-0/key"), nullptr);
  EXPECT_EQ(provided.values.find("tls/ca/key"), nullptr);
}

TEST(Provide, TellsOfCertificatesThatNobodyWants) {
  const Holdings holdings = after(provide({authority(), certificate(), gossip()}, nothing(), Use::newest));
  EXPECT_TRUE(provide({authority(), certificate()}, holdings, Use::newest).unwanted.empty());
  EXPECT_EQ(provide({gossip()}, holdings, Use::newest).unwanted, std::vector<std::string>{"tls/prod-server-0"});
}

TEST(Provide, AsksForOnePartOfWhatHasTwo) {
  const auto provided = provide({authority(), given("tls/ca")}, nothing(), Use::newest);
  ASSERT_EQ(provided.findings.size(), 1U);
  EXPECT_EQ(provided.findings.front().message, "secret \"tls/ca\" has two parts");
}

TEST(Provide, TakesThePersonsOwn) {
  const auto theirs = std::get<Pair>(makeAuthority("theirs", {kNow, kNow + 3650 * kDay}));
  Holdings holdings = nothing();
  holdings.held["tls/ca"].waiting = Kept{Kind::given, joined(theirs)};
  holdings.held["consul/gossip"].waiting = Kept{Kind::given, "their key"};
  const auto provided = provide({authority(), certificate(), gossip()}, holdings, Use::newest);
  EXPECT_EQ(provided.values.of("consul/gossip"), "their key");
  EXPECT_TRUE(isSignedBy(provided.values.of("tls/prod-server-0/certificate"), theirs.certificate));
}

TEST(Provide, RefusesWhatIsNoAuthority) {
  Holdings holdings = nothing();
  holdings.held["tls/ca"].waiting = Kept{Kind::given, "a text"};
  EXPECT_TRUE(source::hasErrors(provide({authority(), certificate()}, holdings, Use::newest).findings));
}

TEST(Remade, IsAnotherOfTheSameKind) {
  Holdings holdings = after(provide({authority(), certificate(), gossip()}, nothing(), Use::newest));
  for (const auto& [name, held] : holdings.held) {
    const auto again = remade(name, *held.inForce, holdings);
    ASSERT_TRUE(std::holds_alternative<Draft>(again)) << name;
    EXPECT_EQ(std::get<Draft>(again).kind, held.inForce->kind);
    EXPECT_NE(std::get<Draft>(again).value, held.inForce->value);
  }
}

TEST(Remade, IsNothingThatAPersonHasSet) {
  EXPECT_TRUE(std::holds_alternative<std::string>(remade("a", {Kind::given, "value"}, nothing())));
}

TEST(Kinds, HaveWords) {
  for (const Kind kind : {Kind::key, Kind::uuid, Kind::authority, Kind::certificate, Kind::given}) {
    EXPECT_EQ(kindOf(wordOf(kind)), kind);
  }
  EXPECT_FALSE(kindOf("password"));
}

}  // namespace
}  // namespace berth::secrets

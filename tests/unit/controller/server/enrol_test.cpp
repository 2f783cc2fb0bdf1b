// SPDX-License-Identifier: Apache-2.0
#include "controller/server/enrol.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "protocol/identity/token.h"
#include "tests/unit/controller/store/records_for_tests.h"

namespace berth::server {
namespace {

using namespace std::chrono_literals;
using identity::KeyPair;

const HostName kHost = *HostName::parse("vh1");

class Enrolling : public testing::Test {
protected:
  Enrolling() : ledger_(snapshot()) {
    auto issued =
        identity::issueToken(identity::drawTokenSeed(), kHost, {*identity::Endpoint::parse("tcp://192.0.2.1:7402")},
                             store::test::keyOf(99), WallTime(std::chrono::milliseconds(wallMs_)), 60s);
    token_ = std::get<identity::JoinToken>(identity::parseToken(issued.text));
    ledger_.put(std::move(issued.stored));
    (void)ledger_.settle();
  }
  static store::Snapshot snapshot() {
    store::Snapshot all;
    all.fleet = store::test::kFleet;
    return all;
  }
  message::Join joinAs(const HostName& host, const identity::PublicKey& key) const {
    message::Join join{token_.id, host, identity::drawNonce(), {}};
    join.proof = identity::prove(token_, key, join.nonce);
    return join;
  }
  Enrolment enrol(const message::Join& join, const identity::PublicKey& key) {
    return server::enrol(ledger_, key, join, "tcp://192.0.2.1:7401", {TimePoint(), wallMs_});
  }

  std::int64_t wallMs_ = 1'000'000'000;
  fleet::Ledger ledger_;
  identity::JoinToken token_;
  const identity::PublicKey key_ = KeyPair::generate().publicKey();
};

TEST_F(Enrolling, AdmitsTheKeyAndUsesTheTokenUpInOneTransaction) {
  const auto admitted = enrol(joinAs(kHost, key_), key_);
  EXPECT_EQ(admitted.reply.error, "");
  EXPECT_EQ(admitted.reply.fleet, store::test::kFleet);
  EXPECT_EQ(ledger_.hostOfKey(key_)->name, kHost);
  EXPECT_TRUE(ledger_.tokens().empty());
  const auto writes = ledger_.settle();
  const auto has = [&]<class Write>() {
    return std::ranges::any_of(writes, [](const auto& each) { return std::holds_alternative<Write>(each); });
  };
  EXPECT_TRUE(has.operator()<store::HostRecord>());
  EXPECT_TRUE(has.operator()<store::RemoveToken>());
}

TEST_F(Enrolling, AnswersAHostThatIsAdmittedAlreadyTheSameAgain) {
  const auto join = joinAs(kHost, key_);
  (void)enrol(join, key_);
  EXPECT_EQ(enrol(join, key_).reply.error, "");
  EXPECT_EQ(ledger_.hosts().size(), 1u);
}

TEST_F(Enrolling, RefusesASecondUseByAnotherKey) {
  (void)enrol(joinAs(kHost, key_), key_);
  const auto other = KeyPair::generate().publicKey();
  EXPECT_NE(enrol(joinAs(kHost, other), other).reply.error, "");
}

TEST_F(Enrolling, RefusesAnotherHostsName) {
  EXPECT_NE(enrol(joinAs(*HostName::parse("vh2"), key_), key_).reply.error, "");
  EXPECT_FALSE(ledger_.tokens().empty()) << "a refusal does not use the token up";
}

TEST_F(Enrolling, RefusesAnExpiredToken) {
  wallMs_ += 61'000;
  EXPECT_EQ(enrol(joinAs(kHost, key_), key_).refusedBecause, "expired");
}

TEST_F(Enrolling, RefusesAProofThatWasMadeForAnotherKey) {
  const auto overheard = joinAs(kHost, key_);
  const auto thief = KeyPair::generate().publicKey();
  EXPECT_NE(enrol(overheard, thief).reply.error, "");
}

TEST_F(Enrolling, TellsAStrangerNothingAboutWhy) {
  auto unknown = joinAs(kHost, key_);
  unknown.tokenId = "0000000000000000";
  auto forged = joinAs(kHost, key_);
  forged.proof[0] = static_cast<char>(~forged.proof[0]);
  EXPECT_EQ(enrol(unknown, key_).reply.error, enrol(forged, key_).reply.error);
  EXPECT_NE(enrol(unknown, key_).refusedBecause, enrol(forged, key_).refusedBecause);
}

TEST_F(Enrolling, RefusesAKeyThatIsAnotherHostsAlready) {
  (void)enrol(joinAs(kHost, key_), key_);
  EXPECT_NE(enrol(joinAs(*HostName::parse("vh2"), key_), key_).reply.error, "");
}

TEST_F(Enrolling, ForgetsTokensThatHaveExpired) {
  dropExpiredTokens(ledger_, {TimePoint(), wallMs_ + 59'000});
  EXPECT_EQ(ledger_.tokens().size(), 1u);
  dropExpiredTokens(ledger_, {TimePoint(), wallMs_ + 61'000});
  EXPECT_TRUE(ledger_.tokens().empty());
}

}  // namespace
}  // namespace berth::server

// SPDX-License-Identifier: Apache-2.0
//
// Both sides without a wire: what is lost, repeated or lied about between them.
#include "agent/peers/take.h"

#include <gmock/gmock.h>

#include "agent/peers/give.h"
#include "protocol/message/limits.h"
#include "tests/unit/agent/peers/two_hosts.h"

namespace berth::peers {
namespace {

using namespace std::chrono_literals;
using message::PeerAnswer;
using message::PeerAsk;
using ::testing::HasSubstr;

class Between : public TwoHosts {
protected:
  void SetUp() override {
    TwoHosts::SetUp();
    giver_.permit({gives()});
  }
  /// What the giver answers; a test may change it, or lose it.
  using Wire = std::function<std::optional<PeerAnswer>(const PeerAsk&, PeerAnswer)>;
  static std::optional<PeerAnswer> honest(const PeerAsk&, PeerAnswer answer) { return answer; }

  /// Until the end, or until so many questions were answered.
  void run(Taker& taker, const Wire& wire = honest, int most = 10'000) {
    for (int answered = 0; !taker.end() && answered < most;) {
      auto questions = taker.ask(now_);
      for (const auto& question : questions) {
        asked_.push_back(question.ask);
        const auto answer = wire(question.ask, giver_.answer(hereKey_.publicKey(), question.ask));
        if (answer && answered++ < most) taker.heard(question.correlation, *answer, now_);
      }
      if (questions.empty()) now_ += 1s;
    }
  }
  static std::string whyNot(const Taker& taker) {
    const auto* failure = taker.end() ? std::get_if<Failure>(&*taker.end()) : nullptr;
    return failure == nullptr ? "" : failure->reason;
  }
  [[nodiscard]] std::uint64_t bytesRead() const {
    std::uint64_t sum = 0;
    for (const auto& ask : asked_)
      if (const auto* read = std::get_if<PeerAsk::Read>(&ask.what)) sum += read->length;
    return sum;
  }

  std::optional<std::string> inUse_;
  Giver giver_{there_, fleet_, [this](const auto&) { return inUse_; }};
  TimePoint now_{};
  std::vector<PeerAsk> asked_;
};

TEST_F(Between, AVolumeIsCopiedHolesLeftOutAndComparedBeforeItCounts) {
  Taker taker(takes(), here_, fleet_);
  ASSERT_EQ(labelHere()->state, volumes::Label::State::incoming);
  ASSERT_TRUE(disks::failure(volumes::look(here_, source()))) << "it is no volume yet";
  run(taker);
  ASSERT_TRUE(std::holds_alternative<Whole>(*taker.end())) << whyNot(taker);
  expectWhole();
  EXPECT_EQ(taker.compared(), kFile);
  EXPECT_LT(bytesRead(), 34 * kMiB) << "long holes are not asked for";
  EXPECT_LT(disks::used(here_.disk(node_, data_)).count(), 17 * kMiB);
  Taker again(takes(), here_, fleet_);
  EXPECT_TRUE(again.end() && std::holds_alternative<Whole>(*again.end())) << "it is here already";
}

TEST_F(Between, ATakerThatBeginsAnewGoesOnBehindWhatHasCome) {
  {
    Taker first(takes(), here_, fleet_);
    run(first, honest, 4);
    ASSERT_FALSE(first.end());
    ASSERT_GE(first.copied(), 3 * kMiB);
  }
  Taker second(takes(), here_, fleet_);
  EXPECT_GE(second.copied(), 3 * kMiB);
  run(second);
  expectWhole();
}

TEST_F(Between, WhatWasLostIsAskedForAgain) {
  Taker taker(takes(), here_, fleet_);
  int count = 0;
  run(taker, [&](const PeerAsk&, PeerAnswer answer) -> std::optional<PeerAnswer> {
    return ++count % 5 == 0 ? std::nullopt : std::optional(std::move(answer));
  });
  ASSERT_TRUE(std::holds_alternative<Whole>(*taker.end())) << whyNot(taker);
  expectWhole();
}

TEST_F(Between, WrongBytesAreFoundByComparingAndCopiedAgain) {
  Taker taker(takes(), here_, fleet_);
  int spoilt = 0;
  run(taker, [&](const PeerAsk&, PeerAnswer answer) -> std::optional<PeerAnswer> {
    auto* piece = std::get_if<message::PeerPiece>(&answer);
    if (piece != nullptr && piece->offset >= 22 * kMiB && !piece->data.empty() && spoilt++ == 0) piece->data[5] ^= 1;
    return answer;
  });
  ASSERT_TRUE(std::holds_alternative<Whole>(*taker.end())) << whyNot(taker);
  EXPECT_GT(spoilt, 1);
  expectWhole();
}

TEST_F(Between, BytesThatStayWrongAreGivenUpAndNeverCount) {
  Taker taker(takes(), here_, fleet_);
  run(taker, [&](const PeerAsk&, PeerAnswer answer) -> std::optional<PeerAnswer> {
    auto* piece = std::get_if<message::PeerPiece>(&answer);
    if (piece != nullptr && !piece->data.empty()) piece->data[0] ^= 1;
    return answer;
  });
  EXPECT_THAT(whyNot(taker), HasSubstr("differs from what host vh1 has, time and again"));
  EXPECT_EQ(labelHere()->state, volumes::Label::State::incoming);
  EXPECT_FALSE(std::filesystem::exists(here_.disk(node_, data_)));
}

TEST_F(Between, WhatTheOtherSideSaysIsBounded) {
  struct Case {
    const char* what;
    Wire wire;
    const char* why;
  };
  const auto edited = [](auto edit) -> Wire {
    return [edit](const PeerAsk&, PeerAnswer answer) -> std::optional<PeerAnswer> { return edit(answer), answer; };
  };
  const auto ofPiece = [&](auto edit) {
    return edited([edit](PeerAnswer& answer) {
      if (auto* piece = std::get_if<message::PeerPiece>(&answer)) edit(*piece);
    });
  };
  const Case cases[] = {
      {"a file without end", edited([](PeerAnswer& answer) {
         if (auto* opened = std::get_if<message::PeerOpened>(&answer)) opened->bytes = std::uint64_t{1} << 40u;
       }),
       "for a volume of"},
      {"a volume that is larger than it is said to be", edited([](PeerAnswer& answer) {
         if (auto* opened = std::get_if<message::PeerOpened>(&answer)) opened->size = 65_MiB;
       }),
       "are awaited"},
      {"a piece of elsewhere", ofPiece([](auto& piece) { piece.offset += 4096, piece.next += 4096; }),
       "sends what was not asked for"},
      {"more than was asked for", ofPiece([](auto& piece) {
         piece.data.resize(message::kMaxPiece + 1);
         piece.next = piece.offset + piece.data.size();
       }),
       "sends what was not asked for"},
      {"a gap in the middle", ofPiece([](auto& piece) {
         piece.data.resize(100);
         piece.next = piece.offset + 200;
       }),
       "sends what was not asked for"},
      {"something behind the end", ofPiece([](auto& piece) { piece.next = kFile + 1; }),
       "sends what was not asked for"},
      {"an answer to another question",
       [](const PeerAsk& ask, PeerAnswer answer) -> std::optional<PeerAnswer> {
         if (!std::holds_alternative<PeerAsk::Read>(ask.what)) return answer;
         return message::PeerChecked{0, 1, Digest()};
       },
       "answers what was not asked"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.what);
    Taker taker(takes(), here_, fleet_);
    run(taker, each.wire);
    EXPECT_THAT(whyNot(taker), HasSubstr(each.why));
    EXPECT_FALSE(std::filesystem::exists(here_.disk(node_, data_)));
  }
}

TEST_F(Between, APeerThatSaysNothingIsGivenUpAfterAWhile) {
  Taker taker(takes(), here_, fleet_);
  run(taker, [](const PeerAsk&, const PeerAnswer&) { return std::nullopt; });
  EXPECT_THAT(whyNot(taker), HasSubstr("host vh1 does not answer at tcp://127.0.0.1:1"));
  EXPECT_GE(now_ - TimePoint(), kSilence);
}

TEST_F(Between, WhatIsLeftOfAnotherMoveIsNotGoneOnWith) {
  {
    Taker first(takes(), here_, fleet_);
    run(first, honest, 4);
  }
  auto later = takes();
  later.at = Generation(20);
  Taker second(later, here_, fleet_);
  EXPECT_EQ(second.copied(), 0u);
}

TEST_F(Between, AVolumeThatIsHereAlreadyIsNeverOverwritten) {
  volumes::Label other = source();
  other.since = Generation(5);
  ASSERT_FALSE(disks::failure(volumes::announce(here_, other)));
  std::ofstream(here_.disk(node_, data_)) << "precious";
  ASSERT_FALSE(disks::failure(volumes::confirm(here_, other)));
  Taker taker(takes(), here_, fleet_);
  EXPECT_THAT(whyNot(taker), HasSubstr("there is another volume of that name here already"));
  EXPECT_EQ(std::get<Failure>(*taker.end()).kind, Failure::Kind::permanent);
  EXPECT_EQ(contentOf(here_.disk(node_, data_)), "precious");
}

TEST_F(Between, ACrashBetweenDiskAndLabelIsFinishedByComparingOnceMore) {
  {
    Taker taker(takes(), here_, fleet_);
    run(taker);
    expectWhole();
  }
  auto label = *labelHere();
  label.state = volumes::Label::State::incoming;
  ASSERT_FALSE(
      disks::failure(disks::writeWhole(here_.label(node_, data_), volumes::write(label), disks::FileMode::shared)));
  asked_.clear();
  Taker again(takes(), here_, fleet_);
  run(again);
  expectWhole();
  EXPECT_EQ(bytesRead(), 0u);
}

TEST_F(Between, NobodyIsAnsweredWhoIsNotMeant) {
  const PeerAsk ask{node_, data_, at_, PeerAsk::Open{}};
  const auto refusal = [&](const identity::PublicKey& who, const PeerAsk& what) {
    const auto answer = giver_.answer(who, what);
    const auto* refused = std::get_if<message::PeerRefused>(&answer);
    return refused == nullptr ? std::string() : refused->reason;
  };
  EXPECT_EQ(refusal(hereKey_.publicKey(), ask), "");
  EXPECT_THAT(refusal(thereKey_.publicKey(), ask), HasSubstr("is not to be handed over"));
  PeerAsk other = ask;
  other.volume = *VolumeName::parse("logs");
  EXPECT_THAT(refusal(hereKey_.publicKey(), other), HasSubstr("is not to be handed over"));
  other = ask;
  other.at = Generation(11);
  EXPECT_THAT(refusal(hereKey_.publicKey(), other), HasSubstr("is not to be handed over")) << "another move";
  inUse_ = "domain prod-db-0 still has its disk";
  EXPECT_EQ(refusal(hereKey_.publicKey(), ask), "domain prod-db-0 still has its disk");
  inUse_.reset();
  giver_.permit({});
  EXPECT_THAT(refusal(hereKey_.publicKey(), ask), HasSubstr("is not to be handed over"));
}

TEST_F(Between, AVolumeWithSnapshotsIsNotHandedOver) {
  auto snapshot = source();
  snapshot.snapshot = *message::SnapshotName::parse("before");
  ASSERT_FALSE(disks::failure(volumes::announce(there_, snapshot)));
  ASSERT_FALSE(disks::failure(volumes::confirm(there_, snapshot)));
  Taker taker(takes(), here_, fleet_);
  run(taker);
  EXPECT_THAT(whyNot(taker), HasSubstr("has snapshots, which would be left behind"));
}

}  // namespace
}  // namespace berth::peers

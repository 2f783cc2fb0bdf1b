// SPDX-License-Identifier: Apache-2.0
//
// Two agents' exchanges over real ZeroMQ with CURVE, and a real sparse file.
#include "agent/peers/exchange.h"

#include <condition_variable>
#include <mutex>

#include <gmock/gmock.h>

#include "protocol/message/envelope.h"
#include "protocol/transport/client.h"
#include "protocol/transport/server.h"
#include "tests/loopback.h"
#include "tests/unit/agent/peers/two_hosts.h"

namespace berth::peers {
namespace {

using namespace std::chrono_literals;
using message::VolumeMove;
using ::testing::HasSubstr;
using transport::Domain;

/// Only a failure waits that long.
constexpr auto kPatience = 60s;

/// What an exchange has told of the only move.
class Ear {
public:
  Exchange::Tell tell() {
    return [this](const VolumeMove&, const Exchange::News& news) {
      const std::lock_guard lock(mutex_);
      if (!std::holds_alternative<Exchange::Progress>(news)) ends_.push_back(news);
      heard_.notify_all();
    };
  }
  /// The next end; Progress when there was none in time.
  Exchange::News end() {
    std::unique_lock lock(mutex_);
    if (!heard_.wait_for(lock, kPatience, [&] { return !ends_.empty(); })) return Exchange::Progress{};
    auto end = ends_.front();
    ends_.erase(ends_.begin());
    return end;
  }
  std::string whyNot() {
    const auto news = end();
    const auto* failure = std::get_if<Failure>(&news);
    return failure == nullptr ? "" : failure->reason;
  }

private:
  std::mutex mutex_;
  std::condition_variable heard_;
  std::vector<Exchange::News> ends_;
};

class TwoAgents : public TwoHosts {
protected:
  std::unique_ptr<Exchange> exchange(const identity::KeyPair& key, const volumes::Layout& layout, Ear& ear) {
    return std::make_unique<Exchange>(Exchange::Settings{key, layout, fleet_, [](const auto&) { return std::nullopt; }},
                                      ear.tell());
  }
  /// The host that has the volume, its door open for the other one.
  std::unique_ptr<Exchange> source(const std::string& where) {
    auto made = exchange(thereKey_, there_, thereEar_);
    made->listenAt(identity::Endpoint::parse(where));
    made->give({gives()});
    return made;
  }
  std::unique_ptr<Exchange> target() { return exchange(hereKey_, here_, hereEar_); }
  static std::string anyPort() { return "tcp://" + loopback::ownAddress() + ":*"; }
  /// Where it listens; it may not at once get the port of one that was closed a moment ago.
  static identity::Endpoint doorOf(Exchange& exchange) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
      if (auto door = exchange.door()) return *door;
      std::this_thread::sleep_for(20ms);
    }
    throw std::runtime_error("the door stays closed");
  }

  Ear thereEar_;
  Ear hereEar_;
};

/// A source that answers so many questions and then is gone, as one whose process is killed.
class ShortLived {
public:
  ShortLived(Giver& giver, const identity::KeyPair& key, const std::set<identity::PublicKey>& peers, int answers)
      : left_(answers) {
    for (const auto& peer : peers) ring_.admit(peer);
    auto opened = transport::Server::open(
        context_, {*identity::Endpoint::parse("tcp://" + loopback::ownAddress() + ":*"), key, Domain::peers, ring_});
    server_ = std::move(std::get<std::unique_ptr<transport::Server>>(opened));
    endpoint_ = server_->endpoint().str();
    loop_.onReadable(*server_, [this, &giver] {
      const auto received = server_->receive();
      if (!received) return;
      const auto decoded = message::decodePeerAsk(received->bytes);
      const auto& ask = std::get<message::Message<message::PeerAsk>>(decoded);
      if (left_-- <= 0) return loop_.stop();
      const message::Message<message::PeerAnswer> reply{ask.header, giver.answer(received->sender, ask.body)};
      (void)server_->send(received->peer, message::encode(reply));
    });
  }
  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }
  void live() { loop_.run(); }

private:
  transport::Drops drops_{[](const std::string&) {}};
  transport::Context context_{drops_};
  transport::KeyRing ring_;
  std::unique_ptr<transport::Server> server_;
  transport::Loop loop_;
  std::string endpoint_;
  int left_;
};

TEST_F(TwoAgents, AVolumeGoesFromOneToTheOtherWithItsHoles) {
  auto there = source(anyPort());
  auto here = target();
  here->take(takes(doorOf(*there).str()));
  ASSERT_TRUE(std::holds_alternative<Whole>(hereEar_.end()));
  expectWhole();
  EXPECT_LT(disks::used(here_.disk(node_, data_)).count(), 17 * kMiB);
}

TEST_F(TwoAgents, TheDoorIsClosedWhileNobodyIsToComeIn) {
  auto there = source(anyPort());
  (void)doorOf(*there);
  there->give({});
  EXPECT_FALSE(there->door());
}

TEST_F(TwoAgents, ItGoesOnAfterTheSourceWasStartedAnewInTheMiddle) {
  std::string endpoint;
  std::unique_ptr<Exchange> here = target();
  {
    Giver giver(there_, fleet_, [](const auto&) { return std::nullopt; });
    giver.permit({gives()});
    ShortLived first(giver, thereKey_, giver.keys(), 6);
    endpoint = first.endpoint();
    here->take(takes(endpoint));
    first.live();
  }
  ASSERT_TRUE(std::filesystem::exists(here_.arriving(node_, data_)));
  auto there = source(endpoint);
  ASSERT_TRUE(std::holds_alternative<Whole>(hereEar_.end()));
  expectWhole();
}

TEST_F(TwoAgents, ItGoesOnAfterTheTargetWasStartedAnewInTheMiddle) {
  {
    Giver giver(there_, fleet_, [](const auto&) { return std::nullopt; });
    giver.permit({gives()});
    ShortLived first(giver, thereKey_, giver.keys(), 6);
    auto here = target();
    here->take(takes(first.endpoint()));
    first.live();
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::filesystem::file_size(here_.arriving(node_, data_)) == 0) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::sleep_for(5ms);
    }
  }
  auto there = source(anyPort());
  auto here = target();
  here->take(takes(doorOf(*there).str()));
  ASSERT_TRUE(std::holds_alternative<Whole>(hereEar_.end()));
  expectWhole();
}

TEST_F(TwoAgents, WhatWasSpoiltOnTheDiskInBetweenIsFoundAndCopiedAgain) {
  {
    Taker begun(takes(), here_, fleet_);
    std::ofstream(here_.arriving(node_, data_), std::ios::binary) << std::string(2 * kMiB, 'x');
  }
  auto there = source(anyPort());
  auto here = target();
  here->take(takes(doorOf(*there).str()));
  ASSERT_TRUE(std::holds_alternative<Whole>(hereEar_.end()));
  expectWhole();
}

TEST_F(TwoAgents, AStrangersKeyDoesNotComeIn) {
  auto there = source(anyPort());
  const auto stranger = identity::KeyPair::generate();
  transport::Drops drops([](const std::string&) {});
  transport::Context context(drops);
  auto opened = transport::Client::open(context, {doorOf(*there), stranger, thereKey_.publicKey(), Domain::peers});
  auto& client = *std::get<std::unique_ptr<transport::Client>>(opened);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (client.link() != transport::Link::refused && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(5ms);
  EXPECT_EQ(client.link(), transport::Link::refused);
}

TEST_F(TwoAgents, ASourceWithAnotherKeyIsNotBelieved) {
  auto there = source(anyPort());
  auto move = takes(doorOf(*there).str());
  move.peerKey = identity::KeyPair::generate().publicKey().str();
  auto here = target();
  here->take(move);
  here->leave(move);
  EXPECT_THAT(hereEar_.whyNot(), HasSubstr("not wanted here any more"));
  EXPECT_FALSE(std::filesystem::exists(here_.disk(node_, data_)));
}

TEST_F(TwoAgents, AMoveThatIsGivenUpEndsWhereItIs) {
  auto here = target();
  const auto move = takes("tcp://" + loopback::ownAddress() + ":9");
  here->take(move);
  here->leave(move);
  EXPECT_THAT(hereEar_.whyNot(), HasSubstr("not wanted here any more"));
  EXPECT_EQ(labelHere()->state, volumes::Label::State::incoming);
}

}  // namespace
}  // namespace berth::peers

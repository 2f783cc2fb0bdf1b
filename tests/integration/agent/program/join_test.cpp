// SPDX-License-Identifier: Apache-2.0
#include "agent/program/join.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/message/envelope.h"
#include "protocol/transport/loop.h"

namespace berth::program {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// Answers each Join as a test wants it answered, on a thread of its own.
class Door {
public:
  using Answer = std::function<message::Joined(const message::Join&, const identity::PublicKey& agent)>;

  Door(const identity::KeyPair& key, Answer answer) : context_(drops_), answer_(std::move(answer)) {
    auto opened = transport::Server::open(context_, {identity::Endpoint::parse("tcp://127.0.0.1:*").value(), key,
                                                     transport::Domain::enrolment, anybody_});
    server_ = std::move(std::get<std::unique_ptr<transport::Server>>(opened));
    loop_.onReadable(*server_, [this] { serve(); });
    thread_ = std::jthread([this](const std::stop_token& stop) { loop_.run(stop); });
  }
  ~Door() {
    loop_.stop();
    thread_.join();
  }
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;
  [[nodiscard]] const identity::Endpoint& endpoint() const { return server_->endpoint(); }

private:
  void serve() {
    while (const auto received = server_->receive()) {
      auto decoded = message::decodeJoin(received->bytes);
      auto* join = std::get_if<message::Message<message::Join>>(&decoded);
      if (join == nullptr) continue;
      const message::Message<message::Joined> reply{{}, answer_(join->body, received->sender)};
      (void)server_->send(received->peer, message::encode(reply));
    }
  }

  transport::Drops drops_{[](const std::string&) {}};
  transport::AnyKey anybody_;
  transport::Context context_;
  Answer answer_;
  std::unique_ptr<transport::Server> server_;
  transport::Loop loop_;
  std::jthread thread_;
};

class Joining : public testing::Test {
protected:
  Joining() {
    std::string name = testing::TempDir() + "berth-join-XXXXXX";
    root = ::mkdtemp(name.data());
    state = std::move(std::get<std::unique_ptr<state::Directory>>(state::Directory::open(root)));
  }
  ~Joining() override {
    state.reset();
    std::filesystem::remove_all(root);
  }
  identity::IssuedToken issue(const identity::Endpoint& endpoint) const {
    return identity::issueToken(identity::drawTokenSeed(), HostName::parse("vh1").value(), {endpoint}, key.publicKey(),
                                std::chrono::system_clock::now());
  }
  static identity::JoinToken parsed(const identity::IssuedToken& issued) {
    return std::get<identity::JoinToken>(identity::parseToken(issued.text));
  }
  message::Joined admitted() const { return {"", fleet, HostName::parse("vh1").value(), "tcp://10.0.0.1:7401"}; }

  std::filesystem::path root;
  std::unique_ptr<state::Directory> state;
  identity::KeyPair key = identity::KeyPair::generate();
  Uuid fleet = Uuid::random();
};

TEST_F(Joining, AHostThatProvesItsTokenIsNoted) {
  // The door answers on a thread of its own.
  std::mutex mutex;
  std::optional<identity::StoredToken> stored;
  identity::TokenVerdict verdict = identity::TokenVerdict::wrongProof;
  const Door door(key, [&](const message::Join& join, const identity::PublicKey& agent) {
    const std::lock_guard lock(mutex);
    verdict = identity::judge(*stored, join.host, agent, join.nonce, join.proof, std::chrono::system_clock::now());
    return admitted();
  });
  const auto issued = issue(door.endpoint());
  {
    const std::lock_guard lock(mutex);
    stored = issued.stored;
  }
  const auto joined = join(*state, parsed(issued), {"a", {{"rack", "7"}}, 20s});
  ASSERT_TRUE(std::holds_alternative<state::Identity>(joined)) << std::get<JoinError>(joined).message;
  {
    const std::lock_guard lock(mutex);
    EXPECT_EQ(verdict, identity::TokenVerdict::good);
  }
  const auto kept = std::get<std::optional<state::Identity>>(state->identity());
  ASSERT_TRUE(kept);
  EXPECT_EQ(*kept, std::get<state::Identity>(joined));
  EXPECT_EQ(kept->fleet, fleet);
  EXPECT_EQ(kept->controller, key.publicKey());
  EXPECT_EQ(kept->endpoint.str(), "tcp://10.0.0.1:7401");
  EXPECT_EQ(kept->zone, "a");
  const auto again = join(*state, parsed(issued), {});
  EXPECT_THAT(std::get<JoinError>(again).message, HasSubstr("this host has joined fleet"));
}

TEST_F(Joining, ARefusalIsToldAndLeavesNothing) {
  const Door door(key, [&](const message::Join&, const identity::PublicKey&) {
    auto refused = admitted();
    refused.error = "this token has been used";
    return refused;
  });
  const auto joined = join(*state, parsed(issue(door.endpoint())), {"", {}, 20s});
  EXPECT_EQ(std::get<JoinError>(joined).message, "the controller refuses: this token has been used");
  EXPECT_FALSE(std::get<std::optional<state::Identity>>(state->identity()));
}

TEST_F(Joining, SomebodyElseAtTheAddressIsNotTalkedTo) {
  const auto impostor = identity::KeyPair::generate();
  bool asked = false;
  const Door door(impostor, [&](const message::Join&, const identity::PublicKey&) { return asked = true, admitted(); });
  const auto joined = join(*state, parsed(issue(door.endpoint())), {"", {}, 1500ms});
  EXPECT_THAT(std::get<JoinError>(joined).message, HasSubstr("does not answer"));
  EXPECT_FALSE(asked);
}

TEST_F(Joining, AnAnswerThatCannotBeUsedIsNotNoted) {
  const Door door(key, [&](const message::Join&, const identity::PublicKey&) {
    auto odd = admitted();
    odd.agentEndpoint = "tcp://*:*";
    return odd;
  });
  const auto joined = join(*state, parsed(issue(door.endpoint())), {"", {}, 20s});
  EXPECT_THAT(std::get<JoinError>(joined).message, HasSubstr("cannot be used"));
  EXPECT_FALSE(std::get<std::optional<state::Identity>>(state->identity()));
}

}  // namespace
}  // namespace berth::program

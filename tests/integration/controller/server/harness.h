// SPDX-License-Identifier: Apache-2.0
//
// The real berth-controller as a process over real sockets, with a CLI and agents that this test plays. Every wait is
// for a condition, with a deadline that only a failure reaches.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/types.h>

#include "protocol/identity/context_file.h"
#include "protocol/identity/token.h"
#include "protocol/message/envelope.h"
#include "protocol/transport/client.h"
#include "tests/unit/controller/server/model.h"

namespace berth::server {

inline constexpr std::chrono::seconds kPatience{60};

/// Turns `step` until `condition` holds; false when patience is over.
template <class Condition, class Step>
[[nodiscard]] bool eventually(Condition condition, Step step) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    step();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// A CLI: one request at a time.
class Operator {
public:
  Operator(transport::Context& context, const identity::Endpoint& endpoint, const identity::PublicKey& controller,
           identity::KeyPair key);

  /// Asks until there is an answer, as a CLI does whose controller is being restarted; `meanwhile` goes on with the
  /// rest of the world.
  [[nodiscard]] message::Reply ask(const message::Request& request, const std::function<void()>& meanwhile = {});
  /// Sends bytes of any kind, once there is a connection.
  void throwAt(const std::vector<std::uint8_t>& bytes);
  [[nodiscard]] transport::Link link() { return client_->link(); }
  [[nodiscard]] const identity::PublicKey& publicKey() const { return key_.publicKey(); }

private:
  identity::KeyPair key_;
  std::unique_ptr<transport::Client> client_;
  std::uint64_t correlation_ = 0;
};

/// An agent over a real socket; its host is the model's.
class FakeAgent {
public:
  FakeAgent(transport::Context& context, const identity::Endpoint& endpoint, const identity::PublicKey& controller,
            const identity::KeyPair& key, const HostName& host, model::Random& random);

  /// Hears, works and speaks a little.
  void turn(const std::set<Digest>& bad);
  [[nodiscard]] const model::Agent& host() const { return agent_; }
  [[nodiscard]] model::Agent& host() { return agent_; }
  [[nodiscard]] transport::Link link() { return client_->link(); }
  /// Everything heard so far, by the name of the message.
  [[nodiscard]] const std::vector<std::string>& heard() const { return heard_; }
  [[nodiscard]] const std::vector<std::string>& specs() const { return specs_; }
  void say(const message::FromAgent& body, std::uint64_t correlation = 0);
  void throwAt(const std::vector<std::uint8_t>& bytes) { (void)client_->send(bytes); }

private:
  model::Agent agent_;
  std::unique_ptr<transport::Client> client_;
  std::uint64_t session_ = 0;
  std::vector<std::string> heard_;
  std::vector<std::string> specs_;
};

class Controller : public testing::Test {
protected:
  Controller();
  ~Controller() override;

  void init();
  /// With these in its environment besides: "NAME=value".
  void start(const std::vector<std::string>& environment = {});
  /// Sends a signal and waits for the end; the exit code, or minus the signal.
  int end(int signal);
  /// The process that runs.
  [[nodiscard]] pid_t process() const { return process_; }
  [[nodiscard]] std::string log() const;

  [[nodiscard]] Operator& admin() { return *admin_; }
  [[nodiscard]] std::unique_ptr<Operator> connect(identity::KeyPair key);
  /// Makes a person with a role, connected.
  [[nodiscard]] std::unique_ptr<Operator> person(const std::string& name, message::Role role);
  [[nodiscard]] message::Joined join(const std::string& tokenText, const identity::KeyPair& key,
                                     const std::optional<HostName>& as = std::nullopt);
  [[nodiscard]] std::string token(const std::string& host);
  /// Enrols and connects an agent.
  FakeAgent& addAgent(const std::string& host);
  /// All agents work on.
  void turnAgents();
  [[nodiscard]] bool until(const std::function<bool()>& condition);

  [[nodiscard]] message::Reply ask(const message::Request& request) {
    return admin_->ask(request, [this] { turnAgents(); });
  }
  template <class Body>
  [[nodiscard]] Body get(const message::Request& request) {
    auto reply = ask(request);
    if (const auto* error = std::get_if<message::reply::Error>(&reply)) ADD_FAILURE() << error->message;
    if (auto* body = std::get_if<Body>(&reply)) return std::move(*body);
    return {};
  }
  [[nodiscard]] message::reply::Error refusalOf(const message::Request& request);
  [[nodiscard]] static message::Submission submission(std::uint32_t count, const std::string& motd);
  [[nodiscard]] message::reply::Applied apply(std::uint32_t count, const std::string& motd);
  [[nodiscard]] message::RolloutRow rollout(RolloutId id);
  [[nodiscard]] std::size_t machines() const;

  std::filesystem::path directory_;
  std::filesystem::path state_;
  transport::Drops drops_{[](const std::string&) {}};
  transport::Context context_{drops_};
  model::Random random_{1};
  std::optional<identity::Endpoint> operators_;
  std::optional<identity::Endpoint> agentsAt_;
  std::optional<identity::Endpoint> enrolment_;
  identity::PublicKey controller_;
  std::unique_ptr<Operator> admin_;
  std::vector<std::unique_ptr<identity::KeyPair>> keys_;
  std::vector<std::unique_ptr<FakeAgent>> agents_;
  std::set<Digest> bad_;
  pid_t process_ = 0;
};

}  // namespace berth::server

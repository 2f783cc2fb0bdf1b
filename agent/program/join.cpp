// SPDX-License-Identifier: Apache-2.0
#include "agent/program/join.h"

#include <sys/stat.h>
#include <unistd.h>

#include "protocol/message/envelope.h"
#include "protocol/transport/client.h"
#include "protocol/transport/context.h"
#include "protocol/transport/loop.h"

namespace berth::program {
namespace {

using namespace std::chrono_literals;

/// One attempt at one endpoint.
class Enrolment {
public:
  Enrolment(transport::Context& context, const identity::KeyPair& key, const identity::JoinToken& token,
            const identity::Endpoint& endpoint)
      : key_(key), token_(token), endpoint_(endpoint) {
    auto opened = transport::Client::open(context, {endpoint, key, token.controller, transport::Domain::enrolment});
    if (auto* error = std::get_if<transport::TransportError>(&opened))
      result_ = JoinError{error->message};
    else
      client_ = std::move(std::get<std::unique_ptr<transport::Client>>(opened));
  }

  std::variant<message::Joined, JoinError> run(std::chrono::milliseconds timeout) {
    if (result_) return *result_;
    const auto watch = loop_.onReadable(*client_, [this] { listen(); });
    const auto ask = loop_.every(1s, [this] { this->ask(); });
    const auto end = loop_.after(timeout, [this] { loop_.stop(); });
    listen();
    if (!result_) loop_.run();
    for (const auto one : {watch, ask, end}) loop_.cancel(one);
    if (result_) return *result_;
    return JoinError{"the controller at " + endpoint_.str() + " does not answer" +
                     (client_->link() == transport::Link::refused
                          ? ": it is not the controller that the token was made by"
                          : "; is it running, and can this host reach it?")};
  }

private:
  void listen() {
    if (client_->link() == transport::Link::up && !asked_) ask();
    while (const auto bytes = client_->receive()) {
      auto decoded = message::decodeJoined(*bytes);
      auto* joined = std::get_if<message::Message<message::Joined>>(&decoded);
      if (joined == nullptr) continue;
      result_ = std::move(joined->body);
      loop_.stop();
      return;
    }
  }

  /// Asked again while nothing is heard: with the same nonce, so that a repeated request is the same one.
  void ask() {
    if (client_->link() != transport::Link::up) return;
    asked_ = true;
    const message::Join join{token_.id, token_.host, nonce_, identity::prove(token_, key_.publicKey(), nonce_)};
    (void)client_->send(message::encode(message::Message<message::Join>{{}, join}));
  }

  const identity::KeyPair& key_;
  const identity::JoinToken& token_;
  const identity::Endpoint endpoint_;
  const std::string nonce_ = identity::drawNonce();
  transport::Loop loop_;
  std::unique_ptr<transport::Client> client_;
  bool asked_ = false;
  std::optional<std::variant<message::Joined, JoinError>> result_;
};

}  // namespace

std::variant<state::Identity, JoinError> join(state::Directory& directory, const identity::JoinToken& token,
                                              const JoinWishes& wishes) {
  auto known = directory.identity();
  if (const auto* identity = std::get_if<std::optional<state::Identity>>(&known); identity != nullptr && *identity)
    return JoinError{"this host has joined fleet " + (*identity)->fleet.str() + " as " + (*identity)->host.str() +
                     "; to join another, stop the agent and remove " + (directory.root() / "identity").string()};
  auto loaded = identity::loadOrCreateKeyFile(directory.keyFile());
  if (const auto* error = std::get_if<identity::KeyFileError>(&loaded)) return JoinError{error->message};
  const auto& key = std::get<identity::KeyPair>(loaded);

  transport::Drops drops([](const std::string&) {});
  transport::Context context(drops);
  JoinError last{"the token names no controller"};
  for (const auto& endpoint : token.endpoints) {
    auto answer = Enrolment(context, key, token, endpoint).run(wishes.timeout);
    if (auto* error = std::get_if<JoinError>(&answer)) {
      last = *error;
      continue;
    }
    const auto& joined = std::get<message::Joined>(answer);
    if (!joined.error.empty()) return JoinError{"the controller refuses: " + joined.error};
    const auto agents = identity::Endpoint::parse(joined.agentEndpoint);
    if (!agents || !agents->isConnectable() || joined.fleet.isNil())
      return JoinError{"the controller's answer cannot be used: its address for agents is '" + joined.agentEndpoint +
                       "'"};
    const state::Identity identity{joined.host, joined.fleet, token.controller, *agents, wishes.zone, wishes.labels};
    if (auto error = disks::failure(directory.keepIdentity(identity))) return JoinError{error->str()};
    return identity;
  }
  return last;
}

void handOver(const std::filesystem::path& root) {
  struct stat owner {};
  if (::geteuid() != 0 || ::stat(root.c_str(), &owner) != 0 || owner.st_uid == 0) return;
  for (const auto* name : {"key", "identity", "lock", "specs"})
    // What is not given over, the agent complains about when it starts.
    (void)!::lchown((root / name).c_str(), owner.st_uid, owner.st_gid);
}

}  // namespace berth::program

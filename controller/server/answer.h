// SPDX-License-Identifier: Apache-2.0
//
// What an operator asks, answered: authorised first, by one table, then read from the core or written to it. A reply
// that says that something was done is sent only once the core's turn is finished. Planning and reading a guest's
// console take longer than a turn: those come back as work for the server.
#pragma once

#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "controller/server/core.h"
#include "controller/server/foresight.h"
#include "controller/server/relocation.h"
#include "controller/server/ticket.h"
#include "controller/server/vault.h"
#include "protocol/identity/endpoint.h"
#include "protocol/identity/keys.h"
#include "protocol/message/operator.h"

namespace berth::server {

/// What the answers depend on besides the core.
struct Premises {
  /// Goes into join tokens.
  identity::PublicKey controllerKey;
  std::vector<identity::Endpoint> enrolment;
  /// The controller's own; outlives the answers.
  const identity::KeyPair* key = nullptr;
  /// The same.
  Vault* vault = nullptr;
};

namespace request = message::request;

struct Planning {
  message::Submission submission;
  enum class Aim : std::uint8_t { show, apply } aim = Aim::show;
  /// The revision that the person was shown a plan from.
  std::optional<Revision> from;
  message::PlanOptions options{};
  request::Plan::Keep keep = request::Plan::Keep::no;
  /// The saved plan that this is to be, and no other.
  std::optional<Ticket> saved{};
  /// Not the plan is asked for, but why it has this node where it has it.
  std::optional<NodeName> explained = std::nullopt;
  /// Nobody asked: it is the way back from this rollout, which failed.
  std::optional<store::RolloutRecord> reverts = std::nullopt;
  /// Nobody asked: these nodes have lost their hosts, or are to leave them.
  std::optional<Relocation> relocates = std::nullopt;
};

struct Relay {
  HostName host;
  message::ReadConsole question;
};

using Answer = std::variant<message::Reply, Planning, Relay, Foresight>;

/// A mistake of the person, or of the world, in a reply.
[[nodiscard]] message::Reply refusal(message::reply::ErrorCode code, std::string message, std::string hint = {});
[[nodiscard]] message::Reply refusal(const store::Failure& failure);
/// The role is missing: what the person is, and who may.
[[nodiscard]] message::Reply forbidden(const store::OperatorRecord& person, const message::Request& request);
/// Set when the revision in force is not the one that the person was shown.
[[nodiscard]] std::optional<message::Reply> overtaken(const Core& core, const ClusterName& cluster,
                                                      std::optional<Revision> from);

/// `person` may make this request.
[[nodiscard]] Answer answer(Core& core, const Premises& premises, const store::OperatorRecord& person,
                            message::Request request, const fleet::Moment& moment);

}  // namespace berth::server

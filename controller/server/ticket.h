// SPDX-License-Identifier: Apache-2.0
//
// A saved plan. What a person keeps in a file is a ticket: the submission, what was asked for besides, and what the
// world was like, sealed by the controller (identity/seal.h). So the file holds no secret in clear, nobody can change
// what it stands for, and whoever may apply can apply it. It is carried out only if it is still the plan that was
// shown:
//
//   std::string ticket = sealTicket(key, {submission, options, factsOf(world), digestOf(row)});
//   auto opened = openTicket(key, ticket);
//   if (auto error = outdated(*opened, worldNow, rowNow)) …        // says what has moved
#pragma once

#include <map>
#include <optional>
#include <string>

#include "controller/server/planning.h"
#include "protocol/identity/keys.h"

namespace berth::server {

/// What a plan was made from, in words: by "node prod-server-0": "on vh1, incarnation 3".
struct Facts {
  /// Where one of these is another, the plan is not carried out, even if it would look the same.
  std::map<std::string, std::string> binding;
  /// These only explain why a plan became another one.
  std::map<std::string, std::string> around;
  bool operator==(const Facts&) const = default;
};
[[nodiscard]] Facts factsOf(const World& world);

struct Ticket {
  message::Submission submission;
  message::PlanOptions options;
  Facts facts;
  /// Of the plan as it was shown; see digestOf().
  Digest plan;
  bool operator==(const Ticket&) const = default;
};

/// Of all that is to be done; not of how long that may take.
[[nodiscard]] Digest digestOf(const message::PlanRow& row);

[[nodiscard]] std::string sealTicket(const identity::KeyPair& key, const Ticket& ticket);
/// Nothing for what this controller did not seal, or an older version of it did in another form.
[[nodiscard]] std::optional<Ticket> openTicket(const identity::KeyPair& key, const std::string& sealed);

/// Why a saved plan can no longer be carried out; nothing when it can. `row` is the plan as it would be made now.
[[nodiscard]] std::optional<Error> outdated(const Ticket& ticket, const World& world, const message::PlanRow& row);

}  // namespace berth::server

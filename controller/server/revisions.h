// SPDX-License-Identifier: Apache-2.0
//
// Going back to what was accepted before: which revision that is, and what it was made from.
#pragma once

#include <optional>
#include <variant>

#include "controller/server/core.h"
#include "planner/spec/model.h"
#include "protocol/message/operator.h"

namespace berth::server {

/// The newest revision before `before` that says something else and can be trusted: its rollout was done, or it needed
/// none. Nothing when there is no such revision.
[[nodiscard]] store::Result<std::optional<Revision>> lastGood(Core& core, const ClusterName& cluster, Revision before);

/// What the chosen revision of a cluster was made from; an error that a person can act on when there is none.
[[nodiscard]] std::variant<message::Submission, message::reply::Error> submissionOf(
    Core& core, const ClusterName& cluster, const message::RevisionChoice& choice);

/// What a spec says, read anew from what was sent; nothing when it does not read any more.
[[nodiscard]] std::optional<spec::Spec> specOf(const message::Submission& submission);

}  // namespace berth::server

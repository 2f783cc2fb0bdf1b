// SPDX-License-Identifier: Apache-2.0
//
// The words that people and files see for the enums of the messages: lower case, one table for both directions.
//
//   toString(Phase::ready) == "ready"        fromString<Role>("operator") == Role::operator_
#pragma once

#include <optional>
#include <string_view>

#include "protocol/message/fleet.h"
#include "protocol/message/operator.h"
#include "protocol/message/tool.h"

namespace berth::message {

[[nodiscard]] std::string_view toString(Image::Packing packing);
[[nodiscard]] std::string_view toString(Nic::Attachment attachment);
[[nodiscard]] std::string_view toString(Phase phase);
[[nodiscard]] std::string_view toString(Role role);
[[nodiscard]] std::string_view toString(Action action);
[[nodiscard]] std::string_view toString(HostState state);
[[nodiscard]] std::string_view toString(Duty duty);
[[nodiscard]] std::string_view toString(DrainVolumes volumes);
[[nodiscard]] std::string_view toString(Power power);
[[nodiscard]] std::string_view toString(Drift drift);
[[nodiscard]] std::string_view toString(VolumeState state);
[[nodiscard]] std::string_view toString(LockState state);
[[nodiscard]] std::string_view toString(SnapshotState state);
[[nodiscard]] std::string_view toString(RolloutState state);
[[nodiscard]] std::string_view toString(ChangeState state);
[[nodiscard]] std::string_view toString(reply::ErrorCode code);
[[nodiscard]] std::string_view toString(Verdict verdict);
[[nodiscard]] std::string_view toString(Gain gain);
[[nodiscard]] std::string_view toString(SecretKind kind);
[[nodiscard]] std::string_view toString(ToolKind kind);
[[nodiscard]] std::string_view toString(ToolStatus::Part part);
[[nodiscard]] std::string_view toString(ToolStatus::State state);
[[nodiscard]] std::string_view toString(ToolStatus::Acl acl);

/// The value whose toString() is exactly `word`; for the enums above.
template <class Enum>
[[nodiscard]] std::optional<Enum> fromString(std::string_view word);

/// What a body is called in logs and refusals: "hello", "apply", "get hosts", …
[[nodiscard]] std::string_view nameOf(const FromAgent& body);
[[nodiscard]] std::string_view nameOf(const ToAgent& body);
[[nodiscard]] std::string_view nameOf(const Request& body);
[[nodiscard]] std::string_view nameOf(const Reply& body);

}  // namespace berth::message

// SPDX-License-Identifier: Apache-2.0
#include "protocol/message/words.h"

#include <array>
#include <cstddef>

namespace berth::message {
namespace {

// Each table in the order of its enum.
constexpr std::array<std::string_view, 4> kPackings{"none", "gzip", "xz", "zstd"};
constexpr std::array<std::string_view, 3> kAttachments{"bridge", "network", "macvtap"};
constexpr std::array<std::string_view, 10> kPhases{"pending",  "fetching", "creating", "booting", "ready",
                                                   "degraded", "failed",   "stopping", "stopped", "gone"};
constexpr std::array<std::string_view, 3> kRoles{"viewer", "operator", "admin"};
constexpr std::array<std::string_view, 5> kActions{"create", "replace", "destroy", "update", "restart"};
constexpr std::array<std::string_view, 5> kHostStates{"joined", "ready", "lost", "cordoned", "draining"};
constexpr std::array<std::string_view, 3> kDuties{"open", "cordoned", "draining"};
constexpr std::array<std::string_view, 3> kDrainVolumes{"skip", "wait", "move"};
constexpr std::array<std::string_view, 2> kPowers{"on", "off"};
constexpr std::array<std::string_view, 3> kDrifts{"heal", "alert", "freeze"};
constexpr std::array<std::string_view, 8> kVolumeStates{"awaited",  "attached", "orphan",  "missing",
                                                        "stranger", "deleting", "copying", "moved"};
constexpr std::array<std::string_view, 4> kLockStates{"waiting", "granted", "rebooting", "back"};
constexpr std::array<std::string_view, 5> kSnapshotStates{"awaited", "made", "missing", "stranger", "deleting"};
constexpr std::array<std::string_view, 8> kRolloutStates{"running", "paused",     "failed",    "reverted",
                                                         "done",    "superseded", "reverting", "aborted"};
constexpr std::array<std::string_view, 6> kChangeStates{"waiting", "stopping", "starting", "done", "failed", "copying"};
constexpr std::array<std::string_view, 6> kErrorCodes{"invalid",  "forbidden",   "not found",
                                                      "conflict", "unavailable", "internal"};
constexpr std::array<std::string_view, 3> kVerdicts{"chosen", "possible", "impossible"};
constexpr std::array<std::string_view, 5> kSecretKinds{"key", "uuid", "authority", "certificate", "given"};
constexpr std::array<std::string_view, 5> kGains{"apart", "near", "spread", "balance", "pack"};

constexpr std::array<std::string_view, 4> kToolKinds{"consul", "nomad", "vault", "openbao"};
constexpr std::array<std::string_view, 3> kToolParts{"client", "follower", "leader"};
constexpr std::array<std::string_view, 7> kToolStates{"well",   "degraded",      "unwell", "no-leader",
                                                      "sealed", "uninitialized", "silent"};
constexpr std::array<std::string_view, 3> kToolAcls{"untold", "accepted", "refused"};

constexpr const auto& tableOf(Image::Packing) { return kPackings; }
constexpr const auto& tableOf(Nic::Attachment) { return kAttachments; }
constexpr const auto& tableOf(Phase) { return kPhases; }
constexpr const auto& tableOf(Role) { return kRoles; }
constexpr const auto& tableOf(Action) { return kActions; }
constexpr const auto& tableOf(HostState) { return kHostStates; }
constexpr const auto& tableOf(Duty) { return kDuties; }
constexpr const auto& tableOf(DrainVolumes) { return kDrainVolumes; }
constexpr const auto& tableOf(Power) { return kPowers; }
constexpr const auto& tableOf(Drift) { return kDrifts; }
constexpr const auto& tableOf(VolumeState) { return kVolumeStates; }
constexpr const auto& tableOf(LockState) { return kLockStates; }
constexpr const auto& tableOf(SnapshotState) { return kSnapshotStates; }
constexpr const auto& tableOf(RolloutState) { return kRolloutStates; }
constexpr const auto& tableOf(ChangeState) { return kChangeStates; }
constexpr const auto& tableOf(reply::ErrorCode) { return kErrorCodes; }
constexpr const auto& tableOf(Verdict) { return kVerdicts; }
constexpr const auto& tableOf(Gain) { return kGains; }
constexpr const auto& tableOf(SecretKind) { return kSecretKinds; }
constexpr const auto& tableOf(ToolKind) { return kToolKinds; }
constexpr const auto& tableOf(ToolStatus::Part) { return kToolParts; }
constexpr const auto& tableOf(ToolStatus::State) { return kToolStates; }
constexpr const auto& tableOf(ToolStatus::Acl) { return kToolAcls; }

template <class Enum>
std::string_view wordOf(Enum value) {
  const auto& table = tableOf(value);
  const auto at = static_cast<std::size_t>(value);
  return at < table.size() ? table[at] : "unknown";
}

}  // namespace

std::string_view toString(Image::Packing packing) { return wordOf(packing); }
std::string_view toString(Nic::Attachment attachment) { return wordOf(attachment); }
std::string_view toString(Phase phase) { return wordOf(phase); }
std::string_view toString(Role role) { return wordOf(role); }
std::string_view toString(Action action) { return wordOf(action); }
std::string_view toString(HostState state) { return wordOf(state); }
std::string_view toString(Duty duty) { return wordOf(duty); }
std::string_view toString(DrainVolumes volumes) { return wordOf(volumes); }
std::string_view toString(Power power) { return wordOf(power); }
std::string_view toString(Drift drift) { return wordOf(drift); }
std::string_view toString(VolumeState state) { return wordOf(state); }
std::string_view toString(LockState state) { return wordOf(state); }
std::string_view toString(SnapshotState state) { return wordOf(state); }
std::string_view toString(RolloutState state) { return wordOf(state); }
std::string_view toString(ChangeState state) { return wordOf(state); }
std::string_view toString(reply::ErrorCode code) { return wordOf(code); }
std::string_view toString(Verdict verdict) { return wordOf(verdict); }
std::string_view toString(Gain gain) { return wordOf(gain); }
std::string_view toString(SecretKind kind) { return wordOf(kind); }
std::string_view toString(ToolKind kind) { return wordOf(kind); }
std::string_view toString(ToolStatus::Part part) { return wordOf(part); }
std::string_view toString(ToolStatus::State state) { return wordOf(state); }
std::string_view toString(ToolStatus::Acl acl) { return wordOf(acl); }

template <class Enum>
std::optional<Enum> fromString(std::string_view word) {
  const auto& table = tableOf(Enum{});
  for (std::size_t at = 0; at < table.size(); ++at) {
    if (table[at] == word) return static_cast<Enum>(at);
  }
  return std::nullopt;
}

template std::optional<Image::Packing> fromString(std::string_view);
template std::optional<Nic::Attachment> fromString(std::string_view);
template std::optional<Phase> fromString(std::string_view);
template std::optional<Role> fromString(std::string_view);
template std::optional<Action> fromString(std::string_view);
template std::optional<HostState> fromString(std::string_view);
template std::optional<Duty> fromString(std::string_view);
template std::optional<DrainVolumes> fromString(std::string_view);
template std::optional<Power> fromString(std::string_view);
template std::optional<Drift> fromString(std::string_view);
template std::optional<VolumeState> fromString(std::string_view);
template std::optional<LockState> fromString(std::string_view);
template std::optional<SnapshotState> fromString(std::string_view);
template std::optional<RolloutState> fromString(std::string_view);
template std::optional<ChangeState> fromString(std::string_view);
template std::optional<reply::ErrorCode> fromString(std::string_view);
template std::optional<Verdict> fromString(std::string_view);
template std::optional<Gain> fromString(std::string_view);
template std::optional<SecretKind> fromString(std::string_view);
template std::optional<ToolKind> fromString(std::string_view);
template std::optional<ToolStatus::Part> fromString(std::string_view);
template std::optional<ToolStatus::State> fromString(std::string_view);
template std::optional<ToolStatus::Acl> fromString(std::string_view);

std::string_view nameOf(const FromAgent& body) {
  constexpr std::array<std::string_view, std::variant_size_v<FromAgent>> names{"hello", "heartbeat", "need specs",
                                                                               "status", "console"};
  return names[body.index()];
}

std::string_view nameOf(const ToAgent& body) {
  constexpr std::array<std::string_view, std::variant_size_v<ToAgent>> names{
      "welcome", "heartbeat ack", "manifest", "specs", "report fully", "read console", "refusal"};
  return names[body.index()];
}

std::string_view nameOf(const Request& body) {
  constexpr std::array<std::string_view, std::variant_size_v<Request>> names{
      "version",         "plan",           "apply",         "plan destroy",  "destroy",         "get hosts",
      "get nodes",       "get clusters",   "get rollouts",  "get events",    "get rollout",     "describe node",
      "read log",        "create token",   "remove host",   "add operator",  "remove operator", "get operators",
      "plan saved",      "apply saved",    "explain",       "simulate",      "rebalance",       "get volumes",
      "plan revision",   "apply revision", "steer rollout", "set duty",      "set power",       "delete volumes",
      "snapshot volume", "restore volume", "get secrets",   "read secret",   "set secret",      "rotate secret",
      "delete secret",   "get locks",      "release lock",  "describe stack"};
  return names[body.index()];
}

std::string_view nameOf(const Reply& body) {
  constexpr std::array<std::string_view, std::variant_size_v<Reply>> names{
      "error",     "version",    "planned", "applied", "hosts",  "nodes", "clusters",  "rollouts",
      "events",    "rollout",    "node",    "log",     "token",  "done",  "operators", "explained",
      "simulated", "rebalanced", "volumes", "secrets", "secret", "locks", "stack"};
  return names[body.index()];
}

}  // namespace berth::message

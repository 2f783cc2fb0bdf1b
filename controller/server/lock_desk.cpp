// SPDX-License-Identifier: Apache-2.0
#include "controller/server/lock_desk.h"

#include "controller/server/windows.h"
#include "planner/node/identity.h"

namespace berth::server {

namespace {

message::LockState stateOf(const store::LockRecord& lock) {
  if (lock.steady) return message::LockState::back;
  return lock.left ? message::LockState::rebooting : message::LockState::granted;
}

}  // namespace

const store::NodeRecord* LockDesk::nodeOf(const Core& core, const std::string& id) {
  const auto known = [&]() -> const store::NodeRecord* {
    const auto found = nodes_.find(id);
    return found == nodes_.end() ? nullptr : core.ledger().node(found->second);
  };
  if (const auto* node = known()) return node;
  // Whoever asks has a token of ours, so this is hardly ever for nothing.
  if (version_ == core.ledger().version()) return nullptr;
  version_ = core.ledger().version();
  nodes_.clear();
  for (const auto& [name, node] : core.ledger().nodes()) nodes_.emplace(node::updateIdOf(node.cluster, name), name);
  return known();
}

http::Response LockDesk::answer(Core& core, const LockCall& call, const fleet::Moment& moment) {
  const store::NodeRecord* node = nodeOf(core, call.id);
  if (node == nullptr) return refusedLock(403, "unknown_node", "this node is not in force");
  if (call.verb == LockCall::Verb::steadyState) {
    return toResponse(core.rollouts().locks().steady(NodeName(node->name), moment));
  }
  rollout::LockQuestion question{node->name, call.group};
  const auto* cluster = core.ledger().cluster(node->cluster);
  if (cluster != nullptr && cluster->reboots)
    question.closed = closedBecause(*cluster->reboots, moment.wallMs).value_or("");
  return toResponse(core.rollouts().mayReboot(question, moment));
}

std::optional<NodeLock> lockOf(const Core& core, const NodeName& node) {
  const auto& locks = core.rollouts().locks();
  const auto held = core.ledger().locks().find(node);
  if (held != core.ledger().locks().end()) return NodeLock{stateOf(held->second), locks.stateOf(held->second)};
  const auto waiting = locks.waiting().find(node);
  if (waiting == locks.waiting().end()) return std::nullopt;
  return NodeLock{message::LockState::waiting, waiting->second.refusal.text};
}

std::vector<message::LockRow> lockRows(const Core& core, const std::optional<ClusterName>& cluster) {
  std::vector<message::LockRow> rows;
  const auto add = [&](const NodeName& name, message::LockState state, std::int64_t sinceMs, std::string reason,
                       const std::string& group) {
    const auto* node = core.ledger().node(name);
    if (node == nullptr || (cluster && node->cluster != *cluster)) return;
    rows.push_back({name, node->cluster, node->pool, node->host, state, sinceMs, std::move(reason), group});
  };
  const auto& locks = core.rollouts().locks();
  for (const auto& [name, lock] : core.ledger().locks())
    add(name, stateOf(lock), lock.grantedMs, locks.stateOf(lock), lock.group);
  for (const auto& [name, waiting] : locks.waiting())
    add(name, message::LockState::waiting, waiting.sinceMs, waiting.refusal.text, waiting.group);
  return rows;
}

}  // namespace berth::server

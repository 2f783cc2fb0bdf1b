// SPDX-License-Identifier: Apache-2.0
#include "controller/rollout/locks.h"

#include <algorithm>

#include "controller/rollout/decide.h"
#include "controller/rollout/gather.h"
#include "protocol/message/words.h"

namespace berth::rollout {

using Kind = LockVerdict::Kind;

namespace {

std::string subjectOf(const NodeName& node) { return "node " + node.str(); }

/// "a-0, a-1 and 3 more"
std::string listed(const std::set<NodeName>& nodes) {
  constexpr std::size_t kNamed = 3;
  std::string list;
  std::size_t named = 0;
  for (const NodeName& each : nodes) {
    if (named == kNamed) return list + " and " + std::to_string(nodes.size() - kNamed) + " more";
    list += (named++ == 0 ? "" : ", ") + each.str();
  }
  return list;
}

std::string areDown(const std::set<NodeName>& nodes, std::size_t allowed) {
  return listed(nodes) + (nodes.size() == 1 ? " is" : " are") + " down (" + std::to_string(nodes.size()) + " of " +
         std::to_string(allowed) + ")";
}

std::string inWords(const fleet::Standing& standing) {
  if (!standing.known) return "has not been heard of";
  std::string text = "is " + std::string(message::toString(standing.status.phase));
  if (const std::string trouble = message::troubleOf(standing.status.tools); standing.isReady() && !trouble.empty())
    return text + ", but " + trouble;
  if (!standing.status.reason.empty()) text += ": " + standing.status.reason;
  return text;
}

}  // namespace

std::string_view wordOf(Kind kind) {
  switch (kind) {
    case Kind::granted: return "granted";
    case Kind::notConfigured: return "not_configured";
    case Kind::windowClosed: return "window_closed";
    case Kind::nodeChanging: return "node_changing";
    case Kind::nodeNotReady: return "node_not_ready";
    case Kind::fleetNotHeard: return "fleet_not_heard";
    case Kind::poolBusy: return "pool_busy";
    // The word that the protocol itself has for it.
    case Kind::budgetFull: return "failed_lock_semaphore_full";
  }
  return "unknown";
}

LockVerdict Locks::ask(const LockQuestion& question, const LockSurroundings& around, const fleet::Moment& moment) {
  const store::NodeRecord* node = ledger_.node(question.node);
  if (node == nullptr) return {Kind::notConfigured, "there is no such node"};
  if (ledger_.locks().contains(question.node)) {
    grant(question, *node, moment);
    return {};
  }
  const auto known = waiting_.find(question.node);
  if (known != waiting_.end() && moment.now - known->second.askedAt < kLeastPause) return known->second.refusal;
  LockVerdict verdict = judge(question, *node, around);
  if (verdict.isGranted()) {
    waiting_.erase(question.node);
    grant(question, *node, moment);
    return verdict;
  }
  LockWaiting& waiting = waiting_[question.node];
  if (waiting.sinceMs == 0) waiting.sinceMs = moment.wallMs;
  waiting.group = question.group;
  waiting.askedAt = moment.now;
  waiting.refusal = verdict;
  if (verdict.kind != Kind::budgetFull) waiting.queued.reset();
  return verdict;
}

LockVerdict Locks::judge(const LockQuestion& question, const store::NodeRecord& node,
                         const LockSurroundings& around) const {
  const store::ClusterRecord* cluster = ledger_.cluster(node.cluster);
  if (cluster == nullptr || !cluster->reboots) {
    return {Kind::notConfigured, "cluster " + node.cluster.str() + " has no os_updates: { strategy: fleet_lock }"};
  }
  if (cluster->state == store::ClusterState::destroying) {
    return {Kind::nodeChanging, "cluster " + node.cluster.str() + " is being destroyed"};
  }
  if (!question.closed.empty()) return {Kind::windowClosed, question.closed};
  if (around.changing.contains(node.name)) return {Kind::nodeChanging, "a rollout is changing " + node.name.str()};
  if (fleet_.isCutOff()) return {Kind::fleetNotHeard, "too many hosts are lost at once"};
  const fleet::Standing standing = fleet_.standing(node);
  if (!standing.isServing() || node.power == message::Power::off || ledger_.condemned(node.name) != nullptr) {
    return {Kind::nodeNotReady, node.name.str() + " itself " + inWords(standing)};
  }
  if (auto refused = judgePool(node, *cluster->reboots, around)) return *std::move(refused);
  if (auto refused = judgeBudget(around)) return *std::move(refused);
  return {};
}

std::optional<LockVerdict> Locks::judgePool(const store::NodeRecord& node, const store::RebootPolicy& policy,
                                            const LockSurroundings& around) const {
  std::size_t members = 0;
  std::set<NodeName> down;
  for (const auto& [name, facts] : gather(node.cluster, {}, ledger_, fleet_).nodes) {
    if (facts.pool != node.pool) continue;
    ++members;
    const bool isWhole = facts.isServing() && facts.unease.empty();
    if (name != node.name && (!isWhole || around.changing.contains(name))) down.insert(name);
  }
  const std::size_t allowed = mayBeDown(policy.maxParallel, policy.quorum.contains(node.pool), members);
  if (down.size() < allowed) return std::nullopt;
  return LockVerdict{Kind::poolBusy, "pool " + node.pool.str() + ": " + areDown(down, allowed)};
}

std::optional<LockVerdict> Locks::judgeBudget(const LockSurroundings& around) const {
  if (!around.allowed) return std::nullopt;
  std::set<NodeName> down = around.takenDown;
  for (const auto& [name, lock] : ledger_.locks()) down.insert(name);
  if (down.size() + around.keptForOthers < *around.allowed) return std::nullopt;
  std::string text = "budget: ";
  if (!down.empty()) text += areDown(down, *around.allowed);
  if (around.keptForOthers != 0) {
    text += (down.empty() ? "" : ", and ") + std::to_string(around.keptForOthers) +
            " more may go to rollouts that have waited longer";
  }
  return LockVerdict{Kind::budgetFull, std::move(text)};
}

void Locks::grant(const LockQuestion& question, const store::NodeRecord& node, const fleet::Moment& moment) {
  const auto held = ledger_.locks().find(question.node);
  store::LockRecord lock{question.node, node.instance, question.group, moment.wallMs,
                         fleet_.standing(node).status.bootId};
  if (held != ledger_.locks().end()) lock.grantedMs = held->second.grantedMs;
  watches_[question.node] = {node.instance, moment.now};
  if (held != ledger_.locks().end() && held->second == lock) return;
  if (held == ledger_.locks().end())
    ledger_.record(moment, subjectOf(node.name), "may reboot for an update of its system");
  ledger_.put(std::move(lock));
}

LockVerdict Locks::steady(const NodeName& node, const fleet::Moment& moment) {
  waiting_.erase(node);
  const auto found = ledger_.locks().find(node);
  const store::NodeRecord* record = ledger_.node(node);
  if (found == ledger_.locks().end() || record == nullptr) return {};
  if (!found->second.steady) {
    store::LockRecord lock = found->second;
    lock.steady = true;
    // It may be up as it was before the reboot, as far as anybody has reported.
    if (!lock.left) watch(lock, moment.now).readySince.reset();
    ledger_.record(moment, subjectOf(node), "says that it is up again after the update of its system");
    ledger_.put(std::move(lock));
  }
  const fleet::Standing standing = fleet_.standing(*record);
  if (standing.isServing()) return {};
  return {Kind::nodeNotReady, node.str() + " " + inWords(standing)};
}

bool Locks::release(const NodeName& node, const std::string& why, const fleet::Moment& moment) {
  if (!ledger_.locks().contains(node)) return false;
  ledger_.unlock(node);
  watches_.erase(node);
  ledger_.record(moment, subjectOf(node), "has given up its reboot lock: " + why);
  return true;
}

Locks::Watch& Locks::watch(const store::LockRecord& lock, TimePoint now) {
  const auto [found, isNew] = watches_.try_emplace(lock.node, Watch{lock.instance, now});
  if (!isNew && found->second.instance != lock.instance) found->second = {lock.instance, now};
  return found->second;
}

void Locks::advance(const fleet::Moment& moment) {
  const auto locks = ledger_.locks();
  for (const auto& [name, lock] : locks) {
    if (const std::string why = endOf(lock, moment); !why.empty()) (void)release(name, why, moment);
  }
  std::erase_if(watches_, [&](const auto& each) { return !ledger_.locks().contains(each.first); });
  std::erase_if(waiting_, [&](const auto& each) {
    return moment.now - each.second.askedAt > kLockPatience || ledger_.node(each.first) == nullptr;
  });
}

std::string Locks::endOf(const store::LockRecord& lock, const fleet::Moment& moment) {
  const store::NodeRecord* node = ledger_.node(lock.node);
  if (node == nullptr || node->instance != lock.instance) return "the machine that asked is not there any more";
  if (fleet_.isFenced(*node)) return "its host is lost, and it does not run there any more";
  Watch& watched = watch(lock, moment.now);
  const fleet::Standing standing = fleet_.standing(*node);
  if (!standing.known) {
    watched.readySince.reset();
    return {};
  }
  const bool isServing = standing.isServing();
  const bool isAnew = !lock.bootId.empty() && !standing.status.bootId.empty() && standing.status.bootId != lock.bootId;
  const bool left = lock.left || isAnew || !standing.isReady();
  if (left != lock.left) {
    store::LockRecord seen = lock;
    seen.left = left;
    ledger_.put(std::move(seen));
  }
  if (!isServing) {
    watched.readySince.reset();
    if (!left || moment.now - watched.since < kLockLease) return {};
    return "it is not back after " + std::to_string(kLockLease.count()) + "m (" + inWords(standing) +
           "), and counts like any other node that is down";
  }
  if (!watched.readySince) watched.readySince = moment.now;
  if (!left && !lock.steady) return {};
  const auto* cluster = ledger_.cluster(node->cluster);
  std::chrono::seconds healthy{0};
  if (cluster != nullptr && cluster->reboots) healthy = cluster->reboots->minHealthyTime;
  if (!left) healthy = std::max<std::chrono::seconds>(healthy, kUnseenReboot);
  if (!lock.steady) healthy = std::max<std::chrono::seconds>(healthy, kLockLease);
  if (moment.now - *watched.readySince < healthy) return {};
  return lock.steady ? "it is ready again" : "it has booted and is ready again, though it has not said so";
}

void Locks::queue(const NodeName& node, std::uint64_t place) {
  const auto found = waiting_.find(node);
  if (found != waiting_.end() && !found->second.queued) found->second.queued = place;
}

std::optional<std::uint64_t> Locks::firstInQueue() const {
  std::optional<std::uint64_t> first;
  for (const auto& [node, waiting] : waiting_) {
    if (waiting.queued && (!first || *waiting.queued < *first)) first = waiting.queued;
  }
  return first;
}

std::string Locks::stateOf(const store::LockRecord& lock) const {
  const store::NodeRecord* node = ledger_.node(lock.node);
  if (node == nullptr) return {};
  const fleet::Standing standing = fleet_.standing(*node);
  if (!standing.isServing()) return lock.node.str() + " " + inWords(standing);
  if (!lock.left) return "has not been seen to reboot yet";
  return lock.steady ? "is ready, and watched for a while" : "is ready, and has not said yet that its update is done";
}

}  // namespace berth::rollout

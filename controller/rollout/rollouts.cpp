// SPDX-License-Identifier: Apache-2.0
#include "controller/rollout/rollouts.h"

#include <algorithm>
#include <cstdlib>

#include "controller/rollout/gather.h"
#include "controller/rollout/transitions.h"
#include "protocol/message/words.h"

namespace berth::rollout {

using fleet::Moment;
using message::Action;
using message::ChangeState;

namespace {

std::string subjectOf(RolloutId id) { return "rollout " + std::to_string(id.value()); }
std::string subjectOf(const NodeName& node) { return "node " + node.str(); }

void grow(message::Capacity& capacity, const message::Capacity& by) {
  capacity.vcpus += by.vcpus;
  capacity.memory += by.memory;
  capacity.disk += by.disk;
  capacity.volumes += by.volumes;
}

message::Capacity larger(const message::Capacity& a, const message::Capacity& b) {
  return {std::max(a.vcpus, b.vcpus), std::max(a.memory, b.memory), std::max(a.disk, b.disk),
          std::max(a.volumes, b.volumes)};
}

/// Where everything goes there is nothing to be spared, and what is new takes nothing down.
bool holdsRoom(const store::RolloutRecord& rollout, const store::ChangeRecord& change) {
  return rollout.kind != store::RolloutKind::destroy && change.action != Action::create && isInFlight(change.state);
}

std::string inWords(const store::RolloutRecord& rollout, std::size_t changes) {
  std::string text = rollout.kind == store::RolloutKind::destroy
                         ? "destroys cluster " + rollout.cluster.str()
                         : "takes cluster " + rollout.cluster.str() + " from revision " +
                               std::to_string(rollout.from.value()) + " to " + std::to_string(rollout.to.value());
  if (rollout.kind == store::RolloutKind::heal) text = "makes nodes of cluster " + rollout.cluster.str() + " elsewhere";
  if (rollout.kind == store::RolloutKind::renew) text = "renews certificates of cluster " + rollout.cluster.str();
  if (rollout.drains)
    text = "moves nodes of cluster " + rollout.cluster.str() + " away from host " + rollout.drains->str();
  if (rollout.reverts) text += ", back from rollout " + std::to_string(rollout.reverts->value());
  return text + ": " + std::to_string(changes) + (changes == 1 ? " change" : " changes") + ", by " + rollout.by.str();
}

}  // namespace

Rollouts::Rollouts(fleet::Ledger& ledger, const fleet::Fleet& fleet, const std::vector<store::RolloutRecord>& rollouts,
                   const std::vector<store::ChangeRecord>& changes, RolloutId last, std::optional<Budget> budget)
    : ledger_(ledger), fleet_(fleet), locks_(ledger, fleet), last_(last), budget_(budget) {
  for (const auto& record : rollouts) {
    if (record.state == message::RolloutState::reverting) {
      reverting_[record.cluster] = record;
      continue;
    }
    Running& rollout = running_[record.cluster];
    rollout.record = record;
    for (const auto& change : changes) {
      if (change.rollout == record.id) rollout.changes.push_back(change);
    }
    rollout.index();
  }
}

RolloutId Rollouts::begin(store::RolloutRecord record, std::vector<store::ChangeRecord> changes, const Moment& moment) {
  last_ = last_.next();
  record.id = last_;
  record.state = message::RolloutState::running;
  record.startedMs = moment.wallMs;
  const auto former = running_.find(record.cluster);
  if (former != running_.end()) {
    end(former->second,
        {message::RolloutState::superseded, "superseded by rollout " + std::to_string(record.id.value())}, moment);
    running_.erase(former);
  }
  if (const auto failed = reverting_.find(record.cluster);
      failed != reverting_.end() && record.reverts != failed->second.id) {
    endRevert(record.cluster,
              {message::RolloutState::failed, "superseded by rollout " + std::to_string(record.id.value())}, moment);
  }
  ledger_.write(record);
  std::uint32_t ordinal = 0;
  for (auto& change : changes) {
    change.rollout = record.id;
    change.ordinal = ordinal++;
    ledger_.write(change);
  }
  // Only now: the specs of the new changes are referred to.
  ledger_.dropUnusedSpecs();
  ledger_.record(moment, subjectOf(record.id), inWords(record, changes.size()));
  ledger_.touchPlans();
  const ClusterName cluster = record.cluster;
  Running& rollout = running_[cluster] = Running{.record = std::move(record), .changes = std::move(changes)};
  rollout.index();
  return last_;
}

void Rollouts::Running::index() {
  for (const auto& change : changes) {
    changesOn[change.target.host].push_back(change.ordinal);
    if (holdsRoom(record, change)) ++disrupts;
  }
}

std::vector<Rollouts::Running*> Rollouts::inTurn() {
  std::vector<Running*> all;
  all.reserve(running_.size());
  for (auto& [cluster, rollout] : running_) all.push_back(&rollout);
  if (budget_) {
    std::ranges::stable_sort(all, [](const Running* left, const Running* right) { return left->isBefore(*right); });
  }
  return all;
}

void Rollouts::queueForRoom(Running& rollout, const Decision& decision) {
  // Who was just given room goes behind the others.
  const bool tookSome =
      std::ranges::any_of(decision.steps, [](const Step& step) { return step.to == message::ChangeState::stopping; });
  if (!decision.wantsRoom || tookSome) rollout.queued.reset();
  if (decision.wantsRoom && !rollout.queued) rollout.queued = ++lastQueued_;
}

std::optional<std::size_t> Rollouts::roomFor(const Running& rollout) const {
  if (!budget_ || rollout.record.kind == store::RolloutKind::destroy) return std::nullopt;
  std::size_t taken = ledger_.locks().size();
  for (const auto& [cluster, each] : running_) {
    taken += each.disrupts;
    if (each.isBefore(rollout)) ++taken;
  }
  if (const auto first = locks_.firstInQueue(); first && (!rollout.queued || *first < *rollout.queued)) ++taken;
  const std::size_t allowed = budget_->allowedOf(ledger_.nodes().size());
  return allowed - std::min(allowed, taken);
}

std::set<NodeName> Rollouts::takenDown() const {
  std::set<NodeName> nodes;
  for (const auto& [cluster, rollout] : running_) {
    if (rollout.disrupts == 0) continue;
    for (const auto& change : rollout.changes) {
      if (holdsRoom(rollout.record, change)) nodes.insert(change.target.name);
    }
  }
  return nodes;
}

LockVerdict Rollouts::mayReboot(const LockQuestion& question, const Moment& moment) {
  LockSurroundings around;
  around.takenDown = takenDown();
  const auto* node = ledger_.node(question.node);
  const auto own = node == nullptr ? running_.end() : running_.find(node->cluster);
  if (own != running_.end()) {
    for (const auto& change : own->second.changes) {
      if (isInFlight(change.state)) around.changing.insert(change.target.name);
    }
  }
  if (budget_) {
    around.allowed = budget_->allowedOf(ledger_.nodes().size());
    const auto waiting = locks_.waiting().find(question.node);
    const auto place = waiting == locks_.waiting().end() ? std::nullopt : waiting->second.queued;
    for (const auto& [cluster, rollout] : running_) {
      if (rollout.queued && (!place || *rollout.queued < *place)) ++around.keptForOthers;
    }
  }
  LockVerdict verdict = locks_.ask(question, around, moment);
  if (verdict.kind == LockVerdict::Kind::budgetFull) locks_.queue(question.node, ++lastQueued_);
  return verdict;
}

void Rollouts::lookAround() {
  const fleet::Stirred stirred = ledger_.takeStirred();
  if (stirred.nodes.empty() && stirred.hosts.empty()) return;
  for (auto& [cluster, rollout] : running_) {
    if (rollout.facts && refresh(*rollout.facts, cluster, stirred, ledger_, fleet_)) rollout.stirred = true;
  }
}

void Rollouts::advance(const Moment& moment) {
  due_.reset();
  locks_.advance(moment);
  sweepMoved(moment);
  lookAround();
  for (Running* rollout : inTurn()) {
    const bool isDue = rollout->askAgain && moment.now >= *rollout->askAgain;
    const bool hasRoom = rollout->queued && roomFor(*rollout) != std::size_t{0};
    if (rollout->stirred || isDue || hasRoom) advance(*rollout, moment);
    if (rollout->askAgain && (!due_ || *rollout->askAgain < *due_)) due_ = rollout->askAgain;
  }
  std::erase_if(running_, [](const auto& each) { return !each.second.record.isUnderWay(); });
}

void Rollouts::sweepMoved(const Moment& moment) {
  const auto moved = ledger_.moved();
  for (const auto& key : moved) {
    const store::VolumeRecord left = ledger_.volumes().at(key);
    const auto* node = ledger_.node(key.node);
    const bool isThere = node != nullptr && node->host == *left.movedTo && ledger_.condemned(key.node) == nullptr;
    if (!isThere || !fleet_.standing(*node).isServing() || isChanging(*node)) continue;
    ledger_.condemn(left);
    ledger_.record(moment, "volume " + key.node.str() + "/" + key.volume.str(),
                   "is deleted from " + key.host.str() + ": its node is ready with it on " + node->host.str());
  }
}

void Rollouts::advance(Running& rollout, const Moment& moment) {
  if (!rollout.facts) rollout.facts = gather(rollout.record.cluster, rollout.changes, ledger_, fleet_);
  // Each round carries some changes one state further, and none ever goes back; a change has four to go.
  for (std::size_t round = 0; round <= 4 * rollout.changes.size() + 1; ++round) {
    rollout.stirred = false;
    rollout.facts->room = roomFor(rollout);
    const Decision decision = decide(rollout.record, rollout.changes, *rollout.facts, rollout.progress, moment.now);
    for (const Step& step : decision.steps) carryOut(rollout, step, moment);
    lookAround();
    rollout.askAgain = decision.askAgain;
    rollout.waitingFor = decision.waitingFor;
    queueForRoom(rollout, decision);
    rollout.deadline = decision.deadline;
    if (decision.promotes) promote(rollout, "all canaries are ready", moment);
    if (decision.end) return end(rollout, *decision.end, moment);
    if (decision.steps.empty()) return;
  }
}

void Rollouts::carryOut(Running& rollout, const Step& step, const Moment& moment) {
  store::ChangeRecord& change = rollout.changes.at(step.ordinal);
  // A step that is not in the table would be a bug that no state on disk could explain: better to stop here.
  if (!isLegal(change.action, change.state, step.to)) std::abort();
  const bool begins = change.state == ChangeState::waiting;
  rollout.disrupts -= holdsRoom(rollout.record, change) ? 1u : 0u;
  if (change.action == Action::restart && step.to == ChangeState::starting)
    setPower(change.target.name, message::Power::on);
  if (begins) {
    change.startedMs = moment.wallMs;
    startChange(change, rollout.record.pace);
    ledger_.record(moment, subjectOf(change.target.name),
                   std::string(message::toString(change.action)) + " on " + change.target.host.str() + " begins (" +
                       subjectOf(change.rollout) + ")");
  }
  change.state = step.to;
  change.reason = step.reason;
  rollout.disrupts += holdsRoom(rollout.record, change) ? 1u : 0u;
  if (step.to == ChangeState::done || step.to == ChangeState::failed) {
    change.endedMs = moment.wallMs;
    std::string what = std::string(message::toString(change.action)) + " is " + std::string(message::toString(step.to));
    if (!step.reason.empty()) what += ": " + step.reason;
    ledger_.record(moment, subjectOf(change.target.name), what + " (" + subjectOf(change.rollout) + ")");
  }
  if (step.to == ChangeState::done && change.action == Action::replace) (void)ledger_.dropRetired(change.target.name);
  ledger_.write(change);
}

void Rollouts::setPower(const NodeName& name, message::Power power) {
  const auto* node = ledger_.node(name);
  if (node == nullptr || node->power == power) return;
  store::NodeRecord changed = *node;
  changed.power = power;
  ledger_.put(std::move(changed));
}

std::optional<store::NodeRecord::Retired> Rollouts::keptOf(const store::NodeRecord& before,
                                                           const store::NodeRecord& next,
                                                           const store::Pace& pace) const {
  if (before.host != next.host) return std::nullopt;
  const auto& kept = before.retired;
  // Whoever wants the same once more wants another machine, and not the one of before.
  if (kept && kept->spec == next.spec && before.spec != kept->spec)
    return store::NodeRecord::Retired{kept->instance, kept->spec, true};
  if (!pace.keepOldDisk) return std::nullopt;
  // A disk on which nothing came up is no way back, but the one before it may be.
  if (before.spec != next.spec && fleet_.standing(before).isReady())
    return store::NodeRecord::Retired{before.instance, before.spec};
  return kept ? std::optional(store::NodeRecord::Retired{kept->instance, kept->spec}) : std::nullopt;
}

void Rollouts::dropRetiredOf(const ClusterName& cluster) {
  for (const auto* node : ledger_.nodesOf(cluster)) (void)ledger_.dropRetired(node->name);
}

void Rollouts::startChange(store::ChangeRecord& change, const store::Pace& pace) {
  // From here on it is the change that counts.
  ledger_.unlock(change.target.name);
  if (change.action == Action::restart) return setPower(change.target.name, message::Power::off);
  if (const auto* before = ledger_.node(change.target.name); before != nullptr && change.action == Action::replace)
    change.target.retired = keptOf(*before, change.target, pace);
  ledger_.condemn(change.target.name);
  if (change.action == Action::destroy) return;
  change.target.incarnation = ledger_.nextIncarnation(change.target.name);
  change.target.instance = ledger_.instanceOf(change.target);
  ledger_.put(change.target);
}

void Rollouts::promote(Running& rollout, const std::string& by, const Moment& moment) {
  rollout.record.promoted = true;
  rollout.stirred = true;
  ledger_.write(rollout.record);
  ledger_.record(moment, subjectOf(rollout.record.id), "is promoted: " + by);
}

std::optional<std::string> Rollouts::steer(const ClusterName& cluster, message::request::SteerRollout::Verb verb,
                                           const std::string& by, const Moment& moment) {
  using Verb = message::request::SteerRollout::Verb;
  const auto found = running_.find(cluster);
  if (found == running_.end()) return "no rollout of cluster " + cluster.str() + " is under way";
  store::RolloutRecord& record = found->second.record;
  const std::string name = subjectOf(record.id);
  // Half a cluster that can neither be applied nor destroyed would be nobody's wish.
  if (record.kind == store::RolloutKind::destroy) return name + " destroys the cluster: all of it is under way already";
  const bool isPaused = record.state == message::RolloutState::paused;
  switch (verb) {
    case Verb::pause:
      if (isPaused) return std::nullopt;
      record.state = message::RolloutState::paused;
      record.reason = "paused by " + by;
      break;
    case Verb::resume:
      if (!isPaused) return std::nullopt;
      record.state = message::RolloutState::running;
      record.reason.clear();
      break;
    case Verb::promote:
      if (record.pace.canaryWaves == 0) return name + " has no canaries";
      if (!record.promoted) promote(found->second, by, moment);
      return std::nullopt;
    case Verb::override_:
      if (record.overridden) return std::nullopt;
      record.overridden = true;
      found->second.stirred = true;
      ledger_.write(record);
      ledger_.record(moment, name, "goes on whatever the stack of its nodes says: overridden by " + by);
      return std::nullopt;
    case Verb::abort:
      end(found->second, {message::RolloutState::aborted, "aborted by " + by}, moment);
      running_.erase(found);
      return std::nullopt;
  }
  found->second.stirred = true;
  ledger_.write(record);
  ledger_.record(moment, name, isPaused ? "goes on: resumed by " + by : "is paused by " + by);
  return std::nullopt;
}

std::vector<store::RolloutRecord> Rollouts::toRevert() const {
  std::vector<store::RolloutRecord> wanted;
  for (const auto& [cluster, record] : reverting_) {
    if (!running_.contains(cluster)) wanted.push_back(record);
  }
  return wanted;
}

void Rollouts::endRevert(const ClusterName& cluster, const End& how, const Moment& moment) {
  const auto found = reverting_.find(cluster);
  if (found == reverting_.end()) return;
  store::RolloutRecord& record = found->second;
  record.state = how.state;
  if (!how.reason.empty()) record.reason += "; " + how.reason;
  record.endedMs = moment.wallMs;
  ledger_.write(record);
  ledger_.record(moment, subjectOf(record.id),
                 "is " + std::string(message::toString(how.state)) + (how.reason.empty() ? "" : ": " + how.reason));
  reverting_.erase(found);
}

void Rollouts::haltDrain(const store::RolloutRecord& record) {
  const auto* found = record.drains ? ledger_.host(*record.drains) : nullptr;
  if (found == nullptr || !found->drain) return;
  store::HostRecord host = *found;
  host.drain->halted = true;
  host.drain->obstacle =
      subjectOf(record.id) + " is " + std::string(message::toString(record.state)) + ": " + record.reason;
  ledger_.put(std::move(host));
}

void Rollouts::end(Running& rollout, const End& how, const Moment& moment) {
  store::RolloutRecord& record = rollout.record;
  record.state = how.state;
  record.reason = how.reason;
  record.endedMs = moment.wallMs;
  // However it ends, what it has only switched off comes on again.
  for (const auto& change : rollout.changes) {
    const bool isOff = change.action == Action::restart && change.state != ChangeState::waiting;
    if (isOff && change.state != ChangeState::done) setPower(change.target.name, message::Power::on);
  }
  const bool failed = how.state == message::RolloutState::failed;
  // From nothing there is no way back.
  const bool goesBack =
      failed && record.pace.autoRevert && record.kind == store::RolloutKind::apply && record.from != Revision();
  if (goesBack) {
    record.state = message::RolloutState::reverting;
    record.endedMs = 0;
    reverting_[record.cluster] = record;
  }
  ledger_.write(record);
  const bool changesSpecs = record.kind == store::RolloutKind::apply || record.kind == store::RolloutKind::revert;
  if (changesSpecs && how.state == message::RolloutState::done) dropRetiredOf(record.cluster);
  const bool destroyed = record.kind == store::RolloutKind::destroy && how.state == message::RolloutState::done;
  if (destroyed) ledger_.removeCluster(record.cluster);
  if (how.state != message::RolloutState::superseded) ledger_.dropUnusedSpecs();
  std::string what = "is " + std::string(message::toString(how.state));
  if (!how.reason.empty()) what += ": " + how.reason;
  if (goesBack) what += "; the cluster goes back to the last good revision";
  ledger_.record(moment, subjectOf(record.id), what);
  ledger_.touchPlans();
  if (failed || how.state == message::RolloutState::aborted) haltDrain(record);
  // The next one decides for itself what becomes of a revert that it supersedes.
  if (record.kind != store::RolloutKind::revert || how.state == message::RolloutState::superseded) return;
  const bool isBack = how.state == message::RolloutState::done;
  endRevert(record.cluster,
            {isBack ? message::RolloutState::reverted : message::RolloutState::failed,
             subjectOf(record.id) + (isBack ? " took the cluster back" : ", the way back, ended too: " + how.reason)},
            moment);
}

const Rollouts::Running* Rollouts::find(RolloutId id) const {
  for (const auto& [cluster, rollout] : running_) {
    if (rollout.record.id == id) return &rollout;
  }
  return nullptr;
}

const store::RolloutRecord* Rollouts::running(const ClusterName& cluster) const {
  const auto found = running_.find(cluster);
  return found == running_.end() ? nullptr : &found->second.record;
}

const std::vector<store::ChangeRecord>* Rollouts::changesOf(RolloutId id) const {
  const Running* rollout = find(id);
  return rollout == nullptr ? nullptr : &rollout->changes;
}

bool Rollouts::isChanging(const store::NodeRecord& node) const {
  const auto rollout = running_.find(node.cluster);
  return rollout != running_.end() && std::ranges::any_of(rollout->second.changes, [&](const auto& change) {
           return change.target.name == node.name && isInFlight(change.state);
         });
}

std::string Rollouts::waitingFor(RolloutId id) const {
  const Running* rollout = find(id);
  return rollout == nullptr ? std::string() : rollout->waitingFor;
}

std::optional<TimePoint> Rollouts::deadlineOf(RolloutId id) const {
  const Running* rollout = find(id);
  return rollout == nullptr ? std::nullopt : rollout->deadline;
}

message::Capacity Rollouts::reserved(const HostName& host) const { return reservedOn(host, nullptr); }

message::Capacity Rollouts::reservedByOthers(const HostName& host, const ClusterName& cluster) const {
  return reservedOn(host, &cluster);
}

message::Capacity Rollouts::reservedOn(const HostName& host, const ClusterName* without) const {
  std::map<NodeName, message::Capacity> each;
  const auto add = [&](const store::NodeRecord& node) { each[node.name] = larger(each[node.name], node.size); };
  for (const NodeName& name : ledger_.nodesOn(host)) {
    const auto& node = *ledger_.node(name);
    if (without == nullptr || node.cluster != *without) add(node);
  }
  for (const Uuid& uuid : ledger_.tombstonesOn(host)) {
    const auto& tombstone = ledger_.tombstones().at(uuid);
    // A successor on the same host is counted by whoever plans the cluster.
    const auto* successor = ledger_.node(tombstone.was.name);
    const bool counted =
        without != nullptr && tombstone.was.cluster == *without && successor != nullptr && successor->host == host;
    if (!counted) add(tombstone.was);
  }
  message::Capacity sum;
  const auto* record = ledger_.host(host);
  Bytes& volumes = volumesIn(sum, record == nullptr ? message::Capacity() : record->capacity);
  for (const auto& [cluster, rollout] : running_) {
    if (without != nullptr && cluster == *without) continue;
    const auto changes = rollout.changesOn.find(host);
    if (changes == rollout.changesOn.end()) continue;
    for (const std::uint32_t ordinal : changes->second) {
      const store::ChangeRecord& change = rollout.changes.at(ordinal);
      if (change.state != ChangeState::waiting || change.action == Action::destroy) continue;
      add(change.target);
      // Volumes of nodes that are still to come are in no record yet.
      for (const auto& volume : change.target.volumes) {
        const auto made = ledger_.volumes().find({change.target.name, volume.name, host});
        volumes += volume.size - (made == ledger_.volumes().end() ? Bytes() : made->second.volume.size);
      }
    }
  }
  for (const auto& [node, size] : each) grow(sum, size);
  for (const auto& key : ledger_.volumesOn(host)) {
    const auto& volume = ledger_.volumes().at(key);
    // Those of the cluster that is planned are counted by whoever plans it.
    if (without == nullptr || volume.cluster != *without) volumes += volume.volume.size;
  }
  for (const auto& key : ledger_.snapshotsOn(host)) {
    const auto& snapshot = ledger_.snapshots().at(key);
    if (without == nullptr || snapshot.cluster != *without) volumes += snapshot.size;
  }
  return sum;
}

}  // namespace berth::rollout

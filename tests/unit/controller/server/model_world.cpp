// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <sstream>

#include "controller/rollout/transitions.h"
#include "protocol/message/words.h"
#include "tests/unit/controller/server/model.h"
#include "tests/unit/controller/store/records_for_tests.h"

namespace berth::server::model {

using message::Action;
using message::ChangeState;
using namespace std::chrono_literals;

namespace {

constexpr fleet::Timing kTiming{1s, 5s};
constexpr std::uint32_t kMaxParallel = 2;
const ClusterName kClusters[] = {*ClusterName::parse("red"), *ClusterName::parse("blue")};
const OperatorName kPerson = *OperatorName::parse("alice");

NodeName nodeName(const ClusterName& cluster, std::uint64_t index) {
  return *NodeName::parse(cluster.str() + "-server-" + std::to_string(index));
}

}  // namespace

World::World(std::uint64_t seed, std::size_t hosts) : random_(seed), store_(store::test::kFleet) {
  store::Transaction first;
  for (std::size_t i = 0; i < hosts; ++i) {
    store::HostRecord host;
    host.name = *HostName::parse("vh" + std::to_string(i));
    host.key = store::test::keyOf(static_cast<std::uint8_t>(i + 1));
    first.emplace_back(host);
    agents_.emplace_back(host.name, random_);
  }
  (void)store_.commit(first);
  startController();
}

void World::violate(const std::string& what) {
  if (broken_.empty()) broken_ = what + "\n" + describe();
}

void World::startController() {
  const auto before = core_ ? std::optional(std::get<store::Snapshot>(store_.load())) : std::nullopt;
  core_ = std::move(std::get<std::unique_ptr<Core>>(Core::begin(store_, kTiming, moment())));
  if (!before) return;
  // I3: what was committed is what there is.
  if (core_->ledger().nodes().size() != before->nodes.size() ||
      core_->ledger().tombstones().size() != before->tombstones.size()) {
    violate("I3: a restart lost or made up nodes");
  }
}

template <class Message>
void World::post(std::deque<std::pair<TimePoint, Message>>& wire, const Message& message, const Weather& weather) {
  if (cutOff_.contains(message.host) || chance(weather.loss)) return;
  const int copies = chance(weather.repeat) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    // Different delays reorder.
    const auto delay = chance(weather.loss) ? std::chrono::milliseconds(pick(3000)) : std::chrono::milliseconds(0);
    wire.emplace_back(now_ + delay, message);
  }
}

void World::step(const Weather& weather) {
  now_ += 250ms;
  for (auto& agent : agents_) {
    if (!darkUntil_.contains(agent.name()) && chance(weather.powerCut)) {
      agent.cutPower();
      darkUntil_[agent.name()] = now_ + std::chrono::seconds(pick(60));
    }
    if (!cutUntil_.contains(agent.name()) && chance(weather.partition)) {
      cutOff_.insert(agent.name());
      cutUntil_[agent.name()] = now_ + std::chrono::seconds(pick(40));
    }
    if (darkUntil_.contains(agent.name()) && now_ >= darkUntil_[agent.name()]) {
      agent.restorePower();
      darkUntil_.erase(agent.name());
    }
    if (cutUntil_.contains(agent.name()) && now_ >= cutUntil_[agent.name()]) {
      cutOff_.erase(agent.name());
      cutUntil_.erase(agent.name());
      // A short cut is not noticed by either end; a long one makes a new connection.
      if (chance(0.5)) agent.reconnect();
    }
    std::vector<message::FromAgent> said;
    agent.work(now_, bad_, said);
    for (auto& body : said) post(fromAgents_, FromAgent{agent.name(), agent.epoch(), std::move(body)}, weather);
  }
  if (!diskFullUntil_ && chance(weather.diskFull)) {
    diskFullUntil_ = now_ + 10s;
    store_.failWith(store::Failure{store::Failure::Kind::full, "no space", ""});
  }
  if (diskFullUntil_ && now_ >= *diskFullUntil_) {
    diskFullUntil_.reset();
    store_.failWith(std::nullopt);
  }
  if (!core_->broken() && chance(weather.apply)) applySomething();
  if (!core_->broken() && chance(weather.apply / 2)) steerSomething();
  if (!core_->broken()) revertWhatFailed();
  if (!core_->broken() && resumesAll_) resumeAll();
  deliver();
  const auto before = readiness();
  core_->tick(moment());
  const bool dies = chance(weather.controllerKill);
  auto finished = core_->finish(moment());
  if (auto* outbox = std::get_if<fleet::Outbox>(&finished)) {
    checkTurn(before);
    for (const auto& each : *outbox) {
      const auto* send = std::get_if<fleet::Send>(&each);
      if (send == nullptr) continue;
      if (const auto* manifest = std::get_if<message::Manifest>(&send->body)) checkManifests(send->host, *manifest);
      // A kill between the commit and the sending: the rest is never said.
      if (dies && chance(0.5)) break;
      post(toAgents_, ToAgent{send->host, core_->ledger().epoch(), send->body}, weather);
    }
  }
  if (dies) {
    ++kills_;
    if (!diskFullUntil_) {
      startController();
      for (auto& agent : agents_) {
        if (chance(0.8)) agent.reconnect();
      }
    }
  }
  checkReality();
}

void World::deliver() {
  for (std::size_t i = 0; i < fromAgents_.size();) {
    if (fromAgents_[i].first > now_) {
      ++i;
      continue;
    }
    const FromAgent message = fromAgents_[i].second;
    fromAgents_.erase(fromAgents_.begin() + static_cast<std::ptrdiff_t>(i));
    core_->hear(message.host, {1, message.epoch, Sequence(), 0}, message.body, moment());
  }
  for (std::size_t i = 0; i < toAgents_.size();) {
    if (toAgents_[i].first > now_) {
      ++i;
      continue;
    }
    const ToAgent message = toAgents_[i].second;
    toAgents_.erase(toAgents_.begin() + static_cast<std::ptrdiff_t>(i));
    std::ranges::find(agents_, message.host, &Agent::name)->hear(message.epoch, message.body);
  }
}

/// A new revision of one cluster: another size, another spec, sometimes one that fails; or its end.
void World::applySomething() {
  const ClusterName& cluster = kClusters[pick(2)];
  fleet::Ledger& ledger = core_->ledger();
  const auto* record = ledger.cluster(cluster);
  const bool destroying = record != nullptr && record->state == store::ClusterState::destroying;
  if (destroying) return;
  const bool destroys = record != nullptr && chance(0.1);
  const std::uint64_t wanted = destroys ? 0 : 1 + pick(5);

  store::RolloutRecord rollout;
  rollout.cluster = cluster;
  rollout.kind = destroys ? store::RolloutKind::destroy : store::RolloutKind::apply;
  rollout.pace = {kMaxParallel, 1s, 60s};
  rollout.pace.progressDeadline = 300s;
  rollout.pace.stagger = std::chrono::seconds(pick(3));
  rollout.pace.canaryWaves = static_cast<std::uint32_t>(pick(3));
  rollout.pace.autoPromote = chance(0.5);
  rollout.pace.autoRevert = chance(0.5);
  rollout.from = record == nullptr ? Revision() : record->revision;
  rollout.by = kPerson;
  const Revision revision = ledger.nextRevision(cluster);
  rollout.to = revision;
  ledger.put(store::RevisionRecord{cluster, revision, {}, {}, 0, kPerson});
  ledger.put(store::ClusterRecord{cluster, revision,
                                  destroys ? store::ClusterState::destroying : store::ClusterState::inForce});
  const std::string encoded = "spec " + std::to_string(++specNumber_);
  const Digest spec = Digest::of(encoded);
  ledger.put(store::SpecRecord{spec, encoded});
  if (chance(0.2)) bad_.insert(spec);

  std::vector<store::ChangeRecord> changes;
  std::map<HostName, std::uint32_t> promised;
  const auto add = [&](Action action, const store::NodeRecord& target) {
    store::ChangeRecord& change = changes.emplace_back();
    change.action = action;
    change.target = target;
    change.wave = static_cast<std::uint32_t>((changes.size() - 1) / kMaxParallel);
  };
  const auto hasRoom = [&](const HostName& host) {
    const auto room = core_->rollouts().reserved(host).vcpus + promised[host] + 2;
    return core_->fleet().isDriven(host) && room <= ledger.host(host)->capacity.vcpus;
  };
  for (const auto* node : ledger.nodesOf(cluster)) {
    if (node->index >= wanted) {
      add(Action::destroy, *node);
      continue;
    }
    store::NodeRecord target = *node;
    target.spec = spec;
    target.revision = revision;
    if (!chance(0.7)) continue;
    // Some move to another host.
    for (const auto& [host, record_] : ledger.hosts()) {
      const bool moves = host != node->host && chance(0.2) && hasRoom(host);
      if (!moves) continue;
      promised[host] += 2;
      target.host = host;
      break;
    }
    add(Action::replace, target);
  }
  for (std::uint64_t i = 0; i < wanted; ++i) {
    const NodeName name = nodeName(cluster, i);
    if (ledger.node(name) != nullptr) continue;
    for (const auto& [host, record_] : ledger.hosts()) {
      if (!hasRoom(host)) continue;
      promised[host] += 2;
      store::NodeRecord target;
      target.name = name;
      target.cluster = cluster;
      target.pool = *PoolName::parse("server");
      target.index = static_cast<std::uint32_t>(i);
      target.host = host;
      target.spec = spec;
      target.revision = revision;
      target.size = {2, Bytes(1), Bytes(1)};
      add(Action::create, target);
      break;
    }
  }
  core_->rollouts().begin(rollout, std::move(changes), moment());
  ++begun_;
}

/// When the storm is over people do what rollouts wait for.
void World::resumeAll() {
  using Verb = message::request::SteerRollout::Verb;
  for (const ClusterName& cluster : kClusters) {
    for (const Verb verb : {Verb::resume, Verb::promote}) {
      (void)core_->rollouts().steer(cluster, verb, "operator alice", moment());
    }
  }
}

/// Somebody pauses, promotes or aborts at a random moment.
void World::steerSomething() {
  using Verb = message::request::SteerRollout::Verb;
  constexpr std::array kVerbs{Verb::pause, Verb::resume, Verb::promote, Verb::abort};
  (void)core_->rollouts().steer(kClusters[pick(2)], kVerbs[pick(kVerbs.size())], "operator alice", moment());
}

/// The way back, as the service would plan it: what runs the failed revision gets a spec that is known to be good.
void World::revertWhatFailed() {
  for (const store::RolloutRecord& failed : core_->rollouts().toRevert()) {
    if (chance(0.3)) continue;  // Planning takes its time.
    fleet::Ledger& ledger = core_->ledger();
    if (chance(0.1)) {
      core_->rollouts().endRevert(failed.cluster, {message::RolloutState::failed, "there is no way back"}, moment());
      continue;
    }
    store::RolloutRecord rollout;
    rollout.cluster = failed.cluster;
    rollout.kind = store::RolloutKind::revert;
    rollout.reverts = failed.id;
    rollout.pace = {kMaxParallel, 1s, 60s};
    rollout.by = kPerson;
    rollout.from = failed.to;
    rollout.to = ledger.nextRevision(failed.cluster);
    ledger.put(store::RevisionRecord{failed.cluster, rollout.to, {}, {}, 0, kPerson});
    ledger.put(store::ClusterRecord{failed.cluster, rollout.to, store::ClusterState::inForce});
    const std::string encoded = "spec " + std::to_string(++specNumber_);
    ledger.put(store::SpecRecord{Digest::of(encoded), encoded});
    std::vector<store::ChangeRecord> changes;
    for (const auto* node : ledger.nodesOf(failed.cluster)) {
      if (node->revision != failed.to) continue;
      store::ChangeRecord& change = changes.emplace_back();
      change.action = Action::replace;
      change.target = *node;
      change.target.spec = Digest::of(encoded);
      change.target.revision = rollout.to;
      change.wave = static_cast<std::uint32_t>((changes.size() - 1) / kMaxParallel);
    }
    core_->rollouts().begin(std::move(rollout), std::move(changes), moment());
    ++reverts_;
  }
}

std::map<NodeName, bool> World::readiness() const {
  std::map<NodeName, bool> ready;
  for (const auto& [name, node] : core_->ledger().nodes()) {
    ready[name] = core_->ledger().condemned(name) == nullptr && core_->fleet().standing(node).isReady();
  }
  return ready;
}

/// I4: the nodes that a turn took down, with those that were down already, are within the budget.
void World::checkTurn(const std::map<NodeName, bool>& readyBefore) {
  for (const ClusterName& cluster : kClusters) {
    const auto* record = core_->ledger().cluster(cluster);
    if (record == nullptr || record->state == store::ClusterState::destroying) continue;
    std::size_t taken = 0;
    std::size_t down = 0;
    for (const auto& [name, ready] : readyBefore) {
      if (!name.str().starts_with(cluster.str() + "-")) continue;
      const bool isDown = core_->ledger().node(name) == nullptr || core_->ledger().condemned(name) != nullptr;
      if (ready && isDown) ++taken;
      if (!ready) ++down;
    }
    if (taken != 0 && taken + down > kMaxParallel) {
      violate("I4: took " + std::to_string(taken) + " nodes of " + cluster.str() + " down while " +
              std::to_string(down) + " were down");
    }
  }
}

/// I5: one generation of a host is one content, whoever says it.
void World::checkManifests(const HostName& host, const message::Manifest& manifest) {
  const auto [found, fresh] = pushed_.try_emplace({host, manifest.generation}, manifest);
  if (!fresh && found->second != manifest) violate("I5: two manifests of one generation for " + host.str());
}

void World::checkReality() {
  std::map<NodeName, int> running;
  for (const auto& agent : agents_) {
    std::uint32_t vcpus = 0;
    for (const auto& [uuid, machine] : agent.machines()) {
      vcpus += 2;
      if (machine.running) ++running[machine.id.node];
    }
    if (vcpus > 16) violate("I10: host " + agent.name().str() + " has more than it can hold");
    if (core_->rollouts().reserved(agent.name()).vcpus > 16) {
      violate("I10: host " + agent.name().str() + " is promised more than it has");
    }
  }
  for (const auto& [node, count] : running) {
    if (count > 1) violate("I1: " + std::to_string(count) + " instances of " + node.str() + " run");
  }
}

void World::healAll() {
  store_.failWith(std::nullopt);
  diskFullUntil_.reset();
  for (auto& [host, until] : darkUntil_) until = now_;
  for (auto& [host, until] : cutUntil_) until = now_;
  resumesAll_ = true;
}

bool World::isConverged() const {
  if (!core_->ledger().tombstones().empty() || !core_->rollouts().toRevert().empty()) return false;
  for (const ClusterName& cluster : kClusters) {
    if (core_->rollouts().running(cluster) != nullptr) return false;
  }
  std::size_t machines = 0;
  for (const auto& agent : agents_) {
    machines += agent.machines().size();
    for (const auto& entry : core_->ledger().manifest(agent.name()).entries) {
      const auto found = agent.machines().find(entry.instance.uuid);
      if (found == agent.machines().end() || !found->second.running) return false;
    }
  }
  return machines == core_->ledger().nodes().size();
}

std::string World::describe() const {
  std::ostringstream out;
  for (const auto& [name, node] : core_->ledger().nodes()) {
    out << "node " << name.str() << " on " << node.host.str() << " #" << node.incarnation.value() << " "
        << message::toString(core_->fleet().standing(node).status.phase)
        << (core_->ledger().condemned(name) != nullptr ? " (old one condemned)" : "") << "\n";
  }
  for (const auto& [uuid, tombstone] : core_->ledger().tombstones()) {
    out << "tombstone " << tombstone.was.name.str() << " on " << tombstone.host().str() << "\n";
  }
  for (const auto& agent : agents_) {
    out << "host " << agent.name().str() << (agent.hasPower() ? "" : " without power")
        << (cutOff_.contains(agent.name()) ? " cut off" : "") << ":";
    for (const auto& [uuid, machine] : agent.machines()) {
      out << " " << machine.id.node.str() << "/" << message::toString(machine.phase);
    }
    out << "\n";
  }
  for (const ClusterName& cluster : kClusters) {
    if (const auto* running = core_->rollouts().running(cluster)) {
      out << "rollout of " << cluster.str() << ": " << core_->rollouts().waitingFor(running->id) << "\n";
    }
  }
  return out.str();
}

}  // namespace berth::server::model

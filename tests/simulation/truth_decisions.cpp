// SPDX-License-Identifier: Apache-2.0
//
// What the controller decides, as its store has it, against what there really is; and what operators were told.
#include <algorithm>

#include "controller/rollout/transitions.h"
#include "protocol/message/words.h"
#include "tests/simulation/truth.h"

namespace berth::simulation {
namespace {

using namespace std::chrono_literals;
using message::ChangeState;

/// What a node was for this long, the controller has had time to learn.
constexpr auto kKnownAfter = 45s;

int rankOf(ChangeState state) {
  switch (state) {
    case ChangeState::waiting: return 0;
    case ChangeState::stopping: return 1;
    case ChangeState::copying: return 2;
    case ChangeState::starting: return 3;
    case ChangeState::done:
    case ChangeState::failed: return 4;
  }
  return 0;
}

template <class Record>
const Record* onlyIf(const store::Write& write) {
  return std::get_if<Record>(&write);
}

bool fits(const message::Capacity& promised, const message::Capacity& has) {
  return promised.vcpus <= has.vcpus && promised.memory <= has.memory && promised.disk <= has.disk &&
         promised.volumes <= has.volumes;
}

void lessen(message::Capacity& from, const message::Capacity& what) {
  from.vcpus -= std::min(from.vcpus, what.vcpus);
  from.memory = from.memory - what.memory;
  from.disk = from.disk - what.disk;
  from.volumes = from.volumes - what.volumes;
}

/// What `host` is not promised while wave `wave` of a rollout is under way: what has left it by then, and what comes
/// only later.
message::Capacity spentIn(std::uint32_t wave, const server::Core& core, const HostName& host,
                          const std::vector<store::ChangeRecord>& changes) {
  message::Capacity spent;
  const auto add = [&](const message::Capacity& size) {
    spent = {spent.vcpus + size.vcpus, spent.memory + size.memory, spent.disk + size.disk,
             spent.volumes + size.volumes};
  };
  for (const auto& change : changes) {
    const auto* now = core.ledger().node(change.target.name);
    const bool isHere = now != nullptr && now->host == host;
    if (change.state == ChangeState::stopping && !isHere && change.wave < wave) {
      for (const Uuid& instance : core.ledger().instancesCondemned(change.target.name)) {
        const auto& going = core.ledger().tombstones().at(instance);
        if (going.host() == host) add(going.was.size);
      }
    }
    if (change.state != ChangeState::waiting) continue;
    const bool comesHere = change.action != message::Action::destroy && change.target.host == host;
    if (isHere && !comesHere && change.wave < wave) add(now->size);
    if (!isHere && comesHere && change.wave > wave) add(change.target.size);
  }
  return spent;
}

/// At most so much at once, however far each of the rollouts is.
message::Capacity mostPromised(const server::Core& core, const HostName& host) {
  auto promised = core.rollouts().reserved(host);
  const auto& has = core.ledger().host(host)->capacity;
  if (fits(promised, has)) return promised;
  for (const auto& [cluster, record] : core.ledger().clusters()) {
    const auto* running = core.rollouts().running(cluster);
    const auto* changes = running == nullptr ? nullptr : core.rollouts().changesOf(running->id);
    if (changes == nullptr) continue;
    std::optional<message::Capacity> least;
    for (const auto& change : *changes) {
      if (change.target.host != host || change.action == message::Action::destroy) continue;
      const auto spent = spentIn(change.wave, core, host, *changes);
      if (!least) least = spent;
      *least = {std::min(least->vcpus, spent.vcpus), std::min(least->memory, spent.memory),
                std::min(least->disk, spent.disk), std::min(least->volumes, spent.volumes)};
    }
    if (least) lessen(promised, *least);
  }
  return promised;
}

}  // namespace

std::uint64_t printOf(const message::Manifest& manifest);

void Truth::committed(const store::Transaction& transaction,
                      const std::function<bool(const store::TombstoneRecord&)>& believesDown) {
  ++transactions_;
  judgeLocks(transaction);
  judgeTakes(transaction, believesDown);
  for (const auto& write : transaction) {
    if (const auto* host = onlyIf<store::HostRecord>(write)) this->write(*host);
    if (const auto* node = onlyIf<store::NodeRecord>(write)) this->write(*node);
    if (const auto* tombstone = onlyIf<store::TombstoneRecord>(write)) this->write(*tombstone);
    if (const auto* removed = onlyIf<store::RemoveNode>(write)) this->write(*removed);
    if (const auto* removed = onlyIf<store::RemoveTombstone>(write)) this->write(*removed);
    if (const auto* volume = onlyIf<store::VolumeRecord>(write)) this->write(*volume);
    if (const auto* removed = onlyIf<store::RemoveVolume>(write)) this->write(*removed);
    if (const auto* rollout = onlyIf<store::RolloutRecord>(write)) this->write(*rollout);
    if (const auto* change = onlyIf<store::ChangeRecord>(write)) this->write(*change);
  }
  judgeDisruptions();
}

/// I11: nothing is condemned but by a change of a rollout that somebody asked for. I4: none is that would take down
/// more than may be.
void Truth::judgeTakes(const store::Transaction& transaction,
                       const std::function<bool(const store::TombstoneRecord&)>& believesDown) {
  std::map<NodeName, const store::ChangeRecord*> changes;
  std::map<NodeName, std::size_t> buried;
  gone_.clear();
  const auto bury = [&](const Uuid& instance) {
    const auto tombstone = tombstones_.find(instance);
    if (tombstone == tombstones_.end() || tombstone->second.fenced) return;
    const Node& node = nodes_.at(tombstone->second.node);
    if (++buried[tombstone->second.node] >= node.tombstones && !node.inForce) gone_.insert(tombstone->second.node);
  };
  for (const auto& write : transaction) {
    // Who was destroyed is a member no longer once its last instance is gone, or counts as fenced.
    if (const auto* removed = onlyIf<store::RemoveTombstone>(write)) bury(removed->instance.uuid);
    if (const auto* tombstone = onlyIf<store::TombstoneRecord>(write); tombstone != nullptr && tombstone->fenced)
      bury(tombstone->was.instance);
    // One that begins takes its first steps in the same turn.
    if (const auto* rollout = onlyIf<store::RolloutRecord>(write)) this->write(*rollout);
    if (const auto* change = onlyIf<store::ChangeRecord>(write)) {
      noteStandIn(*change);
      if (rollout::isInFlight(change->state)) changes[change->target.name] = change;
    }
  }
  for (const auto& write : transaction) {
    // A restart takes a node down without an end of its instance; what a person stops is his own affair.
    if (const auto* node = onlyIf<store::NodeRecord>(write); node != nullptr && node->power == message::Power::off) {
      const auto change = changes.find(node->name);
      if (change != changes.end() && change->second->action == message::Action::restart)
        take(node->name, *change->second, believesDown(store::TombstoneRecord{*node}));
    }
    const auto* tombstone = onlyIf<store::TombstoneRecord>(write);
    if (tombstone == nullptr || tombstone->fenced) continue;
    const auto& name = tombstone->was.name;
    const auto change = changes.find(name);
    if (change == changes.end()) return violate("I11", "no change asked for the end of an instance of " + name.str());
    take(name, *change->second, believesDown(*tombstone));
  }
}

void Truth::noteStandIn(const store::ChangeRecord& change) {
  if (!change.target.standsIn) return;
  StandIn& known = rollouts_[change.rollout].standIns[change.target.name];
  known.pool = change.target.pool;
  if (change.action == message::Action::destroy)
    known.leaves = change.state != ChangeState::waiting;
  else
    known.isAwaited = change.state != ChangeState::done;
}

/// I4: who stands in for others is ready before they are taken down, and goes only after them.
void Truth::judgeStandIns(const NodeName& name, const store::ChangeRecord& change) {
  if (change.target.standsIn || change.action == message::Action::destroy) return;
  for (const auto& [standIn, each] : rollouts_[change.rollout].standIns) {
    if (each.pool != change.target.pool || (!each.isAwaited && !each.leaves)) continue;
    violate("I4", "rollout " + std::to_string(change.rollout.value()) + " takes " + name.str() + " down " +
                      (each.leaves ? "when " + standIn.str() + ", which stands in for it, is to go already"
                                   : "before " + standIn.str() + " stands in for it"));
  }
}

std::size_t Truth::mayBeDown(const Limits& limits, const PoolKey& pool) const {
  if (!limits.quorum.contains(pool.second)) return limits.maxParallel;
  const auto members = pools_.at(pool).members.size();
  const auto spare = (std::max<std::size_t>(members, 1) - 1) / 2;
  return std::min<std::size_t>(limits.maxParallel, std::max<std::size_t>(spare, 1));
}

void Truth::take(const NodeName& name, const store::ChangeRecord& change, bool isBelievedDown) {
  const auto rollout = rollouts_.find(change.rollout);
  if (rollout == rollouts_.end()) return violate("I11", "a change of no rollout takes " + name.str() + " down");
  const auto& record = rollout->second.record;
  Node& node = nodes_[name];
  if (record.kind == store::RolloutKind::destroy) return;
  const auto limits = limits_.find({record.cluster, record.to});
  if (limits == limits_.end()) return violate("I3", "a rollout to a revision that nobody asked for");
  const auto reports = reportsSince_(node.host);
  const bool isLongUp = reports && agenda_.now() - std::max(node.since, *reports) >= kKnownAfter;
  // That a node has come up, the controller may not have heard yet: then it mends in good faith what it takes for down.
  if (!node.up || (isBelievedDown && (!isLongUp || node.switchedOff))) {
    node.takenDown = true;
    return;
  }
  judgeStandIns(name, change);
  const Others others = othersDown(name, node);
  const auto most = mayBeDown(limits->second, node.pool);
  if (others.own + 1 > most || (isLongUp && others.known + 1 > most))
    violate("I4", "rollout " + std::to_string(change.rollout.value()) + " takes " + name.str() + " down while" +
                      others.text + " of the pool are, and at most " + std::to_string(most) + " may be");
  node.takenDown = true;
  disruptions_.insert({change.rollout, change.ordinal});
}

Truth::Others Truth::othersDown(const NodeName& name, const Node& node) const {
  Others others;
  const auto pool = pools_.find(node.pool);
  if (pool == pools_.end()) return others;
  for (const NodeName& each : pool->second.members) {
    const bool isLocked = locks_.contains(each);
    if (each == name || gone_.contains(each) || (!isLocked && !pool->second.down.contains(each))) continue;
    const Node& other = nodes_.at(each);
    const auto reports = reportsSince_(other.host);
    const bool longKnown = reports && agenda_.now() - *reports >= kKnownAfter &&
                           agenda_.now() - other.since >= kKnownAfter && other.inForce;
    const bool isOwn = other.takenDown || isLocked;
    if (!isOwn && !longKnown) continue;
    others.own += isOwn ? 1u : 0u;
    ++others.known;
    others.text += " " + each.str() + (other.takenDown ? " (by a rollout)" : isLocked ? " (by a lock)" : "");
  }
  return others;
}

void Truth::judgeLocks(const store::Transaction& transaction) {
  std::set<NodeName> granted;
  for (const auto& write : transaction) {
    if (const auto* cluster = onlyIf<store::ClusterRecord>(write)) newestRevision_[cluster->name] = cluster->revision;
    if (const auto* lock = onlyIf<store::LockRecord>(write); lock != nullptr && locks_.insert(lock->node).second)
      granted.insert(lock->node);
    if (const auto* removed = onlyIf<store::RemoveLock>(write)) {
      locks_.erase(removed->node);
      granted.erase(removed->node);
    }
  }
  for (const NodeName& name : granted) {
    const Node& node = nodes_[name];
    const auto limits = limits_.find({node.pool.first, newestRevision_[node.pool.first]});
    // What goes down by itself meanwhile, the node asked before it could know.
    if (!node.up || limits == limits_.end()) continue;
    const Others others = othersDown(name, node);
    const auto most = mayBeDown(limits->second, node.pool);
    const auto reports = reportsSince_(node.host);
    const bool isLongUp = reports && agenda_.now() - std::max(node.since, *reports) >= kKnownAfter;
    if (others.own + 1 > most || (isLongUp && others.known + 1 > most))
      violate("I4", name.str() + " may reboot while" + others.text + " of the pool are down, and at most " +
                        std::to_string(most) + " may be");
  }
}

void Truth::reboots(const NodeName& name, const Uuid& instance) {
  const Node& node = nodes_[name];
  // One that is to go, or that a rollout has taken down meanwhile, takes nothing further down.
  if (node.instance != instance || !node.inForce || node.takenDown || locks_.contains(name)) return;
  violate("I4", name.str() + " reboots into a new release, and its lock has ended already");
}

void Truth::judgeDisruptions() {
  if (budget_ && disruptions_.size() + locks_.size() > *budget_)
    violate("I4", std::to_string(disruptions_.size()) + " nodes are down for rollouts and " +
                      std::to_string(locks_.size()) + " for updates of their system, and at most " +
                      std::to_string(*budget_) + " of the fleet may be");
}

void Truth::write(const store::HostRecord& host) {
  HostTruth& known = hosts_[indexOf(host.name)];
  if (host.generation < known.committed) violate("I5", "the generation of " + host.name.str() + " went back");
  known.committed = host.generation;
  known.capacity = host.capacity;
}

/// I9: an instance is one incarnation of one node, and none is ever used again.
void Truth::write(const store::NodeRecord& record) {
  Node& node = nodes_[record.name];
  const bool isNew = node.instance != record.instance || !node.inForce;
  if (isNew && !instances_.insert(record.instance).second)
    violate("I9", "instance " + record.instance.str() + " of " + record.name.str() + " is used a second time");
  node.pool = {record.cluster, record.pool};
  node.host = indexOf(record.host);
  node.instance = record.instance;
  node.inForce = true;
  node.switchedOff = record.power == message::Power::off;
  if (isNew) {
    node.up = false;
    node.wasUp = false;
    node.since = agenda_.now();
    const auto& guests = hosts_[node.host].guests;
    if (const auto guest = guests.find(node.instance); guest != guests.end() && guest->second.up) node.up = true;
  }
  settle(record.name, node);
}

void Truth::write(const store::TombstoneRecord& record) {
  const auto [at, isNew] =
      tombstones_.try_emplace(record.was.instance, Tombstone{indexOf(record.was.host), record.was.name});
  Node& node = nodes_[record.was.name];
  if (isNew) ++node.tombstones;
  if (record.fenced) {
    if (!at->second.fenced) --node.tombstones;
    at->second.fenced = true;
    believesFenced(record);
    return settle(record.was.name, node);
  }
  if (node.instance == record.was.instance && node.up) {
    node.up = false;
    node.since = agenda_.now();
  }
  settle(record.was.name, node);
}

/// I1: a controller believes that an instance was cut off from power only when it was.
void Truth::believesFenced(const store::TombstoneRecord& record) {
  const auto* model = models_[indexOf(record.was.host)];
  const auto guest = model == nullptr ? decltype(model->guests.begin()){} : model->guests.find(record.was.instance);
  if (model == nullptr || guest == model->guests.end() || guest->second.domain.power != hypervisor::Power::running)
    return;
  violate("I1", "the controller takes an instance of " + record.was.name.str() + " for fenced that still runs on " +
                    record.was.host.str());
}

void Truth::write(const store::RemoveNode& removed) {
  Node& node = nodes_[removed.node];
  node.inForce = false;
  settle(removed.node, node);
}

/// I1: a controller believes that an instance is gone only when it is.
void Truth::write(const store::RemoveTombstone& removed) {
  const auto tombstone = tombstones_.find(removed.instance.uuid);
  if (tombstone == tombstones_.end()) return;
  const auto [host, name, isFenced] = tombstone->second;
  if (const auto* model = models_[host]; model != nullptr && (model->guests.contains(removed.instance.uuid) ||
                                                              model->files.contains(removed.instance.uuid)))
    violate("I1", "the controller takes an instance of " + name.str() + " for gone that is still on " +
                      hostNamed(host).str());
  tombstones_.erase(tombstone);
  Node& node = nodes_[name];
  if (!isFenced) --node.tombstones;
  settle(name, node);
}

bool Truth::isElsewhere(const store::VolumeRecord& volume) const {
  const std::pair name(volume.node, volume.volume.name);
  const auto newest = newest_.find(name);
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    const auto& there = hosts_[i].volumes;
    const auto disk = there.find(name);
    if (i == indexOf(volume.host) || disk == there.end()) continue;
    if (newest == newest_.end() || models_[i]->written.at(name) == newest->second) return true;
  }
  return false;
}

/// I2: what a volume left behind is deleted only when its node has been up with the copy, whoever asks for it; and what
/// nobody named only where another host has all of it, or where it was on its way to a node that is no longer awaited
/// there.
void Truth::write(const store::VolumeRecord& volume) {
  auto& known = volumeRecords_[{volume.host, volume.node, volume.volume.name}];
  const bool wasIncoming = known.incoming.has_value();
  const bool isNew = volume.deleteUntil && !known.deleteUntil;
  known = volume;
  if (!isNew || (!volume.movedTo && !wasIncoming)) return;
  const std::string name = "volume " + volume.volume.name.str() + " of " + volume.node.str();
  const std::pair key(volume.node, volume.volume.name);
  const auto& doomed = hosts_[indexOf(volume.host)].doomed;
  const auto named = doomed.find(key);
  const bool isNamed = named != doomed.end() && named->second == *volume.deleteUntil;
  // What no guest has ever had holds nothing that could be lost.
  const bool isUnwritten = !newest_.contains(key);
  if (!isNamed && !isElsewhere(volume) && !(wasIncoming && isUnwritten))
    return violate("I2", name + " is to be deleted from " + volume.host.str() + ", and no other host has all of it");
  const Node& node = nodes_[volume.node];
  const bool comesBack = node.inForce && node.host == indexOf(volume.host);
  const bool isForgone = isNamed && !node.inForce;
  if (volume.movedTo && !comesBack && !isForgone && !node.wasUp)
    return violate("I2", name + " is to be deleted from " + volume.host.str() +
                             ", and its node has not been up with the one on " + volume.movedTo->str());
  mayDelete(indexOf(volume.host), volume.node, volume.volume.name, *volume.deleteUntil);
}

void Truth::write(const store::RemoveVolume& removed) {
  volumeRecords_.erase({removed.host, removed.node, removed.volume});
}

void Truth::write(const store::RolloutRecord& rollout) {
  rollouts_[rollout.id].record = rollout;
  // What one that was superseded has begun is in the hands of the next.
  if (!rollout.isUnderWay()) std::erase_if(disruptions_, [&](const auto& each) { return each.first == rollout.id; });
}

void Truth::write(const store::ChangeRecord& change) {
  RolloutTruth& rollout = rollouts_[change.rollout];
  const auto [known, isNew] = rollout.changes.try_emplace(change.ordinal, change.state);
  if (!isNew && rankOf(change.state) < rankOf(known->second))
    violate("I3", "a change of rollout " + std::to_string(change.rollout.value()) + " went back from " +
                      std::string(message::toString(known->second)) + " to " +
                      std::string(message::toString(change.state)));
  known->second = change.state;
  if (!rollout::isInFlight(change.state)) disruptions_.erase({change.rollout, change.ordinal});
}

/// I5: one generation of a host is one content, whoever says it and whenever.
void Truth::sent(std::uint32_t host, const message::Manifest& manifest) {
  HostTruth& known = hosts_[host];
  const auto print = printOf(manifest);
  if (manifest.generation < known.sent)
    violate("I5", "the controller sends " + hostNamed(host).str() + " generation " +
                      std::to_string(manifest.generation.value()) + " after a later one");
  if (manifest.generation == known.sent && known.sentPrint != 0 && known.sentPrint != print)
    violate("I5", "two contents of generation " + std::to_string(manifest.generation.value()) + " for " +
                      hostNamed(host).str());
  known.sent = manifest.generation;
  known.sentPrint = print;
  known.prints.insert(print);
}

void Truth::sentByTwin(std::uint32_t host, const message::Manifest& manifest) {
  hosts_[host].twinPrints.insert(printOf(manifest));
}

/// I3: what was committed is what there is, and what was promised is among it.
void Truth::began(server::Core& core) {
  const auto& ledger = core.ledger();
  if (ledger.tombstones().size() != tombstones_.size()) violate("I3", "a controller began with other tombstones");
  if (ledger.locks().size() != locks_.size()) violate("I3", "a controller began with other locks");
  for (const auto& [name, host] : ledger.hosts())
    if (host.generation != hosts_[indexOf(name)].committed)
      violate("I3", "a controller began with another generation of " + name.str());
  for (const auto& [cluster, revision] : promisedRevisions_) {
    const auto found = core.store().revision(cluster, revision);
    if (!std::get<std::optional<store::RevisionRecord>>(found))
      violate("I3", "revision " + std::to_string(revision.value()) + " of " + cluster.str() +
                        " was acknowledged and is lost");
  }
  for (const RolloutId id : promisedRollouts_) {
    const auto found = std::get<std::optional<store::RolloutRecord>>(core.store().rollout(id));
    if (!found) {
      violate("I3", "rollout " + std::to_string(id.value()) + " was acknowledged and is lost");
      continue;
    }
    if (found->state != message::RolloutState::running) continue;
    const auto* changes = core.rollouts().changesOf(id);
    if (changes == nullptr) {
      violate("I3",
              "rollout " + std::to_string(id.value()) + " was acknowledged, is running, and nobody goes on with it");
      continue;
    }
    const auto& known = rollouts_[id].changes;
    for (const auto& change : *changes)
      if (const auto was = known.find(change.ordinal); was == known.end() || was->second != change.state)
        violate("I3", "rollout " + std::to_string(id.value()) + " does not go on where it stood");
  }
}

/// I10: with all that running rollouts have yet to do, no host is promised more than it has. What leaves in an earlier
/// wave makes room for what comes in a later one.
void Truth::accepted(const server::Core& core) {
  for (const auto& [name, host] : core.ledger().hosts()) {
    const auto promised = mostPromised(core, name);
    const auto told = [](const message::Capacity& amount) {
      return std::to_string(amount.vcpus) + " vcpus, " + amount.memory.str() + ", " + amount.disk.str() +
             " and volumes of " + amount.volumes.str();
    };
    if (!fits(promised, host.capacity))
      violate("I10", name.str() + " is promised to nodes of " + told(promised) + ", and has " + told(host.capacity));
  }
}

void Truth::acknowledged(const ClusterName& cluster, Revision revision, std::optional<RolloutId> rollout) {
  promisedRevisions_.insert({cluster, revision});
  if (rollout) promisedRollouts_.insert(*rollout);
}

}  // namespace berth::simulation

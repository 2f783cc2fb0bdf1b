// SPDX-License-Identifier: Apache-2.0
#include "controller/fleet/fleet.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "protocol/identity/endpoint.h"
#include "protocol/message/words.h"

namespace berth::fleet {

namespace {

/// Strangers that are remembered per host, for the condition: enough to see what is going on.
constexpr std::size_t kMaxStrangers = 5;

std::string subjectOf(const HostName& host) { return "host " + host.str(); }
std::string subjectOf(const NodeName& node) { return "node " + node.str(); }

constexpr const char* kAheadHint =
    "restore the newest copy of the controller's store, or let this one take over with "
    "\"berth-controller take-over --host ";

std::string describeAhead(const HostName& host, const store::Ahead& ahead, Epoch epoch, Generation generation) {
  return "this host has seen epoch " + std::to_string(ahead.epoch.value()) + " and generation " +
         std::to_string(ahead.generation.value()) + ", the controller's store knows epoch " +
         std::to_string(epoch.value()) + " and generation " + std::to_string(generation.value()) +
         ": the store is older than the fleet, so nothing on this host is changed; " + kAheadHint + host.str() + "\"";
}

}  // namespace

Fleet::Fleet(Ledger& ledger, Timing timing, TimePoint start)
    : ledger_(ledger), timing_(timing), listensSince_(start), ticked_(start) {}

void Fleet::hear(const HostName& host, const message::Header& header, const message::FromAgent& body,
                 const Moment& moment, Outbox& outbox) {
  if (ledger_.host(host) == nullptr) return;
  heard_.insert(host);
  Session& session = sessions_[host];
  const bool isHello = std::holds_alternative<message::Hello>(body);
  if (!isHello && !session.begun) {
    // The agent is in the middle of a session that this controller has not seen the beginning of.
    session.begun = true;
    ledger_.stir(host);
    greet(host, session, outbox);
    checkAhead(host, header.epoch, Generation(), moment);
    outbox.emplace_back(Send{host, message::ReportFully{}});
  }
  keepLease(host, session, moment);
  std::visit([&](const auto& each) { on(host, session, each, moment, outbox); }, body);
}

void Fleet::greet(const HostName& host, Session& session, Outbox& outbox) {
  session.status.reset();
  session.event = Sequence();
  session.pushed.reset();
  session.owed = true;
  outbox.emplace_back(Send{host, message::Welcome{ledger_.fleet(), host, timing_.heartbeat, timing_.lease}});
}

void Fleet::reassure(const HostName& host, const message::FromAgent& body, Outbox& outbox) const {
  const auto* record = ledger_.host(host);
  if (record == nullptr) return;
  if (std::holds_alternative<message::Hello>(body)) {
    outbox.emplace_back(Send{host, message::Welcome{ledger_.fleet(), host, timing_.heartbeat, timing_.lease}});
  }
  // It acknowledges neither a status nor an event: none has been taken. What runs there is confirmed all the same:
  // nothing is decided now, and afterwards all leases begin anew.
  if (const auto* beat = std::get_if<message::Heartbeat>(&body)) {
    const Generation generation = record->ahead ? Generation() : record->generation;
    outbox.emplace_back(Send{host, message::HeartbeatAck{{}, {}, beat->beat, generation}});
  }
}

void Fleet::keepLease(const HostName& host, Session& session, const Moment& moment) {
  session.lastHeard = moment.now;
  const bool wasLost = std::exchange(session.lost, false);
  const bool wasHeard = std::exchange(session.heard, true);
  if (wasLost || !wasHeard) ledger_.stir(host);
  if (wasHeard) return;
  ledger_.record(moment, subjectOf(host), "is heard");
}

bool Fleet::checkAhead(const HostName& host, Epoch epoch, Generation generation, const Moment& moment) {
  store::HostRecord record = *ledger_.host(host);
  if (epoch <= ledger_.epoch() && generation <= record.generation) return record.ahead.has_value();
  const store::Ahead before = record.ahead.value_or(store::Ahead{});
  const store::Ahead ahead{std::max(before.epoch, epoch), std::max(before.generation, generation)};
  if (record.ahead == ahead) return true;
  if (!record.ahead) {
    ledger_.record(moment, subjectOf(host), describeAhead(host, ahead, ledger_.epoch(), record.generation));
  }
  record.ahead = ahead;
  ledger_.put(std::move(record));
  return true;
}

void Fleet::on(const HostName& host, Session& session, const message::Hello& hello, const Moment& moment,
               Outbox& outbox) {
  ledger_.stir(host);
  if (!hello.fleet.isNil() && hello.fleet != ledger_.fleet()) {
    session.begun = false;
    outbox.emplace_back(Send{host, message::Refusal{"this host belongs to fleet " + hello.fleet.str() +
                                                    ", this is the controller of fleet " + ledger_.fleet().str()}});
    return;
  }
  session.begun = true;
  store::HostRecord record = *ledger_.host(host);
  if (!record.bootId.empty() && record.bootId != hello.bootId) {
    ledger_.record(moment, subjectOf(host), "was started anew");
    session.instances.clear();
    session.told = false;
  }
  record.introduced = true;
  record.zone = hello.zone;
  record.labels = hello.labels;
  record.capacity = hello.capacity;
  record.kvm = hello.kvm;
  record.agentVersion = hello.agentVersion;
  record.bootId = hello.bootId;
  const auto peers = identity::Endpoint::parse(hello.peers);
  record.peers = peers && peers->isConnectable() ? peers->str() : std::string();
  record.artifacts = hello.artifacts;
  record.volumePool = hello.volumePool;
  if (record != *ledger_.host(host)) ledger_.put(std::move(record));

  session.observed = hello.observed;
  session.reached = hello.reached;
  greet(host, session, outbox);
  if (checkAhead(host, hello.epoch, std::max(hello.observed, hello.reached), moment)) {
    const store::HostRecord& now = *ledger_.host(host);
    outbox.emplace_back(Send{host, message::Refusal{describeAhead(host, *now.ahead, ledger_.epoch(), now.generation)}});
  }
}

void Fleet::on(const HostName& host, Session& session, const message::Heartbeat& beat, const Moment& moment,
               Outbox& outbox) {
  session.observed = beat.observed;
  session.reached = beat.reached;
  const bool ahead = checkAhead(host, Epoch(), std::max(beat.observed, beat.reached), moment);
  if (beat.status != session.status.value_or(Sequence())) {
    // A Status was lost, or numbers of an older session are still here: only a full one helps.
    session.status.reset();
    outbox.emplace_back(Send{host, message::ReportFully{}});
  }
  if (!ahead && beat.observed < ledger_.host(host)->generation) session.pushed.reset();
  arm(host, session);
  // Its generation is filled in when the turn is settled (push).
  outbox.emplace_back(
      Send{host, message::HeartbeatAck{session.status.value_or(Sequence()), session.event, beat.beat, Generation()}});
}

void Fleet::arm(const HostName& host, const Session& session) {
  const auto* record = ledger_.host(host);
  if (record->ahead || !ledger_.isSettled(host) || session.observed < record->generation) return;
  std::vector<store::NodeRecord> armed;
  for (const NodeName& name : ledger_.nodesOn(host)) {
    const store::NodeRecord& node = *ledger_.node(name);
    if (node.lossGrace.count() != 0 && !node.armed && ledger_.condemned(name) == nullptr) armed.push_back(node);
  }
  for (store::NodeRecord& node : armed) {
    node.armed = true;
    ledger_.put(std::move(node));
  }
}

void Fleet::on(const HostName& host, Session&, const message::NeedSpecs& needs, const Moment&, Outbox& outbox) {
  // Specs hold secrets: a host gets those of its own nodes and no others.
  std::set<Digest> own;
  for (const NodeName& node : ledger_.nodesOn(host)) own.insert(ledger_.node(node)->spec);
  SendSpecs answer{host, {}};
  for (const Digest& digest : needs.digests) {
    if (own.erase(digest) != 0) answer.digests.push_back(digest);
  }
  if (!answer.digests.empty()) outbox.emplace_back(std::move(answer));
}

void Fleet::on(const HostName& host, Session& session, const message::Status& status, const Moment& moment,
               Outbox& outbox) {
  const bool full = status.extent == message::Status::Extent::full;
  if (session.status && status.sequence <= *session.status) return;  // repeated or overtaken
  if (!full && (!session.status || status.sequence != session.status->next())) {
    outbox.emplace_back(Send{host, message::ReportFully{}});
    return;
  }
  session.status = status.sequence;
  if (!std::exchange(session.told, true)) ledger_.stir(host);
  take(host, session, status, moment);
}

void Fleet::on(const HostName&, Session&, const message::Console&, const Moment&, Outbox&) {
  // The answer to a question that the server relayed; nothing to decide here.
}

void Fleet::take(const HostName& host, Session& session, const message::Status& status, const Moment& moment) {
  session.observed = status.observed;
  session.reached = status.reached;
  session.conditions = status.conditions;
  if (status.volumes) session.volumes = status.volumes;
  if (status.extent == message::Status::Extent::full) {
    session.strangers.clear();
    std::erase_if(session.instances, [&](const auto& known) {
      const bool isMissing =
          std::ranges::none_of(status.instances, [&](const auto& each) { return each.instance.uuid == known.first; });
      if (isMissing) ledger_.stir(known.second.instance.node);
      return isMissing;
    });
  }
  for (const auto& each : status.instances) takeInstance(host, session, each, moment);
  takeMoves(host, session, status, moment);
  takeCarriedOut(host, session, status.carriedOut, moment);
  takeEvents(host, session, status.events, moment);
}

bool Fleet::belongs(const HostName& host, const message::InstanceId& instance) const {
  if (const auto* tombstone = ledger_.tombstone(host, instance.uuid)) return tombstone->was.name == instance.node;
  const auto* node = ledger_.node(instance.node);
  return node != nullptr && node->host == host && node->instance == instance.uuid;
}

void Fleet::takeInstance(const HostName& host, Session& session, const message::InstanceStatus& status,
                         const Moment& moment) {
  const Uuid& uuid = status.instance.uuid;
  if (!belongs(host, status.instance)) {
    if (status.phase != message::Phase::gone && session.strangers.size() < kMaxStrangers) {
      session.strangers.push_back(status.instance);
    }
    return;
  }
  if (ledger_.tombstone(host, uuid) != nullptr && status.phase == message::Phase::gone) {
    session.instances.erase(uuid);
    ledger_.record(moment, subjectOf(status.instance.node), "instance " + uuid.str() + " is gone from " + host.str());
    ledger_.bury(uuid);
    return;
  }
  const auto before = session.instances.find(uuid);
  if (before == session.instances.end() || before->second != status) ledger_.stir(status.instance.node);
  session.instances.insert_or_assign(uuid, status);
}

void Fleet::takeMoves(const HostName& host, Session& session, const message::Status& status, const Moment& moment) {
  if (session.moves != status.volumeMoves) {
    for (const auto& each : session.moves) ledger_.stir(each.node);
    for (const auto& each : status.volumeMoves) ledger_.stir(each.node);
    session.moves = status.volumeMoves;
  }
  if (!status.volumes) return;
  for (const auto& each : *status.volumes) {
    const Ledger::VolumeKey key{each.node, each.volume.name, host};
    if (!ledger_.arrived(key, each.since)) continue;
    ledger_.record(moment, "volume " + each.node.str() + "/" + each.volume.name.str(),
                   "has come to " + host.str() + ", whole and compared with what it was copied from");
  }
}

void Fleet::takeCarriedOut(const HostName& host, Session& session, const std::vector<message::VolumeOrder>& orders,
                           const Moment& moment) {
  using Verb = message::VolumeOrder::Verb;
  for (const auto& each : orders) {
    if (!ledger_.carriedOut(host, each)) continue;
    const std::string subject = "volume " + each.node.str() + "/" + each.volume.str();
    switch (each.verb) {
      case Verb::snapshot: ledger_.record(moment, subject, "snapshot " + each.snapshot.str() + " is made"); break;
      case Verb::restore: ledger_.record(moment, subject, "is restored from " + each.snapshot.str()); break;
      case Verb::remove:
        ledger_.record(moment, subject,
                       (each.snapshot.empty() ? "is" : "snapshot " + each.snapshot.str() + " is") +
                           std::string(" deleted from ") + host.str());
        // What was told last may be of before.
        if (session.volumes && each.snapshot.empty()) {
          std::erase_if(*session.volumes, [&](const message::VolumeStatus& told) {
            return told.node == each.node && told.volume.name == each.volume && told.since <= each.at;
          });
        }
        break;
    }
  }
}

void Fleet::takeEvents(const HostName& host, Session& session, const std::vector<message::HostEvent>& events,
                       const Moment& moment) {
  store::HostRecord record = *ledger_.host(host);
  for (const auto& event : events) {
    session.event = std::max(session.event, event.sequence);
    // An agent that lost its state begins to count again; its clock tells its new events from repeated ones.
    const auto& last = record.lastEvent;
    if (last && event.sequence <= last->sequence && event.timeMs <= last->timeMs) continue;
    record.lastEvent = store::EventMark{event.sequence, event.timeMs};
    const Moment then{moment.now, event.timeMs};
    const bool ofNode = belongs(host, event.instance);
    ledger_.record(then, ofNode ? subjectOf(event.instance.node) : subjectOf(host), event.message);
  }
  if (record.lastEvent != ledger_.host(host)->lastEvent) ledger_.put(std::move(record));
}

void Fleet::tick(const Moment& moment) {
  ticked_ = moment.now;
  introduced_ = lost_ = 0;
  for (const auto& [name, record] : ledger_.hosts()) {
    // A host that never said Hello has nothing that could be lost.
    if (!record.introduced) continue;
    ++introduced_;
    const auto [found, isNew] = sessions_.try_emplace(name);
    if (isNew) ledger_.stir(name);
    Session& session = found->second;
    if (session.lost) ++lost_;
    if (session.lost || moment.now - silentSince(session) <= timing_.lease) continue;
    session.lost = true;
    session.heard = false;
    session.begun = false;
    session.told = false;
    ledger_.stir(name);
    ledger_.record(moment, subjectOf(name),
                   "is lost: nothing was heard for " + std::to_string(timing_.lease.count()) + " ms");
    ++lost_;
  }
  lookAtFences(moment);
}

/// Who waits for it that a node counts as fenced is told when it does, and when it does no longer.
void Fleet::lookAtFences(const Moment& moment) {
  std::set<NodeName> fenced;
  std::vector<Uuid> condemned;
  if (lost_ != 0) {
    for (const auto& [name, session] : sessions_) {
      if (!session.lost) continue;
      for (const NodeName& node : ledger_.nodesOn(name)) {
        if (isFenced(*ledger_.node(node))) fenced.insert(node);
      }
      for (const Uuid& uuid : ledger_.tombstonesOn(name)) {
        const auto& tombstone = ledger_.tombstones().at(uuid);
        if (!tombstone.fenced && isFenced(tombstone.was)) condemned.push_back(uuid);
      }
    }
  }
  std::vector<NodeName> changed;
  std::ranges::set_symmetric_difference(fenced_, fenced, std::back_inserter(changed));
  for (const NodeName& node : changed) ledger_.stir(node);
  fenced_ = std::move(fenced);
  for (const Uuid& uuid : condemned) {
    const auto& was = ledger_.tombstones().at(uuid).was;
    ledger_.record(moment, subjectOf(was.name),
                   "instance " + uuid.str() + " on " + was.host.str() +
                       " counts as fenced: the host is lost, and has cut its power by now");
    ledger_.fence(uuid);
  }
}

TimePoint Fleet::silentSince(const Session& session) const {
  return std::max(session.lastHeard.value_or(listensSince_), listensSince_);
}

std::optional<TimePoint> Fleet::fencedAt(const store::NodeRecord& node) const {
  if (node.lossGrace.count() == 0 || !node.armed) return std::nullopt;
  const auto session = sessions_.find(node.host);
  if (session == sessions_.end() || !session->second.lost) return std::nullopt;
  return silentSince(session->second) + node.lossGrace;
}

std::optional<std::chrono::seconds> Fleet::fencedIn(const store::NodeRecord& node) const {
  const auto at = fencedAt(node);
  if (!at) return std::nullopt;
  return std::max(std::chrono::ceil<std::chrono::seconds>(*at - ticked_), std::chrono::seconds(0));
}

bool Fleet::isFenced(const store::NodeRecord& node) const {
  const auto at = fencedAt(node);
  return at && ticked_ >= *at && !isCutOff();
}

bool Fleet::isCutOff() const { return lost_ * 100 > introduced_ * timing_.lostShare; }

void Fleet::push(Outbox& outbox) {
  for (auto& each : outbox) {
    auto* send = std::get_if<Send>(&each);
    auto* ack = send == nullptr ? nullptr : std::get_if<message::HeartbeatAck>(&send->body);
    const auto* record = ack == nullptr ? nullptr : ledger_.host(send->host);
    if (record != nullptr && !record->ahead) ack->generation = record->generation;
  }
  // For all others nothing has changed that a manifest would be sent for.
  auto hosts = ledger_.takeRisen();
  hosts.merge(std::exchange(heard_, {}));
  for (const HostName& host : hosts) {
    const auto found = sessions_.find(host);
    if (found == sessions_.end()) continue;
    Session& session = found->second;
    const auto* record = ledger_.host(host);
    if (record == nullptr || record->ahead || !session.begun || !session.heard) continue;
    const Generation known = session.pushed.value_or(session.observed);
    const bool owed = std::exchange(session.owed, false);
    // An empty manifest that never was anything else says nothing.
    if (record->generation == Generation() || (!owed && known >= record->generation)) continue;
    session.pushed = record->generation;
    outbox.emplace_back(Send{host, ledger_.manifest(host)});
  }
}

void Fleet::forget(const HostName& host) {
  sessions_.erase(host);
  ledger_.stir(host);
}

message::HostState Fleet::state(const HostName& host) const {
  const auto* record = ledger_.host(host);
  const auto session = sessions_.find(host);
  if (record == nullptr || session == sessions_.end()) return message::HostState::joined;
  if (session->second.lost) return message::HostState::lost;
  const bool ready = session->second.begun && session->second.heard && !record->ahead;
  return ready ? message::HostState::ready : message::HostState::joined;
}

bool Fleet::isDriven(const HostName& host) const { return state(host) == message::HostState::ready; }

Standing Fleet::standing(const HostName& host, const message::InstanceId& instance) const {
  Standing standing;
  standing.status.instance = instance;
  const auto session = sessions_.find(host);
  if (session == sessions_.end()) {
    standing.status.reason = "host " + host.str() + " has not been heard yet";
    return standing;
  }
  standing.known = session->second.heard && session->second.begun && session->second.told;
  const auto found = session->second.instances.find(instance.uuid);
  if (found != session->second.instances.end()) {
    standing.status = found->second;
  } else {
    standing.status.reason = standing.known ? "host " + host.str() + " has not begun with it yet"
                                            : "host " + host.str() + " has not reported yet";
  }
  return standing;
}

Standing Fleet::standing(const store::NodeRecord& node) const { return standing(node.host, node.id()); }
Standing Fleet::standing(const store::TombstoneRecord& tombstone) const {
  return standing(tombstone.host(), tombstone.instance());
}

message::HostRow Fleet::describe(const HostName& host, TimePoint now) const {
  message::HostRow row;
  const auto* record = ledger_.host(host);
  if (record == nullptr) return row;
  row.name = host;
  row.state = state(host);
  row.zone = record->zone;
  row.labels = record->labels;
  row.capacity = record->capacity;
  row.kvm = record->kvm;
  row.nodes = static_cast<std::uint32_t>(ledger_.nodesOn(host).size());
  row.agentVersion = record->agentVersion;
  row.volumePool = record->volumePool;
  row.desired = record->generation;
  if (record->ahead) {
    row.conditions.push_back(describeAhead(host, *record->ahead, ledger_.epoch(), record->generation));
  }
  const auto found = sessions_.find(host);
  if (found == sessions_.end()) return row;
  const Session& session = found->second;
  row.observed = session.observed;
  row.reached = session.reached;
  if (session.lastHeard) {
    row.lastSeenMs = std::chrono::duration_cast<std::chrono::milliseconds>(now - *session.lastHeard).count();
  }
  row.conditions.insert(row.conditions.end(), session.conditions.begin(), session.conditions.end());
  for (const auto& stranger : session.strangers) {
    row.conditions.push_back("instance " + stranger.uuid.str() + " of node " + stranger.node.str() +
                             " is there and the controller does not know it; it is left alone");
  }
  return row;
}

}  // namespace berth::fleet

// SPDX-License-Identifier: Apache-2.0
#include "controller/server/answer.h"

#include <algorithm>

#include "controller/server/draining.h"
#include "controller/server/lock_desk.h"
#include "controller/server/planning.h"
#include "controller/server/report.h"
#include "controller/server/revisions.h"
#include "controller/server/secret_orders.h"
#include "controller/server/stack_view.h"
#include "controller/server/volume_orders.h"
#include "planner/change/protect.h"
#include "planner/source/diagnostic.h"
#include "protocol/identity/token.h"
#include "protocol/message/words.h"

namespace berth::server {

namespace reply = message::reply;
using message::Reply;
using reply::ErrorCode;

namespace {

/// A reply holds at most so many rows; whoever wants more asks on from the last.
constexpr std::uint32_t kMaxEvents = 1000;
constexpr std::uint32_t kMaxRollouts = 200;
constexpr std::uint32_t kEventsOfNode = 30;
/// A console's piece in one message, far below the limit of its size.
constexpr std::uint32_t kMaxLogBytes = 256u << 10;

std::uint32_t bounded(std::uint32_t asked, std::uint32_t most) { return asked == 0 ? most : std::min(asked, most); }

std::string by(const store::OperatorRecord& person) { return "operator " + person.name.str(); }

/// "there is no node "prod-sever-0"", with the one that was probably meant.
template <class Map, class Name>
Reply notFound(const char* what, const Name& name, const Map& known) {
  std::vector<std::string> names;
  for (const auto& [each, record] : known) names.push_back(each.str());
  const auto near = source::nearest(name.str(), names);
  return refusal(ErrorCode::notFound, std::string("there is no ") + what + " \"" + name.str() + "\"",
                 near ? "did you mean \"" + *near + "\"?" : std::string());
}

class Desk {
public:
  Desk(Core& core, const Premises& premises, const store::OperatorRecord& person, const fleet::Moment& moment)
      : core_(core), premises_(premises), person_(person), moment_(moment) {}

  Answer operator()(const request::Version&) const {
    return Reply(reply::Version{BERTH_VERSION, ledger().fleet(), ledger().epoch()});
  }

  // ---- clusters
  Answer operator()(request::Plan& plan) const {
    return Planning{std::move(plan.submission), Planning::Aim::show, {}, std::move(plan.options), plan.keep, {}};
  }
  Answer operator()(request::Explain& explain) const {
    Planning planning{std::move(explain.submission), Planning::Aim::show, {}};
    planning.explained = explain.node;
    return planning;
  }
  Answer operator()(request::Simulate& simulate) const { return Foresight(std::move(simulate)); }
  Answer operator()(request::Rebalance& rebalance) const { return Foresight(std::move(rebalance)); }
  Answer operator()(request::Apply& apply) const {
    return Planning{std::move(apply.submission), Planning::Aim::apply,    apply.from,
                    std::move(apply.options),    request::Plan::Keep::no, {}};
  }
  Answer operator()(const request::PlanSaved& plan) const { return fromTicket(plan.ticket, Planning::Aim::show); }
  Answer operator()(const request::ApplySaved& apply) const { return fromTicket(apply.ticket, Planning::Aim::apply); }
  Answer operator()(const request::PlanDestroy& destroy) const {
    if (ledger().cluster(destroy.cluster) == nullptr) return notFound("cluster", destroy.cluster, ledger().clusters());
    if (auto refused = protectedFrom(destroy.cluster)) return *std::move(refused);
    return Reply(reply::Planned{planDestroy(core_, destroy.cluster)});
  }
  Answer operator()(const request::Destroy& destroy) const {
    if (ledger().cluster(destroy.cluster) == nullptr) return notFound("cluster", destroy.cluster, ledger().clusters());
    if (auto refused = overtaken(core_, destroy.cluster, destroy.from)) return *std::move(refused);
    if (auto refused = protectedFrom(destroy.cluster)) return *std::move(refused);
    return Reply(acceptDestroy(core_, destroy.cluster, person_.name, moment_));
  }
  Answer operator()(request::PlanRevision& plan) const {
    return planRevision(plan.cluster, plan.revision, std::move(plan.options), Planning::Aim::show, {});
  }
  Answer operator()(request::ApplyRevision& apply) const {
    return planRevision(apply.cluster, apply.revision, std::move(apply.options), Planning::Aim::apply, apply.from);
  }
  Answer operator()(const request::GetVolumes& get) const {
    return Reply(reply::Volumes{volumeRows(core_, get.cluster)});
  }
  Answer operator()(const request::GetLocks& get) const {
    if (get.cluster && ledger().cluster(*get.cluster) == nullptr) {
      return notFound("cluster", *get.cluster, ledger().clusters());
    }
    return Reply(reply::Locks{lockRows(core_, get.cluster)});
  }
  Answer operator()(const request::ReleaseLock& asked) const {
    if (ledger().node(asked.node) == nullptr) return notFound("node", asked.node, ledger().nodes());
    if (!core_.rollouts().locks().release(asked.node, "released by " + by(person_), moment_)) {
      return refusal(ErrorCode::conflict, asked.node.str() + " holds no lock", "see: berth get locks");
    }
    return Reply(reply::Done{});
  }
  Answer operator()(const request::DeleteVolumes& asked) const {
    if (auto refused = deleteVolumes(core_, asked, by(person_), moment_)) return Reply(*std::move(refused));
    return Reply(reply::Done{});
  }
  Answer operator()(const request::SnapshotVolume& asked) const {
    if (auto refused = snapshotVolume(core_, asked.what, by(person_), moment_)) return Reply(*std::move(refused));
    return Reply(reply::Done{});
  }
  Answer operator()(const request::RestoreVolume& asked) const {
    if (auto refused = restoreVolume(core_, asked.what, by(person_), moment_)) return Reply(*std::move(refused));
    return Reply(reply::Done{});
  }
  Answer operator()(const request::GetClusters&) const {
    reply::Clusters clusters;
    for (const auto& [name, record] : ledger().clusters()) {
      auto row = clusterRow(core_, record);
      if (auto* failed = std::get_if<store::Failure>(&row)) return refusal(*failed);
      clusters.clusters.push_back(std::get<message::ClusterRow>(std::move(row)));
    }
    return Reply(std::move(clusters));
  }

  // ---- secrets
  Answer operator()(const request::GetSecrets& get) const { return listSecrets(core_, get); }
  Answer operator()(const request::ReadSecret& read) const {
    return readSecret(core_, *premises_.vault, read, person_.name, moment_);
  }
  Answer operator()(request::SetSecret& set) const {
    return setSecret(core_, *premises_.vault, set, person_.name, moment_);
  }
  Answer operator()(const request::RotateSecret& rotate) const {
    return rotateSecret(core_, *premises_.vault, rotate, person_.name, moment_);
  }
  Answer operator()(const request::DeleteSecret& remove) const {
    return deleteSecret(core_, *premises_.vault, remove, person_.name, moment_);
  }

  Answer operator()(const request::DescribeStack& asked) const { return describeStack(core_, *premises_.vault, asked); }

  // ---- hosts
  Answer operator()(const request::GetHosts&) const {
    reply::Hosts hosts;
    for (const auto& [name, record] : ledger().hosts()) hosts.hosts.push_back(hostRow(core_, name, moment_.now));
    return Reply(std::move(hosts));
  }
  Answer operator()(const request::SetDuty& set) const {
    if (ledger().host(set.host) == nullptr) return notFound("host", set.host, ledger().hosts());
    setDuty(core_, set, person_.name, moment_);
    return Reply(reply::Done{});
  }
  Answer operator()(const request::CreateToken& create) const {
    if (ledger().host(create.host) != nullptr) {
      return refusal(ErrorCode::conflict, "host \"" + create.host.str() + "\" has joined already",
                     "to give its name to another machine or key, first run: berth host remove " + create.host.str());
    }
    const auto ttl = create.ttlSeconds == 0 ? identity::kTokenTtl : std::chrono::seconds(create.ttlSeconds);
    const WallTime wall{std::chrono::milliseconds(moment_.wallMs)};
    auto issued = identity::issueToken(identity::drawTokenSeed(), create.host, premises_.enrolment,
                                       premises_.controllerKey, wall, ttl);
    const auto expires =
        std::chrono::duration_cast<std::chrono::milliseconds>(issued.stored.expires.time_since_epoch());
    ledger().put(std::move(issued.stored));
    ledger().record(moment_, by(person_), "made a join token for host " + create.host.str());
    return Reply(reply::Token{std::move(issued.text), expires.count()});
  }
  Answer operator()(const request::RemoveHost& remove) const {
    if (ledger().host(remove.host) == nullptr) return notFound("host", remove.host, ledger().hosts());
    if (auto refused = stillNeeded(remove.host)) return *std::move(refused);
    for (auto token = ledger().tokens().begin(); token != ledger().tokens().end();) {
      const auto& each = (token++)->second;
      if (each.host == remove.host) ledger().removeToken(std::string(each.id));
    }
    std::vector<Uuid> fenced;
    for (const auto& [uuid, tombstone] : ledger().tombstones()) {
      if (tombstone.host() == remove.host) fenced.push_back(uuid);
    }
    for (const Uuid& uuid : fenced) ledger().bury(uuid);
    ledger().removeHost(remove.host);
    core_.fleet().forget(remove.host);
    ledger().record(moment_, by(person_), "removed host " + remove.host.str());
    return Reply(reply::Done{});
  }

  // ---- nodes
  Answer operator()(const request::GetNodes& get) const {
    if (get.cluster && ledger().cluster(*get.cluster) == nullptr) {
      return notFound("cluster", *get.cluster, ledger().clusters());
    }
    return Reply(reply::Nodes{nodeRows(core_, get.cluster)});
  }
  Answer operator()(const request::DescribeNode& describe) const {
    const auto* node = ledger().node(describe.node);
    if (node == nullptr) return notFound("node", describe.node, ledger().nodes());
    auto events = core_.store().eventsAbout("node " + describe.node.str(), kEventsOfNode);
    if (auto* failed = std::get_if<store::Failure>(&events)) return refusal(*failed);
    reply::Node described{nodeRow(core_, *node), {}};
    for (const auto& event : std::get<std::vector<store::EventRecord>>(events)) {
      described.events.push_back(eventRow(event));
    }
    return Reply(std::move(described));
  }
  Answer operator()(const request::SetPower& set) const {
    for (const NodeName& name : set.nodes) {
      const auto* node = ledger().node(name);
      if (node == nullptr) return notFound("node", name, ledger().nodes());
      if (auto refused = isBeingChanged(*node)) return *std::move(refused);
    }
    const bool stops = set.power == message::Power::off;
    for (const NodeName& name : set.nodes) {
      if (stops || ledger().node(name)->power == message::Power::off) continue;
      if (auto refused = isDownThoughOn(*ledger().node(name))) return *std::move(refused);
    }
    if (stops && set.force == request::SetPower::Force::no) {
      if (auto refused = losesMajority(set.nodes)) return *std::move(refused);
    }
    for (const NodeName& name : set.nodes) {
      store::NodeRecord node = *ledger().node(name);
      if (node.power == set.power) continue;
      node.power = set.power;
      ledger().put(std::move(node));
      ledger().record(moment_, "node " + name.str(),
                      (stops ? "is switched off by " : "is switched on again by ") + by(person_));
    }
    return Reply(reply::Done{});
  }
  Answer operator()(const request::ReadLog& read) const {
    const auto* node = ledger().node(read.node);
    if (node == nullptr) return notFound("node", read.node, ledger().nodes());
    if (core_.fleet().state(node->host) != message::HostState::ready) {
      return refusal(ErrorCode::unavailable,
                     "the console of " + read.node.str() + " is on host " + node->host.str() + ", which is not heard",
                     "see: berth get hosts");
    }
    return Relay{node->host, {node->id(), read.offset, bounded(read.limit, kMaxLogBytes)}};
  }

  // ---- rollouts and events
  Answer operator()(const request::GetRollouts& get) const {
    auto read = core_.store().rollouts(get.cluster, kMaxRollouts);
    if (auto* failed = std::get_if<store::Failure>(&read)) return refusal(*failed);
    reply::Rollouts rollouts;
    for (const auto& record : std::get<std::vector<store::RolloutRecord>>(read)) {
      auto changes = core_.store().changes(record.id);
      if (auto* failed = std::get_if<store::Failure>(&changes)) return refusal(*failed);
      rollouts.rollouts.push_back(
          rolloutRow(core_, record, std::get<std::vector<store::ChangeRecord>>(changes), moment_));
    }
    return Reply(std::move(rollouts));
  }
  Answer operator()(const request::GetRollout& get) const {
    auto found = findRollout(get);
    if (auto* failed = std::get_if<store::Failure>(&found)) return refusal(*failed);
    const auto& record = std::get<std::optional<store::RolloutRecord>>(found);
    if (!record) return refusal(ErrorCode::notFound, describeMissing(get), "see: berth get rollouts");
    auto changes = core_.store().changes(record->id);
    if (auto* failed = std::get_if<store::Failure>(&changes)) return refusal(*failed);
    const auto& rows = std::get<std::vector<store::ChangeRecord>>(changes);
    reply::Rollout rollout{rolloutRow(core_, *record, rows, moment_), {}};
    for (const auto& change : rows) rollout.changes.push_back(changeRow(core_, change));
    return Reply(std::move(rollout));
  }
  Answer operator()(const request::SteerRollout& steer) const {
    request::GetRollout named{steer.id, steer.cluster};
    auto found = findRollout(named);
    if (auto* failed = std::get_if<store::Failure>(&found)) return refusal(*failed);
    const auto& record = std::get<std::optional<store::RolloutRecord>>(found);
    if (!record) return refusal(ErrorCode::notFound, describeMissing(named), "see: berth get rollouts");
    const auto* running = core_.rollouts().running(record->cluster);
    if (running == nullptr || running->id != record->id) {
      return refusal(ErrorCode::conflict,
                     "rollout " + std::to_string(record->id.value()) + " of cluster " + record->cluster.str() + " is " +
                         std::string(message::toString(record->state)) + " already",
                     "see: berth get rollouts");
    }
    if (auto why = core_.rollouts().steer(record->cluster, steer.verb, by(person_), moment_)) {
      return refusal(ErrorCode::conflict, *std::move(why), "see: berth rollout status " + record->cluster.str());
    }
    return Reply(reply::Done{});
  }
  Answer operator()(const request::GetEvents& get) const {
    auto read = core_.store().events(get.after, bounded(get.limit, kMaxEvents));
    if (auto* failed = std::get_if<store::Failure>(&read)) return refusal(*failed);
    reply::Events events;
    for (const auto& event : std::get<std::vector<store::EventRecord>>(read)) events.events.push_back(eventRow(event));
    return Reply(std::move(events));
  }

  // ---- operators
  Answer operator()(const request::AddOperator& add) const {
    const auto key = identity::PublicKey::parse(add.publicKey);
    if (!key) {
      return refusal(ErrorCode::invalid, "the public key of " + add.name.str() + " is none",
                     "a public key has 40 characters of Z85");
    }
    if (ledger().operators().contains(add.name)) {
      return refusal(ErrorCode::conflict, "there is an operator \"" + add.name.str() + "\" already", "remove it first");
    }
    if (const auto* other = ledger().operatorOfKey(*key)) {
      return refusal(ErrorCode::conflict, "operator \"" + other->name.str() + "\" has this key already");
    }
    ledger().put(store::OperatorRecord{add.name, add.role, *key, moment_.wallMs});
    ledger().record(moment_, by(person_),
                    "added operator " + add.name.str() + " as " + std::string(message::toString(add.role)));
    return Reply(reply::Done{});
  }
  Answer operator()(const request::RemoveOperator& remove) const {
    const auto found = ledger().operators().find(remove.name);
    if (found == ledger().operators().end()) return notFound("operator", remove.name, ledger().operators());
    const auto admins = std::ranges::count_if(
        ledger().operators(), [](const auto& each) { return each.second.role == message::Role::admin; });
    if (found->second.role == message::Role::admin && admins == 1) {
      return refusal(ErrorCode::conflict, remove.name.str() + " is the last admin", "add another one first");
    }
    ledger().removeOperator(OperatorName(remove.name));
    ledger().record(moment_, by(person_), "removed operator " + remove.name.str());
    return Reply(reply::Done{});
  }
  Answer operator()(const request::GetOperators&) const {
    reply::Operators operators;
    for (const auto& [name, each] : ledger().operators()) {
      operators.operators.push_back({name, each.role, each.key.str()});
    }
    return Reply(std::move(operators));
  }

private:
  [[nodiscard]] fleet::Ledger& ledger() const { return core_.ledger(); }

  /// Destroying a cluster destroys all that is in it.
  [[nodiscard]] std::optional<Reply> protectedFrom(const ClusterName& cluster) const {
    const auto& protections = ledger().cluster(cluster)->protections;
    if (protections.empty()) return std::nullopt;
    std::string what;
    for (const auto& each : protections) what += (what.empty() ? "" : "; ") + change::inWords(each);
    return refusal(ErrorCode::conflict, "cluster \"" + cluster.str() + "\" may not be destroyed: " + what,
                   "to take that back, first apply its spec with protect: false");
  }

  [[nodiscard]] Answer planRevision(const ClusterName& cluster, const message::RevisionChoice& choice,
                                    message::PlanOptions options, Planning::Aim aim,
                                    std::optional<Revision> from) const {
    auto found = submissionOf(core_, cluster, choice);
    if (auto* error = std::get_if<reply::Error>(&found)) return Reply(std::move(*error));
    return Planning{
        std::get<message::Submission>(std::move(found)), aim, from, std::move(options), request::Plan::Keep::no, {}};
  }

  [[nodiscard]] Answer fromTicket(const std::string& sealed, Planning::Aim aim) const {
    auto ticket = premises_.key == nullptr ? std::nullopt : openTicket(*premises_.key, sealed);
    if (!ticket) {
      return refusal(ErrorCode::invalid, "the saved plan was not made by this controller, or has been changed",
                     "make a new one: berth plan -f FILE --out FILE");
    }
    Planning planning{ticket->submission, aim, {}, ticket->options, request::Plan::Keep::no, {}};
    planning.saved = *std::move(ticket);
    return planning;
  }

  [[nodiscard]] std::optional<Reply> isBeingChanged(const store::NodeRecord& node) const {
    if (!core_.rollouts().isChanging(node)) return std::nullopt;
    const std::string id = std::to_string(core_.rollouts().running(node.cluster)->id.value());
    return refusal(ErrorCode::conflict, "rollout " + id + " is changing " + node.name.str() + " right now",
                   "wait for it: berth rollout status " + id + " --watch");
  }

  /// Set for a node that is switched on and that its agent leaves down: nothing would come of switching it on.
  [[nodiscard]] std::optional<Reply> isDownThoughOn(const store::NodeRecord& node) const {
    const auto standing = core_.fleet().standing(node);
    const bool isGivenUp = standing.status.phase == message::Phase::failed && standing.status.stopsInARow != 0;
    if (!standing.known || (standing.status.left == message::Drift::heal && !isGivenUp)) return std::nullopt;
    return refusal(ErrorCode::conflict, node.name.str() + " is switched on, and down: " + standing.status.reason,
                   "berth restart " + node.name.str() + " switches it off and on");
  }

  /// Set when a pool that lives by its majority would be brought below it.
  [[nodiscard]] std::optional<Reply> losesMajority(const std::vector<NodeName>& stopped) const {
    std::map<std::pair<ClusterName, PoolName>, std::size_t> stops;
    for (const NodeName& name : stopped) {
      const auto& node = *ledger().node(name);
      if (core_.fleet().standing(node).isReady()) ++stops[{node.cluster, node.pool}];
    }
    for (const auto& [which, going] : stops) {
      auto newest = core_.store().rollouts(which.first, 1);
      if (auto* failed = std::get_if<store::Failure>(&newest)) return refusal(*failed);
      const auto& rollouts = std::get<std::vector<store::RolloutRecord>>(newest);
      if (rollouts.empty() || !rollouts.front().pace.quorum.contains(which.second)) continue;
      std::size_t nodes = 0;
      std::size_t ready = 0;
      for (const auto* node : ledger().nodesOf(which.first)) {
        if (node->pool != which.second) continue;
        ++nodes;
        if (core_.fleet().standing(*node).isReady()) ++ready;
      }
      const std::size_t majority = nodes / 2 + 1;
      // What is lost already cannot be lost.
      if (ready - going >= majority || ready < majority) continue;
      return refusal(ErrorCode::conflict,
                     "pool \"" + which.second.str() + "\" of cluster " + which.first.str() + " needs " +
                         std::to_string(majority) + " of its " + std::to_string(nodes) + " nodes, and would have " +
                         std::to_string(ready - going),
                     "stop fewer at once, or say --force");
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Reply> stillNeeded(const HostName& host) const {
    const auto& nodes = ledger().nodesOn(host);
    if (!nodes.empty()) {
      std::string names = nodes.begin()->str();
      if (nodes.size() > 1) names += " and " + std::to_string(nodes.size() - 1) + " more";
      return refusal(ErrorCode::conflict, "host \"" + host.str() + "\" has nodes: " + names,
                     "move them away first: berth drain " + host.str());
    }
    for (const auto& [key, volume] : ledger().volumes()) {
      if (key.host != host) continue;
      return refusal(ErrorCode::conflict,
                     "host \"" + host.str() + "\" has volume " + key.volume.str() + " of " + key.node.str(),
                     "its data would be out of reach; if nobody needs it: berth volume delete " + key.node.str() + "/" +
                         key.volume.str());
    }
    for (const auto& [key, snapshot] : ledger().snapshots()) {
      if (key.of.host != host) continue;
      return refusal(ErrorCode::conflict,
                     "host \"" + host.str() + "\" has not said yet that snapshot " + key.name.str() + " of " +
                         key.of.node.str() + "/" + key.of.volume.str() + " is gone",
                     "wait until it has; its agent must be running");
    }
    for (const auto& [uuid, tombstone] : ledger().tombstones()) {
      // What is fenced is not switched on again without this host's being admitted.
      if (tombstone.host() != host || tombstone.fenced) continue;
      return refusal(ErrorCode::conflict,
                     "host \"" + host.str() + "\" has not said yet that " + tombstone.was.name.str() + " is gone",
                     "wait until it has; its agent must be running");
    }
    if (core_.rollouts().reserved(host) != message::Capacity{}) {
      return refusal(ErrorCode::conflict, "a rollout is about to put nodes on host \"" + host.str() + "\"",
                     "see: berth get rollouts");
    }
    return std::nullopt;
  }

  [[nodiscard]] store::Result<std::optional<store::RolloutRecord>> findRollout(const request::GetRollout& get) const {
    if (get.id) return core_.store().rollout(*get.id);
    auto newest = core_.store().rollouts(get.cluster, 1);
    if (auto* failed = std::get_if<store::Failure>(&newest)) return std::move(*failed);
    auto& rollouts = std::get<std::vector<store::RolloutRecord>>(newest);
    if (rollouts.empty()) return std::optional<store::RolloutRecord>();
    return std::optional(std::move(rollouts.front()));
  }

  static std::string describeMissing(const request::GetRollout& get) {
    if (get.id) return "there is no rollout " + std::to_string(get.id->value());
    if (get.cluster) return "cluster \"" + get.cluster->str() + "\" has had no rollout";
    return "there has been no rollout yet";
  }

  Core& core_;
  const Premises& premises_;
  const store::OperatorRecord& person_;
  const fleet::Moment& moment_;
};

}  // namespace

Reply refusal(ErrorCode code, std::string message, std::string hint) {
  return reply::Error{code, std::move(message), std::move(hint), {}};
}

Reply refusal(const store::Failure& failure) {
  return refusal(ErrorCode::unavailable, "the controller's store: " + failure.message, failure.hint);
}

Reply forbidden(const store::OperatorRecord& person, const message::Request& request) {
  const std::string needed(message::toString(message::roleFor(request)));
  return refusal(ErrorCode::forbidden,
                 person.name.str() + " is " + std::string(message::toString(person.role)) + ", and \"" +
                     std::string(message::nameOf(request)) + "\" takes " + needed,
                 "ask an admin of this fleet");
}

std::optional<Reply> overtaken(const Core& core, const ClusterName& cluster, std::optional<Revision> from) {
  const auto* record = core.ledger().cluster(cluster);
  const Revision now = record == nullptr ? Revision() : record->revision;
  if (!from || *from == now) return std::nullopt;
  return refusal(ErrorCode::conflict,
                 "cluster \"" + cluster.str() + "\" is at revision " + std::to_string(now.value()) +
                     " by now, your plan started from " + std::to_string(from->value()),
                 "look at a new plan");
}

Answer answer(Core& core, const Premises& premises, const store::OperatorRecord& person, message::Request request,
              const fleet::Moment& moment) {
  return std::visit(Desk(core, premises, person, moment), request);
}

}  // namespace berth::server

// SPDX-License-Identifier: Apache-2.0
#include "controller/server/planning.h"

#include <algorithm>
#include <unordered_map>

#include "controller/server/convert.h"
#include "planner/image/declared.h"
#include "planner/spec/parse.h"
#include "protocol/message/envelope.h"

namespace berth::server {

using message::reply::ErrorCode;

namespace {

change::Health healthOf(const fleet::Standing& standing) {
  if (!standing.known) return change::Health::unknown;
  return standing.isReady() ? change::Health::ready : change::Health::notReady;
}

/// Where new nodes may go: hosts that are heard and driven, and those of which nothing bad is known yet because this
/// controller has only just begun.
layout::HostState stateOf(const Core& core, const store::HostRecord& host) {
  const bool hopeful = core.fleet().state(host.name) != message::HostState::lost;
  return host.introduced && hopeful && !host.ahead ? layout::HostState::ready : layout::HostState::lost;
}

std::optional<node::HeldAddress> heldBy(const store::NodeRecord& node) {
  const auto address = spec::Ipv4::parse(node.address);
  if (!address) return std::nullopt;
  return node::HeldAddress{node.cluster, node.name, toPlanner(node.nic.attachment), node.nic.source, *address};
}

Error invalid(const source::Findings& findings) {
  return {ErrorCode::invalid, "the spec has errors", {}, toMessage(findings)};
}

/// The nodes in force for the planner. What a node is must be known: without it every one would look changed, and be
/// replaced for want of information (I11).
std::variant<std::vector<change::InForce>, Error> presentOf(const World& world) {
  std::vector<change::InForce> present;
  for (const auto& node : world.nodes) {
    auto decoded = message::decodeSpec(node.encoded);
    const auto* spec = std::get_if<message::NodeSpec>(&decoded);
    if (spec == nullptr) {
      return Error{
          ErrorCode::internal,
          "the controller's store has no readable spec of node " + node.record.name.str() + ", so no plan can be made",
          "restore a copy of the store",
          {}};
    }
    present.push_back({toPlanner(*spec, node.record.index, node.record.address), node.record.host, node.health});
  }
  return present;
}

/// Turns what the planner found into records.
class Scribe {
public:
  Scribe(const World& world, const change::Outcome& outcome, Revision revision)
      : world_(world), outcome_(outcome), revision_(revision) {
    for (const auto& blueprint : outcome.blueprints) blueprints_[blueprint.name] = &blueprint;
    for (const auto& node : world.nodes) present_[node.record.name] = &node;
  }

  void write(Proposal& proposal) {
    std::uint32_t wave = 0;
    for (const auto& each : outcome_.plan.waves) {
      for (const auto& change : each) proposal.changes.push_back(changeFor(change, wave, proposal));
      ++wave;
    }
    std::unordered_map<NodeName, bool> live;
    for (const auto& change : outcome_.plan.live) live[change.node] = true;
    for (const auto& node : world_.nodes) {
      if (changed_.contains(node.record.name)) continue;
      stay(node, live.contains(node.record.name), proposal);
    }
  }

private:
  store::ChangeRecord changeFor(const change::Change& change, std::uint32_t wave, Proposal& proposal) {
    changed_[change.node] = true;
    const message::ChangeRow row = toMessage(change);
    store::ChangeRecord record;
    record.wave = wave;
    record.action = row.action;
    record.reasons = row.reasons;
    if (change.action == change::Action::destroy) {
      record.target = present_.at(change.node)->record;
    } else {
      const auto& blueprint = *blueprints_.at(change.node);
      record.target = toRecord(blueprint, change.host, encode(blueprint, proposal), revision_);
    }
    return record;
  }

  Digest encode(const node::Blueprint& blueprint, Proposal& proposal) {
    store::SpecRecord spec;
    spec.encoded = message::encodeSpec(toMessage(blueprint));
    spec.digest = Digest::of(spec.encoded);
    proposal.specs.push_back(spec);
    return spec.digest;
  }

  /// The machine stays; its tags and probes may change. A node that is not live keeps the very spec it was made from,
  /// so that nothing moves on its host.
  void stay(const World::Node& node, bool isLive, Proposal& proposal) {
    const auto blueprint = blueprints_.find(node.record.name);
    if (blueprint == blueprints_.end()) return;
    store::NodeRecord record = node.record;
    record.revision = revision_;
    if (isLive) {
      record.spec = encode(*blueprint->second, proposal);
      record.tags = blueprint->second->tags;
    }
    if (record != node.record) proposal.staying.push_back(std::move(record));
  }

  const World& world_;
  const change::Outcome& outcome_;
  const Revision revision_;
  std::unordered_map<NodeName, const node::Blueprint*> blueprints_;
  std::unordered_map<NodeName, const World::Node*> present_;
  std::unordered_map<NodeName, bool> changed_;
};

bool isSame(const message::Submission& a, const std::optional<message::Submission>& b) {
  return b && a.specPath == b->specPath && a.files == b->files && a.image == b->image && a.variables == b->variables;
}

void addOthers(World& world, const Core& core) {
  for (const auto& [name, node] : core.ledger().nodes()) {
    if (node.cluster == world.cluster) continue;
    world.foreign.push_back(name);
    if (auto held = heldBy(node)) world.held.push_back(*std::move(held));
  }
  for (const auto& [uuid, tombstone] : core.ledger().tombstones()) {
    // An instance that goes has its address until it is gone; its own successor may have it again.
    const auto* successor = core.ledger().node(tombstone.was.name);
    if (successor != nullptr && successor->address == tombstone.was.address) continue;
    if (auto held = heldBy(tombstone.was)) world.held.push_back(*std::move(held));
  }
}

}  // namespace

std::variant<World, store::Failure> look(Core& core, const ClusterName& cluster) {
  const fleet::Ledger& ledger = core.ledger();
  World world;
  world.version = ledger.version();
  world.cluster = cluster;
  world.next = ledger.nextRevision(cluster);
  if (const auto* record = ledger.cluster(cluster)) {
    world.inForce = record->revision;
    auto read = core.store().revision(cluster, record->revision);
    if (auto* failed = std::get_if<store::Failure>(&read)) return std::move(*failed);
    auto& revision = std::get<std::optional<store::RevisionRecord>>(read);
    if (revision) world.current = std::move(revision->submission);
  }
  for (const auto& [name, host] : ledger.hosts()) {
    world.hosts.push_back({.name = name,
                           .zone = host.zone,
                           .labels = host.labels,
                           .capacity = toPlanner(host.capacity),
                           .reserved = toPlanner(core.rollouts().reservedByOthers(name, cluster)),
                           .state = stateOf(core, host)});
  }
  for (const auto* node : ledger.nodesOf(cluster)) {
    auto read = core.store().spec(node->spec);
    if (auto* failed = std::get_if<store::Failure>(&read)) return std::move(*failed);
    auto& encoded = std::get<std::optional<std::string>>(read);
    world.nodes.push_back({*node, encoded.value_or(""), healthOf(core.fleet().standing(*node))});
  }
  for (const auto& [key, volume] : ledger.volumes()) {
    if (volume.cluster == cluster) world.volumes.push_back({key.node, key.volume, key.host, volume.volume.size});
  }
  addOthers(world, core);
  return world;
}

std::variant<ClusterName, Error> clusterOf(const message::Submission& submission) {
  const source::BundleFiles files(toPlanner(submission.files));
  auto parsed = spec::parse(submission.specPath, files, toPlanner(submission.variables));
  if (!parsed.spec) return invalid(parsed.findings);
  return parsed.spec->cluster.value;
}

std::variant<Proposal, Error> propose(const message::Submission& submission, const World& world) {
  if (!submission.image.contentDigest && !submission.image.packedDigest) {
    return Error{ErrorCode::invalid, "the image of the submission has no digest", "use a newer version of berth", {}};
  }
  auto present = presentOf(world);
  if (auto* error = std::get_if<Error>(&present)) return std::move(*error);
  const source::BundleFiles files(toPlanner(submission.files));
  const change::Outcome outcome =
      change::planCluster({.specPath = submission.specPath,
                           .files = files,
                           .givens = toPlanner(submission.variables),
                           .image = toPlanner(submission.image),
                           .hosts = world.hosts,
                           .present = std::get<std::vector<change::InForce>>(std::move(present)),
                           .held = world.held,
                           .foreign = world.foreign,
                           .volumes = world.volumes});
  if (!outcome.spec || source::hasErrors(outcome.findings)) return invalid(outcome.findings);

  Proposal proposal;
  proposal.sameRevision = isSame(submission, world.current);
  proposal.row = toMessage(outcome.plan, world.cluster);
  proposal.row.from = world.inForce;
  proposal.row.to = proposal.sameRevision ? world.inForce : world.next;
  proposal.row.warnings = toMessage(outcome.findings);
  const spec::Update& update = outcome.spec->update;
  proposal.pace = {update.maxParallel, update.minHealthyTime, update.healthyDeadline};
  proposal.imageDeclared = image::declared(outcome.spec->image);
  Scribe(world, outcome, proposal.row.to).write(proposal);
  return proposal;
}

message::reply::Applied accept(Core& core, const message::Submission& submission, Proposal proposal, const World& world,
                               const OperatorName& by, const fleet::Moment& moment) {
  fleet::Ledger& ledger = core.ledger();
  const store::RolloutRecord* running = core.rollouts().running(world.cluster);
  const bool isRunning = running != nullptr;
  // The very same again while it is under way: whoever asks joins the rollout.
  if (isRunning && proposal.sameRevision && running->kind == store::RolloutKind::apply) {
    return {std::move(proposal.row), running->id};
  }
  const Revision revision = proposal.row.to;
  if (!proposal.sameRevision) {
    ledger.put(store::RevisionRecord{world.cluster, revision, submission, proposal.imageDeclared, moment.wallMs, by});
    ledger.put(store::ClusterRecord{world.cluster, revision, store::ClusterState::inForce});
    ledger.record(moment, "operator " + by.str(),
                  "applied revision " + std::to_string(revision.value()) + " of cluster " + world.cluster.str());
  }
  for (auto& spec : proposal.specs) ledger.put(std::move(spec));
  for (auto& node : proposal.staying) ledger.put(std::move(node));
  // A running rollout goes elsewhere than this; even with nothing to do, it must not go on.
  if (proposal.changes.empty() && !isRunning) return {std::move(proposal.row), std::nullopt};

  store::RolloutRecord rollout;
  rollout.cluster = world.cluster;
  rollout.kind = store::RolloutKind::apply;
  rollout.from = world.inForce;
  rollout.to = revision;
  rollout.pace = proposal.pace;
  rollout.by = by;
  const RolloutId id = core.rollouts().begin(std::move(rollout), std::move(proposal.changes), moment);
  return {std::move(proposal.row), id};
}

message::PlanRow planDestroy(const Core& core, const ClusterName& cluster) {
  message::PlanRow row;
  row.cluster = cluster;
  if (const auto* record = core.ledger().cluster(cluster)) row.from = row.to = record->revision;
  std::vector<message::ChangeRow> wave;
  for (const auto* node : core.ledger().nodesOf(cluster)) {
    wave.push_back({message::Action::destroy, node->name, node->host, {"cluster " + cluster.str() + " is destroyed"}});
  }
  if (!wave.empty()) row.waves.push_back(std::move(wave));
  return row;
}

message::reply::Applied acceptDestroy(Core& core, const ClusterName& cluster, const OperatorName& by,
                                      const fleet::Moment& moment) {
  fleet::Ledger& ledger = core.ledger();
  message::PlanRow row = planDestroy(core, cluster);
  const auto* running = core.rollouts().running(cluster);
  if (running != nullptr && running->kind == store::RolloutKind::destroy) return {std::move(row), running->id};

  store::ClusterRecord record = *ledger.cluster(cluster);
  store::RolloutRecord rollout;
  rollout.cluster = cluster;
  rollout.kind = store::RolloutKind::destroy;
  rollout.from = rollout.to = record.revision;
  rollout.by = by;
  std::vector<store::ChangeRecord> changes;
  for (const auto* node : ledger.nodesOf(cluster)) {
    store::ChangeRecord& change = changes.emplace_back();
    change.action = message::Action::destroy;
    change.target = *node;
    change.reasons = {"cluster " + cluster.str() + " is destroyed"};
  }
  record.state = store::ClusterState::destroying;
  ledger.put(std::move(record));
  ledger.record(moment, "operator " + by.str(), "destroys cluster " + cluster.str());
  const RolloutId id = core.rollouts().begin(std::move(rollout), std::move(changes), moment);
  return {std::move(row), id};
}

}  // namespace berth::server

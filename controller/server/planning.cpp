// SPDX-License-Identifier: Apache-2.0
#include "controller/server/planning.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "controller/rollout/transitions.h"
#include "controller/server/convert.h"
#include "controller/server/scribe.h"
#include "controller/server/windows.h"
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
    present.push_back({toPlanner(*spec, node.record.index, node.record.address), node.record.host, node.health,
                       toPlanner(node.record.size), node.abandoned, node.record.standsIn, node.frozen, node.leads});
  }
  return present;
}

bool isSame(const message::Submission& a, const std::optional<message::Submission>& b) {
  return b && a.specPath == b->specPath && a.files == b->files && a.image == b->image && a.variables == b->variables;
}

/// Enough for a median, little enough to read while everybody waits.
constexpr std::uint32_t kPastChanges = 200;

change::Past pastOf(const std::vector<store::PastChange>& changes) {
  change::Past past;
  for (const auto& each : changes) {
    switch (each.action) {
      case message::Action::create: past[change::Action::create].push_back(each.took); break;
      case message::Action::replace: past[change::Action::replace].push_back(each.took); break;
      case message::Action::destroy: past[change::Action::destroy].push_back(each.took); break;
      case message::Action::restart: past[change::Action::restart].push_back(each.took); break;
      case message::Action::update: break;
    }
  }
  return past;
}

/// The plan as a person sees it.
message::PlanRow rowOf(const change::Outcome& outcome, const World& world) {
  message::PlanRow row = toMessage(outcome.plan, world.cluster);
  for (const auto& wave : outcome.risks) {
    auto& risks = row.risks.emplace_back();
    for (const auto& each : wave) risks.push_back(toMessage(each));
  }
  // How long a copy from host to host takes nobody knows before it has begun.
  const bool copies = std::ranges::any_of(row.risks, [](const auto& wave) {
    return std::ranges::any_of(wave, [](const message::PoolRiskRow& each) { return each.copied > Bytes(); });
  });
  const auto judged = copies ? std::nullopt : change::estimate(outcome.plan, world.past);
  if (judged && !outcome.plan.waves.empty()) {
    row.estimateMs = judged->time.count();
    row.judgedBy = judged->judgedBy;
  }
  row.warnings = toMessage(outcome.findings);
  return row;
}

store::Pace paceOf(const spec::Spec& spec, const change::Plan& plan) {
  store::Pace pace{.maxParallel = spec.update.maxParallel,
                   .minHealthyTime = spec.update.minHealthyTime,
                   .healthyDeadline = spec.update.healthyDeadline,
                   .progressDeadline = spec.update.progressDeadline,
                   .stagger = spec.update.stagger,
                   .canaryWaves = static_cast<std::uint32_t>(plan.canaryWaves),
                   .autoPromote = spec.update.autoPromote,
                   .autoRevert = spec.update.autoRevert,
                   .keepOldDisk = spec.update.keepOldDisk};
  for (const spec::Pool& pool : spec.pools) {
    if (pool.quorum) pace.quorum.insert(*pool.name);
  }
  return pace;
}

std::optional<store::RebootPolicy> rebootsOf(const spec::Spec& spec) {
  if (!spec.osUpdates || !spec.osUpdates->asksFirst()) return std::nullopt;
  store::RebootPolicy policy{.maxParallel = spec.update.maxParallel,
                             .minHealthyTime = spec.update.minHealthyTime,
                             .timeZone = spec.osUpdates->timeZone};
  for (const spec::Pool& pool : spec.pools) {
    if (pool.quorum) policy.quorum.insert(*pool.name);
  }
  for (const spec::Window& each : spec.osUpdates->windows) {
    auto& window = policy.windows.emplace_back();
    window.start = std::chrono::minutes(each.start);
    window.length = each.length;
    if (each.days.empty()) continue;
    window.days = 0;
    for (const spec::Weekday day : each.days)
      window.days |= static_cast<std::uint8_t>(1u << static_cast<unsigned>(day));
  }
  return policy;
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

/// Why a volume cannot be copied to another host; empty when it can.
static std::string fixedBy(const fleet::Ledger& ledger, const store::VolumeRecord& volume) {
  const auto snapshots = ledger.snapshotsOf({volume.node, volume.volume.name, volume.host});
  if (!snapshots.empty()) {
    return "has snapshot " + snapshots.front()->name.str() +
           (snapshots.size() > 1 ? " and " + std::to_string(snapshots.size() - 1) + " more" : "") +
           ", which would be left behind; delete them first";
  }
  if (volume.restore) return "is being restored from " + volume.restore->from.str();
  const auto* host = ledger.host(volume.host);
  const bool gives = host != nullptr && !host->peers.empty();
  return gives ? std::string() : "is on a host whose agent hands none over; update berth-agent there";
}

static void addVolume(World& world, const fleet::Ledger& ledger, const store::VolumeRecord& volume) {
  using Fate = change::HeldVolume::Fate;
  // What is on its way counts as where it still is whole.
  if (volume.incoming) return;
  change::HeldVolume held{volume.node, volume.volume.name, volume.host, volume.volume.size};
  held.fate = volume.isWhole() ? Fate::pins : Fate::lies;
  for (const auto* coming : ledger.incomingOf(volume.node)) {
    const bool isIt = coming->volume.name == volume.volume.name && coming->incoming->from == volume.host;
    if (isIt) held.goesTo = coming->host;
  }
  held.fixed = fixedBy(ledger, volume);
  world.volumes.push_back(std::move(held));
}

/// Where new nodes may go: hosts that are heard and driven, and those of which nothing bad is known yet because this
/// controller has only just begun.
layout::HostState layoutState(const Core& core, const store::HostRecord& host) {
  const bool hopeful = core.fleet().state(host.name) != message::HostState::lost;
  if (!host.introduced || !hopeful || host.ahead) return layout::HostState::lost;
  switch (host.duty) {
    case message::Duty::open: return layout::HostState::ready;
    case message::Duty::cordoned: return layout::HostState::cordoned;
    case message::Duty::draining: return layout::HostState::draining;
  }
  return layout::HostState::cordoned;
}

std::variant<World, store::Failure> look(Core& core, const ClusterName& cluster) {
  const fleet::Ledger& ledger = core.ledger();
  World world;
  world.version = ledger.version();
  world.cluster = cluster;
  world.next = ledger.nextRevision(cluster);
  if (const auto* record = ledger.cluster(cluster)) {
    world.inForce = record->revision;
    world.protections = record->protections;
    auto read = core.store().revision(cluster, record->revision);
    if (auto* failed = std::get_if<store::Failure>(&read)) return std::move(*failed);
    auto& revision = std::get<std::optional<store::RevisionRecord>>(read);
    if (revision) world.current = std::move(revision->submission);
  }
  world.lockServer = core.lockServer();
  for (const auto& [name, host] : ledger.hosts()) {
    if (!host.peers.empty()) world.takers.insert(name);
    if (host.artifacts) world.handers.insert(name);
    world.hosts.push_back({.name = name,
                           .zone = host.zone,
                           .labels = host.labels,
                           .capacity = toPlanner(host.capacity),
                           .reserved = toPlanner(core.rollouts().reservedByOthers(name, cluster)),
                           .state = layoutState(core, host)});
  }
  for (const auto* node : ledger.nodesOf(cluster)) {
    auto read = core.store().spec(node->spec);
    if (auto* failed = std::get_if<store::Failure>(&read)) return std::move(*failed);
    auto& encoded = std::get<std::optional<std::string>>(read);
    const bool abandoned = core.fleet().isFenced(*node);
    const fleet::Standing standing = core.fleet().standing(*node);
    const auto health = abandoned ? change::Health::notReady : healthOf(standing);
    const bool frozen = !abandoned && standing.known && standing.status.left == message::Drift::freeze;
    world.nodes.push_back({*node, encoded.value_or(""), health, abandoned, frozen,
                           standing.known && message::leads(standing.status.tools)});
  }
  for (const auto& [key, volume] : ledger.volumes()) {
    if (volume.cluster == cluster) addVolume(world, ledger, volume);
  }
  for (const auto& [key, snapshot] : ledger.snapshots()) {
    if (snapshot.cluster != cluster) continue;
    world.volumes.push_back({key.of.node, key.of.volume, key.of.host, snapshot.size, change::HeldVolume::Fate::lies});
  }
  auto past = core.store().pastChanges(cluster, kPastChanges);
  if (auto* failed = std::get_if<store::Failure>(&past)) return std::move(*failed);
  world.past = pastOf(std::get<std::vector<store::PastChange>>(past));
  addOthers(world, core);
  return world;
}

std::variant<ClusterName, Error> clusterOf(const message::Submission& submission) {
  const source::BundleFiles files(toPlanner(submission.files));
  auto parsed = spec::parse(submission.specPath, files, toPlanner(submission.variables));
  if (!parsed.spec) return invalid(parsed.findings);
  return parsed.spec->cluster.value;
}

/// Nothing to tell of when nothing changes.
static change::Former formerOf(const message::Submission& submission, const World& world) {
  if (!world.current || isSame(submission, world.current)) return {};
  const source::BundleFiles files(toPlanner(world.current->files));
  return change::formerOf(world.current->specPath, files, toPlanner(world.current->variables));
}

static secrets::Use useIn(const World& world) { return world.byPerson ? secrets::Use::newest : secrets::Use::inForce; }

/// What the planner asks for secrets; the answer goes to `provided` as well. Both outlive it.
static std::function<secret::Values(const std::vector<secret::Wanted>&)> providerFor(const World& world,
                                                                                     secrets::Provided& provided) {
  if (!world.secrets) return {};
  return [&world, &provided](const std::vector<secret::Wanted>& wanted) {
    provided = secrets::provide(wanted, *world.secrets, useIn(world));
    return provided.values;
  };
}

std::variant<Planned, Error> planFor(const message::Submission& submission, const World& world,
                                     const message::PlanOptions& options, std::optional<NodeName> explained) {
  if (!submission.image.contentDigest && !submission.image.packedDigest) {
    return Error{ErrorCode::invalid, "the image of the submission has no digest", "use a newer version of berth", {}};
  }
  auto present = presentOf(world);
  if (auto* error = std::get_if<Error>(&present)) return std::move(*error);
  std::vector<layout::Host> hosts = world.hosts;
  for (const HostName& drained : options.drain) {
    const auto host = std::ranges::find(hosts, drained, &layout::Host::name);
    if (host != hosts.end()) host->state = layout::HostState::draining;
  }
  const source::BundleFiles files(toPlanner(submission.files));
  secrets::Provided provided;
  change::Outcome outcome = change::planCluster({.specPath = submission.specPath,
                                                 .files = files,
                                                 .givens = toPlanner(submission.variables),
                                                 .former = formerOf(submission, world),
                                                 .image = toPlanner(submission.image),
                                                 .hosts = std::move(hosts),
                                                 .present = std::get<std::vector<change::InForce>>(std::move(present)),
                                                 .held = world.held,
                                                 .foreign = world.foreign,
                                                 .volumes = world.volumes,
                                                 .leavers = options.volumes == message::PlanOptions::Volumes::move
                                                                ? change::VolumesOfLeavers::move
                                                                : change::VolumesOfLeavers::stay,
                                                 .takers = world.takers,
                                                 .handers = world.handers,
                                                 .explained = std::move(explained),
                                                 .targets = options.targets,
                                                 .replace = options.replace,
                                                 .restart = options.restart,
                                                 .byPerson = world.byPerson,
                                                 .protections = world.protections,
                                                 .next = world.next,
                                                 .lockServer = world.lockServer,
                                                 .secrets = providerFor(world, provided)});
  source::Findings& found = outcome.findings;
  found.insert(found.end(), provided.findings.begin(), provided.findings.end());
  const bool foundWrong = !outcome.spec || source::hasErrors(outcome.findings);
  if (foundWrong && !outcome.explanation) return invalid(outcome.findings);
  return Planned{std::move(outcome), std::move(provided)};
}

/// Of what was made for nodes, only what nodes get that change now: the others keep what they have.
static void bringSecrets(const World& world, const secrets::Provided& provided, Proposal& proposal) {
  std::unordered_set<NodeName> changed;
  for (const auto& each : proposal.changes) changed.insert(each.target.name);
  for (const auto& each : proposal.staying) changed.insert(each.name);
  proposal.secrets.use = useIn(world);
  for (const secrets::Draft& draft : provided.drafts) {
    if (!draft.node || changed.contains(*draft.node)) proposal.secrets.drafts.push_back(draft);
  }
  // Whoever is left out of the plan is still as it was.
  const bool isWhole = world.byPerson && proposal.row.leftOut == 0;
  if (isWhole) proposal.secrets.unwanted = provided.unwanted;
  const auto isWaiting = [](const auto& each) { return each.second.waiting.has_value(); };
  proposal.bringsSecrets = !proposal.secrets.drafts.empty() ||
                           (world.byPerson && world.secrets && std::ranges::any_of(world.secrets->held, isWaiting));
}

std::variant<Proposal, Error> propose(const message::Submission& submission, const World& world,
                                      const message::PlanOptions& options) {
  auto planned = planFor(submission, world, options);
  if (auto* error = std::get_if<Error>(&planned)) return std::move(*error);
  const auto& outcome = std::get<Planned>(planned).outcome;

  Proposal proposal;
  proposal.options = options;
  proposal.protections = outcome.protections;
  proposal.sameRevision = isSame(submission, world.current);
  proposal.row = rowOf(outcome, world);
  proposal.row.from = world.inForce;
  proposal.row.to = proposal.sameRevision ? world.inForce : world.next;
  proposal.pace = paceOf(*outcome.spec, outcome.plan);
  proposal.reboots = rebootsOf(*outcome.spec);
  if (proposal.reboots && !proposal.reboots->windows.empty() && !isTimeZone(proposal.reboots->timeZone)) {
    return Error{ErrorCode::invalid,
                 "the controller's machine does not know the time zone " + proposal.reboots->timeZone,
                 "correct os_updates.time_zone; what there is, timedatectl list-timezones shows",
                 {}};
  }
  proposal.imageDeclared = image::declared(outcome.spec->image);
  writeDown(world, outcome, proposal);
  bringSecrets(world, std::get<Planned>(planned).provided, proposal);
  return proposal;
}

/// The rollout that is under way does all that is proposed: it has a change for each of the nodes, and what it has
/// begun is not on its way to another host.
static bool isDoneBy(const std::vector<store::ChangeRecord>& underWay, const Proposal& proposal) {
  std::unordered_map<NodeName, const store::ChangeRecord*> changes;
  for (const store::ChangeRecord& change : underWay) changes.emplace(change.target.name, &change);
  return std::ranges::all_of(proposal.changes, [&](const store::ChangeRecord& wanted) {
    const auto found = changes.find(wanted.target.name);
    return found != changes.end() &&
           (!rollout::isInFlight(found->second->state) || found->second->target.host == wanted.target.host);
  });
}

message::reply::Applied accept(Core& core, const message::Submission& submission, Proposal proposal, const World& world,
                               const OperatorName& by, const fleet::Moment& moment, const Cause& cause) {
  fleet::Ledger& ledger = core.ledger();
  const store::RolloutRecord* running = core.rollouts().running(world.cluster);
  const bool isRunning = running != nullptr;
  const auto& reverts = cause.reverts;
  const bool isAsked = cause.kind == Cause::Kind::asked;
  const bool heals = cause.kind == Cause::Kind::hostLoss;
  const bool drains = cause.kind == Cause::Kind::drain;
  const bool renews = cause.kind == Cause::Kind::renewal;
  // The very same again while it is under way: whoever asks joins the rollout.
  const bool isWhole = proposal.options == message::PlanOptions();
  const bool isIt = isRunning && running->kind == store::RolloutKind::apply && proposal.sameRevision &&
                    !proposal.bringsSecrets && isDoneBy(*core.rollouts().changesOf(running->id), proposal);
  if (isAsked && isWhole && isIt) {
    return {std::move(proposal.row), running->id};
  }
  // What a person wants goes before a way back that nobody has begun yet, even when no node has to change for it.
  if (isAsked) {
    core.rollouts().endRevert(world.cluster, {message::RolloutState::failed, "superseded by what was applied since"},
                              moment);
  }
  const Revision revision = proposal.row.to;
  if (!proposal.sameRevision) {
    ledger.put(store::RevisionRecord{world.cluster, revision, submission, proposal.imageDeclared, moment.wallMs, by});
    ledger.put(store::ClusterRecord{world.cluster, revision, store::ClusterState::inForce, proposal.protections,
                                    proposal.reboots});
    const std::string what = "revision " + std::to_string(revision.value()) + " of cluster " + world.cluster.str();
    if (reverts) {
      ledger.record(moment, "cluster " + world.cluster.str(),
                    what + " is the last good one again, after rollout " + std::to_string(reverts->value()));
    } else {
      ledger.record(moment, "operator " + by.str(), "applied " + what);
    }
  }
  for (auto& spec : proposal.specs) ledger.put(std::move(spec));
  for (auto& node : proposal.staying) ledger.put(std::move(node));
  // A running rollout goes elsewhere than this; even with nothing to do, it must not go on.
  if (proposal.changes.empty() && (heals || drains || renews || !isRunning)) {
    if (reverts) {
      core.rollouts().endRevert(world.cluster, {message::RolloutState::reverted, "no node had to go back"}, moment);
    }
    return {std::move(proposal.row), std::nullopt};
  }

  store::RolloutRecord rollout;
  rollout.cluster = world.cluster;
  rollout.kind = reverts ? store::RolloutKind::revert : store::RolloutKind::apply;
  // An apply that lost some of its nodes goes on with them elsewhere; without one, only they are touched.
  const bool carriesOn = heals && isRunning && running->kind == store::RolloutKind::apply;
  if (heals && !carriesOn) rollout.kind = store::RolloutKind::heal;
  if (drains) rollout.kind = store::RolloutKind::drain;
  if (renews) rollout.kind = store::RolloutKind::renew;
  rollout.drains = cause.drains;
  rollout.reverts = reverts;
  rollout.from = heals && isRunning ? running->from : world.inForce;
  rollout.to = revision;
  rollout.pace = proposal.pace;
  // What was good needs no proof, and nobody may be there to promote it.
  if (!isAsked) rollout.pace.canaryWaves = 0;
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
    wave.push_back(
        {message::Action::destroy, node->name, node->host, {"cluster " + cluster.str() + " is destroyed"}, node->pool});
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

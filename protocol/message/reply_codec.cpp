// SPDX-License-Identifier: Apache-2.0
#include "protocol/message/codec.h"
#include "protocol/message/layout_codec.h"
#include "protocol/message/secret_codec.h"
#include "protocol/message/stack_codec.h"

namespace berth::message {

// Not in a namespace without a name: the templates of codec.h find overloads by the types of their arguments, which
// looks into berth::message alone.

static_assert(static_cast<int>(Action::restart) == static_cast<int>(schema::Action::RESTART));
static_assert(static_cast<int>(HostState::draining) == static_cast<int>(schema::HostState::DRAINING));
static_assert(static_cast<int>(LockState::back) == static_cast<int>(schema::LockState::BACK));
static_assert(static_cast<int>(VolumeState::moved) == static_cast<int>(schema::VolumeState::MOVED));
static_assert(static_cast<int>(RolloutState::aborted) == static_cast<int>(schema::RolloutState::ABORTED));
static_assert(static_cast<int>(ChangeState::copying) == static_cast<int>(schema::ChangeState::COPYING));
static_assert(static_cast<int>(reply::ErrorCode::internal) == static_cast<int>(schema::ErrorCode::INTERNAL));

static void write(schema::Finding::Builder to, const FindingRow& from) {
  to.setIsWarning(!from.isError);
  to.setFile(text(from.file));
  to.setLine(from.line);
  to.setColumn(from.column);
  to.setLength(from.length);
  to.setMessage(text(prose(from.message)));
  to.setHint(text(prose(from.hint)));
}

static FindingRow read(schema::Finding::Reader from) {
  FindingRow finding;
  finding.isError = !from.getIsWarning();
  finding.file = readText(from.getFile(), kMaxPath, "file");
  finding.line = from.getLine();
  finding.column = from.getColumn();
  finding.length = from.getLength();
  finding.message = readText(from.getMessage(), kMaxProse, "message");
  finding.hint = readText(from.getHint(), kMaxProse, "hint");
  return finding;
}

static std::vector<FindingRow> read(capnp::List<schema::Finding>::Reader from) {
  return readEach(from, kMaxRows, "findings", [](auto finding) { return read(finding); });
}

static void write(schema::Change::Builder to, const ChangeRow& from) {
  to.setAction(static_cast<schema::Action>(from.action));
  to.setNode(text(from.node.str()));
  to.setHost(text(from.host.str()));
  to.setPool(text(from.pool.str()));
  to.setFrom(text(from.from.str()));
  to.setAtNextBoot(from.effect == Effect::nextBoot);
  to.setDetail(from.detail);
  writeProse(to.initReasons(count(from.reasons.size())), from.reasons);
  writeEach(to.initCarried(count(from.carried.size())), from.carried);
}

static ChangeRow read(schema::Change::Reader from) {
  ChangeRow change;
  change.action = readEnum(from.getAction(), Action::restart, "action");
  change.node = readName<NodeName>(from.getNode(), "node");
  change.host = readNameIfAny<HostName>(from.getHost(), "host").value_or(HostName());
  change.pool = readNameIfAny<PoolName>(from.getPool(), "pool").value_or(PoolName());
  change.from = readNameIfAny<HostName>(from.getFrom(), "host it comes from").value_or(HostName());
  change.effect = from.getAtNextBoot() ? Effect::nextBoot : Effect::now;
  change.detail = from.getDetail();
  change.carried =
      readEach(from.getCarried(), kMaxVolumes, "carried volumes", [](auto volume) { return read(volume); });
  change.reasons = readTexts(from.getReasons(), kMaxDetails, kMaxProse, "reasons");
  return change;
}

namespace {

/// Thousands of nodes of a plan mostly change for the same reasons: each change that has those of the one before it
/// only says so.
class ChangesOfAPlan {
public:
  void write(capnp::List<schema::Change>::Builder to, const std::vector<ChangeRow>& from) {
    unsigned at = 0;
    for (const ChangeRow& change : from) {
      const bool asBefore = before_ != nullptr && !change.reasons.empty() && *before_ == change.reasons;
      if (asBefore) {
        ChangeRow bare = change;
        bare.reasons.clear();
        message::write(to[at], bare);
        to[at].setReasonsAsBefore(true);
      } else {
        message::write(to[at], change);
      }
      before_ = &change.reasons;
      ++at;
    }
  }

  std::vector<ChangeRow> read(capnp::List<schema::Change>::Reader from) {
    return readEach(from, kMaxRows, "changes", [this](schema::Change::Reader change) {
      ChangeRow row = message::read(change);
      if (change.getReasonsAsBefore()) row.reasons = last_;
      for (const std::string& reason : row.reasons) bytes_ += reason.size() + sizeof(reason);
      if (bytes_ > kMaxReasonBytes) bad("reasons", "are too long");
      last_ = row.reasons;
      return row;
    });
  }

private:
  const std::vector<std::string>* before_ = nullptr;
  std::vector<std::string> last_;
  std::size_t bytes_ = 0;
};

/// The beginning of a diff, whole lines, within kMaxDiff.
std::string cutDiff(const std::string& diff) {
  if (diff.size() <= kMaxDiff) return diff;
  constexpr std::string_view kCut = "… cut here\n";
  const std::size_t end = diff.rfind('\n', kMaxDiff - kCut.size() - 1);
  return (end == std::string::npos ? std::string() : diff.substr(0, end + 1)) + std::string(kCut);
}

}  // namespace

static void write(schema::Part::Builder to, const PartRow& from) {
  to.setSubject(text(prose(from.subject)));
  to.setNote(text(prose(from.note)));
  to.setDiff(text(cutDiff(from.diff)));
}

static PartRow read(schema::Part::Reader from) {
  return {readText(from.getSubject(), kMaxProse, "subject"), readText(from.getNote(), kMaxProse, "note"),
          readText(from.getDiff(), kMaxDiff, "diff")};
}

static void write(schema::PoolRisk::Builder to, const PoolRiskRow& from) {
  to.setPool(text(from.pool.str()));
  to.setNodes(from.nodes);
  to.setDown(from.down);
  to.setQuorum(from.quorum);
  to.setMargin(from.margin);
  to.setVolumes(from.volumes);
  to.setCopied(from.copied.count());
}

static PoolRiskRow read(schema::PoolRisk::Reader from) {
  return {readName<PoolName>(from.getPool(), "pool"),
          from.getNodes(),
          from.getDown(),
          from.getQuorum(),
          from.getMargin(),
          from.getVolumes(),
          Bytes(from.getCopied())};
}

static void write(schema::Plan::Builder to, const PlanRow& from) {
  to.setCluster(text(from.cluster.str()));
  to.setFrom(from.from.value());
  to.setTo(from.to.value());
  auto waves = to.initWaves(count(from.waves.size()));
  ChangesOfAPlan changes;
  for (unsigned at = 0; at < waves.size(); ++at) {
    changes.write(waves[at].initChanges(count(from.waves[at].size())), from.waves[at]);
    if (at < from.risks.size()) writeEach(waves[at].initRisks(count(from.risks[at].size())), from.risks[at]);
  }
  to.setUnchanged(from.unchanged);
  writeEach(to.initWarnings(count(from.warnings.size())), from.warnings);
  changes.write(to.initUpdates(count(from.updates.size())), from.updates);
  auto details = to.initDetails(count(from.details.size()));
  for (unsigned at = 0; at < details.size(); ++at) {
    writeEach(details[at].initParts(count(from.details[at].parts.size())), from.details[at].parts);
  }
  to.setLeftOut(from.leftOut);
  to.setEstimateMs(from.estimateMs);
  to.setJudgedBy(from.judgedBy);
  to.setTicket(bytes(from.ticket));
  to.setCanaryWaves(from.canaryWaves);
}

static PlanRow read(schema::Plan::Reader from) {
  PlanRow plan;
  plan.cluster = readName<ClusterName>(from.getCluster(), "cluster");
  plan.from = Revision(from.getFrom());
  plan.to = Revision(from.getTo());
  ChangesOfAPlan changes;
  bool hasRisks = false;
  for (const auto wave : bounded(from.getWaves(), kMaxRows, "waves")) {
    plan.waves.push_back(changes.read(wave.getChanges()));
    plan.risks.push_back(readEach(wave.getRisks(), kMaxDetails, "pools at risk", [](auto risk) { return read(risk); }));
    hasRisks = hasRisks || !plan.risks.back().empty();
  }
  // An older controller says nothing of risks; neither does one whose plan takes nothing down.
  if (!hasRisks) plan.risks.clear();
  plan.unchanged = from.getUnchanged();
  plan.warnings = read(from.getWarnings());
  plan.updates = changes.read(from.getUpdates());
  plan.details = readEach(from.getDetails(), kMaxRows, "details", [](auto detail) {
    return DetailRow{readEach(detail.getParts(), kMaxRows, "parts", [](auto part) { return read(part); })};
  });
  plan.leftOut = from.getLeftOut();
  plan.estimateMs = from.getEstimateMs();
  plan.judgedBy = from.getJudgedBy();
  plan.ticket = readBytes(from.getTicket(), kMaxTicket, "ticket");
  plan.canaryWaves = from.getCanaryWaves();
  return plan;
}

static void write(schema::Host::Builder to, const HostRow& from) {
  to.setName(text(from.name.str()));
  to.setState(static_cast<schema::HostState>(from.state));
  to.setZone(text(from.zone));
  write(to.initLabels(count(from.labels.size())), from.labels);
  write(to.initCapacity(), from.capacity);
  write(to.initReserved(), from.reserved);
  to.setKvm(from.kvm);
  to.setNodes(from.nodes);
  to.setAgentVersion(text(from.agentVersion));
  to.setLastSeenMs(from.lastSeenMs);
  to.setDesired(from.desired.value());
  to.setObserved(from.observed.value());
  to.setReached(from.reached.value());
  writeProse(to.initConditions(count(from.conditions.size())), from.conditions);
  to.setVolumePool(text(from.volumePool));
  if (!from.drain) return;
  auto drain = to.initDrain();
  drain.setLeft(from.drain->left);
  drain.setHalted(from.drain->halted);
  drain.setWaitingFor(text(prose(from.drain->waitingFor)));
  drain.setDeadlineMs(from.drain->deadlineMs);
}

static HostRow read(schema::Host::Reader from) {
  HostRow host;
  host.name = readName<HostName>(from.getName(), "host");
  host.state = readEnum(from.getState(), HostState::draining, "state");
  host.zone = readText(from.getZone(), kMaxWord, "zone");
  host.labels = readPairs(from.getLabels(), "labels");
  host.capacity = read(from.getCapacity());
  host.reserved = read(from.getReserved());
  host.kvm = from.getKvm();
  host.nodes = from.getNodes();
  host.agentVersion = readText(from.getAgentVersion(), kMaxWord, "agent version");
  host.lastSeenMs = from.getLastSeenMs();
  host.desired = Generation(from.getDesired());
  host.observed = Generation(from.getObserved());
  host.reached = Generation(from.getReached());
  host.conditions = readTexts(from.getConditions(), kMaxDetails, kMaxProse, "conditions");
  host.volumePool = readText(from.getVolumePool(), kMaxWord, "volume pool");
  if (from.hasDrain()) {
    const auto drain = from.getDrain();
    host.drain = {drain.getLeft(), drain.getHalted(),
                  readText(drain.getWaitingFor(), kMaxProse, "what a drain waits for"), drain.getDeadlineMs()};
  }
  return host;
}

static void write(schema::NodeRow::Builder to, const NodeRow& from) {
  to.setName(text(from.name.str()));
  to.setCluster(text(from.cluster.str()));
  to.setPool(text(from.pool.str()));
  to.setHost(text(from.host.str()));
  to.setAddress(text(from.address));
  to.setMac(text(from.mac));
  to.setIncarnation(from.incarnation.value());
  write(to.initStatus(), from.status);
  to.setUnknown(!from.known);
  to.setRevision(from.revision.value());
  to.setImage(text(prose(from.image)));
  to.setVcpus(from.vcpus);
  to.setMemory(from.memory.count());
  to.setDisk(from.disk.count());
  write(to.initTags(count(from.tags.size())), from.tags);
  to.setHasLock(from.lock.has_value());
  if (from.lock) to.setLock(static_cast<schema::LockState>(*from.lock));
  to.setLockReason(text(prose(from.lockReason)));
}

static NodeRow read(schema::NodeRow::Reader from) {
  NodeRow node;
  node.name = readName<NodeName>(from.getName(), "node");
  node.cluster = readName<ClusterName>(from.getCluster(), "cluster");
  node.pool = readName<PoolName>(from.getPool(), "pool");
  node.host = readNameIfAny<HostName>(from.getHost(), "host").value_or(HostName());
  node.address = readText(from.getAddress(), kMaxWord, "address");
  node.mac = readText(from.getMac(), kMaxWord, "MAC address");
  node.incarnation = Incarnation(from.getIncarnation());
  node.status = readStatusIfAny(from.getStatus());
  node.known = !from.getUnknown();
  node.revision = Revision(from.getRevision());
  node.image = readText(from.getImage(), kMaxProse, "image");
  node.vcpus = from.getVcpus();
  node.memory = Bytes(from.getMemory());
  node.disk = Bytes(from.getDisk());
  node.tags = readPairs(from.getTags(), "tags");
  if (from.getHasLock()) node.lock = readEnum(from.getLock(), LockState::back, "lock");
  node.lockReason = readText(from.getLockReason(), kMaxProse, "reason of the lock");
  return node;
}

static_assert(static_cast<int>(SnapshotState::deleting) == static_cast<int>(schema::SnapshotState::DELETING));

static void write(schema::SnapshotRow::Builder to, const SnapshotRow& from) {
  to.setName(text(from.name.str()));
  to.setState(static_cast<schema::SnapshotState>(from.state));
  to.setTakenMs(from.takenMs);
  to.setSize(from.size.count());
  to.setUsed(from.used.count());
}

static SnapshotRow read(schema::SnapshotRow::Reader from) {
  return {readName<SnapshotName>(from.getName(), "snapshot"),
          readEnum(from.getState(), SnapshotState::deleting, "state"), from.getTakenMs(), Bytes(from.getSize()),
          Bytes(from.getUsed())};
}

static void write(schema::LockRow::Builder to, const LockRow& from) {
  to.setNode(text(from.node.str()));
  to.setCluster(text(from.cluster.str()));
  to.setPool(text(from.pool.str()));
  to.setHost(text(from.host.str()));
  to.setState(static_cast<schema::LockState>(from.state));
  to.setSinceMs(from.sinceMs);
  to.setReason(text(prose(from.reason)));
  to.setGroup(text(prose(from.group)));
}

static LockRow read(schema::LockRow::Reader from) {
  return {readName<NodeName>(from.getNode(), "node"),          readName<ClusterName>(from.getCluster(), "cluster"),
          readName<PoolName>(from.getPool(), "pool"),          readName<HostName>(from.getHost(), "host"),
          readEnum(from.getState(), LockState::back, "state"), from.getSinceMs(),
          readText(from.getReason(), kMaxProse, "reason"),     readText(from.getGroup(), kMaxProse, "group")};
}

static void write(schema::VolumeRow::Builder to, const VolumeRow& from) {
  to.setNode(text(from.node.str()));
  to.setCluster(text(from.cluster.str()));
  write(to.initVolume(), from.volume);
  to.setHost(text(from.host.str()));
  to.setState(static_cast<schema::VolumeState>(from.state));
  to.setActual(from.actual.count());
  writeEach(to.initSnapshots(count(from.snapshots.size())), from.snapshots);
  to.setRestoring(text(from.restoring.str()));
  to.setPeer(text(from.peer.str()));
  to.setCopied(from.copied);
  to.setCompared(from.compared);
  to.setTotal(from.total);
}

static VolumeRow read(schema::VolumeRow::Reader from) {
  VolumeRow row;
  row.node = readName<NodeName>(from.getNode(), "node");
  row.cluster = readName<ClusterName>(from.getCluster(), "cluster");
  row.volume = read(from.getVolume());
  row.host = readName<HostName>(from.getHost(), "host");
  row.state = readEnum(from.getState(), VolumeState::moved, "state");
  row.actual = Bytes(from.getActual());
  row.snapshots =
      readEach(from.getSnapshots(), kMaxSnapshots, "snapshots", [](auto snapshot) { return read(snapshot); });
  row.restoring = readNameIfAny<SnapshotName>(from.getRestoring(), "snapshot").value_or(SnapshotName());
  row.peer = readNameIfAny<HostName>(from.getPeer(), "peer").value_or(HostName());
  row.copied = from.getCopied();
  row.compared = from.getCompared();
  row.total = from.getTotal();
  return row;
}

static void write(schema::Cluster::Builder to, const ClusterRow& from) {
  to.setName(text(from.name.str()));
  to.setRevision(from.revision.value());
  to.setNodes(from.nodes);
  to.setReady(from.ready);
  to.setState(text(prose(from.state)));
  write(to.initImage(), from.image);
  to.setImageDeclared(text(prose(from.imageDeclared)));
}

static ClusterRow read(schema::Cluster::Reader from) {
  ClusterRow cluster;
  cluster.name = readName<ClusterName>(from.getName(), "cluster");
  cluster.revision = Revision(from.getRevision());
  cluster.nodes = from.getNodes();
  cluster.ready = from.getReady();
  cluster.state = readText(from.getState(), kMaxProse, "state");
  cluster.image = read(from.getImage());
  cluster.imageDeclared = readText(from.getImageDeclared(), kMaxProse, "declared image");
  return cluster;
}

static void write(schema::Rollout::Builder to, const RolloutRow& from) {
  to.setId(from.id.value());
  to.setCluster(text(from.cluster.str()));
  to.setFrom(from.from.value());
  to.setTo(from.to.value());
  to.setState(static_cast<schema::RolloutState>(from.state));
  to.setReason(text(prose(from.reason)));
  to.setStartedMs(from.startedMs);
  to.setEndedMs(from.endedMs);
  to.setChanges(from.changes);
  to.setDone(from.done);
  to.setDeadlineMs(from.deadlineMs);
}

static RolloutRow read(schema::Rollout::Reader from) {
  RolloutRow rollout;
  rollout.id = RolloutId(from.getId());
  rollout.cluster = readName<ClusterName>(from.getCluster(), "cluster");
  rollout.from = Revision(from.getFrom());
  rollout.to = Revision(from.getTo());
  rollout.state = readEnum(from.getState(), RolloutState::aborted, "state");
  rollout.reason = readText(from.getReason(), kMaxProse, "reason");
  rollout.startedMs = from.getStartedMs();
  rollout.endedMs = from.getEndedMs();
  rollout.changes = from.getChanges();
  rollout.done = from.getDone();
  rollout.deadlineMs = from.getDeadlineMs();
  return rollout;
}

static void write(schema::RolloutChange::Builder to, const RolloutChangeRow& from) {
  to.setWave(from.wave);
  write(to.initChange(), from.change);
  to.setState(static_cast<schema::ChangeState>(from.state));
  to.setStartedMs(from.startedMs);
  to.setEndedMs(from.endedMs);
  write(to.initStatus(), from.status);
}

static RolloutChangeRow read(schema::RolloutChange::Reader from) {
  RolloutChangeRow change;
  change.wave = from.getWave();
  change.change = read(from.getChange());
  change.state = readEnum(from.getState(), ChangeState::copying, "state");
  change.startedMs = from.getStartedMs();
  change.endedMs = from.getEndedMs();
  change.status = readStatusIfAny(from.getStatus());
  return change;
}

static void write(schema::Event::Builder to, const EventRow& from) {
  to.setSequence(from.sequence.value());
  to.setTimeMs(from.timeMs);
  to.setSubject(text(prose(from.subject)));
  to.setMessage(text(prose(from.message)));
}

static EventRow read(schema::Event::Reader from) {
  return {Sequence(from.getSequence()), from.getTimeMs(), readText(from.getSubject(), kMaxProse, "subject"),
          readText(from.getMessage(), kMaxProse, "message")};
}

template <class List>
static auto readRows(List from) {
  return readEach(from, kMaxRows, "rows", [](auto row) { return read(row); });
}

namespace {

struct Writer {
  schema::Reply::Builder to;

  void operator()(const reply::Error& body) {
    auto error = to.initError();
    error.setCode(static_cast<schema::ErrorCode>(body.code));
    error.setMessage(text(prose(body.message)));
    error.setHint(text(prose(body.hint)));
    writeEach(error.initFindings(count(body.findings.size())), body.findings);
  }
  void operator()(const reply::Version& body) {
    auto version = to.initVersion();
    version.setControllerVersion(text(body.controllerVersion));
    version.setFleet(bytes(body.fleet));
    version.setEpoch(body.epoch.value());
  }
  void operator()(const reply::Planned& body) { write(to.initPlanned(), body.plan); }
  void operator()(const reply::Applied& body) {
    auto applied = to.initApplied();
    write(applied.initPlan(), body.plan);
    write(applied.initRollout(), body.rollout ? std::optional(body.rollout->value()) : std::nullopt);
  }
  void operator()(const reply::Hosts& body) { writeEach(to.initHosts(count(body.hosts.size())), body.hosts); }
  void operator()(const reply::Nodes& body) { writeEach(to.initNodes(count(body.nodes.size())), body.nodes); }
  void operator()(const reply::Clusters& body) {
    writeEach(to.initClusters(count(body.clusters.size())), body.clusters);
  }
  void operator()(const reply::Locks& body) { writeEach(to.initLocks(count(body.locks.size())), body.locks); }
  void operator()(const reply::Volumes& body) { writeEach(to.initVolumes(count(body.volumes.size())), body.volumes); }
  void operator()(const reply::Rollouts& body) {
    writeEach(to.initRollouts(count(body.rollouts.size())), body.rollouts);
  }
  void operator()(const reply::Events& body) { writeEach(to.initEvents(count(body.events.size())), body.events); }
  void operator()(const reply::Rollout& body) {
    auto rollout = to.initRollout();
    write(rollout.initRollout(), body.rollout);
    writeEach(rollout.initChanges(count(body.changes.size())), body.changes);
  }
  void operator()(const reply::Node& body) {
    auto node = to.initNode();
    write(node.initNode(), body.node);
    writeEach(node.initEvents(count(body.events.size())), body.events);
  }
  void operator()(const reply::Log& body) { write(to.initLog(), body.console); }
  void operator()(const reply::Token& body) {
    auto token = to.initToken();
    token.setText(text(body.text));
    token.setExpiresMs(body.expiresMs);
  }
  void operator()(const reply::Done&) { to.setDone(); }
  void operator()(const reply::Operators& body) {
    writeEach(to.initOperators(count(body.operators.size())), body.operators);
  }
  void operator()(const reply::Explained& body) { write(to.initExplained(), body.explanation); }
  void operator()(const reply::Simulated& body) { write(to.initSimulated(), body); }
  void operator()(const reply::Rebalanced& body) { write(to.initRebalanced(), body); }
  void operator()(const reply::Secrets& body) { writeEach(to.initSecrets(count(body.secrets.size())), body.secrets); }
  void operator()(const reply::Secret& body) { to.setSecret(bytes(body.value)); }
  void operator()(const reply::Stack& body) { write(to.initStack(), body); }
};

}  // namespace

static reply::Error read(schema::Error::Reader from) {
  return {readEnum(from.getCode(), reply::ErrorCode::internal, "error code"),
          readText(from.getMessage(), kMaxProse, "message"), readText(from.getHint(), kMaxProse, "hint"),
          read(from.getFindings())};
}

static reply::Version read(schema::VersionReply::Reader from) {
  return {readText(from.getControllerVersion(), kMaxWord, "controller version"), readUuid(from.getFleet(), "fleet"),
          Epoch(from.getEpoch())};
}

static reply::Applied read(schema::Applied::Reader from) {
  const auto rollout = read(from.getRollout());
  return {read(from.getPlan()), rollout ? std::optional(RolloutId(*rollout)) : std::nullopt};
}

void write(schema::Reply::Builder to, const Reply& from) { std::visit(Writer{to}, from); }

Reply read(schema::Reply::Reader from) {
  switch (from.which()) {
    case schema::Reply::ERROR: return read(from.getError());
    case schema::Reply::VERSION: return read(from.getVersion());
    case schema::Reply::PLANNED: return reply::Planned{read(from.getPlanned())};
    case schema::Reply::APPLIED: return read(from.getApplied());
    case schema::Reply::HOSTS: return reply::Hosts{readRows(from.getHosts())};
    case schema::Reply::NODES: return reply::Nodes{readRows(from.getNodes())};
    case schema::Reply::CLUSTERS: return reply::Clusters{readRows(from.getClusters())};
    case schema::Reply::ROLLOUTS: return reply::Rollouts{readRows(from.getRollouts())};
    case schema::Reply::EVENTS: return reply::Events{readRows(from.getEvents())};
    case schema::Reply::ROLLOUT:
      return reply::Rollout{read(from.getRollout().getRollout()), readRows(from.getRollout().getChanges())};
    case schema::Reply::NODE: return reply::Node{read(from.getNode().getNode()), readRows(from.getNode().getEvents())};
    case schema::Reply::LOG: return reply::Log{read(from.getLog())};
    case schema::Reply::TOKEN:
      return reply::Token{readText(from.getToken().getText(), kMaxPath, "token"), from.getToken().getExpiresMs()};
    case schema::Reply::DONE: return reply::Done{};
    case schema::Reply::OPERATORS: return reply::Operators{readRows(from.getOperators())};
    case schema::Reply::EXPLAINED: return reply::Explained{read(from.getExplained())};
    case schema::Reply::SIMULATED: return read(from.getSimulated());
    case schema::Reply::REBALANCED: return read(from.getRebalanced());
    case schema::Reply::SECRETS: return reply::Secrets{readRows(from.getSecrets())};
    case schema::Reply::SECRET: return reply::Secret{readBytes(from.getSecret(), kMaxSecret, "value")};
    case schema::Reply::LOCKS: return reply::Locks{readRows(from.getLocks())};
    case schema::Reply::STACK: return read(from.getStack());
    case schema::Reply::VOLUMES: return reply::Volumes{readRows(from.getVolumes())};
  }
  unknownBody("reply", static_cast<unsigned>(from.which()));
}

}  // namespace berth::message

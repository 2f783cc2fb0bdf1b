// SPDX-License-Identifier: Apache-2.0
#include "protocol/message/codec.h"
#include "protocol/message/layout_codec.h"

namespace berth::message {

// Not in a namespace without a name: the templates of codec.h find overloads by the types of their arguments, which
// looks into berth::message alone.

static_assert(static_cast<int>(Action::destroy) == static_cast<int>(schema::Action::DESTROY));
static_assert(static_cast<int>(HostState::lost) == static_cast<int>(schema::HostState::LOST));
static_assert(static_cast<int>(RolloutState::superseded) == static_cast<int>(schema::RolloutState::SUPERSEDED));
static_assert(static_cast<int>(ChangeState::failed) == static_cast<int>(schema::ChangeState::FAILED));
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
  writeProse(to.initReasons(count(from.reasons.size())), from.reasons);
}

static ChangeRow read(schema::Change::Reader from) {
  ChangeRow change;
  change.action = readEnum(from.getAction(), Action::destroy, "action");
  change.node = readName<NodeName>(from.getNode(), "node");
  change.host = readNameIfAny<HostName>(from.getHost(), "host").value_or(HostName());
  change.reasons = readTexts(from.getReasons(), kMaxDetails, kMaxProse, "reasons");
  return change;
}

static void write(schema::Plan::Builder to, const PlanRow& from) {
  to.setCluster(text(from.cluster.str()));
  to.setFrom(from.from.value());
  to.setTo(from.to.value());
  auto waves = to.initWaves(count(from.waves.size()));
  for (unsigned at = 0; at < waves.size(); ++at) {
    writeEach(waves[at].initChanges(count(from.waves[at].size())), from.waves[at]);
  }
  to.setUnchanged(from.unchanged);
  writeEach(to.initWarnings(count(from.warnings.size())), from.warnings);
}

static PlanRow read(schema::Plan::Reader from) {
  PlanRow plan;
  plan.cluster = readName<ClusterName>(from.getCluster(), "cluster");
  plan.from = Revision(from.getFrom());
  plan.to = Revision(from.getTo());
  plan.waves = readEach(from.getWaves(), kMaxRows, "waves", [](auto wave) {
    return readEach(wave.getChanges(), kMaxRows, "changes", [](auto change) { return read(change); });
  });
  plan.unchanged = from.getUnchanged();
  plan.warnings = read(from.getWarnings());
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
}

static HostRow read(schema::Host::Reader from) {
  HostRow host;
  host.name = readName<HostName>(from.getName(), "host");
  host.state = readEnum(from.getState(), HostState::lost, "state");
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
  return node;
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
}

static RolloutRow read(schema::Rollout::Reader from) {
  RolloutRow rollout;
  rollout.id = RolloutId(from.getId());
  rollout.cluster = readName<ClusterName>(from.getCluster(), "cluster");
  rollout.from = Revision(from.getFrom());
  rollout.to = Revision(from.getTo());
  rollout.state = readEnum(from.getState(), RolloutState::superseded, "state");
  rollout.reason = readText(from.getReason(), kMaxProse, "reason");
  rollout.startedMs = from.getStartedMs();
  rollout.endedMs = from.getEndedMs();
  rollout.changes = from.getChanges();
  rollout.done = from.getDone();
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
  change.state = readEnum(from.getState(), ChangeState::failed, "state");
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
  }
  unknownBody("reply", static_cast<unsigned>(from.which()));
}

}  // namespace berth::message

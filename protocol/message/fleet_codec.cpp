// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "protocol/message/codec.h"

namespace berth::message {

// Not in a namespace without a name: the templates of codec.h find overloads by the types of their arguments, which
// looks into berth::message alone.

static_assert(static_cast<int>(Phase::gone) == static_cast<int>(schema::Phase::GONE));
static_assert(static_cast<int>(ToolKind::openbao) == static_cast<int>(schema::ToolStatus::Kind::OPENBAO));
static_assert(static_cast<int>(ToolStatus::Part::leader) == static_cast<int>(schema::ToolStatus::Part::LEADER));
static_assert(static_cast<int>(ToolStatus::State::silent) == static_cast<int>(schema::ToolStatus::State::SILENT));
static_assert(static_cast<int>(ToolStatus::Acl::refused) == static_cast<int>(schema::ToolStatus::Acl::REFUSED));
static_assert(static_cast<int>(Status::Extent::full) == static_cast<int>(schema::Status::Extent::FULL));

// ---- agent → controller

static void write(schema::Hello::Builder to, const Hello& from) {
  to.setAgentVersion(text(from.agentVersion));
  to.setBootId(text(from.bootId));
  to.setFleet(bytes(from.fleet));
  write(to.initCapacity(), from.capacity);
  to.setKvm(from.kvm);
  to.setZone(text(from.zone));
  write(to.initLabels(count(from.labels.size())), from.labels);
  to.setEpoch(from.epoch.value());
  to.setObserved(from.observed.value());
  to.setReached(from.reached.value());
  to.setPeers(text(from.peers));
  to.setArtifacts(from.artifacts);
  to.setVolumePool(text(from.volumePool));
}

static Hello read(schema::Hello::Reader from) {
  Hello hello;
  hello.agentVersion = readText(from.getAgentVersion(), kMaxWord, "agent version");
  hello.bootId = readText(from.getBootId(), kMaxWord, "boot id");
  hello.fleet = readUuid(from.getFleet(), "fleet");
  hello.capacity = read(from.getCapacity());
  hello.kvm = from.getKvm();
  hello.zone = readText(from.getZone(), kMaxWord, "zone");
  hello.labels = readPairs(from.getLabels(), "labels");
  hello.epoch = Epoch(from.getEpoch());
  hello.observed = Generation(from.getObserved());
  hello.reached = Generation(from.getReached());
  hello.peers = readText(from.getPeers(), kMaxPath, "peers");
  hello.artifacts = from.getArtifacts();
  hello.volumePool = readText(from.getVolumePool(), kMaxWord, "volume pool");
  return hello;
}

static void write(schema::Heartbeat::Builder to, const Heartbeat& from) {
  to.setObserved(from.observed.value());
  to.setReached(from.reached.value());
  to.setStatus(from.status.value());
  to.setBeat(from.beat.value());
}

static Heartbeat read(schema::Heartbeat::Reader from) {
  return {Generation(from.getObserved()), Generation(from.getReached()), Sequence(from.getStatus()),
          Sequence(from.getBeat())};
}

static void write(schema::NeedSpecs::Builder to, const NeedSpecs& from) {
  auto digests = to.initDigests(count(from.digests.size()));
  for (unsigned at = 0; at < digests.size(); ++at) digests.set(at, bytes(from.digests[at]));
}

static NeedSpecs read(schema::NeedSpecs::Reader from) {
  return {readEach(from.getDigests(), kMaxInstances, "digests",
                   [](capnp::Data::Reader digest) { return readDigest(digest, "digest"); })};
}

/// An event of the host itself belongs to no instance; a change that has not begun has a node and no UUID yet.
static InstanceId readInstanceIfAny(schema::InstanceId::Reader from) {
  if (!readUuid(from.getUuid(), "instance").isNil()) return read(from);
  return {readNameIfAny<NodeName>(from.getNode(), "node").value_or(NodeName()), Uuid()};
}

static void write(schema::HostEvent::Builder to, const HostEvent& from) {
  to.setSequence(from.sequence.value());
  to.setTimeMs(from.timeMs);
  write(to.initInstance(), from.instance);
  to.setMessage(text(prose(from.message)));
}

static HostEvent read(schema::HostEvent::Reader from) {
  return {Sequence(from.getSequence()), from.getTimeMs(), readInstanceIfAny(from.getInstance()),
          readText(from.getMessage(), kMaxProse, "event")};
}

static_assert(static_cast<int>(VolumeOrder::Verb::restore) == static_cast<int>(schema::VolumeOrder::Verb::RESTORE));

static void write(schema::SnapshotStatus::Builder to, const SnapshotStatus& from) {
  to.setName(text(from.name.str()));
  to.setTakenMs(from.takenMs);
  to.setSize(from.size.count());
  to.setUsed(from.used.count());
  to.setSince(from.since.value());
}

static SnapshotStatus read(schema::SnapshotStatus::Reader from) {
  return {readName<SnapshotName>(from.getName(), "snapshot"), from.getTakenMs(), Bytes(from.getSize()),
          Bytes(from.getUsed()), Generation(from.getSince())};
}

static void write(schema::VolumeStatus::Builder to, const VolumeStatus& from) {
  to.setCluster(text(from.cluster.str()));
  to.setNode(text(from.node.str()));
  write(to.initVolume(), from.volume);
  to.setSince(from.since.value());
  writeEach(to.initSnapshots(count(from.snapshots.size())), from.snapshots);
}

static VolumeStatus read(schema::VolumeStatus::Reader from) {
  return {readName<ClusterName>(from.getCluster(), "cluster"), readName<NodeName>(from.getNode(), "node"),
          read(from.getVolume()), Generation(from.getSince()),
          readEach(from.getSnapshots(), kMaxSnapshots, "snapshots", [](auto snapshot) { return read(snapshot); })};
}

static void write(schema::VolumeOrder::Builder to, const VolumeOrder& from) {
  to.setVerb(static_cast<schema::VolumeOrder::Verb>(from.verb));
  to.setCluster(text(from.cluster.str()));
  to.setNode(text(from.node.str()));
  to.setVolume(text(from.volume.str()));
  to.setSnapshot(text(from.snapshot.str()));
  to.setAt(from.at.value());
}

static VolumeOrder read(schema::VolumeOrder::Reader from) {
  VolumeOrder order{readEnum(from.getVerb(), VolumeOrder::Verb::restore, "verb"),
                    readName<ClusterName>(from.getCluster(), "cluster"),
                    readName<NodeName>(from.getNode(), "node"),
                    readName<VolumeName>(from.getVolume(), "volume"),
                    readNameIfAny<SnapshotName>(from.getSnapshot(), "snapshot").value_or(SnapshotName()),
                    Generation(from.getAt())};
  if (order.verb != VolumeOrder::Verb::remove && order.snapshot.empty()) bad("order", "names no snapshot");
  return order;
}

static void write(schema::VolumeMoveStatus::Builder to, const VolumeMoveStatus& from) {
  to.setNode(text(from.node.str()));
  to.setVolume(text(from.volume.str()));
  to.setAt(from.at.value());
  to.setCopied(from.copied);
  to.setCompared(from.compared);
  to.setTotal(from.total);
  to.setFailure(text(prose(from.failure)));
}

static VolumeMoveStatus read(schema::VolumeMoveStatus::Reader from) {
  return {readName<NodeName>(from.getNode(), "node"),
          readName<VolumeName>(from.getVolume(), "volume"),
          Generation(from.getAt()),
          from.getCopied(),
          from.getCompared(),
          from.getTotal(),
          readText(from.getFailure(), kMaxProse, "failure")};
}

static void write(schema::Status::Builder to, const Status& from) {
  to.setSequence(from.sequence.value());
  to.setExtent(static_cast<schema::Status::Extent>(from.extent));
  to.setObserved(from.observed.value());
  to.setReached(from.reached.value());
  writeEach(to.initInstances(count(from.instances.size())), from.instances);
  writeEach(to.initEvents(count(from.events.size())), from.events);
  writeProse(to.initConditions(count(from.conditions.size())), from.conditions);
  to.setTellsVolumes(from.volumes.has_value());
  if (from.volumes) writeEach(to.initVolumes(count(from.volumes->size())), *from.volumes);
  writeEach(to.initCarriedOut(count(from.carriedOut.size())), from.carriedOut);
  writeEach(to.initVolumeMoves(count(from.volumeMoves.size())), from.volumeMoves);
}

static Status read(schema::Status::Reader from) {
  Status status;
  status.sequence = Sequence(from.getSequence());
  status.extent = readEnum(from.getExtent(), Status::Extent::full, "extent");
  status.observed = Generation(from.getObserved());
  status.reached = Generation(from.getReached());
  status.instances =
      readEach(from.getInstances(), kMaxInstances, "instances", [](auto instance) { return read(instance); });
  status.events = readEach(from.getEvents(), kMaxHostEvents, "events", [](auto event) { return read(event); });
  status.conditions = readTexts(from.getConditions(), kMaxDetails, kMaxProse, "conditions");
  if (from.getTellsVolumes()) {
    status.volumes = readEach(from.getVolumes(), kMaxHostVolumes, "volumes", [](auto volume) { return read(volume); });
  }
  status.carriedOut =
      readEach(from.getCarriedOut(), kMaxHostVolumes, "carried out", [](auto volume) { return read(volume); });
  status.volumeMoves =
      readEach(from.getVolumeMoves(), kMaxHostVolumes, "volume moves", [](auto move) { return read(move); });
  return status;
}

// ---- controller → agent

static void write(schema::Welcome::Builder to, const Welcome& from) {
  to.setFleet(bytes(from.fleet));
  to.setHost(text(from.host.str()));
  to.setHeartbeatInterval(static_cast<std::uint32_t>(from.heartbeatInterval.count()));
  to.setLease(static_cast<std::uint32_t>(from.lease.count()));
}

static Welcome read(schema::Welcome::Reader from) {
  // An agent that were told to send heartbeats all the time would do so.
  if (from.getHeartbeatInterval() == 0 || from.getLease() == 0) bad("welcome", "has no heartbeat interval or lease");
  return {readUuid(from.getFleet(), "fleet"), readName<HostName>(from.getHost(), "host"),
          std::chrono::milliseconds(from.getHeartbeatInterval()), std::chrono::milliseconds(from.getLease())};
}

static void write(schema::HeartbeatAck::Builder to, const HeartbeatAck& from) {
  to.setStatus(from.status.value());
  to.setEvent(from.event.value());
  to.setBeat(from.beat.value());
  to.setGeneration(from.generation.value());
}

static HeartbeatAck read(schema::HeartbeatAck::Reader from) {
  return {Sequence(from.getStatus()), Sequence(from.getEvent()), Sequence(from.getBeat()),
          Generation(from.getGeneration())};
}

static void write(schema::Manifest::Entry::Builder to, const Manifest::Entry& from) {
  write(to.initInstance(), from.instance);
  to.setSpec(bytes(from.spec));
  to.setHalted(from.halted);
}

static void write(schema::Manifest::Tombstone::Builder to, const Manifest::Tombstone& from) {
  write(to.initInstance(), from.instance);
}

static void write(schema::Manifest::RetiredDisk::Builder to, const Manifest::RetiredDisk& from) {
  write(to.initInstance(), from.instance);
  if (from.heir) to.setHeir(bytes(*from.heir));
}

static Manifest::RetiredDisk read(schema::Manifest::RetiredDisk::Reader from) {
  Manifest::RetiredDisk disk{read(from.getInstance())};
  if (from.getHeir().size() != 0) disk.heir = readUuid(from.getHeir(), "heir");
  if (disk.heir == disk.instance.uuid) bad("retired disk", "is its own heir");
  return disk;
}

static void write(schema::VolumeMove::Builder to, const VolumeMove& from) {
  to.setSide(static_cast<schema::VolumeMove::Side>(from.side));
  to.setCluster(text(from.cluster.str()));
  to.setNode(text(from.node.str()));
  to.setVolume(text(from.volume.str()));
  to.setAt(from.at.value());
  to.setPeer(text(from.peer.str()));
  to.setPeerKey(text(from.peerKey));
  to.setPeerEndpoint(text(from.peerEndpoint));
  to.setSize(from.size.count());
}

static VolumeMove read(schema::VolumeMove::Reader from) {
  VolumeMove move{readEnum(from.getSide(), VolumeMove::Side::gives, "side"),
                  readName<ClusterName>(from.getCluster(), "cluster"),
                  readName<NodeName>(from.getNode(), "node"),
                  readName<VolumeName>(from.getVolume(), "volume"),
                  Generation(from.getAt()),
                  readName<HostName>(from.getPeer(), "peer"),
                  readPublicKey(from.getPeerKey()),
                  readText(from.getPeerEndpoint(), kMaxPath, "peer endpoint"),
                  Bytes(from.getSize())};
  if (move.side == VolumeMove::Side::takes && move.peerEndpoint.empty()) bad("volume move", "says not where from");
  return move;
}

static void write(schema::Specs::Builder to, const Specs& from) {
  auto encoded = to.initEncoded(count(from.encoded.size()));
  for (unsigned at = 0; at < encoded.size(); ++at) encoded.set(at, bytes(from.encoded[at]));
}

static Specs read(schema::Specs::Reader from) {
  return {readEach(from.getEncoded(), kMaxInstances, "specs",
                   [](capnp::Data::Reader spec) { return readBytes(spec, kMaxMessageBytes, "spec"); })};
}

static void write(schema::ReadConsole::Builder to, const ReadConsole& from) {
  write(to.initInstance(), from.instance);
  to.setOffset(from.offset);
  to.setLimit(from.limit);
}

static ReadConsole read(schema::ReadConsole::Reader from) {
  return {read(from.getInstance()), from.getOffset(), from.getLimit()};
}

void write(schema::Capacity::Builder to, const Capacity& from) {
  to.setVcpus(from.vcpus);
  to.setMemory(from.memory.count());
  to.setDisk(from.disk.count());
  to.setVolumes(from.volumes.count());
}

Capacity read(schema::Capacity::Reader from) {
  return {from.getVcpus(), Bytes(from.getMemory()), Bytes(from.getDisk()), Bytes(from.getVolumes())};
}

static void write(schema::ToolStatus::Builder to, const ToolStatus& from) {
  to.setKind(static_cast<schema::ToolStatus::Kind>(from.kind));
  to.setPart(static_cast<schema::ToolStatus::Part>(from.part));
  to.setState(static_cast<schema::ToolStatus::State>(from.state));
  to.setAcl(static_cast<schema::ToolStatus::Acl>(from.acl));
  to.setVersion(text(from.version));
  to.setVoters(from.voters);
  to.setLeader(text(from.leader));
}

static ToolStatus read(schema::ToolStatus::Reader from) {
  ToolStatus tool;
  tool.kind = readEnum(from.getKind(), ToolKind::openbao, "tool");
  tool.part = readEnum(from.getPart(), ToolStatus::Part::leader, "part of a tool");
  tool.state = readEnum(from.getState(), ToolStatus::State::silent, "state of a tool");
  tool.acl = readEnum(from.getAcl(), ToolStatus::Acl::refused, "acl of a tool");
  tool.version = readText(from.getVersion(), kMaxWord, "version of a tool");
  tool.voters = from.getVoters();
  tool.leader = readText(from.getLeader(), kMaxWord, "leader");
  return tool;
}

void write(schema::InstanceStatus::Builder to, const InstanceStatus& from) {
  write(to.initInstance(), from.instance);
  to.setPhase(static_cast<schema::Phase>(from.phase));
  to.setReason(text(prose(from.reason)));
  const std::string_view console = from.console;
  // The end is what explains the phase.
  to.setConsole(bytes(console.substr(console.size() - std::min(console.size(), kMaxConsoleTail))));
  to.setSinceMs(from.sinceMs);
  to.setBootId(text(from.bootId));
  writeTexts(to.initAddresses(count(from.addresses.size())), from.addresses);
  writeTexts(to.initFailedUnits(count(from.failedUnits.size())), from.failedUnits);
  to.setRestarts(from.restarts);
  to.setFetched(from.fetched);
  to.setExpected(from.expected);
  writeProse(to.initPending(count(from.pending.size())), from.pending);
  to.setStopsInARow(from.stopsInARow);
  to.setLeft(static_cast<schema::Drift>(from.left));
  to.setRetiredUntilMs(from.retiredUntilMs);
  writeEach(to.initTools(count(from.tools.size())), from.tools);
  to.setOsRunning(text(from.os.running));
  to.setOsStaged(text(from.os.staged));
}

InstanceStatus read(schema::InstanceStatus::Reader from) {
  auto status = readStatusIfAny(from);
  if (status.instance.uuid.isNil()) bad("status", "is of no instance");
  return status;
}

InstanceStatus readStatusIfAny(schema::InstanceStatus::Reader from) {
  InstanceStatus status;
  status.instance = readInstanceIfAny(from.getInstance());
  status.phase = readEnum(from.getPhase(), Phase::gone, "phase");
  status.reason = readText(from.getReason(), kMaxProse, "reason");
  status.console = readBytes(from.getConsole(), kMaxConsoleTail, "console");
  status.sinceMs = from.getSinceMs();
  status.bootId = readText(from.getBootId(), kMaxWord, "boot id");
  status.addresses = readTexts(from.getAddresses(), kMaxDetails, kMaxWord, "addresses");
  status.failedUnits = readTexts(from.getFailedUnits(), kMaxDetails, kMaxWord, "failed units");
  status.restarts = from.getRestarts();
  status.fetched = from.getFetched();
  status.expected = from.getExpected();
  status.pending = readTexts(from.getPending(), kMaxDetails, kMaxProse, "pending");
  status.stopsInARow = from.getStopsInARow();
  status.left = readEnum(from.getLeft(), Drift::freeze, "left");
  status.retiredUntilMs = from.getRetiredUntilMs();
  status.tools =
      readEach(from.getTools(), kMaxTools, "tools", [](schema::ToolStatus::Reader tool) { return read(tool); });
  status.os = {readText(from.getOsRunning(), kMaxWord, "release"), readText(from.getOsStaged(), kMaxWord, "release")};
  return status;
}

void write(schema::Console::Builder to, const Console& from) {
  to.setOffset(from.offset);
  to.setData(bytes(from.data));
  to.setEnd(from.end);
  to.setError(text(prose(from.error)));
}

Console read(schema::Console::Reader from) {
  return {from.getOffset(), readBytes(from.getData(), kMaxConsoleChunk, "console"), from.getEnd(),
          readText(from.getError(), kMaxProse, "error")};
}

void write(schema::Manifest::Builder to, const Manifest& from) {
  to.setGeneration(from.generation.value());
  writeEach(to.initEntries(count(from.entries.size())), from.entries);
  writeEach(to.initTombstones(count(from.tombstones.size())), from.tombstones);
  writeEach(to.initVolumeOrders(count(from.volumeOrders.size())), from.volumeOrders);
  writeEach(to.initVolumeMoves(count(from.volumeMoves.size())), from.volumeMoves);
  writeEach(to.initRetiredDisks(count(from.retiredDisks.size())), from.retiredDisks);
}

Manifest read(schema::Manifest::Reader from) {
  Manifest manifest;
  manifest.generation = Generation(from.getGeneration());
  manifest.entries = readEach(from.getEntries(), kMaxInstances, "entries", [](auto entry) {
    return Manifest::Entry{read(entry.getInstance()), readDigest(entry.getSpec(), "spec"), entry.getHalted()};
  });
  manifest.tombstones = readEach(from.getTombstones(), kMaxInstances, "tombstones",
                                 [](auto tombstone) { return Manifest::Tombstone{read(tombstone.getInstance())}; });
  manifest.volumeOrders = readEach(from.getVolumeOrders(), kMaxHostVolumes, "volume orders",
                                   [](auto tombstone) { return read(tombstone); });
  manifest.volumeMoves =
      readEach(from.getVolumeMoves(), kMaxHostVolumes, "volume moves", [](auto move) { return read(move); });
  manifest.retiredDisks =
      readEach(from.getRetiredDisks(), kMaxInstances, "retired disks", [](auto disk) { return read(disk); });
  return manifest;
}

// ---- enrolment

void write(schema::Join::Builder to, const Join& from) {
  to.setTokenId(text(from.tokenId));
  to.setHost(text(from.host.str()));
  to.setNonce(bytes(from.nonce));
  to.setProof(bytes(from.proof));
}

Join read(schema::Join::Reader from) {
  return {readText(from.getTokenId(), kMaxWord, "token id"), readName<HostName>(from.getHost(), "host"),
          readBytes(from.getNonce(), kMaxProof, "nonce"), readBytes(from.getProof(), kMaxProof, "proof")};
}

void write(schema::Joined::Builder to, const Joined& from) {
  to.setError(text(prose(from.error)));
  to.setFleet(bytes(from.fleet));
  to.setHost(text(from.host.str()));
  to.setAgentEndpoint(text(from.agentEndpoint));
}

Joined read(schema::Joined::Reader from) {
  Joined joined;
  joined.error = readText(from.getError(), kMaxProse, "error");
  joined.fleet = readUuid(from.getFleet(), "fleet");
  joined.host = readNameIfAny<HostName>(from.getHost(), "host").value_or(HostName());
  joined.agentEndpoint = readText(from.getAgentEndpoint(), kMaxPath, "endpoint");
  // Who is admitted is told by what name and where.
  if (joined.error.empty() && (joined.host.empty() || joined.agentEndpoint.empty())) bad("joined", "is incomplete");
  return joined;
}

// ---- the unions

void write(schema::FromAgent::Builder to, const FromAgent& from) {
  struct Writer {
    schema::FromAgent::Builder to;
    void operator()(const Hello& body) { write(to.initHello(), body); }
    void operator()(const Heartbeat& body) { write(to.initHeartbeat(), body); }
    void operator()(const NeedSpecs& body) { write(to.initNeedSpecs(), body); }
    void operator()(const Status& body) { write(to.initStatus(), body); }
    void operator()(const Console& body) { write(to.initConsole(), body); }
  };
  std::visit(Writer{to}, from);
}

FromAgent read(schema::FromAgent::Reader from) {
  switch (from.which()) {
    case schema::FromAgent::HELLO: return read(from.getHello());
    case schema::FromAgent::HEARTBEAT: return read(from.getHeartbeat());
    case schema::FromAgent::NEED_SPECS: return read(from.getNeedSpecs());
    case schema::FromAgent::STATUS: return read(from.getStatus());
    case schema::FromAgent::CONSOLE: return read(from.getConsole());
  }
  unknownBody("message from an agent", static_cast<unsigned>(from.which()));
}

void write(schema::ToAgent::Builder to, const ToAgent& from) {
  struct Writer {
    schema::ToAgent::Builder to;
    void operator()(const Welcome& body) { write(to.initWelcome(), body); }
    void operator()(const HeartbeatAck& body) { write(to.initHeartbeatAck(), body); }
    void operator()(const Manifest& body) { write(to.initManifest(), body); }
    void operator()(const Specs& body) { write(to.initSpecs(), body); }
    void operator()(const ReportFully&) { to.setReportFully(); }
    void operator()(const ReadConsole& body) { write(to.initReadConsole(), body); }
    void operator()(const Refusal& body) { to.setRefusal(text(prose(body.reason))); }
  };
  std::visit(Writer{to}, from);
}

ToAgent read(schema::ToAgent::Reader from) {
  switch (from.which()) {
    case schema::ToAgent::WELCOME: return read(from.getWelcome());
    case schema::ToAgent::HEARTBEAT_ACK: return read(from.getHeartbeatAck());
    case schema::ToAgent::MANIFEST: return read(from.getManifest());
    case schema::ToAgent::SPECS: return read(from.getSpecs());
    case schema::ToAgent::REPORT_FULLY: return ReportFully{};
    case schema::ToAgent::READ_CONSOLE: return read(from.getReadConsole());
    case schema::ToAgent::REFUSAL: return Refusal{readText(from.getRefusal(), kMaxProse, "refusal")};
  }
  unknownBody("message to an agent", static_cast<unsigned>(from.which()));
}

}  // namespace berth::message

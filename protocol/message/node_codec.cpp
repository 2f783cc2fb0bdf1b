// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "protocol/message/codec.h"
#include "words/address.h"

namespace berth::message {

// Not in a namespace without a name: the templates of codec.h find overloads by the types of their arguments, which
// looks into berth::message alone.

static_assert(static_cast<int>(Image::Packing::zstd) == static_cast<int>(schema::Image::Packing::ZSTD));
static_assert(static_cast<int>(Nic::Attachment::macvtap) == static_cast<int>(schema::Nic::Attachment::MACVTAP));

static std::optional<Digest> readDigestIfAny(capnp::Data::Reader from, std::string_view what) {
  if (from.size() == 0) return std::nullopt;
  return readDigest(from, what);
}

static void write(schema::Nic::Builder to, const Nic& from) {
  to.setAttachment(static_cast<schema::Nic::Attachment>(from.attachment));
  to.setSource(text(from.source));
  to.setMac(text(from.mac));
  to.setVlan(from.vlan);
  to.setMtu(from.mtu);
  if (!from.address.empty()) to.setAddress(text(from.address));
}

static Nic read(schema::Nic::Reader from) {
  Nic nic;
  nic.attachment = readEnum(from.getAttachment(), Nic::Attachment::macvtap, "attachment");
  nic.source = readText(from.getSource(), kMaxWord, "network source");
  nic.mac = readText(from.getMac(), kMaxWord, "MAC address");
  nic.vlan = from.getVlan();
  if (nic.vlan > kMaxVlan) bad("VLAN", "is larger than 4094");
  nic.mtu = from.getMtu();
  if (nic.mtu != 0 && nic.mtu < kMinMtu) bad("MTU", "is less than 68");
  nic.address = readText(from.getAddress(), kMaxWord, "reserved address");
  if (!nic.address.empty() && !isNumericAddress(nic.address)) bad("reserved address", "is not an IP address");
  return nic;
}

void write(schema::Volume::Builder to, const Volume& from) {
  to.setName(text(from.name.str()));
  to.setSize(from.size.count());
  to.setKeep(from.keep);
}

Volume read(schema::Volume::Reader from) {
  const Volume volume{readName<VolumeName>(from.getName(), "volume"), Bytes(from.getSize()), from.getKeep()};
  if (volume.size == Bytes()) bad("volume", "has no size");
  return volume;
}

static std::vector<Volume> readVolumes(capnp::List<schema::Volume>::Reader from) {
  auto volumes = readEach(from, kMaxVolumes, "volumes", [](auto volume) { return read(volume); });
  for (auto one = volumes.begin(); one != volumes.end(); ++one) {
    const auto same = [&](const Volume& other) { return other.name == one->name; };
    if (std::any_of(volumes.begin(), one, same)) bad("volumes", "repeat a name");
  }
  return volumes;
}

static void write(schema::Artifact::Builder to, const Artifact& from) {
  to.setName(text(from.name));
  to.setUrl(text(from.url));
  to.setSha256(bytes(from.sha256));
}

static Artifact read(schema::Artifact::Reader from) {
  Artifact artifact{readText(from.getName(), kMaxArtifactName, "artifact name"),
                    readText(from.getUrl(), kMaxArtifactUrl, "artifact URL"),
                    readDigest(from.getSha256(), "artifact digest")};
  if (!isArtifactName(artifact.name)) bad("artifact", "has no proper name");
  if (!isArtifactUrl(artifact.url)) bad("artifact URL", "is not an http or https URL");
  return artifact;
}

static std::vector<Artifact> readArtifacts(capnp::List<schema::Artifact>::Reader from, const NodeSpec& spec) {
  auto artifacts = readEach(from, kMaxArtifacts, "artifacts", [](auto artifact) { return read(artifact); });
  const auto ordered = inOrder(artifacts);
  if (std::ranges::adjacent_find(ordered, {}, &Artifact::name) != ordered.end()) bad("artifacts", "repeat a name");
  // The guest could not tell the two disks apart.
  const auto isNamesake = [](const Volume& volume) { return volume.name.str() == kArtifactsSerial; };
  if (!artifacts.empty() && std::ranges::any_of(spec.volumes, isNamesake)) bad("volumes", "take the artifacts' name");
  return artifacts;
}

static void write(schema::Probe::Builder to, const Probe& from) {
  if (const auto* tcp = std::get_if<Probe::Tcp>(&from.target)) {
    auto target = to.initTarget().initTcp();
    target.setAddress(text(tcp->address));
    target.setPort(tcp->port);
  } else if (const auto* http = std::get_if<Probe::Http>(&from.target)) {
    auto target = to.initTarget().initHttp();
    target.setUrl(text(http->url));
    target.setExpect(http->expect);
  }
}

static Probe read(schema::Probe::Reader from) {
  const auto target = from.getTarget();
  switch (target.which()) {
    case schema::Probe::Target::TCP: {
      const auto tcp = target.getTcp();
      return {Probe::Tcp{readText(tcp.getAddress(), kMaxWord, "probe address"), tcp.getPort()}};
    }
    case schema::Probe::Target::HTTP: {
      const auto http = target.getHttp();
      return {Probe::Http{readText(http.getUrl(), kMaxPath, "probe URL"), http.getExpect()}};
    }
  }
  bad("probe", "is of unknown kind");
}

static void write(schema::StopHook::Builder to, const StopHook& from) {
  to.setUrl(text(from.url));
  to.setMethod(static_cast<schema::StopHook::Method>(from.method));
  to.setExpect(from.expect);
  to.setDeadline(static_cast<std::uint32_t>(from.deadline.count()));
}

static StopHook read(schema::StopHook::Reader from) {
  return {readText(from.getUrl(), kMaxPath, "hook URL"), readEnum(from.getMethod(), StopHook::Method::put, "method"),
          from.getExpect(), std::chrono::seconds(from.getDeadline())};
}

void write(schema::InstanceId::Builder to, const InstanceId& from) {
  to.setNode(text(from.node.str()));
  to.setUuid(bytes(from.uuid));
}

InstanceId read(schema::InstanceId::Reader from) {
  const auto uuid = readUuid(from.getUuid(), "instance");
  if (uuid.isNil()) bad("instance", "has no UUID");
  return {readName<NodeName>(from.getNode(), "node"), uuid};
}

void write(schema::Image::Builder to, const Image& from) {
  to.setSource(text(from.source));
  to.setPacking(static_cast<schema::Image::Packing>(from.packing));
  if (from.packedDigest) to.setPackedDigest(bytes(*from.packedDigest));
  if (from.contentDigest) to.setContentDigest(bytes(*from.contentDigest));
  to.setLabel(text(prose(from.label)));
}

Image read(schema::Image::Reader from) {
  Image image;
  image.source = readText(from.getSource(), kMaxPath, "image source");
  image.packing = readEnum(from.getPacking(), Image::Packing::zstd, "packing");
  image.packedDigest = readDigestIfAny(from.getPackedDigest(), "packed digest");
  image.contentDigest = readDigestIfAny(from.getContentDigest(), "content digest");
  image.label = readText(from.getLabel(), kMaxProse, "image label");
  if (!image.packedDigest && !image.contentDigest) bad("image", "has no digest");
  return image;
}

void write(schema::NodeSpec::Builder to, const NodeSpec& from) {
  to.setNode(text(from.node.str()));
  to.setCluster(text(from.cluster.str()));
  to.setPool(text(from.pool.str()));
  to.setVcpus(from.vcpus);
  to.setMemory(from.memory.count());
  to.setDisk(from.disk.count());
  write(to.initImage(), from.image);
  writeEach(to.initNics(count(from.nics.size())), from.nics);
  to.setIgnition(bytes(from.ignition));
  writeEach(to.initProbes(count(from.probes.size())), from.probes);
  to.setIgnoresFailedUnits(!from.wantsSystemdRunning);
  to.setShutdownDeadline(static_cast<std::uint32_t>(from.shutdownDeadline.count()));
  to.setLossGrace(static_cast<std::uint32_t>(from.lossGrace.count()));
  write(to.initTags(count(from.tags.size())), from.tags);
  // An empty list is a pointer to nothing, which is not the same as no pointer: the digests of all specs would change.
  if (!from.volumes.empty()) writeEach(to.initVolumes(count(from.volumes.size())), from.volumes);
  if (!from.beforeStop.empty()) writeEach(to.initBeforeStop(count(from.beforeStop.size())), from.beforeStop);
  to.setDrift(static_cast<schema::Drift>(from.drift));
  if (!from.artifacts.empty()) writeEach(to.initArtifacts(count(from.artifacts.size())), from.artifacts);
}

NodeSpec read(schema::NodeSpec::Reader from) {
  NodeSpec spec;
  spec.node = readName<NodeName>(from.getNode(), "node");
  spec.cluster = readName<ClusterName>(from.getCluster(), "cluster");
  spec.pool = readName<PoolName>(from.getPool(), "pool");
  spec.vcpus = from.getVcpus();
  spec.memory = Bytes(from.getMemory());
  spec.disk = Bytes(from.getDisk());
  spec.image = read(from.getImage());
  spec.nics = readEach(from.getNics(), kMaxNics, "nics", [](auto nic) { return read(nic); });
  spec.ignition = readBytes(from.getIgnition(), kMaxIgnition, "Ignition config");
  spec.probes = readEach(from.getProbes(), kMaxProbes, "probes", [](auto probe) { return read(probe); });
  spec.wantsSystemdRunning = !from.getIgnoresFailedUnits();
  spec.shutdownDeadline = std::chrono::seconds(from.getShutdownDeadline());
  spec.lossGrace = std::chrono::seconds(from.getLossGrace());
  spec.tags = readPairs(from.getTags(), "tags");
  spec.volumes = readVolumes(from.getVolumes());
  spec.beforeStop = readEach(from.getBeforeStop(), kMaxProbes, "hooks", [](auto hook) { return read(hook); });
  spec.drift = readEnum(from.getDrift(), Drift::freeze, "drift");
  spec.artifacts = readArtifacts(from.getArtifacts(), spec);
  return spec;
}

}  // namespace berth::message

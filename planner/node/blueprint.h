// SPDX-License-Identifier: Apache-2.0
//
// A blueprint is all that a node is: whoever has it can make the machine. Two nodes with the same blueprint are the
// same machine; where they differ, change/plan.h says whether that takes a new one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "planner/image/image.h"
#include "planner/source/diagnostic.h"
#include "planner/spec/address.h"
#include "planner/spec/model.h"
#include "words/digest.h"
#include "words/name.h"
#include "words/quantity.h"

namespace berth::node {

struct Nic {
  spec::Attachment attachment = spec::Attachment::bridge;
  std::string source;
  /// 52:ab:cd:ef:01:23
  std::string mac;
  /// The VLAN that the guest tags its frames with, as its own network profiles say (layer.h). The host passes the
  /// frames on as they are: its domain knows nothing of the tag.
  std::optional<std::uint16_t> guestVlan{};
  /// The largest packet, in bytes.
  std::optional<std::uint16_t> mtu{};
  /// What the guest gives itself, and what DHCP is to give it where Berth can tell the network so. Empty where the
  /// network decides.
  std::optional<spec::Ipv4> address{};
  bool operator==(const Nic&) const = default;
};

/// A data disk, which outlives the node's instances. The guest finds it as /dev/disk/by-id/virtio-<name>.
struct Volume {
  VolumeName name;
  Bytes size;
  bool keep = true;
  /// What the guest's config makes of it; empty where Berth leaves it a bare disk.
  std::optional<std::string> mount{};
  spec::Filesystem filesystem = spec::Filesystem::xfs;
  bool operator==(const Volume&) const = default;
};

/// An archive that the node's host fetches and hands to the guest, where it lies under this name in the tar file
/// /dev/disk/by-id/virtio-berth-artifacts.
struct Artifact {
  /// [a-z0-9._-]{1,64}, no dot at the beginning; each once in a node.
  std::string name;
  /// http or https.
  std::string url;
  /// Of its bytes as they are.
  Digest sha256;
  bool operator==(const Artifact&) const = default;
};

struct TcpProbe {
  spec::Ipv4 address;
  std::uint16_t port = 0;
  bool operator==(const TcpProbe&) const = default;
};
struct HttpProbe {
  std::string url;
  std::uint16_t expect = 200;
  bool operator==(const HttpProbe&) const = default;
};
using Probe = std::variant<TcpProbe, HttpProbe>;
struct StopHook {
  HttpProbe call;
  spec::HttpMethod method = spec::HttpMethod::post;
  std::chrono::seconds deadline{0};
  bool operator==(const StopHook&) const = default;
};

/// Where a pool's values were written. Decides nothing; makes reasons readable.
struct Origins {
  source::Mark vcpus, memory, disk, image, network, addresses, tags, health, beforeStop, hostLoss, drift;
  /// By name: where the volume's size stands.
  std::map<VolumeName, source::Mark> volumes;
  /// Of the Ignition config, by part and member (parts.h).
  std::map<std::pair<std::string, std::string>, source::Mark> parts;
  /// The variables that stand behind the values at these places.
  spec::VariableUses uses;
  /// Names of parts (parts.h) that hold what came of sensitive variables.
  std::set<std::string> secret;
};

struct Blueprint {
  NodeName name;
  ClusterName cluster;
  PoolName pool;
  std::uint32_t index = 0;
  std::uint32_t vcpus = 1;
  Bytes memory;
  Bytes disk;
  /// Empty only where no image was resolved: an offline check or rendering.
  std::optional<image::Image> image;
  /// One for each network of the spec, in its order; empty in what was read back of a node without any.
  std::vector<Nic> nics;
  /// In the order of the spec.
  std::vector<Volume> volumes;
  /// At most 16.
  std::vector<Artifact> artifacts{};
  /// The only host that may have the node.
  std::optional<HostName> pinned;
  /// The node's Ignition config, JSON. Secret.
  std::string ignition;
  std::vector<Probe> probes;
  std::vector<StopHook> beforeStop;
  bool wantsSystemdRunning = true;
  /// How long the guest may take to shut down before its power is cut.
  std::chrono::seconds shutdownDeadline{60};
  /// How long its host may be lost before it is made elsewhere; 0: it waits for its host.
  std::chrono::seconds lossGrace{0};
  spec::Drift drift = spec::Drift::heal;
  std::map<std::string, std::string> tags;
  /// Values of the user's own, for expressions. No part of the machine.
  std::map<std::string, std::string> meta;
  /// Shared by all nodes of a pool; null in a blueprint that was read back from the store.
  std::shared_ptr<const Origins> origins;

  /// The node's address: that in the first network. Empty under DHCP.
  [[nodiscard]] std::optional<spec::Ipv4> address() const { return nics.empty() ? std::nullopt : nics.front().address; }
};

/// In the order of their names.
[[nodiscard]] std::vector<Artifact> inOrder(std::vector<Artifact> artifacts);

/// The digest of everything that takes a new machine when it changes: domain, image, artifacts and Ignition; not tags
/// or probes.
[[nodiscard]] Digest machineDigest(const Blueprint& blueprint);

}  // namespace berth::node

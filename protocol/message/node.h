// SPDX-License-Identifier: Apache-2.0
//
// What one node is, as an agent needs to know it: everything to make the domain, nothing about the cluster spec it
// came from. A NodeSpec is content-addressed: its digest is the SHA-256 of its encoding, so an agent that has it need
// not be sent it again, and two hosts that have the same digest have the same node.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "protocol/message/artifact.h"
#include "words/digest.h"
#include "words/name.h"
#include "words/quantity.h"
#include "words/uuid.h"

namespace berth::message {

/// A CoreOS disk image: where it can be had and what proves it right. At least one digest is present.
struct Image {
  /// How the file at `source` is packed.
  enum class Packing : std::uint8_t { none, gzip, xz, zstd };

  /// `https://…`, `http://…` or `file:///…` (a path on the host, which its policy must allow).
  std::string source;
  Packing packing = Packing::none;
  /// Of the file as it lies at `source`.
  std::optional<Digest> packedDigest;
  /// Of the disk image itself, unpacked.
  std::optional<Digest> contentDigest;
  /// What a person calls it, such as "fedora-coreos stable 44.20260705.3.0"; may be empty.
  std::string label;

  /// The digest that this image goes by in the hosts' caches.
  [[nodiscard]] const Digest& id() const { return contentDigest ? *contentDigest : packedDigest.value(); }
  bool operator==(const Image&) const = default;
};

/// A network interface of a node.
struct Nic {
  enum class Attachment : std::uint8_t { bridge, libvirtNetwork, macvtap };

  Attachment attachment = Attachment::bridge;
  /// The name of the bridge, of the libvirt network or of the host's interface.
  std::string source;
  /// Six bytes in the form 52:54:00:ab:cd:ef.
  std::string mac;
  /// The VLAN whose frames it sends and receives, 1 to 4094; 0 where the network does not tag for it.
  std::uint16_t vlan = 0;
  /// The largest packet, in bytes, from kMinMtu; 0 leaves it to the network.
  std::uint16_t mtu = 0;
  /// The address that DHCP is to give to `mac`, where the network is one of libvirt's that serves it: IPv4 or IPv6, or
  /// empty when none is to be reserved.
  std::string address{};

  bool operator==(const Nic&) const = default;
};

/// What every IPv4 host must be able to receive in one piece (RFC 791).
inline constexpr std::uint16_t kMinMtu = 68;
inline constexpr std::uint16_t kMaxVlan = 4094;

/// A data disk of a node, which outlives its instances. The guest finds it as /dev/disk/by-id/virtio-<name>.
struct Volume {
  VolumeName name;
  /// It is made that large, and made larger when this grows; never smaller.
  Bytes size;
  /// Nothing but a command that names it deletes, reformats or wipes it.
  bool keep = true;

  bool operator==(const Volume&) const = default;
};

/// Asks from the host whether a service in the guest answers.
struct Probe {
  struct Tcp {
    std::string address;
    std::uint16_t port = 0;
    bool operator==(const Tcp&) const = default;
  };
  struct Http {
    std::string url;
    std::uint16_t expect = 200;
    bool operator==(const Http&) const = default;
  };

  std::variant<Tcp, Http> target;

  bool operator==(const Probe&) const = default;
};

/// What a service in the guest is asked before the guest is shut down, until it answers as expected.
struct StopHook {
  enum class Method : std::uint8_t { post, get, put };

  std::string url;
  Method method = Method::post;
  std::uint16_t expect = 200;
  /// After so long the guest is shut down all the same.
  std::chrono::seconds deadline{0};

  bool operator==(const StopHook&) const = default;
};

/// What is done when somebody on the host stops a node's domain, or removes it, by hand.
enum class Drift : std::uint8_t {
  heal,    ///< it is put back at once
  alert,   ///< it is left so and told, until a plan or a person changes the node
  freeze,  ///< likewise, and no plan touches the node that does not name it
};

struct NodeSpec {
  NodeName node;
  ClusterName cluster;
  PoolName pool;
  std::uint32_t vcpus = 1;
  Bytes memory;
  /// The size of the root disk.
  Bytes disk;
  Image image;
  /// In the order in which the guest sees them.
  std::vector<Nic> nics;
  /// Each name once.
  std::vector<Volume> volumes;
  /// The node's Ignition config, JSON. Secret: it is never logged and lies only in files of mode 0600.
  std::string ignition;
  std::vector<Probe> probes;
  /// False: units that failed in the guest do not keep it from being ready.
  bool wantsSystemdRunning = true;
  /// How long the guest may take to shut down before its power is cut.
  std::chrono::seconds shutdownDeadline{60};
  /// How long its host may be lost before the controller makes the node elsewhere; 0: it never does, and the node runs
  /// on however long the controller is away.
  std::chrono::seconds lossGrace{0};
  std::map<std::string, std::string> tags;
  /// One after the other.
  std::vector<StopHook> beforeStop{};
  Drift drift = Drift::heal;
  /// Each name once.
  std::vector<Artifact> artifacts{};

  /// The host cuts the node's power when nobody has confirmed for so long that it is to run there (I1). The other half
  /// of the grace is for whatever is slow: an agent that is started again, a hypervisor that hesitates, clocks that do
  /// not agree on how long a minute is.
  [[nodiscard]] std::chrono::seconds fenceAfter() const { return lossGrace / 2; }

  bool operator==(const NodeSpec&) const = default;
};

/// One incarnation of a node: a libvirt domain with this UUID. A replaced node is a new instance.
struct InstanceId {
  NodeName node;
  Uuid uuid;

  auto operator<=>(const InstanceId&) const = default;
};

}  // namespace berth::message

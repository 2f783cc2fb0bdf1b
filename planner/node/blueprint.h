// SPDX-License-Identifier: Apache-2.0
//
// A blueprint is all that a node is: whoever has it can make the machine. Two nodes with the same blueprint are the
// same machine; where they differ, change/plan.h says whether that takes a new one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
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
  bool operator==(const Nic&) const = default;
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

/// Where a pool's values were written. Decides nothing; makes reasons readable.
struct Origins {
  source::Mark vcpus, memory, disk, image, network, addresses, tags, health;
  /// Of the Ignition config, by part and member (parts.h).
  std::map<std::pair<std::string, std::string>, source::Mark> parts;
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
  Nic nic;
  /// Empty under DHCP.
  std::optional<spec::Ipv4> address;
  /// The node's Ignition config, JSON. Secret.
  std::string ignition;
  std::vector<Probe> probes;
  bool wantsSystemdRunning = true;
  std::map<std::string, std::string> tags;
  /// Shared by all nodes of a pool; null in a blueprint that was read back from the store.
  std::shared_ptr<const Origins> origins;
};

/// The digest of everything that takes a new machine when it changes: domain, image and Ignition; not tags or probes.
[[nodiscard]] Digest machineDigest(const Blueprint& blueprint);

}  // namespace berth::node

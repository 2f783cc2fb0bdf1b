// SPDX-License-Identifier: Apache-2.0
//
// What a spec file declares, as types: whoever holds a Spec need not check it again. Values that a message may have to
// point at keep their place in the file. docs/spec.md describes the fields for people.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "planner/source/located.h"
#include "planner/spec/address.h"
#include "words/digest.h"
#include "words/name.h"
#include "words/quantity.h"

namespace berth::spec {

using source::Located;
using source::Mark;

// ---- image ------------------------------------------------------------------------------------------------------

/// The newest Fedora CoreOS of a stream, or that version of it.
struct StreamImage {
  Located<std::string> stream;
  std::optional<Located<std::string>> version;
};

/// Any image at an address; at least one of the digests is there.
struct UrlImage {
  Located<std::string> url;
  /// Of the file as it is at the address.
  std::optional<Located<Digest>> sha256;
  /// Of the disk image that is in it.
  std::optional<Located<Digest>> uncompressedSha256;
};

/// A file at the same absolute path of every host. Without a digest, whoever resolves the image must have the file too.
struct FileImage {
  Located<std::string> path;
  std::optional<Located<Digest>> sha256;
};

struct ImageSource {
  std::variant<StreamImage, UrlImage, FileImage> from;
  /// Where `image:` has its value.
  Mark mark;
};

// ---- network ----------------------------------------------------------------------------------------------------

enum class Attachment : std::uint8_t { bridge, libvirt, macvtap };

/// Addresses that the spec allots.
struct StaticAddressing {
  Located<Subnet> subnet;
  std::optional<Located<Ipv4>> gateway;
  std::vector<Located<Ipv4>> dns;
};

struct Network {
  Attachment attachment = Attachment::bridge;
  /// Of the bridge, the libvirt network or the host's interface.
  Located<std::string> name;
  /// Empty: the nodes ask by DHCP.
  std::optional<StaticAddressing> addressing;
  Mark mark;
};

// ---- update -----------------------------------------------------------------------------------------------------

struct Update {
  /// How many nodes of one pool may be changed at the same time.
  std::uint32_t maxParallel = 1;
  /// How long a node must have been ready before the next one is touched.
  std::chrono::seconds minHealthyTime{10};
  /// How long a node may take to become ready.
  std::chrono::seconds healthyDeadline{300};
};

// ---- pools ------------------------------------------------------------------------------------------------------

struct Resources {
  Located<std::uint32_t> vcpus;
  Located<Bytes> memory;
  Located<Bytes> disk;
};

struct TcpProbe {
  Located<std::uint16_t> port;
};
/// `url` may hold ${{ node.address }} and ${{ node.name }}; see probe_url.h.
struct HttpProbe {
  Located<std::string> url;
  std::uint16_t expect = 200;
};
using Probe = std::variant<TcpProbe, HttpProbe>;

struct Health {
  /// Units that failed in the guest keep it from being ready.
  bool systemdRunning = true;
  std::vector<Probe> probes;
};

enum class SpreadOver : std::uint8_t { zone, host };

struct Spread {
  /// The most important first.
  std::vector<SpreadOver> over{SpreadOver::zone, SpreadOver::host};
  /// A rule rather than a wish: never two nodes of the pool where one is the limit.
  bool hard = false;
};

/// Which hosts a pool may use; empty means any.
struct HostFilter {
  std::vector<std::string> zones;
  std::map<std::string, std::string> labels;
};

struct Pool {
  Located<PoolName> name;
  Located<std::uint32_t> count;
  Resources resources;
  /// Empty under DHCP. They do not overlap, lie in the subnet, and are enough for `count`.
  std::vector<Located<AddressRange>> addresses;
  /// Paths of Butane files, normalised, from the root of the files; merged in this order.
  std::vector<Located<std::string>> butane;
  Health health;
  Spread spread;
  HostFilter hosts;
  std::map<std::string, std::string> tags;
  Mark tagsMark;
  Mark healthMark;
};

struct Spec {
  /// The path by which the file was read.
  std::string file;
  Located<ClusterName> cluster;
  ImageSource image;
  Network network;
  Update update;
  /// Where Butane's `local:` and `trees:` begin, normalised, from the root of the files.
  std::string filesDir;
  /// In the order of the file.
  std::vector<Pool> pools;

  [[nodiscard]] const Pool* find(const PoolName& name) const;
  [[nodiscard]] std::uint64_t nodeCount() const;
};

/// `<cluster>-<pool>-<index>`
[[nodiscard]] NodeName nodeName(const ClusterName& cluster, const PoolName& pool, std::uint32_t index);

// Limits; beyond them it is an error in the spec.
inline constexpr std::uint32_t kMaxPools = 100;
inline constexpr std::uint32_t kMaxNodesOfPool = 100'000;
inline constexpr std::uint32_t kMaxVcpus = 1024;

}  // namespace berth::spec

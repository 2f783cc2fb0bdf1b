// SPDX-License-Identifier: Apache-2.0
//
// What a spec file declares, as types: whoever holds a Spec need not check it again. Values that a message may have to
// point at keep their place in the file. docs/spec.md describes the fields for people.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "planner/source/located.h"
#include "planner/spec/address.h"
#include "planner/spec/stack.h"
#include "planner/template/interpreter.h"
#include "words/digest.h"
#include "words/name.h"
#include "words/quantity.h"

namespace berth::spec {

using source::Located;
using source::Mark;

// ---- expressions ------------------------------------------------------------------------------------------------

/// A text whose expressions name the node: it is evaluated for each (node/node_texts.h).
struct NodeText {
  std::string text;
  templates::Marks marks;
  /// The members of `node` that it names.
  std::set<std::string> members;
  /// What it comes to for a node that stands for all; nothing where that could not be tried.
  std::optional<std::string> sample;
  /// Whose variables it names.
  std::uint32_t piece = 0;
};

struct MarkOrder {
  bool operator()(const Mark& left, const Mark& right) const {
    return std::tie(left.file, left.line, left.column) < std::tie(right.file, right.line, right.column);
  }
};
/// A variable, by the piece that declares it.
using VariableName = std::pair<std::uint32_t, std::string>;
/// Which variables the expressions at a place name.
using VariableUses = std::map<Mark, std::set<VariableName>, MarkOrder>;

/// A file of the spec with variables of its own: the spec itself, and each use of an included one.
struct Piece {
  std::string file;
  /// Where file() begins, normalised, from the root of the files.
  std::string directory;
  /// Where Butane's `local:` and `trees:` begin, likewise.
  std::string filesDir;
  /// What the names of its pools begin with.
  std::string prefix;
  std::vector<templates::Variable> variables;
};

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
  /// By which `networks:` calls it; empty for the one under `network:`.
  std::string key;
  Attachment attachment = Attachment::bridge;
  /// Of the bridge, the libvirt network or the host's interface.
  Located<std::string> name;
  /// Empty: the nodes ask by DHCP.
  std::optional<StaticAddressing> addressing;
  /// Whose frames the nodes send and receive; tagged by the guest.
  std::optional<Located<std::uint16_t>> vlan;
  /// The largest packet, in bytes.
  std::optional<std::uint16_t> mtu;
  /// Domains that short names are looked up in.
  std::vector<std::string> search;
  Mark mark;
};

// ---- update -----------------------------------------------------------------------------------------------------

struct Update {
  /// How many nodes of one pool may be changed at the same time.
  std::uint32_t maxParallel = 1;
  /// How many nodes beyond their count pools may have while nodes of theirs are changed; each may say otherwise.
  Located<std::uint32_t> maxSurge;
  /// How long a node must have been ready before the next one is touched.
  std::chrono::seconds minHealthyTime{10};
  /// How long a node may take to become ready.
  std::chrono::seconds healthyDeadline{300};
  /// How long a rollout may stand still before it is given up.
  std::chrono::seconds progressDeadline{1800};
  /// Between the end of one wave and the beginning of the next.
  std::chrono::seconds stagger{0};
  /// How many nodes of each pool are replaced before the others, which then wait until those are promoted.
  std::uint32_t canary = 0;
  /// Promoted as soon as all of them are ready; otherwise by a person.
  bool autoPromote = false;
  /// A rollout that fails is followed by one back to the last good revision.
  bool autoRevert = false;
  /// The root disk of a replaced node stays on its host until the new instance has been ready for long enough.
  bool keepOldDisk = true;
};

// ---- operating system -------------------------------------------------------------------------------------------

enum class Weekday : std::uint8_t { monday, tuesday, wednesday, thursday, friday, saturday, sunday };

/// When nodes may reboot into a new release.
struct Window {
  /// Empty: every day.
  std::vector<Weekday> days;
  /// Minutes after midnight.
  std::uint32_t start = 0;
  /// Whole minutes; may reach into the next days.
  std::chrono::minutes length{60};
};

/// Where nodes ask before they reboot. No spec says it: who plans for a fleet knows.
struct LockServer {
  /// "http://192.0.2.10:7403", without a slash at its end.
  std::string url;
  /// Of the fleet; what proves that a request is a node's own is made from it. Secret.
  std::string key;
};

/// How the nodes update Fedora CoreOS by themselves.
struct OsUpdates {
  enum class Strategy : std::uint8_t { immediate, periodic, fleetLock, off };
  Located<Strategy> strategy;
  /// A name such as Europe/Warsaw, for all windows.
  std::string timeZone = "UTC";
  std::vector<Window> windows;
  /// 0 to 1, as it was written: Zincati's rollout_wariness.
  std::optional<std::string> wariness;
  std::optional<Located<std::string>> group;
  /// Empty offline, and where the controller answers no such requests.
  std::optional<LockServer> server;

  [[nodiscard]] bool asksFirst() const { return *strategy == Strategy::fleetLock; }
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
struct HttpProbe {
  Located<std::string> url;
  std::uint16_t expect = 200;
  /// What `url` is for each node, when its expressions name the node.
  std::optional<NodeText> urlByNode;
};
using Probe = std::variant<TcpProbe, HttpProbe>;

enum class HttpMethod : std::uint8_t { post, get, put };

/// What a service in the guest is asked before the guest is shut down, until it answers as expected.
struct StopHook {
  HttpProbe call;
  HttpMethod method = HttpMethod::post;
  /// After so long the guest is shut down all the same.
  std::chrono::seconds deadline{30};
};

struct Health {
  /// Units that failed in the guest keep it from being ready.
  bool systemdRunning = true;
  std::vector<Probe> probes;
};

/// What hosts have in common that nodes are spread over or kept together in: "zone", "host", or the key of a label.
using Level = std::string;

struct Spread {
  /// The most important first.
  std::vector<Level> over{"zone", "host"};
  /// A rule rather than a wish: at most so many nodes of the pool in one place of the last level; 0 for no limit.
  std::uint32_t atMost = 0;
};

/// How a pool stands to other pools of the cluster.
struct Bond {
  /// At least one.
  std::vector<Located<PoolName>> pools;
  Level over = "host";
  /// A rule rather than a wish.
  bool hard = false;
};

/// Which hosts a pool may use; empty means any.
struct HostFilter {
  std::vector<std::string> zones;
  std::map<std::string, std::string> labels;
};

enum class Filesystem : std::uint8_t { xfs, ext4, btrfs };
[[nodiscard]] std::string_view str(Filesystem filesystem);

/// A data disk of each node of a pool.
struct Volume {
  Located<VolumeName> name;
  Located<Bytes> size;
  /// Where Berth mounts it; without, it is a bare disk that the Butane files may use.
  std::optional<Located<std::string>> mount;
  Filesystem filesystem = Filesystem::xfs;
  /// Nothing but a command that names it deletes or wipes it.
  bool keep = true;
  Located<bool> protect;
};

/// What becomes of the nodes of a host that is lost.
struct OnHostLoss {
  enum class Action : std::uint8_t {
    wait,     ///< they are expected back with their host
    replace,  ///< they are made elsewhere, once their host has been lost for `grace`
  };
  Located<Action> action;
  Located<std::chrono::seconds> grace{std::chrono::minutes(5), {}};

  /// How long a host may be lost before its nodes are made elsewhere; 0: they never are.
  [[nodiscard]] std::chrono::seconds lossGrace() const {
    return *action == Action::replace ? *grace : std::chrono::seconds(0);
  }
};

/// What is done when somebody on a host stops the domain of a node, or removes it, by hand.
enum class Drift : std::uint8_t {
  heal,    ///< it is put back at once
  alert,   ///< it is left so and told, until a plan or a person changes the node
  freeze,  ///< likewise, and no plan touches the node that does not name it
};
[[nodiscard]] std::string_view str(Drift drift);

/// What one node has otherwise than its pool.
struct NodeOverride {
  /// The node's place, and no other.
  std::optional<Located<HostName>> host;
  std::optional<Located<std::uint32_t>> vcpus;
  std::optional<Located<Bytes>> memory;
  std::optional<Located<Bytes>> disk;
  /// By network, in the order of Spec::networks; fewer or empty where the ranges of the pool hold.
  std::vector<std::optional<Located<Ipv4>>> addresses;
  /// Laid over those of the pool, key by key.
  std::map<std::string, std::string> tags;
  std::map<std::string, std::string> meta;
  /// Where the index stands.
  Mark mark;
};

using Ranges = std::vector<Located<AddressRange>>;

struct Pool {
  Located<PoolName> name;
  Located<std::uint32_t> count;
  Resources resources;
  /// One for each of Spec::networks; empty where that has DHCP. They do not overlap, lie in the subnet, and are enough
  /// for `count`.
  std::vector<Ranges> addresses;
  /// Paths of Butane files, normalised, from the root of the files; merged in this order.
  std::vector<Located<std::string>> butane;
  Health health;
  /// One after the other.
  std::vector<StopHook> beforeStop;
  Spread spread;
  /// The nodes elect a leader among them: a majority must be up at all times.
  bool quorum = false;
  OnHostLoss onHostLoss;
  /// How many nodes beyond `count` may stand in for those that are changed: the pool's own, or that of Spec::update.
  Located<std::uint32_t> maxSurge;
  Located<Drift> drift;
  HostFilter hosts;
  std::optional<Bond> near;
  std::optional<Bond> apart;
  std::map<std::string, std::string> tags;
  /// Tags that differ from node to node; they are not in `tags`.
  std::map<std::string, NodeText> tagsByNode;
  /// Words of the user's own for expressions: node.meta.
  std::map<std::string, std::string> meta;
  std::vector<Volume> volumes;
  /// By index.
  std::map<std::uint32_t, NodeOverride> nodes;
  Located<bool> protect;
  Mark tagsMark;
  Mark healthMark;
  /// The piece that declares it, an index into Spec::pieces.
  std::uint32_t piece = 0;

  /// Null when the node is like all others.
  [[nodiscard]] const NodeOverride* overrideOf(std::uint32_t index) const;
  /// What the node with this index has, overrides included.
  [[nodiscard]] Resources resourcesOf(std::uint32_t index) const;
  [[nodiscard]] std::map<std::string, std::string> tagsOf(std::uint32_t index) const;
  [[nodiscard]] std::map<std::string, std::string> metaOf(std::uint32_t index) const;
  /// The address that the spec sets for one node; empty where the ranges decide.
  [[nodiscard]] const Located<Ipv4>* addressOf(std::uint32_t index, std::size_t network) const;
  /// Of one network; none under DHCP.
  [[nodiscard]] const Ranges& rangesOf(std::size_t network) const;
};

// ---- layout -----------------------------------------------------------------------------------------------------

/// What the layout of all pools aims at.
struct Layout {
  enum class Prefer : std::uint8_t { balance, pack };
  /// What the cluster must be able to do without.
  enum class Survive : std::uint8_t { nothing, oneHost };
  Prefer prefer = Prefer::balance;
  Located<Survive> survive;
};

struct Spec {
  /// The path by which the file was read.
  std::string file;
  Located<ClusterName> cluster;
  ImageSource image;
  /// At least one. The address in the first is the node's address.
  std::vector<Network> networks;
  Update update;
  std::optional<OsUpdates> osUpdates;
  /// Of the cluster as a whole.
  Located<bool> protect;
  Layout layout;
  std::optional<Stack> stack;
  /// Where Butane's `local:` and `trees:` begin, normalised, from the root of the files.
  std::string filesDir;
  /// In the order of the file.
  std::vector<Pool> pools;
  /// The spec itself first; never empty in a spec that was parsed.
  std::vector<Piece> pieces;
  VariableUses uses;

  [[nodiscard]] const Network& network() const { return networks.front(); }
  [[nodiscard]] const Pool* find(const PoolName& name) const;
  [[nodiscard]] std::uint64_t nodeCount() const;
};

/// `<cluster>-<pool>-<index>`
[[nodiscard]] NodeName nodeName(const ClusterName& cluster, const PoolName& pool, std::uint32_t index);

// Limits; beyond them it is an error in the spec.
inline constexpr std::uint32_t kMaxPools = 100;
inline constexpr std::uint32_t kMaxNodesOfPool = 100'000;
inline constexpr std::uint32_t kMaxVcpus = 1024;
inline constexpr std::uint32_t kMaxNetworks = 8;
inline constexpr std::uint32_t kMaxVolumes = 16;
inline constexpr std::uint32_t kMaxIncludes = 32;

}  // namespace berth::spec

// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/bind.h"

#include <algorithm>
#include <array>
#include <utility>

#include "planner/source/files.h"
#include "planner/source/reader.h"
#include "planner/spec/bind_stack.h"
#include "planner/spec/quietly.h"
#include "planner/spec/scalar.h"

namespace berth::spec {

using source::error;
using source::Findings;
using source::YamlNode;

namespace {

/// What of a scalar waits for a node.
std::optional<NodeText> waitingAt(const YamlNode* node, const Waiting& waiting) {
  const auto found = node == nullptr ? waiting.end() : waiting.find(&node->resolved());
  return found == waiting.end() ? std::nullopt : std::optional(found->second);
}

std::map<std::string, NodeText> wordsByNode(const YamlNode* node, const Waiting& waiting) {
  std::map<std::string, NodeText> table;
  if (node == nullptr || !node->resolved().isMapping()) return table;
  const YamlNode& mapping = node->resolved();
  for (std::size_t i = 0; i < mapping.size(); ++i) {
    auto value = waitingAt(&mapping.value(i), waiting);
    if (value && mapping.key(i).resolved().isScalar())
      table.emplace(mapping.key(i).resolved().text(), *std::move(value));
  }
  return table;
}

std::map<std::string, std::string> words(const YamlNode* node) {
  std::map<std::string, std::string> table;
  if (node == nullptr || !node->resolved().isMapping()) return table;
  const YamlNode& mapping = node->resolved();
  for (std::size_t i = 0; i < mapping.size(); ++i) {
    const auto value = text(&mapping.value(i));
    if (mapping.value(i).resolved().state() != YamlNode::State::settled) continue;
    if (value && mapping.key(i).resolved().isScalar()) table.emplace(mapping.key(i).resolved().text(), value->value);
  }
  return table;
}

bool holdsUnknown(const YamlNode* mapping) {
  if (mapping == nullptr || !mapping->resolved().isMapping()) return false;
  for (std::size_t i = 0; i < mapping->resolved().size(); ++i) {
    if (isUnknown(&mapping->resolved().value(i))) return true;
  }
  return false;
}

ImageSource bindImage(const YamlNode* node) {
  ImageSource image;
  if (node == nullptr) return image;
  image.mark = node->mark();
  const auto sha256 = quietly(at(node, "sha256"), readDigest);
  if (auto url = text(at(node, "url"))) {
    image.from = UrlImage{*url, sha256, quietly(at(node, "uncompressed_sha256"), readDigest)};
  } else if (auto file = text(at(node, "file"))) {
    image.from = FileImage{*file, sha256};
  } else {
    image.from = StreamImage{text(at(node, "stream")).value_or(Located<std::string>()), text(at(node, "version"))};
  }
  return image;
}

Network bindNetwork(const YamlNode* node) {
  Network network;
  if (node == nullptr) return network;
  network.mark = node->mark();
  constexpr std::array kKinds{std::pair{"bridge", Attachment::bridge}, std::pair{"libvirt", Attachment::libvirt},
                              std::pair{"macvtap", Attachment::macvtap}};
  for (const auto& [key, attachment] : kKinds) {
    if (auto name = text(at(node, key))) {
      network.attachment = attachment;
      network.name = *name;
    }
  }
  if (const auto vlan = number(at(node, "vlan"), 1, 4094)) {
    network.vlan = {static_cast<std::uint16_t>(vlan->value), vlan->mark};
  }
  if (const auto mtu = number(at(node, "mtu"), 0, 65'535)) network.mtu = static_cast<std::uint16_t>(mtu->value);
  for (const YamlNode* each : itemsOf(at(node, "search"))) {
    if (auto domain = quietly(each, readDomain)) network.search.push_back(domain->value);
  }
  const auto subnet = quietly(at(node, "subnet"), readSubnet);
  if (!subnet) return network;
  StaticAddressing addressing;
  addressing.subnet = *subnet;
  addressing.gateway = quietly(at(node, "gateway"), readIpv4);
  for (const YamlNode* each : itemsOf(at(node, "dns"))) {
    if (auto server = quietly(each, readIpv4)) addressing.dns.push_back(*server);
  }
  network.addressing = std::move(addressing);
  return network;
}

void bindNetworks(const YamlNode& root, Bound& bound) {
  const YamlNode* several = at(&root, "networks");
  const YamlNode* one = at(&root, "network");
  if (one == nullptr && several != nullptr && several->resolved().isMapping()) {
    const YamlNode& table = several->resolved();
    for (std::size_t i = 0; i < table.size(); ++i) {
      const auto key = quietly(&table.key(i), readName);
      // The second of two of one name has been found wrong already.
      if (!key || table.find(key->value) != &table.value(i)) continue;
      Network& network = bound.spec.networks.emplace_back(bindNetwork(&table.value(i)));
      network.key = key->value;
      bound.networkNodes.push_back(&table.value(i));
    }
  }
  if (!bound.spec.networks.empty()) return;
  bound.spec.networks.push_back(bindNetwork(one));
  bound.networkNodes.push_back(one);
}

/// The number of the network that `key` names. Makes a finding when there is none.
std::optional<std::size_t> networkNamed(const YamlNode& key, const std::vector<Network>& networks, Findings& findings) {
  const auto name = quietly(&key, readName);
  if (!name) return std::nullopt;
  std::vector<std::string> known;
  for (std::size_t i = 0; i < networks.size(); ++i) {
    if (networks[i].key == name->value) return i;
    known.push_back(networks[i].key);
  }
  if (networks.front().key.empty()) {
    // Where there is no `networks:` at all, that has been said already.
    if (networks.front().mark.known()) {
      findings.push_back(error(name->mark, "there is only one network here, and it has no name",
                               "write the value without a name, or several networks under networks:"));
    }
    return std::nullopt;
  }
  const auto near = source::nearest(name->value, known);
  std::string list;
  for (const std::string& each : known) list += (list.empty() ? "there are " : ", ") + each;
  findings.push_back(error(name->mark, "there is no network \"" + name->value + "\"",
                           near ? "did you mean \"" + *near + "\"?" : list));
  return std::nullopt;
}

/// Calls `use` with the number of a network and the value for it: those of a table by name, or the one for the first.
template <class Use>
void eachByNetwork(const YamlNode* node, const std::vector<Network>& networks, Findings& findings, Use use) {
  if (node == nullptr) return;
  const YamlNode& value = node->resolved();
  if (!value.isMapping()) return use(std::size_t{0}, *node);
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (!value.key(i).resolved().isScalar() || value.find(value.key(i).resolved().text()) != &value.value(i)) continue;
    if (const auto network = networkNamed(value.key(i), networks, findings)) use(*network, value.value(i));
  }
}

std::optional<OsUpdates> bindOsUpdates(const YamlNode* node) {
  const auto strategy = text(at(node, "strategy"));
  if (!strategy) return std::nullopt;
  using Strategy = OsUpdates::Strategy;
  constexpr std::array kStrategies{std::pair{"immediate", Strategy::immediate},
                                   std::pair{"periodic", Strategy::periodic},
                                   std::pair{"fleet_lock", Strategy::fleetLock}, std::pair{"off", Strategy::off}};
  const auto known = std::ranges::find_if(kStrategies, [&](const auto& each) { return strategy->value == each.first; });
  if (known == kStrategies.end()) return std::nullopt;
  OsUpdates updates;
  updates.strategy = {known->second, strategy->mark};
  if (const auto zone = quietly(at(node, "time_zone"), readTimeZone)) updates.timeZone = zone->value;
  for (const YamlNode* each : itemsOf(at(node, "windows"))) {
    Window window;
    for (const YamlNode* day : itemsOf(at(each, "days"))) {
      constexpr std::array kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
      const auto word = text(day);
      const auto found = std::ranges::find_if(kDays, [&](const char* name) { return word && word->value == name; });
      if (found != kDays.end()) window.days.push_back(static_cast<Weekday>(found - kDays.begin()));
    }
    const auto start = quietly(at(each, "start"), readTimeOfDay);
    window.start = start ? start->value : 0;
    window.length =
        std::chrono::duration_cast<std::chrono::minutes>(seconds(at(each, "length")).value_or(std::chrono::hours(1)));
    updates.windows.push_back(std::move(window));
  }
  if (const auto wariness = quietly(at(node, "wariness"), readFraction)) updates.wariness = wariness->value;
  updates.group = text(at(node, "group"));
  return updates;
}

Located<bool> truth(const YamlNode* node) { return quietly(node, source::readBoolean).value_or(Located<bool>()); }

bool isTrue(const YamlNode* node) {
  const auto value = quietly(node, source::readBoolean);
  return value && value->value;
}

std::optional<Located<std::uint32_t>> bindMaxSurge(const YamlNode* node) {
  const auto most = number(at(node, "max_surge"), 0, 1000);
  if (!most) return std::nullopt;
  return Located<std::uint32_t>{static_cast<std::uint32_t>(most->value), most->mark};
}

Update bindUpdate(const YamlNode* node) {
  Update update;
  update.maxSurge = bindMaxSurge(node).value_or(update.maxSurge);
  if (const auto most = number(at(node, "max_parallel"), 1, 1000)) {
    update.maxParallel = static_cast<std::uint32_t>(most->value);
  }
  update.minHealthyTime = seconds(at(node, "min_healthy_time")).value_or(update.minHealthyTime);
  update.healthyDeadline = seconds(at(node, "healthy_deadline")).value_or(update.healthyDeadline);
  update.progressDeadline =
      seconds(at(node, "progress_deadline")).value_or(std::max(update.progressDeadline, update.healthyDeadline));
  update.stagger = seconds(at(node, "stagger")).value_or(update.stagger);
  if (const auto canary = number(at(node, "canary"), 0, 1000)) {
    update.canary = static_cast<std::uint32_t>(canary->value);
  }
  update.autoPromote = isTrue(at(node, "auto_promote"));
  update.autoRevert = isTrue(at(node, "auto_revert"));
  update.keepOldDisk = at(node, "keep_old_disk") == nullptr || isTrue(at(node, "keep_old_disk"));
  return update;
}

Health bindHealth(const YamlNode* node, const Waiting& waiting) {
  Health health;
  if (node == nullptr) return health;
  health.systemdRunning = false;
  for (const YamlNode* each : itemsOf(node)) {
    if (at(each, "systemd") != nullptr) health.systemdRunning = true;
    if (const auto port = number(at(each, "tcp"), 1, 65'535)) {
      health.probes.emplace_back(TcpProbe{{static_cast<std::uint16_t>(port->value), port->mark}});
    }
    if (const auto url = text(at(each, "http"))) {
      const auto expect = number(at(each, "expect"), 100, 599);
      health.probes.emplace_back(HttpProbe{*url, static_cast<std::uint16_t>(expect ? expect->value : 200),
                                           waitingAt(at(each, "http"), waiting)});
    }
  }
  return health;
}

std::vector<StopHook> bindHooks(const YamlNode* node, const Waiting& waiting) {
  std::vector<StopHook> hooks;
  for (const YamlNode* each : itemsOf(node)) {
    const auto url = text(at(each, "http"));
    if (!url) continue;
    const auto expect = number(at(each, "expect"), 100, 599);
    StopHook& hook = hooks.emplace_back();
    hook.call = {*url, static_cast<std::uint16_t>(expect ? expect->value : 200), waitingAt(at(each, "http"), waiting)};
    const auto method = text(at(each, "method"));
    if (method && method->value == "get") hook.method = HttpMethod::get;
    if (method && method->value == "put") hook.method = HttpMethod::put;
    hook.deadline = seconds(at(each, "deadline")).value_or(hook.deadline);
  }
  return hooks;
}

Spread bindSpread(const YamlNode* node) {
  Spread spread;
  if (node == nullptr) return spread;
  const YamlNode* over = node;
  if (node->resolved().isMapping()) {
    over = at(node, "over");
    if (isTrue(at(node, "hard"))) spread.atMost = 1;
    if (const auto most = number(at(node, "at_most"), 1, kMaxNodesOfPool)) {
      spread.atMost = static_cast<std::uint32_t>(most->value);
    }
  }
  spread.over.clear();
  for (const YamlNode* each : itemsOf(over)) {
    if (const auto level = text(each)) spread.over.push_back(level->value);
  }
  return spread;
}

std::optional<Bond> bindBond(const YamlNode* node) {
  if (node == nullptr) return std::nullopt;
  Bond bond;
  const YamlNode* pools = node;
  if (node->resolved().isMapping()) {
    pools = at(node, "pools");
    if (const auto over = text(at(node, "over"))) bond.over = over->value;
    bond.hard = isTrue(at(node, "hard"));
  }
  for (const YamlNode* each : itemsOf(pools)) {
    const auto word = text(each);
    const auto name = word ? PoolName::parse(word->value) : std::nullopt;
    if (name) bond.pools.emplace_back(*name, word->mark);
  }
  return bond;
}

Layout bindLayout(const YamlNode* node) {
  Layout layout;
  if (const auto prefer = text(at(node, "prefer")); prefer && prefer->value == "pack") {
    layout.prefer = Layout::Prefer::pack;
  }
  if (const auto survive = text(at(node, "survive"))) {
    layout.survive = {survive->value == "one_host" ? Layout::Survive::oneHost : Layout::Survive::nothing,
                      survive->mark};
  }
  return layout;
}

/// Paths are relative to the directory of the file that they are written in; those of the model to the root of the
/// files.
std::optional<std::string> resolve(const Located<std::string>& path, Findings& findings) {
  const auto slash = path.mark.file.rfind('/');
  const std::string directory = slash == std::string::npos ? "" : path.mark.file.substr(0, slash + 1);
  auto resolved = source::normalised(directory + path.value);
  if (!resolved) {
    findings.push_back(error(path.mark, "\"" + path.value + "\" leads out of the directory of the files",
                             "keep what belongs to a cluster in the directory of its spec or below"));
  }
  return resolved;
}

Filesystem filesystemOf(const YamlNode* node) {
  const auto word = text(node);
  for (const Filesystem each : {Filesystem::xfs, Filesystem::ext4, Filesystem::btrfs}) {
    if (word && word->value == str(each)) return each;
  }
  return Filesystem::xfs;
}

void bindVolumes(const YamlNode* node, Pool& pool) {
  if (node == nullptr || !node->resolved().isMapping()) return;
  const YamlNode& table = node->resolved();
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto key = quietly(&table.key(i), readVolumeName);
    if (!key || table.find(key->value) != &table.value(i)) continue;
    const YamlNode* value = &table.value(i);
    Volume& volume = pool.volumes.emplace_back();
    volume.name = {VolumeName::parse(key->value).value_or(VolumeName()), key->mark};
    volume.size = bytes(at(value, "size"));
    volume.mount = quietly(at(value, "mount"), readMountPoint);
    volume.filesystem = filesystemOf(at(value, "filesystem"));
    const auto keep = quietly(at(value, "keep"), source::readBoolean);
    volume.keep = !keep || keep->value;
    volume.protect = truth(at(value, "protect"));
  }
}

NodeOverride bindOverride(const YamlNode* value, const std::vector<Network>& networks, Findings& findings) {
  NodeOverride node;
  if (const auto name = text(at(value, "host"))) {
    if (const auto host = HostName::parse(name->value)) node.host = {*host, name->mark};
  }
  const YamlNode* resources = at(value, "resources");
  if (const auto vcpus = number(at(resources, "vcpus"), 1, kMaxVcpus)) {
    node.vcpus = {static_cast<std::uint32_t>(vcpus->value), vcpus->mark};
  }
  if (const auto memory = bytes(at(resources, "memory")); memory.mark.known()) node.memory = memory;
  if (const auto disk = bytes(at(resources, "disk")); disk.mark.known()) node.disk = disk;
  node.addresses.resize(networks.size());
  eachByNetwork(at(value, "address"), networks, findings, [&](std::size_t network, const YamlNode& address) {
    node.addresses[network] = quietly(&address, readIpv4);
  });
  node.tags = words(at(value, "tags"));
  node.meta = words(at(value, "meta"));
  return node;
}

void bindNodes(const YamlNode* node, const std::vector<Network>& networks, Pool& pool, Findings& findings) {
  if (node == nullptr || !node->resolved().isMapping()) return;
  const YamlNode& table = node->resolved();
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto index = quietly(&table.key(i), readIndex);
    if (!index || pool.nodes.contains(index->value)) continue;
    NodeOverride& own = pool.nodes[index->value] = bindOverride(&table.value(i), networks, findings);
    own.mark = index->mark;
  }
}

OnHostLoss bindOnHostLoss(const YamlNode* pool) {
  OnHostLoss loss;
  if (const auto action = text(at(pool, "on_host_loss"))) {
    const bool replaces = action->value == "replace";
    loss.action = {replaces ? OnHostLoss::Action::replace : OnHostLoss::Action::wait, action->mark};
  }
  const YamlNode* grace = at(pool, "host_loss_grace");
  if (const auto time = seconds(grace)) loss.grace = {*time, grace->mark()};
  return loss;
}

Located<Drift> bindDrift(const YamlNode* node) {
  const auto word = text(node);
  for (const Drift each : {Drift::heal, Drift::alert, Drift::freeze}) {
    if (word && word->value == str(each)) return {each, word->mark};
  }
  return {};
}

struct BoundPool {
  Pool pool;
  /// By network.
  std::vector<bool> addressesRead;
};

BoundPool bindPool(const YamlNode& node, const std::vector<Network>& networks, const Waiting& waiting,
                   Findings& findings) {
  BoundPool bound;
  Pool& pool = bound.pool;
  pool.addresses.resize(networks.size());
  bound.addressesRead.resize(networks.size(), true);
  const YamlNode* value = &node;
  if (const auto count = number(at(value, "count"), 0, kMaxNodesOfPool)) {
    pool.count = {static_cast<std::uint32_t>(count->value), count->mark};
  }
  const YamlNode* resources = at(value, "resources");
  if (const auto vcpus = number(at(resources, "vcpus"), 1, kMaxVcpus)) {
    pool.resources.vcpus = {static_cast<std::uint32_t>(vcpus->value), vcpus->mark};
  }
  pool.resources.memory = bytes(at(resources, "memory"));
  pool.resources.disk = bytes(at(resources, "disk"));
  const YamlNode* addresses = value->resolved().isMapping() ? value->resolved().find("addresses") : nullptr;
  if (addresses != nullptr && isUnknown(addresses)) bound.addressesRead.assign(networks.size(), false);
  eachByNetwork(at(value, "addresses"), networks, findings, [&](std::size_t network, const YamlNode& ranges) {
    if (isUnknown(&ranges)) bound.addressesRead[network] = false;
    for (const YamlNode* each : itemsOf(&ranges)) {
      const auto range = quietly(each, readRange);
      if (range) pool.addresses[network].push_back(*range);
      if (!range) bound.addressesRead[network] = false;
    }
  });
  for (const YamlNode* each : itemsOf(at(value, "butane"))) {
    const auto path = quietly(each, readPath);
    if (!path) continue;
    if (auto resolved = resolve(*path, findings)) pool.butane.emplace_back(*resolved, path->mark);
  }
  pool.health = bindHealth(at(value, "health"), waiting);
  pool.beforeStop = bindHooks(at(value, "before_stop"), waiting);
  pool.spread = bindSpread(at(value, "spread"));
  const auto quorum = quietly(at(value, "quorum"), source::readBoolean);
  pool.quorum = quorum && quorum->value;
  pool.onHostLoss = bindOnHostLoss(value);
  pool.drift = bindDrift(at(value, "drift"));
  const YamlNode* hosts = at(value, "hosts");
  for (const YamlNode* each : itemsOf(at(hosts, "zones"))) {
    if (auto zone = text(each)) pool.hosts.zones.push_back(zone->value);
  }
  pool.hosts.labels = words(at(hosts, "labels"));
  pool.near = bindBond(at(value, "near"));
  pool.apart = bindBond(at(value, "apart"));
  pool.tags = words(at(value, "tags"));
  pool.tagsByNode = wordsByNode(at(value, "tags"), waiting);
  pool.meta = words(at(value, "meta"));
  pool.protect = truth(at(value, "protect"));
  bindVolumes(at(value, "volumes"), pool);
  bindNodes(at(value, "nodes"), networks, pool, findings);
  if (const YamlNode* tags = at(value, "tags")) pool.tagsMark = tags->mark();
  if (const YamlNode* health = at(value, "health")) pool.healthMark = health->mark();
  return bound;
}

void bindPools(const YamlNode* node, const Waiting& waiting, Bound& bound, Findings& findings) {
  if (node == nullptr || !node->resolved().isMapping()) return;
  const YamlNode& table = node->resolved();
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto key = text(&table.key(i));
    const auto name = key ? PoolName::parse(key->value) : std::nullopt;
    // The second of two pools of one name has been found wrong already; looking into it would only repeat things.
    if (!name || table.find(key->value) != &table.value(i)) continue;
    BoundPool pool = bindPool(table.value(i), bound.spec.networks, waiting, findings);
    pool.pool.name = {*name, key->mark};
    pool.pool.maxSurge = bindMaxSurge(&table.value(i)).value_or(bound.spec.update.maxSurge);
    for (std::size_t network = 0; network < pool.addressesRead.size(); ++network) {
      if (!pool.addressesRead[network]) bound.addressesUnclear.emplace(*name, network);
    }
    bound.spec.pools.push_back(std::move(pool.pool));
  }
}

}  // namespace

Bound bind(const YamlNode& root, std::string_view file, const Waiting& waiting, Findings& findings) {
  Bound bound;
  Spec& spec = bound.spec;
  spec.file = file;
  if (const auto name = text(at(&root, "cluster"))) {
    if (auto cluster = ClusterName::parse(name->value)) spec.cluster = {*cluster, name->mark};
  }
  spec.image = bindImage(at(&root, "image"));
  bound.imageUnclear = holdsUnknown(at(&root, "image"));
  bindNetworks(root, bound);
  spec.update = bindUpdate(at(&root, "update"));
  spec.osUpdates = bindOsUpdates(at(&root, "os_updates"));
  spec.protect = truth(at(&root, "protect"));
  spec.layout = bindLayout(at(&root, "layout"));
  spec.stack = bindStack(at(&root, "stack"), findings);
  const auto directory =
      quietly(at(&root, "files_dir"), readPath).value_or(Located<std::string>(".", {std::string(file), 0, 0, 0}));
  spec.filesDir = resolve(directory, findings).value_or("");
  bindPools(at(&root, "pools"), waiting, bound, findings);
  // The servers of each of these tools elect a leader among them.
  for (Pool& pool : spec.pools) pool.quorum = pool.quorum || (spec.stack && spec.stack->hasServers(*pool.name));
  return bound;
}

}  // namespace berth::spec

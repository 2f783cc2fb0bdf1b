// SPDX-License-Identifier: Apache-2.0
#include "planner/node/compose.h"

#include <algorithm>
#include <unordered_set>

#include "planner/ignition/data_url.h"
#include "planner/node/identity.h"
#include "planner/node/lint.h"
#include "planner/node/pool_config.h"
#include "planner/spec/probe_url.h"

namespace berth::node {
namespace {

/// A word as it stands within a data URL.
std::string escaped(std::string_view word) {
  constexpr std::string_view kPrefix = "data:,";
  return ignition::escapedDataUrl(word).substr(kPrefix.size());
}

std::vector<Probe> probesFor(const spec::Health& health, const NodeName& node, std::optional<spec::Ipv4> address) {
  std::vector<Probe> probes;
  for (const spec::Probe& each : health.probes) {
    if (const auto* tcp = std::get_if<spec::TcpProbe>(&each)) {
      probes.emplace_back(TcpProbe{address.value_or(spec::Ipv4()), *tcp->port});
    } else {
      const auto& http = std::get<spec::HttpProbe>(each);
      probes.emplace_back(HttpProbe{spec::fillProbeUrl(*http.url, node, address), http.expect});
    }
  }
  return probes;
}

/// Pools share files, and what is said of one need not be said again.
void addOnce(const source::Findings& from, source::Findings& to) {
  for (const source::Diagnostic& each : from) {
    if (std::ranges::find(to, each) == to.end()) to.push_back(each);
  }
}

class Composer {
public:
  Composer(const spec::Spec& spec, const std::optional<image::Image>& image) : spec_(spec), image_(image) {}

  /// `allotments` has one for each network.
  void add(const spec::Pool& pool, const PoolConfig& config, const std::vector<Allotment>& allotments,
           std::vector<Blueprint>& blueprints) {
    const std::vector<NodeName> names = nodeNames(spec_, pool);
    for (std::uint32_t i = 0; i < names.size(); ++i) {
      const spec::Resources resources = pool.resourcesOf(i);
      Blueprint blueprint;
      blueprint.name = names[i];
      blueprint.cluster = *spec_.cluster;
      blueprint.pool = *pool.name;
      blueprint.index = i;
      blueprint.vcpus = *resources.vcpus;
      blueprint.memory = *resources.memory;
      blueprint.disk = *resources.disk;
      blueprint.image = image_;
      blueprint.nics = nicsOf(names[i], i, allotments);
      blueprint.volumes = volumesOf(pool);
      const spec::NodeOverride* own = pool.overrideOf(i);
      if (own != nullptr && own->host) blueprint.pinned = **own->host;
      blueprint.ignition = config.text.fill(inOrder(wordsOf(blueprint)));
      blueprint.probes = probesFor(pool.health, names[i], blueprint.address());
      blueprint.wantsSystemdRunning = pool.health.systemdRunning;
      blueprint.tags = pool.tagsOf(i);
      blueprint.meta = pool.metaOf(i);
      blueprint.origins = config.origins;
      blueprints.push_back(std::move(blueprint));
    }
  }

private:
  std::vector<Nic> nicsOf(const NodeName& node, std::uint32_t index, const std::vector<Allotment>& allotments) {
    std::vector<Nic> nics;
    for (std::size_t i = 0; i < spec_.networks.size(); ++i) {
      const spec::Network& network = spec_.networks[i];
      Nic& nic = nics.emplace_back();
      nic.attachment = network.attachment;
      nic.source = *network.name;
      nic.mac = freeMac(node, i == 0 ? "" : network.key);
      if (network.vlan) nic.guestVlan = **network.vlan;
      nic.mtu = network.mtu;
      if (!allotments[i].addresses.empty()) nic.address = allotments[i].addresses[index];
    }
    return nics;
  }

  static Words wordsOf(const Blueprint& blueprint) {
    Words words{.name = blueprint.name.str(), .nics = {}};
    for (const Nic& nic : blueprint.nics) {
      words.nics.push_back({escaped(nic.mac), nic.address ? escaped(nic.address->str()) : ""});
    }
    return words;
  }

  static std::vector<Volume> volumesOf(const spec::Pool& pool) {
    std::vector<Volume> volumes;
    for (const spec::Volume& each : pool.volumes) {
      Volume& volume = volumes.emplace_back();
      volume.name = *each.name;
      volume.size = *each.size;
      volume.keep = each.keep;
      if (each.mount) volume.mount = **each.mount;
      volume.filesystem = each.filesystem;
    }
    return volumes;
  }

  std::string freeMac(const NodeName& node, std::string_view network) {
    for (std::uint32_t attempt = 0;; ++attempt) {
      std::string mac = macOf(*spec_.cluster, node, attempt, network);
      if (macs_.insert(mac).second) return mac;
    }
  }

  const spec::Spec& spec_;
  const std::optional<image::Image>& image_;
  std::unordered_set<std::string> macs_;
};

}  // namespace

Composed compose(const spec::Spec& spec, const source::Files& files, const std::optional<image::Image>& image,
                 const std::vector<HeldAddress>& held) {
  Composed composed;
  ButaneFiles butane(files, spec.filesDir, composed.findings);
  std::vector<AddressBook> books;
  for (std::size_t i = 0; i < spec.networks.size(); ++i) books.emplace_back(spec, i, held);
  Composer composer(spec, image);
  composed.advice = lint(spec);
  composed.blueprints.reserve(spec.nodeCount());
  for (const spec::Pool& pool : spec.pools) {
    const auto config = poolConfig(spec, pool, butane, composed.findings);
    std::vector<Allotment> allotments;
    bool addressed = true;
    for (std::size_t i = 0; i < books.size(); ++i) {
      const Allotment& allotment = allotments.emplace_back(books[i].allot(pool, composed.findings));
      composed.leaversFirst = composed.leaversFirst || allotment.leaversFirst;
      addressed = addressed && (!spec.networks[i].addressing || allotment.addresses.size() == *pool.count);
    }
    if (config) addOnce(config->advice, composed.advice);
    if (config && addressed) composer.add(pool, *config, allotments, composed.blueprints);
  }
  if (source::hasErrors(composed.findings)) composed.blueprints.clear();
  return composed;
}

}  // namespace berth::node

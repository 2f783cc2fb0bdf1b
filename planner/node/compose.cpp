// SPDX-License-Identifier: Apache-2.0
#include "planner/node/compose.h"

#include <unordered_set>

#include "planner/ignition/data_url.h"
#include "planner/node/identity.h"
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

class Composer {
public:
  Composer(const spec::Spec& spec, const std::optional<image::Image>& image) : spec_(spec), image_(image) {}

  void add(const spec::Pool& pool, const PoolConfig& config, const Allotment& allotment,
           std::vector<Blueprint>& blueprints) {
    const std::vector<NodeName> names = nodeNames(spec_, pool);
    for (std::uint32_t i = 0; i < names.size(); ++i) {
      Blueprint blueprint;
      blueprint.name = names[i];
      blueprint.cluster = *spec_.cluster;
      blueprint.pool = *pool.name;
      blueprint.index = i;
      blueprint.vcpus = *pool.resources.vcpus;
      blueprint.memory = *pool.resources.memory;
      blueprint.disk = *pool.resources.disk;
      blueprint.image = image_;
      blueprint.nic = {spec_.network.attachment, *spec_.network.name, freeMac(names[i])};
      if (!allotment.addresses.empty()) blueprint.address = allotment.addresses[i];
      blueprint.ignition = config.text.fill(
          {names[i].str(), escaped(blueprint.nic.mac), blueprint.address ? escaped(blueprint.address->str()) : ""});
      blueprint.probes = probesFor(pool.health, names[i], blueprint.address);
      blueprint.wantsSystemdRunning = pool.health.systemdRunning;
      blueprint.tags = pool.tags;
      blueprint.origins = config.origins;
      blueprints.push_back(std::move(blueprint));
    }
  }

private:
  std::string freeMac(const NodeName& node) {
    for (std::uint32_t attempt = 0;; ++attempt) {
      std::string mac = macOf(*spec_.cluster, node, attempt);
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
  AddressBook book(spec, held);
  Composer composer(spec, image);
  composed.blueprints.reserve(spec.nodeCount());
  for (const spec::Pool& pool : spec.pools) {
    const auto config = poolConfig(spec, pool, butane, composed.findings);
    const Allotment allotment = book.allot(pool, composed.findings);
    composed.leaversFirst = composed.leaversFirst || allotment.leaversFirst;
    const bool addressed = !spec.network.addressing || allotment.addresses.size() == *pool.count;
    if (config && addressed) composer.add(pool, *config, allotment, composed.blueprints);
  }
  if (source::hasErrors(composed.findings)) composed.blueprints.clear();
  return composed;
}

}  // namespace berth::node

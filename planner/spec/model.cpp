// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/model.h"

namespace berth::spec {
namespace {

using Words = std::map<std::string, std::string>;

/// `upper` laid over `lower`, key by key.
Words laidOver(const Words& lower, const Words* upper) {
  if (upper == nullptr) return lower;
  Words words = *upper;
  words.insert(lower.begin(), lower.end());
  return words;
}

}  // namespace

std::string_view str(Filesystem filesystem) {
  switch (filesystem) {
    case Filesystem::xfs: return "xfs";
    case Filesystem::ext4: return "ext4";
    case Filesystem::btrfs: return "btrfs";
  }
  return "xfs";
}

std::string_view str(Drift drift) {
  switch (drift) {
    case Drift::heal: return "heal";
    case Drift::alert: return "alert";
    case Drift::freeze: return "freeze";
  }
  return "heal";
}

const NodeOverride* Pool::overrideOf(std::uint32_t index) const {
  const auto found = nodes.find(index);
  return found == nodes.end() ? nullptr : &found->second;
}

Resources Pool::resourcesOf(std::uint32_t index) const {
  const NodeOverride* own = overrideOf(index);
  if (own == nullptr) return resources;
  return {own->vcpus.value_or(resources.vcpus), own->memory.value_or(resources.memory),
          own->disk.value_or(resources.disk)};
}

Words Pool::tagsOf(std::uint32_t index) const {
  const NodeOverride* own = overrideOf(index);
  return laidOver(tags, own == nullptr ? nullptr : &own->tags);
}

Words Pool::metaOf(std::uint32_t index) const {
  const NodeOverride* own = overrideOf(index);
  return laidOver(meta, own == nullptr ? nullptr : &own->meta);
}

const Located<Ipv4>* Pool::addressOf(std::uint32_t index, std::size_t network) const {
  const NodeOverride* own = overrideOf(index);
  if (own == nullptr || network >= own->addresses.size() || !own->addresses[network]) return nullptr;
  return &*own->addresses[network];
}

const Ranges& Pool::rangesOf(std::size_t network) const {
  static const Ranges kNone;
  return network < addresses.size() ? addresses[network] : kNone;
}

const Pool* Spec::find(const PoolName& name) const {
  for (const Pool& pool : pools) {
    if (pool.name.value == name) return &pool;
  }
  return nullptr;
}

std::uint64_t Spec::nodeCount() const {
  std::uint64_t count = 0;
  for (const Pool& pool : pools) count += pool.count.value;
  return count;
}

NodeName nodeName(const ClusterName& cluster, const PoolName& pool, std::uint32_t index) {
  // The rules keep it short enough; a caller who goes round them gets a name that no parse ever returns.
  return NodeName::parse(cluster.str() + "-" + pool.str() + "-" + std::to_string(index)).value_or(NodeName());
}

}  // namespace berth::spec

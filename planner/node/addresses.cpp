// SPDX-License-Identifier: Apache-2.0
#include "planner/node/addresses.h"

#include <optional>

namespace berth::node {

using spec::Ipv4;

namespace {

using Ranges = std::vector<spec::Located<spec::AddressRange>>;

std::optional<Ipv4> addressAt(const Ranges& ranges, std::uint64_t index) {
  for (const auto& range : ranges) {
    if (index < range->size()) return Ipv4(range->first.bits() + static_cast<std::uint32_t>(index));
    index -= range->size();
  }
  return std::nullopt;
}

bool contains(const Ranges& ranges, Ipv4 address) {
  for (const auto& range : ranges) {
    if (range->contains(address)) return true;
  }
  return false;
}

}  // namespace

std::vector<NodeName> nodeNames(const spec::Spec& spec, const spec::Pool& pool) {
  std::vector<NodeName> names;
  names.reserve(*pool.count);
  for (std::uint32_t i = 0; i < *pool.count; ++i) names.push_back(spec::nodeName(*spec.cluster, *pool.name, i));
  return names;
}

AddressBook::AddressBook(const spec::Spec& spec, const std::vector<HeldAddress>& held) : spec_(spec) {
  std::unordered_set<NodeName> wanted;
  for (const spec::Pool& pool : spec.pools) {
    for (NodeName& name : nodeNames(spec, pool)) wanted.insert(std::move(name));
  }
  for (const HeldAddress& each : held) {
    if (each.attachment != spec.network.attachment || each.network != *spec.network.name) continue;
    const bool ours = each.cluster == *spec.cluster;
    const bool stays = !ours || wanted.contains(each.node);
    holders_.insert_or_assign(each.address, Holder{each.node, stays ? Tenure::staying : Tenure::leaving});
    if (ours && stays) own_.insert_or_assign(each.node, each.address);
  }
}

bool AddressBook::isFree(Ipv4 address, const NodeName& node) const {
  if (given_.contains(address)) return false;
  const auto holder = holders_.find(address);
  return holder == holders_.end() || holder->second.node == node;
}

Allotment AddressBook::allot(const spec::Pool& pool, source::Findings& findings) {
  Allotment allotment;
  if (!spec_.network.addressing) return allotment;
  const std::vector<NodeName> names = nodeNames(spec_, pool);
  std::vector<std::optional<Ipv4>> addresses(names.size());
  const auto give = [&](std::size_t index, Ipv4 address) {
    addresses[index] = address;
    given_.insert(address);
  };
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto own = own_.find(names[i]);
    if (own != own_.end() && contains(pool.addresses, own->second)) give(i, own->second);
  }
  // Each new node gets its own place in the ranges before anybody is given a substitute, which could be that place.
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (addresses[i]) continue;
    const auto regular = addressAt(pool.addresses, i);
    if (regular && isFree(*regular, names[i])) give(i, *regular);
  }
  std::uint64_t cursor = 0;
  std::uint64_t leaverCursor = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (addresses[i]) continue;
    auto free = addressAt(pool.addresses, cursor);
    while (free && !isFree(*free, names[i])) free = addressAt(pool.addresses, ++cursor);
    if (free) {
      give(i, *free);
      continue;
    }
    auto leaving = addressAt(pool.addresses, leaverCursor);
    const auto isLeaving = [&](Ipv4 address) {
      const auto holder = holders_.find(address);
      return !given_.contains(address) && holder != holders_.end() && holder->second.tenure == Tenure::leaving;
    };
    while (leaving && !isLeaving(*leaving)) leaving = addressAt(pool.addresses, ++leaverCursor);
    if (!leaving) {
      findings.push_back(source::error(pool.addresses.front().mark,
                                       "pool \"" + pool.name->str() + "\" has no free address for " + names[i].str() +
                                           ": other nodes still have those of its ranges",
                                       "widen the ranges, or apply again once those nodes have others"));
      return {};
    }
    give(i, *leaving);
    allotment.leaversFirst = true;
  }
  for (const auto& address : addresses) allotment.addresses.push_back(*address);
  return allotment;
}

}  // namespace berth::node

// SPDX-License-Identifier: Apache-2.0
#include "planner/node/addresses.h"

#include <optional>

namespace berth::node {

using spec::Ipv4;

namespace {

using spec::Ranges;

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

AddressBook::AddressBook(const spec::Spec& spec, std::size_t network, const std::vector<HeldAddress>& held)
    : spec_(spec), network_(network) {
  const spec::Network& ours = spec.networks[network];
  std::unordered_set<NodeName> wanted;
  for (const spec::Pool& pool : spec.pools) {
    for (NodeName& name : nodeNames(spec, pool)) wanted.insert(std::move(name));
  }
  for (const HeldAddress& each : held) {
    if (each.attachment != ours.attachment || each.network != *ours.name) continue;
    const bool isOurs = each.cluster == *spec.cluster;
    const bool stays = !isOurs || wanted.contains(each.node);
    holders_.insert_or_assign(each.address, Holder{each.node, stays ? Tenure::staying : Tenure::leaving});
    // Two of our networks may lie on one bridge: only an address of this one's subnet is of this one.
    const bool isHere = ours.addressing && ours.addressing->subnet->contains(each.address);
    if (isOurs && isHere) own_.insert_or_assign(each.node, each.address);
  }
}

bool AddressBook::isFree(Ipv4 address, const NodeName& node) const {
  if (given_.contains(address)) return false;
  const auto holder = holders_.find(address);
  return holder == holders_.end() || holder->second.node == node;
}

bool AddressBook::isLeaving(Ipv4 address) const {
  const auto holder = holders_.find(address);
  return !given_.contains(address) && holder != holders_.end() && holder->second.tenure == Tenure::leaving;
}

bool AddressBook::giveOwn(const spec::Pool& pool, const std::vector<NodeName>& names,
                          std::vector<std::optional<Ipv4>>& addresses, Allotment& allotment,
                          source::Findings& findings) {
  bool complete = true;
  for (const auto& [index, node] : pool.nodes) {
    const spec::Located<Ipv4>* own = index < names.size() ? pool.addressOf(index, network_) : nullptr;
    if (own == nullptr) continue;
    const auto holder = holders_.find(**own);
    if (holder != holders_.end() && holder->second.node != names[index] && !isLeaving(**own)) {
      findings.push_back(source::error(own->mark, (*own)->str() + " is still that of " + holder->second.node.str(),
                                       "set another address, or let that node have another one first"));
      complete = false;
      continue;
    }
    allotment.leaversFirst = allotment.leaversFirst || isLeaving(**own);
    addresses[index] = **own;
    given_.insert(**own);
  }
  return complete;
}

Allotment AddressBook::allot(const spec::Pool& pool, source::Findings& findings) {
  Allotment allotment;
  if (!spec_.networks[network_].addressing) return allotment;
  const Ranges& ranges = pool.rangesOf(network_);
  const std::vector<NodeName> names = nodeNames(spec_, pool);
  std::vector<std::optional<Ipv4>> addresses(names.size());
  const auto give = [&](std::size_t index, Ipv4 address) {
    addresses[index] = address;
    given_.insert(address);
  };
  if (!giveOwn(pool, names, addresses, allotment, findings)) return {};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto own = own_.find(names[i]);
    if (addresses[i] || own == own_.end() || given_.contains(own->second)) continue;
    if (contains(ranges, own->second)) give(i, own->second);
  }
  // Each new node gets its own place in the ranges before anybody is given a substitute, which could be that place.
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (addresses[i]) continue;
    const auto regular = addressAt(ranges, i);
    if (regular && isFree(*regular, names[i])) give(i, *regular);
  }
  std::uint64_t cursor = 0;
  std::uint64_t leaverCursor = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (addresses[i]) continue;
    auto free = addressAt(ranges, cursor);
    while (free && !isFree(*free, names[i])) free = addressAt(ranges, ++cursor);
    if (free) {
      give(i, *free);
      continue;
    }
    auto leaving = addressAt(ranges, leaverCursor);
    while (leaving && !isLeaving(*leaving)) leaving = addressAt(ranges, ++leaverCursor);
    if (!leaving) {
      findings.push_back(source::error(ranges.front().mark,
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

std::optional<Ipv4> AddressBook::allotBeyond(const spec::Pool& pool, std::uint32_t index) {
  const Ranges& ranges = pool.rangesOf(network_);
  const NodeName node = spec::nodeName(*spec_.cluster, *pool.name, index);
  std::optional<Ipv4> address;
  const auto take = [&](Ipv4 each) {
    if (!address && contains(ranges, each) && isFree(each, node)) address = each;
  };
  if (const auto own = own_.find(node); own != own_.end()) take(own->second);
  if (const auto regular = addressAt(ranges, index)) take(*regular);
  for (std::uint64_t i = 0; !address; ++i) {
    const auto any = addressAt(ranges, i);
    if (!any) break;
    take(*any);
  }
  if (address) given_.insert(*address);
  return address;
}

}  // namespace berth::node

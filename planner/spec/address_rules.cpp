// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/address_rules.h"

#include <algorithm>
#include <map>
#include <string>

namespace berth::spec {

using source::error;
using source::Findings;

namespace {

/// Linux names no network interface longer (IFNAMSIZ, with its closing zero).
constexpr std::size_t kInterfaceNameMaxLength = 15;

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

void checkNetworkName(const Network& network, Findings& findings) {
  const std::string& name = network.name.value;
  const bool isInterface = network.attachment != Attachment::libvirt;
  const auto isPlain = [](char c) { return c > ' ' && c < '\x7f' && c != '/'; };
  if (network.name.mark.known() &&
      (name.empty() || !std::ranges::all_of(name, isPlain) || name == "." || name == ".." ||
       name.size() > (isInterface ? kInterfaceNameMaxLength : kNameMaxLength))) {
    findings.push_back(
        error(network.name.mark,
              quoted(name) + " cannot be the name of " + (isInterface ? "a network interface" : "a libvirt network"),
              isInterface ? "at most 15 characters, without spaces and slashes" : ""));
  }
}

void checkGateway(const StaticAddressing& addressing, Findings& findings) {
  const Subnet& subnet = *addressing.subnet;
  const auto& gateway = addressing.gateway;
  if (!gateway) return;
  if (!subnet.contains(**gateway)) {
    findings.push_back(
        error(gateway->mark, "the gateway " + (*gateway)->str() + " is not in the subnet " + subnet.str()));
  } else if (**gateway == subnet.first() || **gateway == subnet.broadcast()) {
    findings.push_back(error(
        gateway->mark, (*gateway)->str() + " stands for the whole subnet " + subnet.str() + " and can be no gateway"));
  }
}

bool isSameNetwork(const Network& left, const Network& right) {
  const auto tag = [](const Network& network) { return network.vlan ? network.vlan->value : 0; };
  return left.attachment == right.attachment && left.name == right.name && tag(left) == tag(right);
}

// ---- addresses --------------------------------------------------------------------------------------------------

void checkRange(const Located<AddressRange>& range, const StaticAddressing& addressing, Findings& findings) {
  const Subnet& subnet = *addressing.subnet;
  if (!subnet.contains(range->first) || !subnet.contains(range->last)) {
    findings.push_back(error(range.mark, range->str() + " is not within the subnet " + subnet.str()));
    return;
  }
  if (range->contains(subnet.first()) || range->contains(subnet.broadcast())) {
    findings.push_back(
        error(range.mark, range->str() + " holds an address that stands for the whole subnet " + subnet.str(),
              "usable are " + Ipv4(subnet.first().bits() + 1).str() + "-" + Ipv4(subnet.broadcast().bits() - 1).str()));
  }
  if (addressing.gateway && range->contains(**addressing.gateway)) {
    findings.push_back(
        error(range.mark, range->str() + " holds the gateway " + (*addressing.gateway)->str(), "leave it out"));
  }
}

bool contains(const Ranges& ranges, Ipv4 address) {
  return std::ranges::any_of(ranges, [&](const auto& range) { return range->contains(address); });
}

/// Of one network.
class AddressRules {
public:
  AddressRules(const Bound& bound, std::size_t network, Findings& findings)
      : bound_(bound), number_(network), network_(bound.spec.networks[network]), findings_(findings) {}

  void check() {
    for (const Pool& pool : bound_.spec.pools) checkRanges(pool);
    for (const Pool& pool : bound_.spec.pools) checkOwn(pool);
    if (!network_.addressing) return;
    for (const Pool& pool : bound_.spec.pools) {
      if (!bound_.addressesUnclear.contains({*pool.name, number_})) checkCount(pool);
    }
  }

private:
  struct Claim {
    const Located<AddressRange>* range;
    const Pool* pool;
  };

  void checkRanges(const Pool& pool) {
    const Ranges& ranges = pool.rangesOf(number_);
    if (!network_.addressing) {
      if (ranges.empty()) return;
      findings_.push_back(error(ranges.front().mark, "addresses are given, and the network hands them out",
                                "remove them, or replace dhcp: true by a subnet"));
      return;
    }
    for (const auto& range : ranges) {
      checkRange(range, *network_.addressing, findings_);
      for (const Claim& other : claims_) {
        if (range->last < (*other.range)->first || (*other.range)->last < range->first) continue;
        findings_.push_back(error(range.mark, range->str() + " overlaps " + (*other.range)->str() + " of pool " +
                                                  quoted(other.pool->name->str()) + " on line " +
                                                  std::to_string(other.range->mark.line)));
        break;
      }
      claims_.push_back({&range, &pool});
    }
  }

  /// Addresses that the spec sets for single nodes.
  void checkOwn(const Pool& pool) {
    for (const auto& [index, node] : pool.nodes) {
      const Located<Ipv4>* own = pool.addressOf(index, number_);
      if (own == nullptr) continue;
      if (!network_.addressing) {
        findings_.push_back(error(own->mark, "an address is given, and the network hands them out",
                                  "remove it, or replace dhcp: true by a subnet"));
        continue;
      }
      checkRange({AddressRange{**own, **own}, own->mark}, *network_.addressing, findings_);
      const auto [first, isNew] = owners_.try_emplace(**own, own->mark.line);
      if (!isNew) {
        findings_.push_back(
            error(own->mark, (*own)->str() + " is already that of the node on line " + std::to_string(first->second)));
      }
      for (const Claim& claim : claims_) {
        if (claim.pool == &pool || !(*claim.range)->contains(**own)) continue;
        findings_.push_back(error(own->mark, (*own)->str() + " lies within the addresses of pool " +
                                                 quoted(claim.pool->name->str()) + " on line " +
                                                 std::to_string(claim.range->mark.line)));
      }
    }
  }

  void checkCount(const Pool& pool) {
    if (!pool.count.mark.known() || pool.count.value == 0) return;
    const Ranges& ranges = pool.rangesOf(number_);
    std::uint64_t size = 0;
    for (const auto& range : ranges) size += range->size();
    std::uint64_t needed = pool.count.value;
    for (const auto& [index, node] : pool.nodes) {
      const Located<Ipv4>* own = index < pool.count.value ? pool.addressOf(index, number_) : nullptr;
      if (own != nullptr && !contains(ranges, **own)) --needed;
    }
    if (size >= needed) return;
    const std::string name = "pool " + quoted(pool.name->str());
    const std::string within = network_.key.empty() ? "" : " in network " + quoted(network_.key);
    if (ranges.empty()) {
      findings_.push_back(error(
          pool.name.mark, name + " has no addresses for its nodes" + within,
          network_.key.empty() || number_ == 0
              ? "such as addresses: 10.20.0.11-10.20.0.19, or dhcp: true under network"
              : "such as addresses: { " + network_.key + ": 10.30.0.11-10.30.0.19 }, or dhcp: true in that network"));
      return;
    }
    findings_.push_back(error(ranges.front().mark, name + " has " + std::to_string(size) + " addresses for " +
                                                       std::to_string(needed) + " nodes" + within));
  }

  const Bound& bound_;
  const std::size_t number_;
  const Network& network_;
  Findings& findings_;
  std::vector<Claim> claims_;
  /// The lines on which single addresses stand.
  std::map<Ipv4, std::uint32_t> owners_;
};

}  // namespace

void checkNetworks(const Spec& spec, const std::vector<Addressed>& addressed, Findings& findings) {
  const Located<Ipv4>* gateway = nullptr;
  for (std::size_t i = 0; i < spec.networks.size(); ++i) {
    const Network& network = spec.networks[i];
    checkNetworkName(network, findings);
    for (std::size_t other = 0; other < i && network.name.mark.known(); ++other) {
      if (!isSameNetwork(network, spec.networks[other])) continue;
      findings.push_back(error(network.name.mark,
                               "network " + quoted(network.key) + " is the same as " + quoted(spec.networks[other].key),
                               "a node needs one interface in each network; tell VLANs apart by vlan:"));
    }
    if (!network.addressing || addressed[i] != Addressed::known) continue;
    checkGateway(*network.addressing, findings);
    if (!network.addressing->gateway) continue;
    if (gateway != nullptr) {
      findings.push_back(
          error(network.addressing->gateway->mark,
                "a node has one way out, and line " + std::to_string(gateway->mark.line) + " has a gateway already",
                "leave the gateway to one of the networks"));
    }
    gateway = &*network.addressing->gateway;
  }
}

void checkAddresses(const Bound& bound, const std::vector<Addressed>& addressed, Findings& findings) {
  for (std::size_t i = 0; i < bound.spec.networks.size(); ++i) {
    if (addressed[i] == Addressed::known) AddressRules(bound, i, findings).check();
  }
}

}  // namespace berth::spec

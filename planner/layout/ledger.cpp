// SPDX-License-Identifier: Apache-2.0
#include "planner/layout/ledger.h"

#include <algorithm>

namespace berth::layout {

Ledger::Ledger(const std::vector<Host>& hosts) : hosts_(hosts) {
  reserved_.reserve(hosts.size());
  byName_.reserve(hosts.size());
  for (HostIndex i = 0; i < hosts.size(); ++i) {
    reserved_.push_back(hosts[i].reserved);
    byName_.emplace(hosts[i].name, i);
  }
}

std::optional<HostIndex> Ledger::find(const HostName& name) const {
  const auto found = byName_.find(name);
  return found == byName_.end() ? std::nullopt : std::optional(found->second);
}

Amount Ledger::free(HostIndex index) const { return growth(reserved_[index], hosts_[index].capacity); }

bool Ledger::fits(HostIndex index, const Amount& needs) const {
  const Amount left = free(index);
  return needs.vcpus <= left.vcpus && needs.memory <= left.memory && needs.disk <= left.disk;
}

void Ledger::reserve(HostIndex index, const Amount& amount) {
  Amount& reserved = reserved_[index];
  reserved.vcpus += amount.vcpus;
  reserved.memory += amount.memory;
  reserved.disk += amount.disk;
}

std::uint64_t Ledger::freeMemoryShare(HostIndex index) const {
  const std::uint64_t all = hosts_[index].capacity.memory.mib();
  return all == 0 ? 0 : free(index).memory.mib() * 1'000'000 / all;
}

Amount growth(const Amount& had, const Amount& needs) {
  return {.vcpus = needs.vcpus > had.vcpus ? needs.vcpus - had.vcpus : 0,
          .memory = needs.memory - had.memory,
          .disk = needs.disk - had.disk};
}

std::string str(const Amount& amount) {
  return std::to_string(amount.vcpus) + (amount.vcpus == 1 ? " vcpu, " : " vcpus, ") + amount.memory.str() +
         " of memory and " + amount.disk.str() + " of disk";
}

std::string_view toString(HostState state) {
  switch (state) {
    case HostState::ready: return "ready";
    case HostState::cordoned: return "cordoned";
    case HostState::draining: return "draining";
    case HostState::lost: return "lost";
  }
  return "unknown";
}

std::optional<std::string> excludedBy(const Host& host, const Rules& rules) {
  if (host.state != HostState::ready) return "is " + std::string(toString(host.state));
  if (!rules.zones.empty() && std::ranges::find(rules.zones, host.zone) == rules.zones.end()) {
    return "is in another zone";
  }
  for (const auto& [key, value] : rules.labels) {
    const auto label = host.labels.find(key);
    if (label == host.labels.end() || label->second != value)
      return std::string("lacks the label ").append(key).append("=").append(value);
  }
  return std::nullopt;
}

}  // namespace berth::layout

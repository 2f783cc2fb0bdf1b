// SPDX-License-Identifier: Apache-2.0
#include "planner/layout/ledger.h"

#include <algorithm>
#include <utility>

namespace berth::layout {
namespace {

/// Nothing of nothing is nothing; something of nothing is too much.
std::uint32_t share(std::uint64_t part, std::uint64_t whole) {
  constexpr std::uint32_t kFarTooMuch = 1000 * kWhole;
  if (part == 0) return 0;
  if (whole == 0) return kFarTooMuch;
  // In double, since a product of two amounts does not fit into 64 bits; exact to far less than a millionth.
  const double exact = static_cast<double>(part) / static_cast<double>(whole) * kWhole;
  return exact > kFarTooMuch ? kFarTooMuch : static_cast<std::uint32_t>(exact);
}

}  // namespace

Ledger::Ledger(const std::vector<Host>& hosts) : hosts_(hosts) {
  reserved_.reserve(hosts.size());
  byName_.reserve(hosts.size());
  for (HostIndex i = 0; i < hosts.size(); ++i) {
    reserved_.push_back(onHost(i, hosts[i].reserved));
    byName_.emplace(hosts[i].name, i);
  }
}

std::optional<HostIndex> Ledger::find(const HostName& name) const {
  const auto found = byName_.find(name);
  return found == byName_.end() ? std::nullopt : std::optional(found->second);
}

Amount Ledger::free(HostIndex index) const { return growth(reserved_[index], hosts_[index].capacity); }

bool Ledger::fits(HostIndex index, const Amount& needs) const {
  return growth(free(index), onHost(index, needs)) == Amount();
}

void Ledger::reserve(HostIndex index, const Amount& amount) {
  reserved_[index] = reserved_[index] + onHost(index, amount);
}

void Ledger::release(HostIndex index, const Amount& amount) {
  reserved_[index] = growth(onHost(index, amount), reserved_[index]);
}

std::uint32_t Ledger::usedShareWith(HostIndex index, const Amount& more) const {
  return shareOf(index, reserved_[index] + onHost(index, more));
}

std::uint32_t Ledger::usedShareWithout(HostIndex index, const Amount& less) const {
  return shareOf(index, growth(onHost(index, less), reserved_[index]));
}

std::uint32_t Ledger::shareOf(HostIndex index, const Amount& amount) const {
  const Amount& all = hosts_[index].capacity;
  return std::max({share(amount.vcpus, all.vcpus), share(amount.memory.count(), all.memory.count()),
                   share(amount.disk.count(), all.disk.count()), share(amount.volumes.count(), all.volumes.count())});
}

Amount onHost(const Host& host, const Amount& amount) {
  if (host.capacity.volumes != Bytes()) return amount;
  Amount all = amount;
  all.disk += std::exchange(all.volumes, Bytes());
  return all;
}

Amount growth(const Amount& had, const Amount& needs) {
  return {.vcpus = needs.vcpus > had.vcpus ? needs.vcpus - had.vcpus : 0,
          .memory = needs.memory - had.memory,
          .disk = needs.disk - had.disk,
          .volumes = needs.volumes - had.volumes};
}

Amount operator+(const Amount& left, const Amount& right) {
  return {.vcpus = left.vcpus + right.vcpus,
          .memory = left.memory + right.memory,
          .disk = left.disk + right.disk,
          .volumes = left.volumes + right.volumes};
}

std::string str(const Amount& amount) {
  return std::to_string(amount.vcpus) + (amount.vcpus == 1 ? " vcpu, " : " vcpus, ") + amount.memory.str() +
         (amount.volumes == Bytes() ? " of memory and " : " of memory, ") + amount.disk.str() + " of disk" +
         (amount.volumes == Bytes() ? "" : " and " + amount.volumes.str() + " of volumes");
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

}  // namespace berth::layout

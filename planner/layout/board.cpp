// SPDX-License-Identifier: Apache-2.0
#include "planner/layout/board.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

namespace berth::layout {

Board::Board(const std::vector<Host>& hosts, const std::vector<Group>& groups)
    : hosts_(hosts), groups_(groups), ledger_(hosts), places_(hosts), nameOrder_(hosts.size()), sides_(groups.size()) {
  std::vector<HostIndex> sorted(hosts.size());
  std::iota(sorted.begin(), sorted.end(), HostIndex{0});
  std::ranges::stable_sort(sorted, {}, [&](HostIndex host) -> const HostName& { return hosts[host].name; });
  for (std::uint32_t i = 0; i < sorted.size(); ++i) nameOrder_[sorted[i]] = i;
  std::unordered_map<std::string, GroupIndex> byName;
  for (GroupIndex group = 0; group < groups.size(); ++group) {
    byName.emplace(groups[group].name, group);
    for (const Level& each : groups[group].rules.spread) {
      if (sides_[group].spread.size() == kMaxSpread) break;
      const LevelId level = places_.level(each);
      sides_[group].spread.push_back(level);
      countLevel(group, level);
    }
  }
  for (GroupIndex group = 0; group < groups.size(); ++group) {
    const auto& bonds = groups[group].rules.bonds;
    for (std::size_t bond = 0; bond < bonds.size(); ++bond) {
      const auto other = byName.find(bonds[bond].group);
      if (other != byName.end() && other->second != group) tie(group, bond, other->second);
    }
  }
}

void Board::countLevel(GroupIndex group, LevelId level) {
  auto& counts = sides_[group].counts;
  if (counts.size() <= level) counts.resize(level + 1);
  if (counts[level].empty()) counts[level].resize(places_.count(level));
}

void Board::tie(GroupIndex owner, std::size_t bond, GroupIndex other) {
  const Bond& said = groups_[owner].rules.bonds[bond];
  const LevelId level = places_.level(said.level);
  countLevel(owner, level);
  countLevel(other, level);
  Tie tie{.kind = said.kind, .strength = said.strength, .other = other, .level = level, .owner = owner, .bond = bond};
  sides_[owner].ties.push_back(tie);
  tie.other = owner;
  (said.kind == Bond::Kind::near ? sides_[other].followers : sides_[other].ties).push_back(tie);
}

Claim Board::claim(GroupIndex group, const Node& node) const {
  return {.group = group, .needs = node.needs.value_or(groups_[group].needs), .pin = node.pin ? &*node.pin : nullptr};
}

void Board::change(GroupIndex group, HostIndex host, int by) {
  sides_[group].total += static_cast<std::uint32_t>(by);
  auto& counts = sides_[group].counts;
  for (LevelId level = 0; level < counts.size(); ++level) {
    if (!counts[level].empty()) counts[level][places_.of(level, host)] += static_cast<std::uint32_t>(by);
  }
}

std::uint32_t Board::count(GroupIndex group, LevelId level, HostIndex host) const {
  return sides_[group].counts[level][places_.of(level, host)];
}

const Board::Tie* Board::broken(GroupIndex group, Bond::Kind kind, HostIndex host) const {
  for (const Tie& tie : sides_[group].ties) {
    if (tie.strength != Strength::rule || tie.kind != kind) continue;
    const bool together = count(tie.other, tie.level, host) > 0;
    if (together == (kind == Bond::Kind::apart)) return &tie;
  }
  return nullptr;
}

std::optional<Cause> Board::excluded(const Claim& claim, HostIndex host) const {
  const Host& there = hosts_[host];
  if (claim.pin != nullptr && claim.pin->host != there.name) return Cause::pin;
  const Rules& rules = groups_[claim.group].rules;
  if (!rules.zones.empty() && std::ranges::find(rules.zones, there.zone) == rules.zones.end()) return Cause::zone;
  for (const auto& [key, value] : rules.labels) {
    const auto label = there.labels.find(key);
    if (label == there.labels.end() || label->second != value) return Cause::label;
  }
  return std::nullopt;
}

std::optional<Cause> Board::lacking(const Amount& needs, HostIndex host) const {
  const Amount missing = growth(ledger_.free(host), ledger_.onHost(host, needs));
  if (missing.vcpus > 0) return Cause::vcpus;
  if (missing.memory != Bytes()) return Cause::memory;
  if (missing.disk != Bytes()) return Cause::disk;
  if (missing.volumes != Bytes()) return Cause::volumes;
  return std::nullopt;
}

std::optional<Cause> Board::crowded(GroupIndex group, HostIndex host) const {
  const Rules& rules = groups_[group].rules;
  const auto& spread = sides_[group].spread;
  if (rules.atMost > 0 && !spread.empty() && count(group, spread.back(), host) >= rules.atMost) return Cause::spread;
  if (broken(group, Bond::Kind::apart, host) != nullptr) return Cause::apart;
  if (broken(group, Bond::Kind::near, host) != nullptr) return Cause::near;
  return std::nullopt;
}

std::optional<Cause> Board::objection(const Claim& claim, HostIndex host) const {
  if (claim.pin != nullptr && claim.pin->host != hosts_[host].name) return Cause::pin;
  if (hosts_[host].state != HostState::ready) return Cause::state;
  if (const auto cause = excluded(claim, host)) return cause;
  if (const auto cause = lacking(claim.needs, host)) return cause;
  return crowded(claim.group, host);
}

}  // namespace berth::layout

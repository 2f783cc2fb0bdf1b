// SPDX-License-Identifier: Apache-2.0
#include "planner/change/data_safety.h"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>

#include "planner/change/proof.h"
#include "planner/change/reasons.h"
#include "planner/ignition/read.h"

namespace berth::change {

using node::Blueprint;
using source::Findings;
using source::Mark;

namespace {

std::unordered_map<NodeName, const InForce*> byName(const std::vector<InForce>& present) {
  std::unordered_map<NodeName, const InForce*> names;
  names.reserve(present.size());
  for (const InForce& each : present) names.emplace(each.blueprint.name, &each);
  return names;
}

const node::Volume* find(const Blueprint& blueprint, const VolumeName& name) {
  const auto found = std::ranges::find(blueprint.volumes, name, &node::Volume::name);
  return found == blueprint.volumes.end() ? nullptr : &*found;
}

Mark markOf(const Blueprint& blueprint, const VolumeName& volume) {
  if (blueprint.origins == nullptr) return {};
  const auto found = blueprint.origins->volumes.find(volume);
  return found == blueprint.origins->volumes.end() ? Mark() : found->second;
}

std::vector<DataDisk> disksOf(const Blueprint& blueprint) {
  std::vector<DataDisk> disks;
  for (const node::Volume& each : blueprint.volumes) {
    disks.push_back({each.name.str(), each.keep, each.mount ? std::string(spec::str(each.filesystem)) : std::string()});
  }
  return disks;
}

/// The line of an entry of the config; where no person wrote it, that of the volume it is about.
Mark markOfPart(const Blueprint& blueprint, const std::string& part, const std::string& member) {
  if (blueprint.origins == nullptr) return {};
  const auto& parts = blueprint.origins->parts;
  const auto exact = parts.find({part, member});
  if (exact != parts.end()) return exact->second;
  const auto any = parts.lower_bound({part, ""});
  if (any != parts.end() && any->first.first == part) return any->second;
  for (const node::Volume& each : blueprint.volumes) {
    if (part.ends_with("virtio-" + each.name.str())) return markOf(blueprint, each.name);
  }
  return {};
}

Findings prove(const Blueprint& blueprint, const InForce* now) {
  const auto config = ignition::parse(blueprint.ignition);
  if (!config.config) return {};
  std::optional<ignition::Config> before;
  if (now != nullptr) before = ignition::parse(now->blueprint.ignition).config;
  return proveHarmless(
      *config.config, disksOf(blueprint), before ? &*before : nullptr,
      [&](const std::string& part, const std::string& member) { return markOfPart(blueprint, part, member); });
}

}  // namespace

Findings shrunkVolumes(const std::vector<Blueprint>& wanted, const std::vector<InForce>& present) {
  const auto names = byName(present);
  std::set<std::pair<PoolName, VolumeName>> told;
  Findings findings;
  for (const Blueprint& each : wanted) {
    const auto now = names.find(each.name);
    if (now == names.end()) continue;
    for (const node::Volume& volume : each.volumes) {
      const node::Volume* had = find(now->second->blueprint, volume.name);
      if (had == nullptr || volume.size >= had->size || !told.emplace(each.pool, volume.name).second) continue;
      findings.push_back(source::error(
          markOf(each, volume.name),
          "volume \"" + volume.name.str() + "\" of " + each.name.str() + " has " + had->size.str() +
              " and cannot become smaller",
          "leave it at " + had->size.str() + ", or move the data to another volume and delete this one by its name"));
    }
  }
  return findings;
}

Findings unsafeConfigs(const std::vector<Blueprint>& wanted, const std::vector<InForce>& present) {
  const auto names = byName(present);
  std::set<Digest> proved;
  Findings findings;
  for (const Blueprint& each : wanted) {
    if (std::ranges::none_of(each.volumes, &node::Volume::keep)) continue;
    const auto found = names.find(each.name);
    const InForce* now = found == names.end() ? nullptr : found->second;
    if (now != nullptr && now->blueprint.ignition == each.ignition) continue;
    std::string key = each.pool.str() + "\n" + withoutOwnWords(each);
    if (now != nullptr) key += "\n" + withoutOwnWords(now->blueprint);
    if (!proved.insert(Digest::of(key)).second) continue;
    Findings unsafe = prove(each, now);
    for (source::Diagnostic& finding : unsafe) {
      // Nodes of a pool mostly say the same at the same line.
      if (std::ranges::find(findings, finding) == findings.end()) findings.push_back(std::move(finding));
    }
  }
  return findings;
}

std::vector<std::pair<PoolName, std::string>> removedVolumes(const std::vector<Blueprint>& wanted,
                                                             const std::vector<InForce>& present) {
  std::unordered_map<NodeName, const Blueprint*> staying;
  for (const Blueprint& each : wanted) staying.emplace(each.name, &each);
  std::set<std::pair<PoolName, std::string>> removed;
  for (const InForce& each : present) {
    const auto next = staying.find(each.blueprint.name);
    for (const node::Volume& volume : each.blueprint.volumes) {
      const bool stays = next != staying.end() && find(*next->second, volume.name) != nullptr;
      if (!stays) removed.emplace(each.blueprint.pool, volume.name.str());
    }
  }
  return {removed.begin(), removed.end()};
}

}  // namespace berth::change

// SPDX-License-Identifier: Apache-2.0
#include "agent/program/fence.h"

#include <algorithm>

namespace berth::program {

using hypervisor::Power;

namespace {

/// By which an instance is wanted here, or else was made.
Digest specOf(const hypervisor::Mark& mark, const std::optional<message::StoredManifest>& stored) {
  if (!stored) return mark.spec;
  const auto& entries = stored->manifest.entries;
  const auto entry = std::ranges::find(entries, mark.instance, &message::Manifest::Entry::instance);
  return entry == entries.end() ? mark.spec : entry->spec;
}

}  // namespace

Fenced fence(const state::Directory& state, hypervisor::Hypervisor& hypervisor, const std::string& bootId,
             TimePoint now) {
  Fenced fenced;
  const auto confirmed = state.confirmed(bootId);
  if (!confirmed) return fenced;
  const auto specs = state.specs();
  const auto isLent = [](const auto& each) { return each.second.lossGrace.count() != 0; };
  if (std::ranges::none_of(specs, isLent)) return fenced;
  const auto listed = hypervisor.list();
  if (const auto* error = std::get_if<hypervisor::Error>(&listed)) {
    fenced.failed.push_back(error->str());
    return fenced;
  }
  const auto stored = state.manifest();
  for (const auto& domain : std::get<std::vector<hypervisor::Domain>>(listed)) {
    if (domain.power != Power::running && domain.power != Power::paused) continue;
    const auto spec = specs.find(specOf(domain.mark, stored));
    if (spec == specs.end() || !isLent(*spec) || now < *confirmed + spec->second.fenceAfter()) continue;
    const auto done = hypervisor.powerOff(domain.mark.instance.uuid);
    if (const auto* error = std::get_if<hypervisor::Error>(&done)) {
      fenced.failed.push_back(error->str());
    } else {
      fenced.cut.push_back(domain.mark.instance);
    }
  }
  return fenced;
}

}  // namespace berth::program

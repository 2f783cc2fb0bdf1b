// SPDX-License-Identifier: Apache-2.0
#include "planner/change/protect.h"

namespace berth::change {

namespace {

std::string placeOf(const source::Mark& mark) {
  return mark.file + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
}

std::string nameOf(const PoolName& pool, const std::string& volume) {
  return "volume " + volume + " of pool " + pool.str();
}

}  // namespace

Declared declaredIn(const spec::Spec& spec) {
  Declared declared;
  const auto note = [&](const std::string& what, const source::Located<bool>& said) {
    if (!said.mark.known()) return;
    if (*said) {
      declared.on.emplace(what, said.mark);
    } else {
      declared.off.insert(what);
    }
  };
  note("cluster", spec.protect);
  for (const spec::Pool& pool : spec.pools) {
    note("pool " + pool.name->str(), pool.protect);
    for (const spec::Volume& volume : pool.volumes) note(nameOf(*pool.name, volume.name->str()), volume.protect);
  }
  return declared;
}

Protections protect(const Protections& held, const Declared& declared, Revision revision) {
  Protections next = held;
  for (const std::string& each : declared.off) next.erase(each);
  // What is said again keeps the revision that said it first.
  for (const auto& [what, mark] : declared.on) {
    next.try_emplace(what, "revision " + std::to_string(revision.value()) + ", " + placeOf(mark));
  }
  return next;
}

source::Findings violations(const Plan& plan, const Protections& protections, const RemovedVolumes& removed) {
  std::map<std::string, std::set<NodeName>> broken;
  for (const Wave& wave : plan.waves) {
    for (const Change& change : wave) {
      // Who only stands in was never promised to anybody.
      if (change.action != Action::destroy || change.role != Role::member) continue;
      for (const std::string& what : {std::string("cluster"), "pool " + change.pool.str()}) {
        if (protections.contains(what)) broken[what].insert(change.node);
      }
    }
  }
  source::Findings findings;
  for (const auto& [what, nodes] : broken) {
    std::string who = nodes.begin()->str();
    if (nodes.size() > 1) who += " and " + std::to_string(nodes.size() - 1) + " more";
    findings.push_back(source::error({}, inWords(*protections.find(what)) + ": " + who + " may not be destroyed",
                                     "to take that back, first apply a spec that has them and says protect: false"));
  }
  for (const auto& [pool, volume] : removed) {
    const auto found = protections.find(nameOf(pool, volume));
    if (found == protections.end()) continue;
    findings.push_back(source::error({}, inWords(*found) + " and may not be removed",
                                     "to take that back, first apply a spec that has it and says protect: false"));
  }
  return findings;
}

std::string inWords(const Protections::value_type& protection) {
  return (protection.first == "cluster" ? "the cluster" : protection.first) + " is protected (" + protection.second +
         ")";
}

}  // namespace berth::change

// SPDX-License-Identifier: Apache-2.0
//
// `protect: true` is a promise that outlives the line that made it: whoever deletes a pool deletes the line with it,
// and that is the moment it was written for. So it is kept beside the cluster, and only a revision that says `protect:
// false` takes it back.
//
//   Protections held = …;                                     // as of the revision in force
//   Protections next = protect(held, declared, revision);     // as of the new one
//   auto findings = violations(plan, next);
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "planner/change/plan.h"
#include "planner/source/diagnostic.h"
#include "planner/spec/model.h"
#include "words/counter.h"

namespace berth::change {

/// By what is protected ("cluster", "pool server"): where that was said, "revision 3, prod.yaml:12:5".
using Protections = std::map<std::string, std::string>;

/// What a spec says about it. What it says nothing about is in neither.
struct Declared {
  std::map<std::string, source::Mark> on;
  std::set<std::string> off;
};

[[nodiscard]] Declared declaredIn(const spec::Spec& spec);
[[nodiscard]] Protections protect(const Protections& held, const Declared& declared, Revision revision);

/// Volumes that go, by pool and name.
using RemovedVolumes = std::vector<std::pair<PoolName, std::string>>;

/// One error for each protected thing that the plan would destroy nodes of, or that would go itself, with where it was
/// protected and how to take that back.
[[nodiscard]] source::Findings violations(const Plan& plan, const Protections& protections,
                                          const RemovedVolumes& removed = {});

/// "pool server is protected (revision 3, prod.yaml:12:5)"
[[nodiscard]] std::string inWords(const Protections::value_type& protection);

}  // namespace berth::change

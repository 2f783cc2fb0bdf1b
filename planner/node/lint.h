// SPDX-License-Identifier: Apache-2.0
//
// What is allowed and yet hardly meant: units that wait for units which do not exist, conditions that never hold,
// secrets that everybody may read. Warnings only; what cannot be right is an error elsewhere.
#pragma once

#include "planner/ignition/config.h"
#include "planner/source/diagnostic.h"
#include "planner/spec/model.h"

namespace berth::node {

/// Of a pool's merged Butane files, before Berth's own layer. A secret is never part of a finding.
[[nodiscard]] source::Findings lint(const ignition::Config& user, const spec::Pool& pool);

/// Of the spec itself.
[[nodiscard]] source::Findings lint(const spec::Spec& spec);

}  // namespace berth::node

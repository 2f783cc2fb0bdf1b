// SPDX-License-Identifier: Apache-2.0
//
// Whether Ignition would take a config: what a node refuses at its first boot is refused here, before anything is
// touched. The rules are those of the config's own version.
#pragma once

#include "planner/ignition/config.h"
#include "planner/ignition/finding.h"

namespace berth::ignition {

/// How findings name fields that were written nowhere: as Ignition does (wipeTable) or as Butane does (wipe_table).
enum class Naming { ignition, butane };

/// Whose rules: Butane 0.29.0 checks by those of Ignition 2.26.0; a few were lifted since.
enum class Rules { v2_26, latest };

/// What every value by itself and together with others has to fulfil; outer objects before what is in them.
[[nodiscard]] Findings checkValues(const Config& config, Naming naming, Rules rules = Rules::latest);
/// Entries of one list with the same key.
[[nodiscard]] Findings checkDuplicates(const Config& config, Naming naming);

/// Both, in Ignition's order.
[[nodiscard]] Findings validate(const Config& config, Naming naming = Naming::ignition, Rules rules = Rules::latest);

}  // namespace berth::ignition

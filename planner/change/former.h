// SPDX-License-Identifier: Apache-2.0
//
// What the revision in force was made from, as far as it takes that to tell people of a plan: which of its texts came
// of sensitive variables and are never shown, and which variables are otherwise now.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "planner/node/blueprint.h"
#include "planner/source/diagnostic.h"
#include "planner/source/files.h"
#include "planner/spec/given.h"
#include "planner/spec/model.h"

namespace berth::change {

struct Former {
  /// The files of the spec, with the values that their variables had.
  std::vector<spec::Piece> pieces{};
  /// By pool: parts (node/parts.h) that held what came of sensitive variables.
  std::map<PoolName, std::set<std::string>> secret{};
  /// It can no longer be told which parts those were: all of them count as secret.
  bool isAllSecret = false;
  std::optional<spec::Vault> vault{};
};

/// `files` and `givens` as they were applied then.
[[nodiscard]] Former formerOf(std::string_view specPath, const source::Files& files, const spec::Givens& givens);

/// By variable, how its value changed, in words: `var.region "eu" → "us"`, `var.token changed` where it is sensitive,
/// `var.region of pieces/web.yaml "eu" → "us"` where it is one of an included file.
using ChangedVariables = std::map<spec::VariableName, std::string>;
[[nodiscard]] ChangedVariables changedVariables(const Former& former, const spec::Spec& spec);

/// Warns where servers of Vault or OpenBao are to open by another seal what they have sealed by this one.
[[nodiscard]] source::Findings changedSeal(const Former& former, const spec::Spec& spec);

}  // namespace berth::change

// SPDX-License-Identifier: Apache-2.0
//
// What can be said of an expression by looking at it, and the Lua that is made of it.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "planner/template/scan.h"

namespace berth::templates {

struct Program {
  /// A Lua chunk that returns what the expression is worth; as many lines as the expression has.
  std::string lua;
  /// The variables that it names: var.NAME.
  std::set<std::string> variables;
  /// It names `var` in a way that may reach any variable: var[key].
  bool reachesAnyVariable = false;
  /// It names `node`, or calls nodes(): its worth is not known before nodes are.
  bool namesNode = false;
  bool namesNodes = false;
  /// It calls secret(): whatever it is worth must not be shown.
  bool namesSecrets = false;
  /// It declares a function, so that it may hold statements and change tables.
  bool mayAssign = false;
  /// The names that it begins with and the members that follow, for messages: {"var", "region"}, {"node", "index"}.
  std::set<std::vector<std::string>> paths;
  /// Why it can be no expression, found without Lua.
  std::optional<std::string> problem;
};

[[nodiscard]] Program programOf(std::string_view expression);

}  // namespace berth::templates

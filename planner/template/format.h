// SPDX-License-Identifier: Apache-2.0
//
// The patterns that functions take: those of format(), and what replace() puts in place of a match.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/template/function.h"

namespace berth::templates {

/// `pattern` with its verbs filled in: %s %d %f %e %g %x %X %o %b %t %q %v %#v %%, with flags, width, precision and
/// %[2]s. What does not fit is a Refusal.
[[nodiscard]] std::string formatted(const Call& call, std::string_view pattern, const std::vector<Value>& arguments);

/// Text, and then, where there is one, a group of the match: $1, ${1} or ${name}; $$ is a dollar.
struct Substitute {
  std::string literal;
  bool isGroup = false;
  std::size_t group = 0;
  std::string name;
};
[[nodiscard]] std::vector<Substitute> substitutesOf(std::string_view text);

}  // namespace berth::templates

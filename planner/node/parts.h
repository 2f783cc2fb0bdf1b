// SPDX-License-Identifier: Apache-2.0
//
// An Ignition config by the parts that a person knows: "/etc/motd", "unit hello.service", "user core", each with its
// members. Two configs can be compared by them, and each part knows the line that brought it about.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "planner/ignition/config.h"
#include "planner/source/diagnostic.h"
#include "planner/spec/model.h"

namespace berth::node {

/// A part and one of its members: {"/etc/motd", "contents"}.
using PartMember = std::pair<std::string, std::string>;

/// What each member is, as text that is equal when the member is. Secret, like the config itself. An unreadable config
/// has no parts.
[[nodiscard]] std::map<PartMember, std::string> partsOf(std::string_view ignitionJson);

/// Where each member was written; what no person wrote is left out.
[[nodiscard]] std::map<PartMember, source::Mark> marksOf(const ignition::Config& config);

/// Names of the parts that hold a value which was written at one of `places`, however deep in them.
[[nodiscard]] std::set<std::string> partsFrom(const ignition::Config& config,
                                              const std::set<source::Mark, spec::MarkOrder>& places);

}  // namespace berth::node

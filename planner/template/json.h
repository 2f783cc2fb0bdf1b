// SPDX-License-Identifier: Apache-2.0
//
// Values as JSON, as Terraform writes it: keys in order, no spaces, and <, > and & escaped.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "planner/template/function.h"

namespace berth::templates {

[[nodiscard]] std::string jsonOf(const Value& value, const Call& call);
/// For those who keep values: plain JSON.
[[nodiscard]] std::string jsonOf(const Value& value);
/// Nothing when it is no JSON, or holds what no Value can be. A null in an object is as if it were not there.
[[nodiscard]] std::optional<Value> valueOfJson(std::string_view text);

}  // namespace berth::templates

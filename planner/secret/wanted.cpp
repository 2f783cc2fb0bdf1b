// SPDX-License-Identifier: Apache-2.0
#include "planner/secret/wanted.h"

namespace berth::secret {

std::string certificateOf(std::string_view name) { return std::string(name) + "/certificate"; }

std::string privateKeyOf(std::string_view name) { return std::string(name) + "/key"; }

const std::string* Values::find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

std::string Values::of(std::string_view name) const {
  const std::string* value = find(name);
  return value == nullptr ? "secret:" + std::string(name) : *value;
}

}  // namespace berth::secret

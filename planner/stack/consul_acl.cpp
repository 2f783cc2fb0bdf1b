// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/consul_acl.h"

namespace berth::stack {

OwnFile consulObject(std::string_view kind, std::string_view name, const Json& object) {
  return {ownPath("consul", std::string(kind) + "/" + std::string(name) + ".json"), object.dump(2) + "\n"};
}

OwnFile consulPolicy(std::string_view name, std::string_view meaning, const std::vector<ConsulRule>& rules) {
  std::string text;
  for (const ConsulRule& each : rules) {
    text += std::string(each.resource) + " \"" + std::string(each.name) + "\" { policy = \"" +
            std::string(each.policy) + "\" }\n";
  }
  return consulObject("policy", name, {{"Name", name}, {"Description", meaning}, {"Rules", text}});
}

}  // namespace berth::stack

// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/native.h"

namespace berth::stack {

std::string withNative(Json config, const spec::Tool& tool, Role role) {
  const std::string& native = role == Role::server ? tool.serverConfig : tool.clientConfig;
  if (!native.empty()) config.merge_patch(Json::parse(native));
  return config.dump(2) + "\n";
}

std::string caPath(std::string_view directory) { return std::string(directory) + "/tls/ca.pem"; }
std::string certificatePath(std::string_view directory) { return std::string(directory) + "/tls/node.pem"; }
std::string keyPath(std::string_view directory) { return std::string(directory) + "/tls/node.key"; }

}  // namespace berth::stack

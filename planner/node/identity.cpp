// SPDX-License-Identifier: Apache-2.0
#include "planner/node/identity.h"

#include "words/digest.h"

namespace berth::node {

std::string macOf(const ClusterName& cluster, const NodeName& node, std::uint32_t attempt, std::string_view network) {
  std::string text = "berth mac\n" + cluster.str() + "\n" + node.str() + "\n" + std::to_string(attempt);
  if (!network.empty()) text += "\n" + std::string(network);
  const Digest digest = Digest::of(text);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string mac = "52";
  for (std::size_t i = 0; i < 5; ++i) {
    const std::uint8_t byte = digest.bytes()[i];
    mac += ':';
    mac += kDigits[byte >> 4];
    mac += kDigits[byte & 0xf];
  }
  return mac;
}

}  // namespace berth::node

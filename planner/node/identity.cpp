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

std::string updateIdOf(const ClusterName& cluster, const NodeName& node) {
  return Digest::of("berth update id\n" + cluster.str() + "\n" + node.str()).hex().substr(0, 32);
}

std::string lockTokenOf(std::string_view key, std::string_view updateId) {
  // What follows the key is always of one length, and half of the result is kept back: nobody can go on from there.
  const std::string whose = Digest::of("berth lock token\n" + std::string(updateId)).hex();
  return Digest::of(Digest::of(key).hex() + whose).hex().substr(0, 32);
}

}  // namespace berth::node

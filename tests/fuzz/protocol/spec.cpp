// SPDX-License-Identifier: Apache-2.0
//
// What an agent keeps on disk and is sent by digest: node specs and manifests.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>

#include "protocol/message/envelope.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace berth::message;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto spec = decodeSpec(bytes);
  if (const auto* valid = std::get_if<NodeSpec>(&spec)) {
    const auto again = decodeSpec(encodeSpec(*valid));
    if (!std::holds_alternative<NodeSpec>(again) || !(std::get<NodeSpec>(again) == *valid)) std::abort();
  }
  const auto stored = decodeManifest(bytes);
  if (const auto* valid = std::get_if<StoredManifest>(&stored)) {
    const auto again = decodeManifest(encodeManifest(valid->manifest, valid->epoch));
    if (!std::holds_alternative<StoredManifest>(again) || !(std::get<StoredManifest>(again) == *valid)) std::abort();
  }
  return 0;
}

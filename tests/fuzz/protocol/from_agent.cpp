// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/protocol/decode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return berth::message::fuzzDecoder({data, size}, berth::message::decodeFromAgent);
}

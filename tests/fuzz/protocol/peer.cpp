// SPDX-License-Identifier: Apache-2.0
//
// Both sides of a volume that moves: what is asked, and what is answered.
#include "tests/fuzz/protocol/decode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)berth::message::fuzzDecoder({data, size}, berth::message::decodePeerAsk);
  return berth::message::fuzzDecoder({data, size}, berth::message::decodePeerAnswer);
}

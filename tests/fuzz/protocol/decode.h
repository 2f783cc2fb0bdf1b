// SPDX-License-Identifier: Apache-2.0
//
// What holds for every decoder: it returns, and what it takes for valid survives being sent on.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <span>
#include <variant>

#include "protocol/message/envelope.h"

namespace berth::message {

template <class Body>
int fuzzDecoder(std::span<const std::uint8_t> frame, Decoded<Body> (*decode)(std::span<const std::uint8_t>)) {
  const auto first = decode(frame);
  const auto* message = std::get_if<Message<Body>>(&first);
  if (message == nullptr) return 0;
  const auto second = decode(encode(*message));
  const auto* again = std::get_if<Message<Body>>(&second);
  if (again == nullptr || !(again->header == message->header) || !(again->body == message->body)) std::abort();
  return 0;
}

}  // namespace berth::message

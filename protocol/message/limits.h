// SPDX-License-Identifier: Apache-2.0
//
// How large a message may be. A limit on everything: without one, a single peer could make us allocate without bound.
#pragma once

#include <cstddef>

namespace berth::message {

/// No message between controller and agents or operators is larger: the files of one cluster spec fit, an image does
/// not (images never travel in messages).
inline constexpr std::size_t kMaxMessageBytes = 8u << 20;
/// What a peer that is not yet admitted may send at most.
inline constexpr std::size_t kMaxJoinBytes = 16u << 10;

}  // namespace berth::message

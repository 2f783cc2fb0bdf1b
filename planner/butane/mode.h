// SPDX-License-Identifier: Apache-2.0
//
// `mode: 644` is a number like any other, and a very odd mode: 01204. Whoever writes it means 0644.
#pragma once

#include <cstdint>

namespace berth::butane {

enum class NodeKind { file, directory };

/// True for a number whose decimal digits, read as octal ones, are a typical mode, while the number itself is none.
[[nodiscard]] bool looksLikeDecimalTypo(std::int64_t mode, NodeKind kind);

}  // namespace berth::butane

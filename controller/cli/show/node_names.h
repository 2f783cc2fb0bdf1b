// SPDX-License-Identifier: Apache-2.0
//
// Many nodes in few words: "prod-web-0, -1, -4 … -9999 (9998 nodes)".
#pragma once

#include <string>
#include <vector>

#include "words/name.h"

namespace berth::show {

/// In the order of their pools and indices, whatever order they come in. Neighbours with the same beginning share it;
/// four and more in a row are said by their first and last; what is left after a few is counted.
[[nodiscard]] std::string namesText(std::vector<NodeName> nodes);

/// "prod-web-" and 12, of prod-web-12.
struct Numbered {
  std::string stem;
  std::uint64_t index = 0;
};
[[nodiscard]] Numbered numbered(const NodeName& node);

}  // namespace berth::show

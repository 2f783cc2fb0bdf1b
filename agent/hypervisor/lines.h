// SPDX-License-Identifier: Apache-2.0
//
// Cuts a stream of bytes into lines of bounded length. What a guest writes is hostile: a line that is too long is
// dropped as a whole, since half a line could mean something else.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace berth::hypervisor {

class LineSplitter {
public:
  explicit LineSplitter(std::size_t longest) : longest_(longest) {}

  /// The lines that end within `piece`, without their ends ("\n" or "\r\n"); empty ones are skipped.
  [[nodiscard]] std::vector<std::string> feed(std::string_view piece);

private:
  std::size_t longest_;
  std::string rest_;
  bool dropping_ = false;
};

}  // namespace berth::hypervisor

// SPDX-License-Identifier: Apache-2.0
#include "words/name.h"

#include <algorithm>

namespace berth {

bool isValidName(std::string_view text) {
  const auto isLower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || text.size() > kNameMaxLength || !isLower(text.front()) || text.back() == '-') return false;
  return std::ranges::all_of(text, [&](char c) { return isLower(c) || isDigit(c) || c == '-'; });
}

}  // namespace berth

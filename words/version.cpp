// SPDX-License-Identifier: Apache-2.0
#include "words/version.h"

#include <algorithm>

namespace berth {
namespace {

constexpr std::size_t kVersionMax = 64;

}  // namespace

bool isVersion(std::string_view text) {
  return !text.empty() && text.size() <= kVersionMax && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".+-~_").find(c) != std::string_view::npos;
  });
}

}  // namespace berth

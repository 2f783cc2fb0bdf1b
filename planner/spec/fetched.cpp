// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/fetched.h"

#include <algorithm>

namespace berth::spec {

using source::error;

void checkFetched(const source::Located<std::string>& url, const std::string& elsewhere, source::Findings& findings) {
  constexpr std::size_t kMostCharacters = 2000;
  const auto isPlain = [](char c) { return c > ' ' && c < '\x7f'; };
  if (!url->starts_with("https://") && !url->starts_with("http://")) {
    findings.push_back(error(url.mark, "\"" + *url + "\" does not begin with https:// or http://", elsewhere));
  } else if (!std::ranges::all_of(*url, isPlain) || url->size() > kMostCharacters) {
    findings.push_back(error(url.mark, "the address is too long, or holds characters that must be escaped"));
  }
}

}  // namespace berth::spec

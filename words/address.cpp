// SPDX-License-Identifier: Apache-2.0
#include "words/address.h"

#include <array>
#include <string>

#include <arpa/inet.h>

namespace berth {

bool isNumericAddress(std::string_view text) {
  // inet_pton() stops at a NUL, so one inside would hide what comes after it.
  if (text.size() > INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return false;
  const std::string address(text);
  std::array<unsigned char, sizeof(in6_addr)> parsed{};
  return inet_pton(AF_INET, address.c_str(), parsed.data()) == 1 ||
         inet_pton(AF_INET6, address.c_str(), parsed.data()) == 1;
}

}  // namespace berth

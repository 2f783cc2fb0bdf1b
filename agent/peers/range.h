// SPDX-License-Identifier: Apache-2.0
//
// Reading a range of a file, for both sides: what lies behind its end reads as zeros, as a hole does.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

#include <unistd.h>

#include "words/digest.h"

namespace berth::peers {

/// Fills `into`. Returns 0 or the errno.
[[nodiscard]] inline int readAll(int fd, std::uint64_t offset, std::string& into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto count = ::pread(fd, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  std::fill(into.begin() + static_cast<std::ptrdiff_t>(done), into.end(), '\0');
  return 0;
}

/// Nothing, and errno, when it cannot be read.
[[nodiscard]] inline std::optional<Digest> digestOf(int fd, std::uint64_t offset, std::uint32_t length) {
  constexpr std::size_t kBite = 1u << 20;
  Digester digester;
  std::string bite;
  for (std::uint64_t at = offset; at < offset + length; at += bite.size()) {
    bite.resize(std::min<std::uint64_t>(kBite, offset + length - at));
    if (const int error = readAll(fd, at, bite)) {
      errno = error;
      return std::nullopt;
    }
    digester.update({reinterpret_cast<const std::uint8_t*>(bite.data()), bite.size()});
  }
  return digester.finish();
}

}  // namespace berth::peers

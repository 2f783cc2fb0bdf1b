// SPDX-License-Identifier: Apache-2.0
//
// What a server says about a body, read line by line as libcurl hands it over. Every redirect has a block of headers
// of its own, begun by its status line; only the last one counts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth::images {

struct HttpHeaders {
  std::string etag;
  std::optional<std::uint64_t> length;
  /// Content-Range ("bytes 500-999/1000", or "bytes */1000" with status 416): where the part begins, and how long the
  /// whole is.
  std::optional<std::uint64_t> rangeStart;
  std::optional<std::uint64_t> rangeTotal;

  /// Takes one line, with or without its end. Lines that are no header we know are skipped.
  void read(std::string_view line);
};

}  // namespace berth::images

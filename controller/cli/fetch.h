// SPDX-License-Identifier: Apache-2.0
//
// What the CLI has to get from outside to know which image a spec means: a small text over HTTPS, or the digest of a
// file on this machine.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>

#include "controller/cli/trouble.h"
#include "words/digest.h"

namespace berth::cli {

struct FetchLimits {
  std::size_t bytes = 0;
  std::chrono::seconds connect{10};
  /// For all of it.
  std::chrono::seconds total{30};
};

/// The text at `url` (http or https; at most five redirects, none from https to http).
[[nodiscard]] Result<std::string> fetchText(const std::string& url, const FetchLimits& limits);

/// Of a regular file, read as a stream.
[[nodiscard]] Result<Digest> digestOfFile(const std::filesystem::path& path);

}  // namespace berth::cli

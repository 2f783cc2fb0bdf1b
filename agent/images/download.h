// SPDX-License-Identifier: Apache-2.0
//
// Gets a file over HTTP, however often the connection breaks. What has come stays on disk beside the validator that
// the server gave for it (its ETag), so that the next attempt, in this process or in the next, asks only for the rest;
// a server that no longer has the same file, or does not know ranges, sends it anew, and then we begin anew.
//
// There is no limit on the whole time, since nobody knows the line; there is one on how long nothing may come.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <variant>

#include "agent/images/cache.h"

namespace berth::images {

struct DownloadLimits {
  std::chrono::seconds connect{20};
  /// Nothing came for so long: the connection is dead.
  std::chrono::seconds stall{30};
  /// Mirrors redirect once or twice; more is a loop.
  long redirects = 5;
  /// Attempts that brought nothing, one after another, before we give up; one that brought bytes starts the count anew.
  int fruitless = 4;
  /// Before the second attempt; doubles up to eight times as much.
  std::chrono::milliseconds pause{1000};
  /// A packed CoreOS image has 0.5 to 1 GiB.
  std::uint64_t bytes = 16ULL << 30;
};

struct Downloaded {
  /// Of the whole file.
  Digest digest;
  /// True when a part of it was there before: should the digest be wrong, the file at the server may simply have
  /// changed in between, and one new attempt is worth its while.
  bool resumed = false;
};

/// Downloads `url` into `file` (made with mode 0600), going on where it ends. An Error's message is a whole sentence
/// that names the URL. `progress` is called on this thread.
[[nodiscard]] std::variant<Downloaded, Error> download(const std::string& url, const std::filesystem::path& file,
                                                       const DownloadLimits& limits,
                                                       const std::function<void(Progress)>& progress,
                                                       const std::stop_token& stop);

/// Removes what a download left at `file`.
void forget(const std::filesystem::path& file);

}  // namespace berth::images

// SPDX-License-Identifier: Apache-2.0
//
// Where an image comes from. Only http, https and, under directories that the agent's own policy names, files of the
// host: a controller must not be able to have any file of a host turned into a disk that a guest reads.
#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "agent/disks/file.h"
#include "agent/images/cache.h"

namespace berth::images {

struct HttpSource {
  std::string url;
};
struct FileSource {
  std::filesystem::path path;
};
using Source = std::variant<HttpSource, FileSource>;

/// Reads the URL. Credentials in it are refused: they would end up in logs.
[[nodiscard]] std::variant<Source, Error> parseSource(const std::string& url);

/// Opens a regular file that really lies, all links followed, under one of `allowed`.
[[nodiscard]] std::variant<disks::Descriptor, Error> openAllowed(const std::filesystem::path& path,
                                                                 const std::vector<std::filesystem::path>& allowed);

}  // namespace berth::images

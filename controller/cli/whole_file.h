// SPDX-License-Identifier: Apache-2.0
//
// Files that are written whole or not at all.
#pragma once

#include <filesystem>
#include <string_view>
#include <system_error>

namespace berth::cli {

/// A file that only its owner can read, for secrets and what may lead to them; an old one is replaced, never widened.
[[nodiscard]] std::error_code writePrivate(const std::filesystem::path& path, std::string_view text);

/// A file that everybody may read; std::errc::file_exists when there is one already, which stays as it is.
[[nodiscard]] std::error_code writeNew(const std::filesystem::path& path, std::string_view text);

}  // namespace berth::cli

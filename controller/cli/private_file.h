// SPDX-License-Identifier: Apache-2.0
//
// Files that hold secrets, or what may lead to them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace berth::cli {

/// Writes a new file that only its owner can read, whole or not at all; an old one is replaced, never widened. Why it
/// could not, when it could not.
[[nodiscard]] std::optional<std::string> writePrivate(const std::filesystem::path& path, const std::string& text);

}  // namespace berth::cli

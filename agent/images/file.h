// SPDX-License-Identifier: Apache-2.0
//
// What the cache does with plain files, whatever they hold.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <variant>

#include "agent/disks/file.h"
#include "agent/images/cache.h"

namespace berth::images {

[[nodiscard]] Error permanent(std::string message);
[[nodiscard]] Error temporary(std::string message);

/// Takes a piece of a file; why it could not, or nothing.
using Sink = std::function<std::optional<Error>(std::span<const std::uint8_t>)>;
/// Writes all that it takes to an open file.
[[nodiscard]] Sink into(int fd);

/// Digests an open file from its beginning; all that is read goes to `sink` too, where there is one.
[[nodiscard]] std::variant<Digest, Error> digestFile(int fd, const Sink& sink, const std::stop_token& stop);

/// Opens a file to be read; links are not followed.
[[nodiscard]] disks::Descriptor openToRead(const std::filesystem::path& path);
/// A new, empty file of mode 0600 in place of whatever was there.
[[nodiscard]] disks::Descriptor createFresh(const std::filesystem::path& path);

/// The digest in a file that was written by writeProof(); empty when there is none.
[[nodiscard]] std::optional<Digest> readProof(const std::filesystem::path& proof);
[[nodiscard]] std::optional<Error> writeProof(const std::filesystem::path& proof, const Digest& content);

}  // namespace berth::images

// SPDX-License-Identifier: Apache-2.0
//
// Files that are whole or not there. A crash between any two instructions must never leave a half-written file under
// its final name, so writing means: a new file beside it, fsync, rename over the name, fsync of the directory.
//
//   if (auto failed = failure(writeWhole(path, text, FileMode::secret))) return *failed;
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/disks/error.h"
#include "words/quantity.h"

namespace berth::disks {

/// Owns one file descriptor.
class Descriptor {
public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();

  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

private:
  int fd_ = -1;
};

enum class FileMode : std::uint32_t {
  secret = 0600,  ///< from the first byte: the file is created with it
  shared = 0644,
};

/// The ending of files that are being made. Whatever bears it after a crash is rubbish.
inline constexpr std::string_view kHalfMade = ".new";
[[nodiscard]] std::filesystem::path halfMade(const std::filesystem::path& path);

/// Replaces or creates `path` with `content`, durably when it returns.
[[nodiscard]] Result<> writeWhole(const std::filesystem::path& path, std::string_view content, FileMode mode);

/// Makes the file that is complete under `from` appear as `to`, durably: fsync, rename, fsync of the directory.
[[nodiscard]] Result<> publish(const std::filesystem::path& from, const std::filesystem::path& to);

/// Makes a directory with mode 0711, whatever the umask: QEMU's own user must pass through, and may list nothing. One
/// that is there gets that mode.
[[nodiscard]] Result<> makePassage(const std::filesystem::path& directory);

/// The entries of a directory, in no order; one that is not there has none.
[[nodiscard]] Result<std::vector<std::filesystem::path>> entriesOf(const std::filesystem::path& directory);

/// Makes names that came and went in `directory` durable.
[[nodiscard]] Result<> syncDirectory(const std::filesystem::path& directory);

/// All of it, in as many writes as it takes. Returns 0 or the errno.
[[nodiscard]] int writeAll(int fd, std::span<const std::uint8_t> bytes);

/// How much of the disk a file takes; nothing when it cannot be told.
[[nodiscard]] Bytes used(const std::filesystem::path& path);

/// Removes a file; one that is not there is removed already.
[[nodiscard]] Result<> removeFile(const std::filesystem::path& path);

template <class T>
[[nodiscard]] std::optional<Error> failure(const Result<T>& result) {
  if (const auto* error = std::get_if<Error>(&result)) return *error;
  return std::nullopt;
}

}  // namespace berth::disks

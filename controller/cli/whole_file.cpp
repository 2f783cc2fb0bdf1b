// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/whole_file.h"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace berth::cli {

namespace fs = std::filesystem;

namespace {

std::error_code lastError() { return {errno, std::generic_category()}; }

/// Makes the file, which must not be there. What is left of one that could not be written is removed.
std::error_code make(const fs::path& path, mode_t mode, std::string_view text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd < 0) return lastError();
  std::error_code error;
  while (!text.empty() && !error) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0) text.remove_prefix(static_cast<std::size_t>(written));
    if (written < 0 && errno != EINTR) error = lastError();
  }
  if (::close(fd) != 0 && !error) error = lastError();
  if (error) ::unlink(path.c_str());
  return error;
}

}  // namespace

std::error_code writePrivate(const fs::path& path, std::string_view text) {
  const fs::path temporary = path.string() + ".new";
  ::unlink(temporary.c_str());
  if (const auto error = make(temporary, 0600, text)) return error;
  if (::rename(temporary.c_str(), path.c_str()) == 0) return {};
  const std::error_code error = lastError();
  ::unlink(temporary.c_str());
  return error;
}

std::error_code writeNew(const fs::path& path, std::string_view text) { return make(path, 0644, text); }

}  // namespace berth::cli

// SPDX-License-Identifier: Apache-2.0
#include "agent/images/file.h"

#include <cerrno>
#include <fstream>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace berth::images {
namespace {

constexpr std::size_t kPiece = 1u << 20;

}  // namespace

Error permanent(std::string message) { return {Error::Kind::permanent, std::move(message)}; }
Error temporary(std::string message) { return {Error::Kind::temporary, std::move(message)}; }

Sink into(int fd) {
  return [fd](std::span<const std::uint8_t> bytes) -> std::optional<Error> {
    const int error = disks::writeAll(fd, bytes);
    if (error == 0) return std::nullopt;
    return temporary("cannot write: " + std::generic_category().message(error));
  };
}

std::variant<Digest, Error> digestFile(int fd, const Sink& sink, const std::stop_token& stop) {
  Digester digester;
  std::vector<std::uint8_t> piece(kPiece);
  for (off_t offset = 0;;) {
    if (stop.stop_requested()) return temporary("cancelled");
    const ssize_t count = ::pread(fd, piece.data(), piece.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return temporary("cannot read: " + std::generic_category().message(errno));
    if (count == 0) return digester.finish();
    const std::span<const std::uint8_t> bytes(piece.data(), static_cast<std::size_t>(count));
    digester.update(bytes);
    offset += count;
    if (!sink) continue;
    if (auto failed = sink(bytes)) return *failed;
  }
}

disks::Descriptor openToRead(const std::filesystem::path& path) {
  return disks::Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
}

disks::Descriptor createFresh(const std::filesystem::path& path) {
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  return disks::Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
}

std::optional<Digest> readProof(const std::filesystem::path& proof) {
  std::string line;
  std::getline(std::ifstream(proof), line);
  return Digest::parse(line);
}

std::optional<Error> writeProof(const std::filesystem::path& proof, const Digest& content) {
  const auto failed = disks::failure(disks::writeWhole(proof, content.hex() + "\n", disks::FileMode::shared));
  if (!failed) return std::nullopt;
  return temporary(failed->str());
}

}  // namespace berth::images

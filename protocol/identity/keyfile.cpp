// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "protocol/identity/keys.h"

namespace berth::identity {
namespace {

using Kind = KeyFileError::Kind;

constexpr std::size_t kSecretLength = 40;

/// A file descriptor that closes itself.
class File {
public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool isOpen() const { return fd_ >= 0; }

private:
  int fd_;
};

/// Text that is wiped when it goes.
struct SecretText {
  std::array<char, kSecretLength + 2> text{};
  SecretText() = default;
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  ~SecretText() { sodium_memzero(text.data(), text.size()); }
};

KeyFileError failed(std::string_view doing, const std::filesystem::path& path, int error) {
  return {Kind::io, "cannot " + std::string(doing) + " " + path.string() + ": " + std::strerror(error)};
}

/// Why nobody should trust that this file is known to its owner alone.
std::optional<KeyFileError> exposure(const struct stat& status, const std::filesystem::path& path) {
  if (!S_ISREG(status.st_mode)) return KeyFileError{Kind::malformed, path.string() + " is not a regular file"};
  if (status.st_uid != ::geteuid() && status.st_uid != 0) {
    return KeyFileError{Kind::exposed, "the key file " + path.string() + " belongs to another user: refusing it"};
  }
  const bool rootGroupReads = status.st_gid == 0 && (status.st_mode & 0077) == 0040;
  if ((status.st_mode & 0077) != 0 && !rootGroupReads) {
    return KeyFileError{Kind::exposed, "the key file " + path.string() + " is open to others: run chmod 600 on it " +
                                           "or, if they may have read it, delete it and make a new key"};
  }
  return std::nullopt;
}

bool writeAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

std::variant<KeyPair, KeyFileError> loadKeyFile(const std::filesystem::path& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.isOpen()) {
    if (errno == ENOENT) return KeyFileError{Kind::absent, "there is no key file " + path.string()};
    return failed("open the key file", path, errno);
  }
  struct stat status {};
  if (::fstat(file.fd(), &status) != 0) return failed("look at the key file", path, errno);
  if (auto error = exposure(status, path)) return *error;

  SecretText read;
  const auto size = ::read(file.fd(), read.text.data(), read.text.size());
  if (size < 0) return failed("read the key file", path, errno);
  const KeyFileError malformed{Kind::malformed, path.string() + " is not a Berth key file"};
  const auto length = static_cast<std::size_t>(size);
  if (length != kSecretLength + 1 || read.text[kSecretLength] != '\n') return malformed;
  read.text[kSecretLength] = '\0';
  KeyPair::Secret secret{};
  if (std::strlen(read.text.data()) != kSecretLength || zmq_z85_decode(secret.data(), read.text.data()) == nullptr) {
    return malformed;
  }
  auto pair = KeyPair::fromSecret(secret);
  sodium_memzero(secret.data(), secret.size());
  return pair;
}

std::optional<KeyFileError> createKeyFile(const std::filesystem::path& path, const KeyPair& pair) {
  // Written beside its place under a name of its own, then linked: the name never shows a part of a key, and link()
  // refuses to replace a file that another process made meanwhile.
  std::string temporary = path.string() + ".XXXXXX";
  const File file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file.isOpen()) return failed("create a key file beside", path, errno);

  SecretText secret;
  zmq_z85_encode(secret.text.data(), pair.secret().data(), pair.secret().size());
  secret.text[kSecretLength] = '\n';
  const bool written = ::fchmod(file.fd(), 0600) == 0 && writeAll(file.fd(), {secret.text.data(), kSecretLength + 1}) &&
                       ::fsync(file.fd()) == 0;
  const bool linked = written && ::link(temporary.c_str(), path.c_str()) == 0;
  const int error = errno;
  ::unlink(temporary.c_str());
  if (!linked) {
    if (written && error == EEXIST) return KeyFileError{Kind::exists, path.string() + " exists: keeping it"};
    return failed("write the key file", path, error);
  }
  const auto parent = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const File directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.isOpen() || ::fsync(directory.fd()) != 0) return failed("make durable the key file", path, errno);
  return std::nullopt;
}

std::variant<KeyPair, KeyFileError> loadOrCreateKeyFile(const std::filesystem::path& path) {
  auto loaded = loadKeyFile(path);
  const auto* error = std::get_if<KeyFileError>(&loaded);
  if (error == nullptr || error->kind != Kind::absent) return loaded;
  auto pair = KeyPair::generate();
  if (auto refused = createKeyFile(path, pair)) {
    // Another process was quicker: its key is the key.
    if (refused->kind == Kind::exists) return loadKeyFile(path);
    return *refused;
  }
  return pair;
}

}  // namespace berth::identity

// SPDX-License-Identifier: Apache-2.0
//
// Who is at the other end is a CURVE public key, and nothing that the other end says. A PublicKey is a value that
// travels freely; a KeyPair holds the secret half, which is in memory and in one file of mode 0600, and nowhere else:
// it has no text form, is never copied and is wiped when it goes.
//
//   auto loaded = loadOrCreateKeyFile("/var/lib/berth-agent/key");
//   if (auto* error = std::get_if<KeyFileError>(&loaded)) …
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace berth::identity {

/// A CURVE public key (Curve25519): 32 bytes, written as 40 characters of Z85 (ZeroMQ RFC 32).
class PublicKey {
public:
  using Bytes = std::array<std::uint8_t, 32>;
  static constexpr std::size_t kTextLength = 40;

  /// All zeroes: nobody's key, which no parse returns.
  PublicKey() = default;

  /// Exactly 40 characters of Z85, in the one form that str() writes.
  [[nodiscard]] static std::optional<PublicKey> parse(std::string_view z85);
  /// Exactly 32 bytes, not all zero.
  [[nodiscard]] static std::optional<PublicKey> fromBytes(std::span<const std::uint8_t> bytes);

  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  /// 40 characters of Z85.
  [[nodiscard]] std::string str() const;
  // clang-tidy 14 takes the comparison with zero that this stands for as one with a pointer.
  auto operator<=>(const PublicKey&) const = default;  // NOLINT(modernize-use-nullptr)

private:
  explicit PublicKey(const Bytes& bytes) : bytes_(bytes) {}
  Bytes bytes_{};
};

/// Both halves of a key. Moves, and leaves zeroes behind; never copies, never prints.
class KeyPair {
public:
  using Secret = std::array<std::uint8_t, 32>;

  /// A new key from the kernel's random numbers.
  [[nodiscard]] static KeyPair generate();
  /// The public half is computed, so that the two always belong together.
  [[nodiscard]] static KeyPair fromSecret(const Secret& secret);

  KeyPair(KeyPair&& other) noexcept;
  KeyPair& operator=(KeyPair&& other) noexcept;
  KeyPair(const KeyPair&) = delete;
  KeyPair& operator=(const KeyPair&) = delete;
  ~KeyPair();

  [[nodiscard]] const PublicKey& publicKey() const { return public_; }
  /// Only for the socket that needs it and the file that keeps it.
  [[nodiscard]] const Secret& secret() const { return secret_; }

private:
  KeyPair() = default;
  PublicKey public_;
  Secret secret_{};
};

/// Why there is no key: `message` names the file and says what to do; it never holds any of the file's content.
struct KeyFileError {
  enum class Kind : std::uint8_t { absent, exposed, malformed, exists, io };
  Kind kind = Kind::io;
  std::string message;
};

/// Reads a key file: one line, the secret in Z85. Refuses one that anybody but its owner can read or change. (A file
/// of group root may be readable by its group: that is how systemd's LoadCredential shows a file that an access
/// control list opens for the service's user.)
[[nodiscard]] std::variant<KeyPair, KeyFileError> loadKeyFile(const std::filesystem::path& path);

/// Writes a new key file with mode 0600, whole or not at all, on disk when this returns. Never replaces a file.
[[nodiscard]] std::optional<KeyFileError> createKeyFile(const std::filesystem::path& path, const KeyPair& pair);

/// The key in `path`, which is made when there is none.
[[nodiscard]] std::variant<KeyPair, KeyFileError> loadOrCreateKeyFile(const std::filesystem::path& path);

}  // namespace berth::identity

template <>
struct std::hash<berth::identity::PublicKey> {
  std::size_t operator()(const berth::identity::PublicKey& key) const noexcept;
};

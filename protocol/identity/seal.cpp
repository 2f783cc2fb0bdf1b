// SPDX-License-Identifier: Apache-2.0
#include "protocol/identity/seal.h"

#include <array>

#include <sodium.h>

namespace berth::identity {

namespace {

using Key = std::array<unsigned char, crypto_secretbox_KEYBYTES>;

const unsigned char* bytesOf(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytesOf(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

/// Wiped when it goes.
class PurposeKey {
public:
  PurposeKey(const KeyPair& pair, std::string_view use, std::string_view purpose) {
    const std::string context = "berth " + std::string(use) + " 1 " + std::string(purpose);
    crypto_generichash(key_.data(), key_.size(), bytesOf(std::string_view(context)), context.size(),
                       pair.secret().data(), pair.secret().size());
  }
  ~PurposeKey() { sodium_memzero(key_.data(), key_.size()); }
  PurposeKey(const PurposeKey&) = delete;
  PurposeKey& operator=(const PurposeKey&) = delete;

  [[nodiscard]] const unsigned char* data() const { return key_.data(); }

private:
  Key key_{};
};

}  // namespace

std::string seal(const KeyPair& pair, std::string_view purpose, std::string_view text) {
  const PurposeKey key(pair, "seal", purpose);
  std::string sealed(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + text.size(), '\0');
  randombytes_buf(sealed.data(), crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(bytesOf(sealed) + crypto_secretbox_NONCEBYTES, bytesOf(text), text.size(), bytesOf(sealed),
                        key.data());
  return sealed;
}

std::optional<std::string> open(const KeyPair& pair, std::string_view purpose, std::string_view sealed) {
  constexpr std::size_t kOverhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (sealed.size() < kOverhead) return std::nullopt;
  const PurposeKey key(pair, "seal", purpose);
  std::string text(sealed.size() - kOverhead, '\0');
  const std::string_view box = sealed.substr(crypto_secretbox_NONCEBYTES);
  if (crypto_secretbox_open_easy(bytesOf(text), bytesOf(box), box.size(), bytesOf(sealed), key.data()) != 0) {
    return std::nullopt;
  }
  return text;
}

std::string secretFor(const KeyPair& pair, std::string_view purpose) {
  const PurposeKey key(pair, "secret", purpose);
  std::array<char, 2 * crypto_secretbox_KEYBYTES + 1> hex{};
  sodium_bin2hex(hex.data(), hex.size(), key.data(), crypto_secretbox_KEYBYTES);
  return hex.data();
}

}  // namespace berth::identity

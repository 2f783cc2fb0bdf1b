// SPDX-License-Identifier: Apache-2.0
#include "words/digest.h"

#include <cstring>
#include <new>

#include <openssl/evp.h>

namespace berth {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

std::optional<std::uint8_t> hexValue(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

Digest Digest::of(std::span<const std::uint8_t> content) {
  Digester digester;
  digester.update(content);
  return digester.finish();
}

Digest Digest::of(std::string_view content) {
  return of(std::span(reinterpret_cast<const std::uint8_t*>(content.data()), content.size()));
}

std::optional<Digest> Digest::parse(std::string_view hex) {
  Bytes bytes{};
  if (hex.size() != bytes.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto high = hexValue(hex[2 * i]);
    const auto low = hexValue(hex[2 * i + 1]);
    if (!high || !low) return std::nullopt;
    bytes[i] = static_cast<std::uint8_t>(*high << 4 | *low);
  }
  return Digest(bytes);
}

std::optional<Digest> Digest::fromBytes(std::span<const std::uint8_t> bytes) {
  Bytes copy{};
  if (bytes.size() != copy.size()) return std::nullopt;
  std::memcpy(copy.data(), bytes.data(), copy.size());
  return Digest(copy);
}

std::string Digest::hex() const {
  std::string text;
  text.reserve(bytes_.size() * 2);
  for (const std::uint8_t byte : bytes_) {
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 15];
  }
  return text;
}

struct Digester::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();

  State() {
    if (context == nullptr) throw std::bad_alloc();
    restart();
  }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void restart() {
    // Fails only without memory or without SHA-256, and nothing of ours works without either.
    if (EVP_DigestInit_ex(context, EVP_sha256(), nullptr) != 1) throw std::bad_alloc();
  }
};

Digester::Digester() : state_(std::make_unique<State>()) {}
Digester::~Digester() = default;

void Digester::update(std::span<const std::uint8_t> piece) {
  EVP_DigestUpdate(state_->context, piece.data(), piece.size());
}

Digest Digester::finish() {
  Digest::Bytes bytes{};
  EVP_DigestFinal_ex(state_->context, bytes.data(), nullptr);
  state_->restart();
  return Digest(bytes);
}

}  // namespace berth

std::size_t std::hash<berth::Digest>::operator()(const berth::Digest& digest) const noexcept {
  // Any eight bytes of a SHA-256 are as good a hash as any other.
  std::size_t value = 0;
  std::memcpy(&value, digest.bytes().data(), sizeof value);
  return value;
}

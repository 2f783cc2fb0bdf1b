// SPDX-License-Identifier: Apache-2.0
#include "protocol/identity/keys.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <sodium.h>
#include <zmq.h>

namespace berth::identity {

std::optional<PublicKey> PublicKey::parse(std::string_view z85) {
  if (z85.size() != kTextLength) return std::nullopt;
  const std::string text(z85);
  // A zero byte inside would end the text early for the C function below.
  if (std::strlen(text.c_str()) != kTextLength) return std::nullopt;
  Bytes bytes;
  if (zmq_z85_decode(bytes.data(), text.c_str()) == nullptr) return std::nullopt;
  auto key = fromBytes(bytes);
  // One key, one text: maps and files compare the text.
  if (key && key->str() != z85) return std::nullopt;
  return key;
}

std::optional<PublicKey> PublicKey::fromBytes(std::span<const std::uint8_t> bytes) {
  Bytes copy;
  if (bytes.size() != copy.size()) return std::nullopt;
  if (std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; })) return std::nullopt;
  std::ranges::copy(bytes, copy.begin());
  return PublicKey(copy);
}

std::string PublicKey::str() const {
  std::array<char, kTextLength + 1> text;
  zmq_z85_encode(text.data(), bytes_.data(), bytes_.size());
  return {text.data(), kTextLength};
}

KeyPair KeyPair::generate() {
  // Initialises libsodium once, from any thread; without random numbers nothing here is safe to go on.
  if (sodium_init() < 0) std::abort();
  Secret secret;
  randombytes_buf(secret.data(), secret.size());
  auto pair = fromSecret(secret);
  sodium_memzero(secret.data(), secret.size());
  return pair;
}

KeyPair KeyPair::fromSecret(const Secret& secret) {
  KeyPair pair;
  pair.secret_ = secret;
  PublicKey::Bytes bytes;
  crypto_scalarmult_base(bytes.data(), secret.data());
  pair.public_ = PublicKey::fromBytes(bytes).value_or(PublicKey());
  return pair;
}

KeyPair::KeyPair(KeyPair&& other) noexcept : public_(other.public_), secret_(other.secret_) {
  sodium_memzero(other.secret_.data(), other.secret_.size());
  other.public_ = PublicKey();
}

KeyPair& KeyPair::operator=(KeyPair&& other) noexcept {
  if (this == &other) return *this;
  public_ = other.public_;
  secret_ = other.secret_;
  sodium_memzero(other.secret_.data(), other.secret_.size());
  other.public_ = PublicKey();
  return *this;
}

KeyPair::~KeyPair() { sodium_memzero(secret_.data(), secret_.size()); }

}  // namespace berth::identity

std::size_t std::hash<berth::identity::PublicKey>::operator()(const berth::identity::PublicKey& key) const noexcept {
  // Keys are points that nobody can choose freely, so eight of their bytes are as good as a hash of all.
  std::size_t value = 0;
  std::memcpy(&value, key.bytes().data(), sizeof value);
  return value;
}

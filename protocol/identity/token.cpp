// SPDX-License-Identifier: Apache-2.0
//
// The text of a token is five fields with dots between, none of which can hold a dot:
//
//   berth1 . id . secret . scope . check
//
// id is hexadecimal; secret and scope are base64url (RFC 4648, section 5, no padding); scope is lines of text: host,
// controller key, endpoints; check is the start of the SHA-256 of all that stands before it, so that a token that was
// cut or mistyped on its way is told from one that is unknown.
#include "protocol/identity/token.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>

#include <sodium.h>

#include "words/digest.h"

namespace berth::identity {
namespace {

constexpr std::string_view kVersion = "berth1";
/// Separates this use of the secret from any other that may come.
constexpr std::string_view kProofContext = "berth join proof 1";
constexpr std::size_t kIdLength = 16;
constexpr std::size_t kCheckLength = 8;
constexpr std::size_t kMaxEndpoints = 8;
constexpr std::size_t kMaxTextLength = 4096;
constexpr std::size_t kNonceLength = 32;

void needSodium() {
  if (sodium_init() < 0) std::abort();
}

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string text(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  text.pop_back();
  return text;
}

std::string base64(std::span<const std::uint8_t> bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.pop_back();
  return text;
}

std::optional<std::string> fromBase64(std::string_view text) {
  std::string bytes(text.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(), nullptr,
                        &size, nullptr, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0) {
    return std::nullopt;
  }
  bytes.resize(size);
  return bytes;
}

std::span<const std::uint8_t> asBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string checkOf(std::string_view text) { return Digest::of(text).hex().substr(0, kCheckLength); }

/// The Ed25519 key whose seed is the secret.
struct SigningKey {
  std::array<std::uint8_t, crypto_sign_PUBLICKEYBYTES> verifier{};
  std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> secret{};

  explicit SigningKey(const KeyPair::Secret& seed) {
    needSodium();
    crypto_sign_seed_keypair(verifier.data(), secret.data(), seed.data());
  }
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;
  ~SigningKey() { sodium_memzero(secret.data(), secret.size()); }
};

/// What is signed. Each field but the last has a fixed length or stands behind its length, so no two sets of fields
/// give the same bytes.
std::string proven(std::string_view id, const PublicKey& agent, std::string_view nonce) {
  std::string bytes(kProofContext);
  bytes.push_back(static_cast<char>(id.size()));
  bytes.append(id);
  bytes.append(agent.bytes().begin(), agent.bytes().end());
  bytes.append(nonce);
  return bytes;
}

/// Reads host, controller key and endpoints into `token`; false when something is wrong with them.
bool readScope(std::string_view scope, JoinToken& token) {
  const auto lines = split(scope, '\n');
  if (lines.size() < 3 || lines.size() > 2 + kMaxEndpoints) return false;
  const auto host = HostName::parse(lines[0]);
  const auto controller = PublicKey::parse(lines[1]);
  if (!host || !controller) return false;
  token.host = *host;
  token.controller = *controller;
  for (auto line : std::span(lines).subspan(2)) {
    auto endpoint = Endpoint::parse(line);
    if (!endpoint || !endpoint->isConnectable()) return false;
    token.endpoints.push_back(*std::move(endpoint));
  }
  return true;
}

bool isId(std::string_view text) {
  return text.size() == kIdLength &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

TokenSeed drawTokenSeed() {
  needSodium();
  TokenSeed seed;
  randombytes_buf(seed.id.data(), seed.id.size());
  randombytes_buf(seed.secret.data(), seed.secret.size());
  return seed;
}

std::string drawNonce() {
  needSodium();
  std::string nonce(kNonceLength, '\0');
  randombytes_buf(nonce.data(), nonce.size());
  return nonce;
}

IssuedToken issueToken(const TokenSeed& seed, const HostName& host, const std::vector<Endpoint>& endpoints,
                       const PublicKey& controller, WallTime now, std::chrono::seconds ttl) {
  assert(!endpoints.empty() && endpoints.size() <= kMaxEndpoints);
  std::string scope = host.str() + '\n' + controller.str();
  for (const auto& endpoint : endpoints) {
    assert(endpoint.isConnectable());
    scope += '\n' + endpoint.str();
  }
  const std::string id = hex(seed.id);
  std::string text(kVersion);
  text += '.' + id + '.' + base64(seed.secret) + '.' + base64(asBytes(scope));
  text += '.' + checkOf(text);
  const auto held = std::clamp(ttl, std::chrono::seconds(1), kTokenMaxTtl);
  return {std::move(text), {id, SigningKey(seed.secret).verifier, host, now + held}};
}

std::variant<JoinToken, TokenError> parseToken(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return TokenError{"the token is empty"};
  text = text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
  if (text.size() > kMaxTextLength) return TokenError{"this is too long to be a join token"};
  if (!text.starts_with("berth")) return TokenError{"this is not a join token: those begin with \"berth1.\""};
  const auto fields = split(text, '.');
  if (fields.front() != kVersion) {
    return TokenError{
        "this join token is of a kind that this version does not know: use the same version on both ends"};
  }
  const TokenError damaged{"the join token is incomplete or was changed on its way: copy it again, all of it"};
  if (fields.size() != 5) return damaged;
  if (fields[4] != checkOf(text.substr(0, text.size() - fields[4].size() - 1))) return damaged;

  JoinToken token;
  token.id = fields[1];
  const auto secret = fromBase64(fields[2]);
  const auto scope = fromBase64(fields[3]);
  if (!isId(token.id) || !secret || secret->size() != token.secret.size() || !scope || !readScope(*scope, token)) {
    return damaged;
  }
  std::ranges::copy(asBytes(*secret), token.secret.begin());
  return token;
}

std::string prove(const JoinToken& token, const PublicKey& agent, std::string_view nonce) {
  const SigningKey key(token.secret);
  const auto message = proven(token.id, agent, nonce);
  std::string proof(crypto_sign_BYTES, '\0');
  crypto_sign_detached(reinterpret_cast<unsigned char*>(proof.data()), nullptr, asBytes(message).data(), message.size(),
                       key.secret.data());
  return proof;
}

std::string_view toString(TokenVerdict verdict) {
  switch (verdict) {
    case TokenVerdict::good: return "good";
    case TokenVerdict::otherHost: return "issued for another host";
    case TokenVerdict::expired: return "expired";
    case TokenVerdict::wrongProof: return "the proof is wrong";
  }
  return "unknown";
}

TokenVerdict judge(const StoredToken& stored, const HostName& host, const PublicKey& agent, std::string_view nonce,
                   std::string_view proof, WallTime now) {
  needSodium();
  const auto message = proven(stored.id, agent, nonce);
  // First of all, so that who has no secret learns nothing about the token from the answer. Checking a signature
  // handles no secret, so there is no comparison whose time could tell one.
  if (nonce.size() != kNonceLength || proof.size() != crypto_sign_BYTES ||
      crypto_sign_verify_detached(asBytes(proof).data(), asBytes(message).data(), message.size(),
                                  stored.verifier.data()) != 0) {
    return TokenVerdict::wrongProof;
  }
  if (now >= stored.expires) return TokenVerdict::expired;
  if (host != stored.host) return TokenVerdict::otherHost;
  return TokenVerdict::good;
}

}  // namespace berth::identity

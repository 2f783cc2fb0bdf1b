// SPDX-License-Identifier: Apache-2.0
//
// How a new host is trusted. `berth host token` prints one string; `berth-agent join` takes it. The token carries the
// controller's public key, so the first contact is already mutual (nothing is trusted on first use), and a secret
// that proves that whoever joins was given the token. It is good for one host name, once, for a short time.
//
//   auto issued = issueToken(drawTokenSeed(), host, {endpoint}, controllerKey, wall, 15min);
//   store(issued.stored); print(issued.text);                                        // controller
//   auto token = parseToken(text); join.proof = prove(*token, ownKey, join.nonce);   // agent
//   if (judge(stored, join.host, agentKey, join.nonce, join.proof, wall) == good) …  // controller
//
// What the controller stores cannot be used to join: the secret is the seed of an Ed25519 key, the proof a signature,
// and the store has only the public half. Whoever steals the store has therefore nothing; whoever steals a token can
// join under its host name until it is used or expires, and must be quicker than its owner, who then sees it refused.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/identity/endpoint.h"
#include "protocol/identity/keys.h"
#include "words/clock.h"
#include "words/name.h"

namespace berth::identity {

/// How long a token is good for unless told otherwise, and at most.
inline constexpr std::chrono::seconds kTokenTtl = std::chrono::minutes(15);
inline constexpr std::chrono::seconds kTokenMaxTtl = std::chrono::hours(24);

/// Checks proofs and makes none: the public half of the key that the secret is the seed of.
using TokenVerifier = std::array<std::uint8_t, 32>;

/// What the agent reads out of a token.
struct JoinToken {
  /// 16 hexadecimal digits; not secret.
  std::string id;
  KeyPair::Secret secret{};
  HostName host;
  /// Where to enrol, to be tried in turn; at least one.
  std::vector<Endpoint> endpoints;
  PublicKey controller;
};

/// What the controller keeps of a token until it is used or expires. Nothing in it is secret.
struct StoredToken {
  std::string id;
  TokenVerifier verifier{};
  HostName host;
  WallTime expires;
};

struct IssuedToken {
  /// For the person: printed once, kept nowhere.
  std::string text;
  StoredToken stored;
};

/// The random part of a token, drawn apart so that all else is a pure function.
struct TokenSeed {
  std::array<std::uint8_t, 8> id{};
  KeyPair::Secret secret{};
};
[[nodiscard]] TokenSeed drawTokenSeed();
/// What a Join message carries as its nonce: 32 random bytes.
[[nodiscard]] std::string drawNonce();

/// `ttl` is held within 1 s and kTokenMaxTtl; `endpoints` has at least one and at most 8.
[[nodiscard]] IssuedToken issueToken(const TokenSeed& seed, const HostName& host,
                                     const std::vector<Endpoint>& endpoints, const PublicKey& controller, WallTime now,
                                     std::chrono::seconds ttl = kTokenTtl);

/// Why a text is no token, in a sentence for the person who pasted it. Never quotes the text: it may hold the secret.
struct TokenError {
  std::string message;
};
[[nodiscard]] std::variant<JoinToken, TokenError> parseToken(std::string_view text);

/// What proves to the controller that the holder of `agent` knows the secret: a signature over token id, agent key
/// and nonce (64 bytes). Worthless to whoever overhears it: it names the agent's key, which CURVE has proved.
[[nodiscard]] std::string prove(const JoinToken& token, const PublicKey& agent, std::string_view nonce);

enum class TokenVerdict : std::uint8_t { good, otherHost, expired, wrongProof };
/// For the log: "good", "issued for another host", …
[[nodiscard]] std::string_view toString(TokenVerdict verdict);

/// Whether `agent` may join as `host` now. Single use is the store's part: it removes the token and admits the key in
/// one transaction. All that a stranger should learn from a refusal is that it was refused.
[[nodiscard]] TokenVerdict judge(const StoredToken& stored, const HostName& host, const PublicKey& agent,
                                 std::string_view nonce, std::string_view proof, WallTime now);

}  // namespace berth::identity

// SPDX-License-Identifier: Apache-2.0
//
// Every message travels in an envelope. encode() writes one ZeroMQ frame; decode() turns bytes from outside into a
// typed value or a reason to drop them: traversal, nesting and every list and text are bounded, and names, digests
// and enums are checked, so what comes out of it is valid.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "protocol/message/fleet.h"
#include "protocol/message/limits.h"
#include "protocol/message/operator.h"
#include "protocol/message/peer.h"
#include "words/counter.h"

namespace berth::message {

/// Rises when a neighbour could misunderstand; we understand this one and the one before and after it.
inline constexpr std::uint16_t kProtocolVersion = 1;

struct Header {
  std::uint16_t version = kProtocolVersion;
  Epoch epoch;
  Sequence sequence;
  /// A reply has its question's; 0 where nothing was asked.
  std::uint64_t correlation = 0;

  bool operator==(const Header&) const = default;
};

template <class Body>
struct Message {
  Header header;
  Body body;
};

using Frame = std::vector<std::uint8_t>;

/// Why bytes were dropped: `kind` is one of a small fixed set and is counted, `detail` is logged.
struct Malformed {
  enum class Kind : std::uint8_t { tooLarge, notCapnp, version, unknownBody, badValue };
  Kind kind = Kind::notCapnp;
  std::string detail;
};
[[nodiscard]] std::string_view toString(Malformed::Kind kind);

template <class Body>
using Decoded = std::variant<Message<Body>, Malformed>;

[[nodiscard]] Frame encode(const Message<FromAgent>& message);
[[nodiscard]] Frame encode(const Message<ToAgent>& message);
[[nodiscard]] Frame encode(const Message<Request>& message);
[[nodiscard]] Frame encode(const Message<Reply>& message);
[[nodiscard]] Frame encode(const Message<Join>& message);
[[nodiscard]] Frame encode(const Message<Joined>& message);
[[nodiscard]] Frame encode(const Message<PeerAsk>& message);
[[nodiscard]] Frame encode(const Message<PeerAnswer>& message);

[[nodiscard]] Decoded<FromAgent> decodeFromAgent(std::span<const std::uint8_t> frame);
[[nodiscard]] Decoded<ToAgent> decodeToAgent(std::span<const std::uint8_t> frame);
[[nodiscard]] Decoded<Request> decodeRequest(std::span<const std::uint8_t> frame);
[[nodiscard]] Decoded<Reply> decodeReply(std::span<const std::uint8_t> frame);
[[nodiscard]] Decoded<Join> decodeJoin(std::span<const std::uint8_t> frame);
[[nodiscard]] Decoded<Joined> decodeJoined(std::span<const std::uint8_t> frame);
[[nodiscard]] Decoded<PeerAsk> decodePeerAsk(std::span<const std::uint8_t> frame);
[[nodiscard]] Decoded<PeerAnswer> decodePeerAnswer(std::span<const std::uint8_t> frame);

/// Content-addressed and stored pieces, outside of any envelope: the canonical encoding, whose SHA-256 is the digest.
[[nodiscard]] std::string encodeSpec(const NodeSpec& spec);
[[nodiscard]] std::variant<NodeSpec, Malformed> decodeSpec(std::string_view encoded);
/// A manifest as an agent keeps it on disk, with the epoch it came from.
[[nodiscard]] std::string encodeManifest(const Manifest& manifest, Epoch epoch);
struct StoredManifest {
  Manifest manifest;
  Epoch epoch;
  bool operator==(const StoredManifest&) const = default;
};
[[nodiscard]] std::variant<StoredManifest, Malformed> decodeManifest(std::string_view encoded);

}  // namespace berth::message

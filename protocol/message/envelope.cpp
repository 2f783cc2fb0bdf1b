// SPDX-License-Identifier: Apache-2.0
#include "protocol/message/envelope.h"

#include <cstring>

#include <capnp/message.h>
#include <kj/exception.h>

#include "protocol/message/codec.h"

namespace berth::message {
namespace {

/// The deepest message of ours is a reason in a change in a wave of a plan: 9 pointers. Cap'n Proto's default is 64.
constexpr int kNesting = 16;

/// How many words may be visited, by the words that came. A message of ours has no part twice, but some are looked at
/// twice while reading; one whose pointers all lead to the same large part is stopped here.
std::uint64_t traversalLimit(std::size_t words) { return 4 * words + 64; }

/// The canonical encoding: one segment without a table, the same bytes for the same values wherever they are made, and
/// no trailing zeros, so that a field added later changes nothing while it has its default.
template <class Root, class Fill>
kj::Array<capnp::word> build(Fill fill) {
  capnp::MallocMessageBuilder builder;
  fill(builder.initRoot<Root>());
  return capnp::canonicalize(builder.getRoot<Root>().asReader());
}

template <class Container, class Root, class Fill>
Container encodeRoot(Fill fill) {
  const auto words = build<Root>(fill);
  const auto bytes = words.asBytes();
  using Byte = typename Container::value_type;
  return Container(reinterpret_cast<const Byte*>(bytes.begin()), reinterpret_cast<const Byte*>(bytes.end()));
}

/// What `use` makes of the root, or why the bytes are dropped. Here all exceptions of this room and of kj end.
template <class Root, class Result, class Use>
std::variant<Result, Malformed> decodeRoot(std::span<const std::uint8_t> frame, std::size_t limit, Use use) {
  using Kind = Malformed::Kind;
  if (frame.size() > limit) return Malformed{Kind::tooLarge, std::to_string(frame.size()) + " bytes"};
  if (frame.empty() || frame.size() % sizeof(capnp::word) != 0) {
    return Malformed{Kind::notCapnp, std::to_string(frame.size()) + " bytes are no whole words"};
  }
  // Cap'n Proto reads words where they lie, and nobody promises that a frame lies at a multiple of 8.
  auto words = kj::heapArray<capnp::word>(frame.size() / sizeof(capnp::word));
  std::memcpy(words.begin(), frame.data(), frame.size());
  try {
    const kj::ArrayPtr<const capnp::word> segments[] = {words};
    capnp::SegmentArrayMessageReader reader(segments, {traversalLimit(words.size()), kNesting});
    return use(reader.getRoot<Root>());
  } catch (const Bad& error) {
    return error.why;
  } catch (const kj::Exception& error) {
    const auto text = error.getDescription();
    return Malformed{Kind::notCapnp, std::string(text.cStr(), text.size())};
  }
}

template <class Body, class Init>
Frame encodeEnvelope(const Message<Body>& message, Init init) {
  return encodeRoot<Frame, schema::Envelope>([&](schema::Envelope::Builder envelope) {
    envelope.setVersion(message.header.version);
    envelope.setEpoch(message.header.epoch.value());
    envelope.setSequence(message.header.sequence.value());
    envelope.setCorrelation(message.header.correlation);
    write(init(envelope.initBody()), message.body);
  });
}

using BodyKind = schema::Envelope::Body::Which;

template <class Body, class Get>
Decoded<Body> decodeEnvelope(std::span<const std::uint8_t> frame, BodyKind kind, Get get,
                             std::size_t limit = kMaxMessageBytes) {
  return decodeRoot<schema::Envelope, Message<Body>>(frame, limit, [&](schema::Envelope::Reader envelope) {
    const auto version = envelope.getVersion();
    if (version > kProtocolVersion + 1 || version + 1 < kProtocolVersion) {
      throw Bad{{Malformed::Kind::version, "protocol version " + std::to_string(version)}};
    }
    const auto body = envelope.getBody();
    if (body.which() != kind) unknownBody("message", static_cast<unsigned>(body.which()));
    const Header header{version, Epoch(envelope.getEpoch()), Sequence(envelope.getSequence()),
                        envelope.getCorrelation()};
    return Message<Body>{header, read(get(body))};
  });
}

std::span<const std::uint8_t> asBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

std::string_view toString(Malformed::Kind kind) {
  switch (kind) {
    case Malformed::Kind::tooLarge: return "too large";
    case Malformed::Kind::notCapnp: return "not Cap'n Proto";
    case Malformed::Kind::version: return "unknown protocol version";
    case Malformed::Kind::unknownBody: return "unknown kind of message";
    case Malformed::Kind::badValue: return "invalid value";
  }
  return "unknown";
}

Frame encode(const Message<FromAgent>& message) {
  return encodeEnvelope(message, [](auto body) { return body.initFromAgent(); });
}
Frame encode(const Message<ToAgent>& message) {
  return encodeEnvelope(message, [](auto body) { return body.initToAgent(); });
}
Frame encode(const Message<Request>& message) {
  return encodeEnvelope(message, [](auto body) { return body.initRequest(); });
}
Frame encode(const Message<Reply>& message) {
  return encodeEnvelope(message, [](auto body) { return body.initReply(); });
}
Frame encode(const Message<Join>& message) {
  return encodeEnvelope(message, [](auto body) { return body.initJoin(); });
}
Frame encode(const Message<Joined>& message) {
  return encodeEnvelope(message, [](auto body) { return body.initJoined(); });
}
Frame encode(const Message<PeerAsk>& message) {
  return encodeEnvelope(message, [](auto body) { return body.initPeerAsk(); });
}
Frame encode(const Message<PeerAnswer>& message) {
  return encodeEnvelope(message, [](auto body) { return body.initPeerAnswer(); });
}

Decoded<FromAgent> decodeFromAgent(std::span<const std::uint8_t> frame) {
  return decodeEnvelope<FromAgent>(frame, BodyKind::FROM_AGENT, [](auto body) { return body.getFromAgent(); });
}
Decoded<ToAgent> decodeToAgent(std::span<const std::uint8_t> frame) {
  return decodeEnvelope<ToAgent>(frame, BodyKind::TO_AGENT, [](auto body) { return body.getToAgent(); });
}
Decoded<Request> decodeRequest(std::span<const std::uint8_t> frame) {
  return decodeEnvelope<Request>(frame, BodyKind::REQUEST, [](auto body) { return body.getRequest(); });
}
Decoded<Reply> decodeReply(std::span<const std::uint8_t> frame) {
  return decodeEnvelope<Reply>(frame, BodyKind::REPLY, [](auto body) { return body.getReply(); });
}
Decoded<Join> decodeJoin(std::span<const std::uint8_t> frame) {
  return decodeEnvelope<Join>(
      frame, BodyKind::JOIN, [](auto body) { return body.getJoin(); }, kMaxJoinBytes);
}
Decoded<Joined> decodeJoined(std::span<const std::uint8_t> frame) {
  return decodeEnvelope<Joined>(
      frame, BodyKind::JOINED, [](auto body) { return body.getJoined(); }, kMaxJoinBytes);
}
Decoded<PeerAsk> decodePeerAsk(std::span<const std::uint8_t> frame) {
  return decodeEnvelope<PeerAsk>(
      frame, BodyKind::PEER_ASK, [](auto body) { return body.getPeerAsk(); }, kMaxPeerBytes);
}
Decoded<PeerAnswer> decodePeerAnswer(std::span<const std::uint8_t> frame) {
  return decodeEnvelope<PeerAnswer>(
      frame, BodyKind::PEER_ANSWER, [](auto body) { return body.getPeerAnswer(); }, kMaxPeerBytes);
}

std::string encodeSpec(const NodeSpec& spec) {
  return encodeRoot<std::string, schema::NodeSpec>([&](schema::NodeSpec::Builder root) { write(root, spec); });
}

std::variant<NodeSpec, Malformed> decodeSpec(std::string_view encoded) {
  return decodeRoot<schema::NodeSpec, NodeSpec>(asBytes(encoded), kMaxMessageBytes,
                                                [](schema::NodeSpec::Reader root) { return read(root); });
}

std::string encodeManifest(const Manifest& manifest, Epoch epoch) {
  return encodeRoot<std::string, schema::StoredManifest>([&](schema::StoredManifest::Builder root) {
    write(root.initManifest(), manifest);
    root.setEpoch(epoch.value());
  });
}

std::variant<StoredManifest, Malformed> decodeManifest(std::string_view encoded) {
  return decodeRoot<schema::StoredManifest, StoredManifest>(
      asBytes(encoded), kMaxMessageBytes, [](schema::StoredManifest::Reader root) {
        return StoredManifest{read(root.getManifest()), Epoch(root.getEpoch())};
      });
}

}  // namespace berth::message

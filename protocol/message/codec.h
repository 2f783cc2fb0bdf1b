// SPDX-License-Identifier: Apache-2.0
//
// Between value types and Cap'n Proto, for the sources of this room: write() fills a builder, read() makes a value of
// a reader and throws Bad where it is not valid. Bad and Cap'n Proto's own exceptions end in envelope.cpp.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/message/envelope.h"
#include "protocol/schema/envelope.capnp.h"
#include "protocol/schema/fleet.capnp.h"
#include "protocol/schema/node.capnp.h"
#include "protocol/schema/operator.capnp.h"
#include "protocol/schema/peer.capnp.h"

namespace berth::message {

/// Thrown by read(): why a message is dropped.
struct Bad {
  Malformed why;
};
[[noreturn]] void bad(std::string_view what, std::string_view why);
/// For a member of a union that a newer neighbour may have and we do not.
[[noreturn]] void unknownBody(std::string_view what, unsigned number);

// ---- writing -----------------------------------------------------------------------------------------------------

inline capnp::Text::Reader text(const std::string& value) { return {value.c_str(), value.size()}; }
/// The beginning of a text for people, whole characters, within kMaxProse.
[[nodiscard]] std::string prose(std::string_view value);
inline capnp::Data::Reader bytes(std::string_view value) {
  return {reinterpret_cast<const capnp::byte*>(value.data()), value.size()};
}
inline capnp::Data::Reader bytes(const Digest& value) { return {value.bytes().data(), value.bytes().size()}; }
/// Empty when nil.
inline capnp::Data::Reader bytes(const Uuid& value) {
  return value.isNil() ? capnp::Data::Reader() : capnp::Data::Reader(value.bytes().data(), value.bytes().size());
}
inline unsigned count(std::size_t size) { return static_cast<unsigned>(size); }

/// Each element by write(), which finds the right one by the type of the builder.
template <class Builder, class Values>
void writeEach(Builder list, const Values& values) {
  unsigned at = 0;
  for (const auto& value : values) write(list[at++], value);
}
void writeTexts(capnp::List<capnp::Text>::Builder list, const std::vector<std::string>& values);
/// The same, each cut as by prose().
void writeProse(capnp::List<capnp::Text>::Builder list, const std::vector<std::string>& values);
void write(capnp::List<schema::Pair>::Builder list, const std::map<std::string, std::string>& values);

void write(schema::InstanceId::Builder to, const InstanceId& from);
void write(schema::Image::Builder to, const Image& from);
void write(schema::Volume::Builder to, const Volume& from);
void write(schema::NodeSpec::Builder to, const NodeSpec& from);
void write(schema::Capacity::Builder to, const Capacity& from);
void write(schema::InstanceStatus::Builder to, const InstanceStatus& from);
void write(schema::Console::Builder to, const Console& from);
void write(schema::Manifest::Builder to, const Manifest& from);
void write(schema::MaybeNumber::Builder to, std::optional<std::uint64_t> from);
void write(schema::OperatorRow::Builder to, const OperatorRow& from);

void write(schema::FromAgent::Builder to, const FromAgent& from);
void write(schema::ToAgent::Builder to, const ToAgent& from);
void write(schema::Request::Builder to, const Request& from);
void write(schema::Reply::Builder to, const Reply& from);
void write(schema::Join::Builder to, const Join& from);
void write(schema::Joined::Builder to, const Joined& from);
void write(schema::PeerAsk::Builder to, const PeerAsk& from);
void write(schema::PeerAnswer::Builder to, const PeerAnswer& from);

// ---- reading -----------------------------------------------------------------------------------------------------

[[nodiscard]] std::string readText(capnp::Text::Reader from, std::size_t limit, std::string_view what);
[[nodiscard]] std::string readBytes(capnp::Data::Reader from, std::size_t limit, std::string_view what);
[[nodiscard]] Digest readDigest(capnp::Data::Reader from, std::string_view what);
/// Empty: nil.
[[nodiscard]] Uuid readUuid(capnp::Data::Reader from, std::string_view what);
[[nodiscard]] std::vector<std::string> readTexts(capnp::List<capnp::Text>::Reader from, std::size_t limit,
                                                 std::size_t textLimit, std::string_view what);
[[nodiscard]] std::map<std::string, std::string> readPairs(capnp::List<schema::Pair>::Reader from,
                                                           std::string_view what);
/// The Z85 text of a public key.
[[nodiscard]] std::string readPublicKey(capnp::Text::Reader from);

template <class Name>
[[nodiscard]] Name readName(capnp::Text::Reader from, std::string_view what) {
  const auto name = Name::parse({from.begin(), from.size()});
  if (!name) bad(what, "is not a name");
  return *name;
}

template <class Name>
[[nodiscard]] std::optional<Name> readNameIfAny(capnp::Text::Reader from, std::string_view what) {
  if (from.size() == 0) return std::nullopt;
  return readName<Name>(from, what);
}

/// Both enums have the same order, which static_asserts beside each use check at their last member.
template <class To, class From>
[[nodiscard]] To readEnum(From from, To last, std::string_view what) {
  if (static_cast<unsigned>(from) > static_cast<unsigned>(last)) bad(what, "is unknown");
  return static_cast<To>(from);
}

template <class List>
[[nodiscard]] List bounded(List list, std::size_t limit, std::string_view what) {
  if (list.size() > limit) bad(what, "has too many elements");
  return list;
}

/// Each element by `one`.
template <class List, class One>
[[nodiscard]] auto readEach(List from, std::size_t limit, std::string_view what, One one) {
  std::vector<decltype(one(from[0]))> values;
  values.reserve(bounded(from, limit, what).size());
  for (const auto element : from) values.push_back(one(element));
  return values;
}

[[nodiscard]] InstanceId read(schema::InstanceId::Reader from);
/// With at least one digest.
[[nodiscard]] Image read(schema::Image::Reader from);
[[nodiscard]] Volume read(schema::Volume::Reader from);
[[nodiscard]] NodeSpec read(schema::NodeSpec::Reader from);
[[nodiscard]] Capacity read(schema::Capacity::Reader from);
[[nodiscard]] InstanceStatus read(schema::InstanceStatus::Reader from);
[[nodiscard]] InstanceStatus readStatusIfAny(schema::InstanceStatus::Reader from);
[[nodiscard]] Console read(schema::Console::Reader from);
[[nodiscard]] Manifest read(schema::Manifest::Reader from);
[[nodiscard]] std::optional<std::uint64_t> read(schema::MaybeNumber::Reader from);
[[nodiscard]] OperatorRow read(schema::OperatorRow::Reader from);

[[nodiscard]] FromAgent read(schema::FromAgent::Reader from);
[[nodiscard]] ToAgent read(schema::ToAgent::Reader from);
[[nodiscard]] Request read(schema::Request::Reader from);
[[nodiscard]] Reply read(schema::Reply::Reader from);
[[nodiscard]] Join read(schema::Join::Reader from);
[[nodiscard]] Joined read(schema::Joined::Reader from);
[[nodiscard]] PeerAsk read(schema::PeerAsk::Reader from);
[[nodiscard]] PeerAnswer read(schema::PeerAnswer::Reader from);

}  // namespace berth::message

// SPDX-License-Identifier: Apache-2.0
#include "protocol/message/codec.h"

#include <algorithm>

#include "protocol/identity/keys.h"

namespace berth::message {

void bad(std::string_view what, std::string_view why) {
  throw Bad{{Malformed::Kind::badValue, std::string(what) + " " + std::string(why)}};
}

void unknownBody(std::string_view what, unsigned number) {
  throw Bad{{Malformed::Kind::unknownBody, std::string(what) + " of unknown kind " + std::to_string(number)}};
}

std::string prose(std::string_view value) {
  if (value.size() > kMaxProse) {
    // Not in the middle of a character: bytes 10xxxxxx continue one.
    std::size_t end = kMaxProse;
    while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) --end;
    value = value.substr(0, end);
  }
  return std::string(value);
}

void writeTexts(capnp::List<capnp::Text>::Builder list, const std::vector<std::string>& values) {
  for (unsigned at = 0; at < list.size(); ++at) list.set(at, text(values[at]));
}

void writeProse(capnp::List<capnp::Text>::Builder list, const std::vector<std::string>& values) {
  for (unsigned at = 0; at < list.size(); ++at) list.set(at, text(prose(values[at])));
}

void write(capnp::List<schema::Pair>::Builder list, const std::map<std::string, std::string>& values) {
  unsigned at = 0;
  for (const auto& [key, value] : values) {
    auto pair = list[at++];
    pair.setKey(text(key));
    pair.setValue(text(value));
  }
}

std::string readText(capnp::Text::Reader from, std::size_t limit, std::string_view what) {
  if (from.size() > limit) bad(what, "is too long");
  return {from.begin(), from.size()};
}

std::string readBytes(capnp::Data::Reader from, std::size_t limit, std::string_view what) {
  if (from.size() > limit) bad(what, "is too long");
  return {reinterpret_cast<const char*>(from.begin()), from.size()};
}

Digest readDigest(capnp::Data::Reader from, std::string_view what) {
  const auto digest = Digest::fromBytes({from.begin(), from.size()});
  if (!digest) bad(what, "is not a digest");
  return *digest;
}

Uuid readUuid(capnp::Data::Reader from, std::string_view what) {
  Uuid::Bytes value{};
  if (from.size() == 0) return Uuid();
  if (from.size() != value.size()) bad(what, "is not a UUID");
  std::copy(from.begin(), from.end(), value.begin());
  return Uuid(value);
}

std::vector<std::string> readTexts(capnp::List<capnp::Text>::Reader from, std::size_t limit, std::size_t textLimit,
                                   std::string_view what) {
  return readEach(from, limit, what, [&](capnp::Text::Reader value) { return readText(value, textLimit, what); });
}

std::map<std::string, std::string> readPairs(capnp::List<schema::Pair>::Reader from, std::string_view what) {
  std::map<std::string, std::string> pairs;
  for (const auto pair : bounded(from, kMaxLabels, what)) {
    auto key = readText(pair.getKey(), kMaxWord, what);
    if (!pairs.emplace(std::move(key), readText(pair.getValue(), kMaxWord, what)).second) bad(what, "repeats a key");
  }
  return pairs;
}

std::string readPublicKey(capnp::Text::Reader from) {
  const auto key = identity::PublicKey::parse({from.begin(), from.size()});
  if (!key) bad("public key", "is not 40 characters of Z85");
  return key->str();
}

}  // namespace berth::message

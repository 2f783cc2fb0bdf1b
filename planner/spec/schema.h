// SPDX-License-Identifier: Apache-2.0
//
// The shape of a spec, declared once as data: which keys there are, what their values look like, what they mean. The
// checker reads it to find mistakes; a JSON Schema and the words of an explanation can be made from it as well.
//
//   const Shape& root = specShape();                 // a mapping
//   for (const Field& field : root.fields) print(field.key, field.meaning);
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace berth::spec {

enum class Type : std::uint8_t {
  text,
  any,         ///< whatever YAML can say
  identifier,  ///< the name of a variable: letters, digits and _
  name,        ///< words/name.h
  label,       ///< letters, digits, and . _ / - within
  volume,      ///< a name of at most 20 characters
  index,       ///< of a node of a pool: 0, 1, 2 …
  integer,     ///< between `least` and `most`
  boolean,     ///< true or false
  bytes,       ///< words/quantity.h, between `least` and `most` bytes
  duration,    ///< 90s, 5m, 1h30m; between `least` and `most` seconds
  digest,      ///< SHA-256, 64 hexadecimal digits
  ipv4,
  subnet,
  range,         ///< one IPv4 address, or first-last
  path,          ///< relative, stays below the root of the files
  mountPoint,    ///< absolute
  domain,        ///< of names: lan.example
  timeOfDay,     ///< 22:30
  timeZone,      ///< Europe/Warsaw
  fraction,      ///< 0 to 1, such as 0.25
  word,          ///< one of `words`
  mapping,       ///< keys of ours: `fields`
  table,         ///< keys that the user chooses, of the type `key`: at most `most` values of the shape `element`
  list,          ///< at most `most` values of the shape `element`
  oneOrList,     ///< a list, or one value of the shape `element` without one
  listOrMapping  ///< a list of `element`, or a mapping of `fields`
};

enum class Presence : std::uint8_t { optional, required };

struct Shape;

struct Field {
  std::string_view key;
  const Shape* shape = nullptr;
  Presence presence = Presence::optional;
  /// What holds when the key is absent; empty where that is plain.
  std::string_view fallback;
  /// One sentence without a full stop.
  std::string_view meaning;
  /// How it is written: "count: 3".
  std::string_view example;
  /// The key makes sense only beside one of these.
  std::span<const std::string_view> onlyWith = {};
};

/// Whether a value may differ from node to node, so that its expressions may name `node`.
enum class Varies : std::uint8_t { never, byNode };

/// Whether keys of a choice may stand beside each other.
enum class Together : std::uint8_t { excluded, allowed };

/// Of these keys of a mapping there must be exactly one; or, when not even that is required, at most one. Where they
/// may stand together, at least one.
struct Choice {
  std::span<const std::string_view> keys;
  Presence presence = Presence::required;
  Together together = Together::excluded;
};

struct Shape {
  Type type = Type::text;
  std::span<const Field> fields = {};
  std::span<const Choice> choices = {};
  const Shape* element = nullptr;
  Type key = Type::name;
  std::int64_t least = 0;
  std::int64_t most = 0;
  std::span<const std::string_view> words = {};
  /// Also allowed in place of the value: a table.
  const Shape* orTable = nullptr;
  /// What a value in a table is, before its name: "pool". Empty where the name says enough.
  std::string_view noun = {};
  Varies varies = Varies::never;
};

/// The whole file.
[[nodiscard]] const Shape& specShape();
/// A file that a spec includes. What its pools hold is looked at once they are laid beside those of the spec.
[[nodiscard]] const Shape& pieceShape();

/// "an address such as 10.20.0.11": what a value of this shape is, for "expected …".
[[nodiscard]] std::string_view describe(const Shape& shape);

}  // namespace berth::spec

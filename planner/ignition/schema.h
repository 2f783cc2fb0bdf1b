// SPDX-License-Identifier: Apache-2.0
//
// What an Ignition config may hold, as data: which fields an object has, of which type, since which version, how lists
// of them are merged. Reading Butane and JSON, finding unknown keys, merging and writing are all driven by these
// tables; a new version of the format is a few new lines in schema.cpp and nothing else.
//
// Butane's own fields (`inline`, `trees`, `boot_device` …) stand in the same tables, marked as such: translating is
// then to replace them, in place, by what Ignition knows.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "planner/ignition/spec_version.h"

namespace berth::ignition {

struct Shape;

enum class Type : std::uint8_t { text, integer, boolean, object, texts, objects };

/// Whose field it is.
enum class Home : std::uint8_t { both, butane, ignition };

/// How two lists become one: entries with the same key become one, or all of them stay.
enum class Joining : std::uint8_t { united, appended };

/// What the format's own types say about absence: `always` fields are there even when nobody wrote them, as "" or 0.
enum class Presence : std::uint8_t { optional, always, alwaysUntil3_2 };

struct Field {
  /// Ignition's name, "sizeMiB"; the Butane name for a field of Butane's own.
  std::string_view name;
  /// Butane's name, "size_mib".
  std::string_view yaml;
  Type type = Type::text;
  /// Of objects and of the elements of a list of objects.
  const Shape* shape = nullptr;
  SpecVersion since = SpecVersion::v3_0;
  Presence presence = Presence::optional;
  Joining joining = Joining::united;
  Home home = Home::both;
  /// The name of the elements' type in go-yaml's messages about a list of texts; empty for plain strings.
  std::string_view elementType = {};

  [[nodiscard]] bool isList() const { return type == Type::texts || type == Type::objects; }
};

/// The kinds of objects. What code has to know about one in particular, it asks by this name.
enum class ShapeId : std::uint8_t {
  config,
  ignition,
  ignitionConfig,
  proxy,
  security,
  tls,
  timeouts,
  configReference,
  certificate,
  resource,
  httpHeader,
  verification,
  kernelArguments,
  passwd,
  passwdGroup,
  passwdUser,
  storage,
  directory,
  disk,
  partition,
  file,
  filesystem,
  link,
  luks,
  cex,
  clevis,
  clevisCustom,
  tang,
  raid,
  owner,
  tree,
  systemd,
  unit,
  dropin,
  quadlet,
  bootDevice,
  bootDeviceLuks,
  bootDeviceMirror,
  grub,
  grubUser,
};

/// What makes two entries of a list the same one.
enum class Key : std::uint8_t { none, device, name, path, numberOrLabel, source, url };

struct Shape {
  ShapeId id;
  /// As go-yaml's messages call it: "NodeUser".
  std::string_view typeName;
  /// In the order in which they are written and checked.
  std::span<const Field> fields;
  Key key = Key::none;

  /// The field by Ignition's name; null when there is none.
  [[nodiscard]] const Field* field(std::string_view name) const;
};

/// A whole config, Butane's own sections included.
[[nodiscard]] const Shape& configShape();

/// Whether an Ignition config of `version` has the field.
[[nodiscard]] inline bool knows(SpecVersion version, const Field& field) { return field.since <= version; }
/// Whether the field is there even if nobody wrote it.
[[nodiscard]] bool isAlwaysThere(SpecVersion version, const Field& field);

}  // namespace berth::ignition

// SPDX-License-Identifier: Apache-2.0
//
// A YAML document becomes a typed value of the schema, by the rules of the reader that Butane uses: aliases and merge
// keys, words for truth, old octal numbers, nulls that mean absence. Keys that the dialect does not know are passed
// over here; ignition/unknown_keys.h tells of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/butane/dialect.h"
#include "planner/ignition/value.h"
#include "planner/source/yaml.h"

namespace berth::butane {

/// What could not be read, in go-yaml's words.
struct Undecodable {
  /// One line for each value of a wrong type, "line 5: cannot unmarshal …".
  std::vector<std::string> lines;
  /// What ended reading at once; then the lines do not count.
  std::string fatal;

  [[nodiscard]] bool happened() const { return !lines.empty() || !fatal.empty(); }
  /// "yaml: unmarshal errors:" and the lines, or the fatal message.
  [[nodiscard]] std::string message() const;
};

/// The variant and the version that a document states.
struct Header {
  std::string variant;
  std::string version;
};
[[nodiscard]] Header decodeHeader(const source::YamlNode& root, Undecodable& wrong);

/// The whole document, as a value of ignition::configShape().
[[nodiscard]] ignition::Value decode(const source::YamlNode& root, const Dialect& dialect, Undecodable& wrong);

}  // namespace berth::butane

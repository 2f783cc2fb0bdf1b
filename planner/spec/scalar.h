// SPDX-License-Identifier: Apache-2.0
//
// One scalar of the spec as a typed value, or a finding that says what it should look like. The checker reads each
// scalar for its findings, and the binder reads it again for its value.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "planner/source/diagnostic.h"
#include "planner/source/located.h"
#include "planner/source/yaml.h"
#include "planner/spec/address.h"
#include "planner/spec/schema.h"
#include "words/digest.h"
#include "words/quantity.h"

namespace berth::spec {

template <class T>
using Read = std::optional<source::Located<T>>;

// Each makes a finding when it returns nothing.
[[nodiscard]] Read<std::string> readName(const source::YamlNode& node, source::Findings& findings);
[[nodiscard]] Read<std::string> readIdentifier(const source::YamlNode& node, source::Findings& findings);
[[nodiscard]] Read<std::string> readLabel(const source::YamlNode& node, source::Findings& findings);
[[nodiscard]] Read<std::string> readVolumeName(const source::YamlNode& node, source::Findings& findings);
[[nodiscard]] Read<std::uint32_t> readIndex(const source::YamlNode& node, source::Findings& findings);
[[nodiscard]] Read<std::int64_t> readNumber(const source::YamlNode& node, const Shape& shape,
                                            source::Findings& findings);
[[nodiscard]] Read<Bytes> readBytes(const source::YamlNode& node, const Shape& shape, source::Findings& findings);
[[nodiscard]] Read<std::chrono::seconds> readDuration(const source::YamlNode& node, const Shape& shape,
                                                      source::Findings& findings);
[[nodiscard]] Read<Digest> readDigest(const source::YamlNode& node, source::Findings& findings);
[[nodiscard]] Read<Ipv4> readIpv4(const source::YamlNode& node, source::Findings& findings);
[[nodiscard]] Read<Subnet> readSubnet(const source::YamlNode& node, source::Findings& findings);
[[nodiscard]] Read<AddressRange> readRange(const source::YamlNode& node, source::Findings& findings);
/// Relative, and not empty; as it was written.
[[nodiscard]] Read<std::string> readPath(const source::YamlNode& node, source::Findings& findings);
/// Absolute, without `.`, `..`, doubled or trailing slashes, and not the root.
[[nodiscard]] Read<std::string> readMountPoint(const source::YamlNode& node, source::Findings& findings);
[[nodiscard]] Read<std::string> readDomain(const source::YamlNode& node, source::Findings& findings);
/// Minutes after midnight.
[[nodiscard]] Read<std::uint32_t> readTimeOfDay(const source::YamlNode& node, source::Findings& findings);
[[nodiscard]] Read<std::string> readTimeZone(const source::YamlNode& node, source::Findings& findings);
/// 0 to 1, as it was written: digits with at most one point among them.
[[nodiscard]] Read<std::string> readFraction(const source::YamlNode& node, source::Findings& findings);
[[nodiscard]] Read<std::string> readWord(const source::YamlNode& node, const Shape& shape, source::Findings& findings);

/// 45s, 5m, 1h30m, 2d; hours before minutes before seconds, each once.
[[nodiscard]] std::optional<std::chrono::seconds> parseDuration(std::string_view text);
/// With the units that parseDuration() knows: "1h30m".
[[nodiscard]] std::string formatDuration(std::chrono::seconds duration);

}  // namespace berth::spec

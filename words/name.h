// SPDX-License-Identifier: Apache-2.0
//
// Names of things, each a type of its own, so that a host is never passed where a node is wanted.
//
//   auto node = NodeName::parse("prod-server-0");   // std::optional: what has the type is valid
//
// A name is 1 to 63 characters of [a-z0-9-] that begins with a letter and does not end with a dash: it becomes a
// DNS label, a libvirt domain name and a file name, and must be harmless in all three (RFC 1123, section 2.1).
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace berth {

/// The longest name, in bytes: a DNS label holds no more.
inline constexpr std::size_t kNameMaxLength = 63;

/// True when `text` may stand for a thing of ours.
[[nodiscard]] bool isValidName(std::string_view text);

/// The longest name of the kind `Tag`, where that is less than a DNS label.
template <class Tag>
inline constexpr std::size_t kLongest = kNameMaxLength;
/// The guest knows its volumes by the serial number of their disk, and virtio-blk has 20 bytes for that.
template <>
inline constexpr std::size_t kLongest<struct VolumeTag> = 20;

/// A checked name of the kind `Tag`. Default-constructed it is empty, which no parse ever returns.
template <class Tag>
class Name {
public:
  Name() = default;

  [[nodiscard]] static std::optional<Name> parse(std::string_view text) {
    if (text.size() > kLongest<Tag> || !isValidName(text)) return std::nullopt;
    return Name(std::string(text));
  }

  [[nodiscard]] const std::string& str() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  auto operator<=>(const Name&) const = default;

private:
  explicit Name(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

using HostName = Name<struct HostTag>;
using ClusterName = Name<struct ClusterTag>;
using PoolName = Name<struct PoolTag>;
/// `<cluster>-<pool>-<index>`
using NodeName = Name<struct NodeTag>;
/// A data disk of a node, unique within it: at most 20 characters.
using VolumeName = Name<struct VolumeTag>;
/// A person or program that uses the CLI.
using OperatorName = Name<struct OperatorTag>;

}  // namespace berth

template <class Tag>
struct std::hash<berth::Name<Tag>> {
  std::size_t operator()(const berth::Name<Tag>& name) const { return std::hash<std::string>()(name.str()); }
};

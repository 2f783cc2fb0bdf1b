// SPDX-License-Identifier: Apache-2.0
//
// Secrets of a cluster, as the CLI asks for them. Values travel in two bodies alone: request::SetSecret and
// reply::Secret.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "words/name.h"

namespace berth::message {

/// Words of lower-case letters, digits, _ and - with a / between them, such as "consul/gossip": at most 128 characters.
class SecretName {
public:
  SecretName() = default;
  [[nodiscard]] static std::optional<SecretName> parse(std::string_view text);
  [[nodiscard]] const std::string& str() const { return text_; }
  auto operator<=>(const SecretName&) const = default;

private:
  explicit SecretName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

enum class SecretKind : std::uint8_t { key, uuid, authority, certificate, given };

/// One version of a secret, without its value.
struct SecretRow {
  SecretName name;
  SecretKind kind = SecretKind::given;
  std::uint32_t version = 1;
  /// Else it waits for the next apply.
  bool inForce = false;
  /// Of a certificate: the node that it is for. Else empty.
  NodeName node{};
  std::int64_t madeMs = 0;
  OperatorName by{};
  /// 0: never.
  std::int64_t expiresMs = 0;
  bool operator==(const SecretRow&) const = default;
};

namespace request {

struct GetSecrets {
  ClusterName cluster;
  bool operator==(const GetSecrets&) const = default;
};  // viewer
/// The value; without a version that of the newest one. That it was asked for is recorded.
struct ReadSecret {
  ClusterName cluster;
  SecretName name;
  std::uint32_t version = 0;
  bool operator==(const ReadSecret&) const = default;
};  // admin
/// A value of a person's own, for the next apply.
struct SetSecret {
  ClusterName cluster;
  SecretName name;
  std::string value;
  bool operator==(const SetSecret&) const = default;
};  // operator
/// A new one in place of what the controller has made, for the next apply.
struct RotateSecret {
  ClusterName cluster;
  SecretName name;
  bool operator==(const RotateSecret&) const = default;
};  // operator
/// All versions of what a person has set.
struct DeleteSecret {
  ClusterName cluster;
  SecretName name;
  bool operator==(const DeleteSecret&) const = default;
};  // operator

}  // namespace request

namespace reply {

struct Secrets {
  std::vector<SecretRow> secrets;
  bool operator==(const Secrets&) const = default;
};
struct Secret {
  std::string value;
  bool operator==(const Secret&) const = default;
};

}  // namespace reply

}  // namespace berth::message

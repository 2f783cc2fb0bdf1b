// SPDX-License-Identifier: Apache-2.0
//
// Which texts are URLs, and of which scheme. The rules are those of Go's net/url, which Ignition uses: they take much
// that RFC 3986 does not.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth::ignition {

struct Url {
  /// In lower case; empty when there is none.
  std::string scheme;
  /// What follows the colon when it is not a path: "s3:::bucket/key".
  std::string opaque;
  std::string query;
};

/// Nothing when `text` is no URL.
[[nodiscard]] std::optional<Url> parseUrl(std::string_view text);

/// The first value of a parameter of `query`; nothing when it is not there.
[[nodiscard]] std::optional<std::string> parameterOf(std::string_view query, std::string_view name);

/// Whether `text` names an object in S3 in Amazon's notation: arn:PARTITION:s3:::bucket/key, or below an access point.
[[nodiscard]] bool isS3Arn(std::string_view text);

}  // namespace berth::ignition

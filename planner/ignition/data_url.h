// SPDX-License-Identifier: Apache-2.0
//
// Small files travel inside of a config as data URLs (RFC 2397): "data:;base64,aGk=".
#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace berth::ignition {

/// `bytes` after "data:,", percent-escaped.
[[nodiscard]] std::string escapedDataUrl(std::string_view bytes);
/// The shorter of the escaped and the base64 form; the escaped one when they are equally long.
[[nodiscard]] std::string shortestDataUrl(std::string_view bytes);
/// `bytes` after "data:;base64,".
[[nodiscard]] std::string base64DataUrl(std::string_view bytes);

/// Why a text is no data URL, in the words that users of Ignition know.
struct NoDataUrl {
  std::string reason;
};
/// The bytes that `url` holds.
[[nodiscard]] std::variant<std::string, NoDataUrl> decodeDataUrl(std::string_view url);

/// Standard base64 with padding (RFC 4648, section 4); line breaks inside are skipped.
[[nodiscard]] std::string encodeBase64(std::string_view bytes);
[[nodiscard]] std::variant<std::string, NoDataUrl> decodeBase64(std::string_view text);

}  // namespace berth::ignition

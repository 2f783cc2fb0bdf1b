// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/data_url.h"

#include <gtest/gtest.h>

namespace berth::ignition {
namespace {

std::string decoded(std::string_view url) {
  auto result = decodeDataUrl(url);
  if (auto* wrong = std::get_if<NoDataUrl>(&result)) return "! " + wrong->reason;
  return std::get<std::string>(result);
}

TEST(DataUrl, TakesTheShorterForm) {
  EXPECT_EQ(shortestDataUrl("hello world"), "data:,hello%20world");
  EXPECT_EQ(shortestDataUrl("<<<<<<<<<<"), "data:;base64,PDw8PDw8PDw8PA==");
  EXPECT_EQ(shortestDataUrl(""), "data:,");
}

TEST(DataUrl, ReadsWhatItWrites) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_EQ(decoded(escapedDataUrl(bytes)), bytes);
  for (std::size_t length = 0; length < 8; ++length) {
    EXPECT_EQ(decoded(base64DataUrl(bytes.substr(100, length))), bytes.substr(100, length));
  }
}

TEST(DataUrl, SaysWhatIsWrong) {
  EXPECT_EQ(decoded("DATA:,x"), "! missing data prefix");
  EXPECT_EQ(decoded("data:text,x"), "! invalid character for media type");
  EXPECT_EQ(decoded("data:;base64,aGk"), "! illegal base64 data at input byte 0");
  EXPECT_EQ(decoded("data:;base64,aGk=x"), "! illegal base64 data at input byte 4");
  EXPECT_EQ(decoded("data:;base64"), "! unterminated parameter sequence");
  EXPECT_EQ(decoded("data:;a=b"), "! missing comma before data");
  EXPECT_EQ(decoded("data:;a=\"b\"c,"), "! expected semicolon or comma");
  EXPECT_EQ(decoded("data: text/plain,x"), "! invalid character after data prefix");
  EXPECT_EQ(decoded("data:font/woff,x"), "! invalid media type");
  EXPECT_EQ(decoded("data:textual/plain,x"), "x");
  EXPECT_EQ(decoded("data:,%4"), "! rfc2396: unexpected end of unescape sequence");
  EXPECT_EQ(decoded("data:,%4x"), "! rfc2396: invalid char 0x25 in unescape sequence");
  EXPECT_EQ(decoded("data:"), "! missing comma before data");
}

}  // namespace
}  // namespace berth::ignition

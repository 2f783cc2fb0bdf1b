// SPDX-License-Identifier: Apache-2.0
#include "agent/images/http_headers.h"

#include <gtest/gtest.h>

namespace berth::images {
namespace {

HttpHeaders readAll(std::initializer_list<const char*> lines) {
  HttpHeaders headers;
  for (const char* line : lines) headers.read(line);
  return headers;
}

TEST(HttpHeaders, AreReadWhateverTheirCaseAndBlanks) {
  const auto headers = readAll({"HTTP/1.1 206 Partial Content\r\n", "ETAG: \"abc\"\r\n", "content-length:  500 \r\n",
                                "Content-Range: bytes 500-999/1000\r\n", "\r\n"});
  EXPECT_EQ(headers.etag, "\"abc\"");
  EXPECT_EQ(headers.length, 500U);
  EXPECT_EQ(headers.rangeStart, 500U);
  EXPECT_EQ(headers.rangeTotal, 1000U);
}

TEST(HttpHeaders, ARangeThatCannotBeGivenTellsTheWholeLength) {
  const auto headers = readAll({"HTTP/1.1 416 \r\n", "Content-Range: bytes */1000\r\n"});
  EXPECT_EQ(headers.rangeStart, std::nullopt);
  EXPECT_EQ(headers.rangeTotal, 1000U);
}

TEST(HttpHeaders, OnlyTheLastBlockCounts) {
  const auto headers =
      readAll({"HTTP/1.1 302 Found\r\n", "ETag: \"old\"\r\n", "Content-Length: 9\r\n", "\r\n", "HTTP/1.1 200 OK\r\n"});
  EXPECT_EQ(headers.etag, "");
  EXPECT_EQ(headers.length, std::nullopt);
}

TEST(HttpHeaders, NonsenseIsSkipped) {
  const auto headers =
      readAll({"", "x", ":", "Content-Length: many", "Content-Range: bytes 5", "Content-Range: x 1-2/3",
               "Content-Length: 99999999999999999999999", "Content-Length: -1"});
  EXPECT_EQ(headers.length, std::nullopt);
  EXPECT_EQ(headers.rangeStart, std::nullopt);
}

}  // namespace
}  // namespace berth::images

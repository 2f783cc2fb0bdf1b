// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/url.h"

#include <gtest/gtest.h>

namespace berth::ignition {
namespace {

TEST(Url, TakesWhatGoTakes) {
  for (const char* url : {"http://x/é y", "http:///nohost", "http:opaque", "http://x:99999/", "gs://", "",
                          "https://user:pass@[::1]:8080/a?b#c", "/just/a/path"}) {
    EXPECT_TRUE(parseUrl(url)) << url;
  }
  EXPECT_EQ(parseUrl("HTTP://x")->scheme, "http");
  EXPECT_EQ(parseUrl("arn:aws:s3:::b/k?x=1")->opaque, "aws:s3:::b/k");
}

TEST(Url, RefusesWhatGoRefuses) {
  for (const char* url : {"http://[::1", "http://x:port/", "http://a b/", " http://x", "http://x/%zz", ":x",
                          "http://x/\n", "http://x#%z"}) {
    EXPECT_FALSE(parseUrl(url)) << url;
  }
}

TEST(Url, WantsAnAddressInBrackets) {
  for (const char* url : {"s3://[::ffff:1.2.3.4]/", "http://[fe80::1%25eth0]:80/", "http://[::1%25a%20b]",
                          "http://[::]:", "http://%25", "http://a:b:80"}) {
    EXPECT_TRUE(parseUrl(url)) << url;
  }
  for (const char* url : {"http://[1.2.3.4]/", "http://[]", "http://[::1%25]", "http://[::1%25%41%C3]", "http://a[::1]",
                          "http://[::1]a", "http://[fe80::1%eth0]", "http://%41"}) {
    EXPECT_FALSE(parseUrl(url)) << url;
  }
}

TEST(Url, FindsParameters) {
  EXPECT_EQ(parameterOf("a=1&versionId=&b", "versionId"), "");
  EXPECT_EQ(parameterOf("a=1", "versionId"), std::nullopt);
  EXPECT_EQ(parameterOf("x=%41+b", "x"), "A b");
}

}  // namespace
}  // namespace berth::ignition

// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "words/address.h"
#include "words/counter.h"
#include "words/digest.h"
#include "words/name.h"
#include "words/quantity.h"
#include "words/uuid.h"

namespace berth {
namespace {

TEST(NumericAddress, IsOfNumbersAlone) {
  for (const char* good : {"10.20.0.11", "::", "fe80::1", "::ffff:10.0.0.1"})
    EXPECT_TRUE(isNumericAddress(good)) << good;
  for (const char* bad : {"", "example.org", "10.20.0", "10.20.0.11:80", "fe80::1%eth0", "[::1]", " 10.0.0.1"}) {
    EXPECT_FALSE(isNumericAddress(bad)) << bad;
  }
  EXPECT_FALSE(isNumericAddress(std::string_view("10.0.0.1\0.evil", 14)));
  EXPECT_FALSE(isNumericAddress(std::string(64, '1')));
}

TEST(Name, AcceptsWhatADnsLabelDomainNameAndFileNameAllow) {
  for (const char* good : {"a", "prod", "prod-server-0", "x9"}) EXPECT_TRUE(NodeName::parse(good)) << good;
  EXPECT_TRUE(NodeName::parse(std::string(63, 'a')));
}

TEST(Name, RefusesWhatWouldBeTroubleInAnyOfThem) {
  for (const char* bad : {"", "-a", "a-", "9a", "A", "a_b", "a.b", "a/b", "..", "a b", "\xc3\xa4"}) {
    EXPECT_FALSE(NodeName::parse(bad)) << bad;
  }
  EXPECT_FALSE(NodeName::parse(std::string(64, 'a')));
}

TEST(Name, OfAVolumeFitsIntoTheSerialOfADisk) {
  EXPECT_TRUE(VolumeName::parse(std::string(20, 'a')));
  EXPECT_FALSE(VolumeName::parse(std::string(21, 'a')));
}

TEST(Digest, IsSha256) {
  EXPECT_EQ(Digest::of("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Digest::parse(Digest::of("abc").hex()), Digest::of("abc"));
  EXPECT_FALSE(Digest::parse("ba78"));
  EXPECT_FALSE(Digest::parse(std::string(64, 'g')));
}

TEST(Digest, OfAStreamIsTheSameAndTheDigesterStartsAnew) {
  Digester digester;
  const std::string_view text = "abc";
  for (const char& c : text) digester.update({reinterpret_cast<const std::uint8_t*>(&c), 1});
  EXPECT_EQ(digester.finish(), Digest::of(text));
  EXPECT_EQ(digester.finish(), Digest::of(""));
}

TEST(Bytes, NeedsAUnitAndPrintsTheLargest) {
  EXPECT_EQ(Bytes::parse("4GiB"), 4_GiB);
  EXPECT_EQ(Bytes::parse("1536 MiB"), 1536_MiB);
  EXPECT_EQ(Bytes::parse("1GB"), Bytes(1'000'000'000));
  for (const char* bad : {"", "4", "GiB", "-1GiB", "4gib", "4GiBs", "1.5GiB", "99999999TiB"}) {
    EXPECT_FALSE(Bytes::parse(bad)) << bad;
  }
  EXPECT_EQ((4_GiB).str(), "4GiB");
  EXPECT_EQ((1536_MiB).str(), "1536MiB");
  EXPECT_EQ(Bytes(1000).str(), "1000B");
  EXPECT_EQ(Bytes(0).str(), "0B");
}

TEST(Bytes, SubtractionStopsAtZero) { EXPECT_EQ(1_MiB - 1_GiB, Bytes(0)); }

TEST(Uuid, IsDerivedFromNamespaceAndName) {
  const Uuid space = Uuid::random();
  EXPECT_EQ(Uuid::derive(space, "a"), Uuid::derive(space, "a"));
  EXPECT_NE(Uuid::derive(space, "a"), Uuid::derive(space, "b"));
  EXPECT_NE(Uuid::derive(space, "a"), Uuid::derive(Uuid(), "a"));
  EXPECT_EQ(Uuid::derive(space, "a").str()[14], '8');
}

TEST(Uuid, ReadsWhatItWrites) {
  const Uuid uuid = Uuid::random();
  EXPECT_EQ(Uuid::parse(uuid.str()), uuid);
  EXPECT_EQ(Uuid::parse("01234567-89AB-CDEF-0123-456789ABCDEF")->str(), "01234567-89ab-cdef-0123-456789abcdef");
  for (const char* bad : {"", "01234567-89ab-cdef-0123-456789abcde", "01234567089ab-cdef-0123-456789abcdef",
                          "0123456g-89ab-cdef-0123-456789abcdef"}) {
    EXPECT_FALSE(Uuid::parse(bad)) << bad;
  }
}

TEST(Counter, OnlyRises) { EXPECT_LT(Epoch(1), Epoch(1).next()); }

}  // namespace
}  // namespace berth

// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/resource.h"

#include <gtest/gtest.h>

#include "planner/ignition/config.h"
#include "planner/ignition/gzip.h"

namespace berth::ignition {
namespace {

Value fileWith(std::string_view bytes, SpecVersion version) {
  Config config(version);
  return config.addFile("/a", bytes, 0644);
}

TEST(Resource, CompressesWhatPaysAndReadsItBack) {
  std::string text(10'000, 'a');
  Value file = fileWith(text, SpecVersion::v3_4);
  EXPECT_EQ(file.at("contents", "compression")->text(), "gzip");
  EXPECT_EQ(embedded(*file.find("contents")), text);
}

TEST(Resource, NeverCompressedIn3_0) {
  Value file = fileWith(std::string(10'000, '<'), SpecVersion::v3_0);
  EXPECT_EQ(file.at("contents", "compression"), nullptr);
  EXPECT_TRUE(file.at("contents", "source")->text().starts_with("data:,%3C%3C"));
}

TEST(Resource, IsNotEmbeddedWhenItIsElsewhereOrTooLarge) {
  Value file = fileWith(std::string(10'000, 'a'), SpecVersion::v3_4);
  EXPECT_EQ(embedded(*file.find("contents"), 9'999), std::nullopt);
  file.ensure("contents").put("source", Value::ofText("https://example.com", {}));
  EXPECT_EQ(embedded(*file.find("contents")), std::nullopt);
}

TEST(Gzip, RefusesWhatIsNone) {
  EXPECT_EQ(gunzip(gzip("hello"), 100), "hello");
  EXPECT_EQ(gunzip("hello", 100), std::nullopt);
  std::string cut = gzip(std::string(1000, 'x'));
  cut.pop_back();
  EXPECT_EQ(gunzip(cut, 10'000), std::nullopt);
  EXPECT_EQ(gunzip("", 100), std::nullopt);
}

}  // namespace
}  // namespace berth::ignition

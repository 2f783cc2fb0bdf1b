// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/diff/side.h"

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

const source::BundleFiles kNoFiles{source::Bundle{}};

TEST(Side, TellsTheLanguageByTheText) {
  EXPECT_EQ(languageOf("variant: fcos\nversion: 1.5.0\n"), Language::butane);
  EXPECT_EQ(languageOf(" {\"ignition\": {\"version\": \"3.4.0\"}}"), Language::ignition);
  EXPECT_EQ(languageOf("{\"variant\": \"fcos\", \"version\": \"1.5.0\"}"), Language::butane);
  EXPECT_EQ(languageOf("{\"ignition\": "), Language::ignition);
  EXPECT_EQ(languageOf(""), Language::butane);
}

TEST(Side, PointsAtWhatIsWrong) {
  Side butane = readSide("variant: fcos\nversion: 1.5.0\nstorage: {files: [{path: relative}]}\n", "a.bu", kNoFiles);
  EXPECT_FALSE(butane.config);
  ASSERT_EQ(butane.findings.size(), 1U);
  EXPECT_EQ(butane.findings[0].where.file, "a.bu");
  EXPECT_EQ(butane.findings[0].where.line, 3U);

  Side ignition = readSide("{\"ignition\": {\"version\": \"2.0.0\"}}", "a.ign", kNoFiles);
  EXPECT_FALSE(ignition.config);
  ASSERT_EQ(ignition.findings.size(), 1U);
  EXPECT_EQ(ignition.findings[0].message, "unsupported config version");
}

}  // namespace
}  // namespace berth::cli

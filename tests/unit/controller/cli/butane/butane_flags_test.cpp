// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/butane/butane_flags.h"

#include <vector>

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

std::optional<ButaneFlags> flagsOf(const std::vector<std::string>& arguments) {
  auto parsed = parseButaneFlags(arguments);
  auto* flags = std::get_if<ButaneFlags>(&parsed);
  return flags == nullptr ? std::nullopt : std::optional(*flags);
}

TEST(ButaneFlags, TakesEveryWordForAColour) {
  using When = ButaneFlags::When;
  for (auto [argument, when] : {std::pair("--color", When::always), std::pair("--color=yes", When::always),
                                std::pair("--colour=always", When::always), std::pair("--color=no", When::never),
                                std::pair("--color=auto", When::automatic), std::pair("--color=green", When::never)}) {
    auto flags = flagsOf({argument});
    ASSERT_TRUE(flags) << argument;
    EXPECT_EQ(flags->colour, when) << argument;
  }
}

TEST(ButaneFlags, CombineAndTakeValues) {
  auto flags = flagsOf({"-psD", "-dfiles", "a.bu", "--strict=0"});
  ASSERT_TRUE(flags);
  EXPECT_TRUE(flags->pretty);
  EXPECT_FALSE(flags->strict);
  EXPECT_EQ(flags->filesDirectory, "files");
  EXPECT_EQ(flags->file, "a.bu");
  EXPECT_FALSE(flagsOf({"--frobnicate"}));
  EXPECT_FALSE(flagsOf({"-d"}));
}

}  // namespace
}  // namespace berth::cli

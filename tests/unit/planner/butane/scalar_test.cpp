// SPDX-License-Identifier: Apache-2.0
#include "planner/butane/scalar.h"

#include <gtest/gtest.h>

namespace berth::butane {
namespace {

/// "!!int 8" for the scalar `text`, with what an integer field makes of it.
std::string meaningOf(const std::string& text) {
  auto document = source::readYaml(text, "x");
  auto resolved = resolve(*document.root());
  auto* scalar = std::get_if<Scalar>(&resolved);
  if (scalar == nullptr) return std::get<Misfit>(resolved).reason;
  auto number = asInteger(*scalar);
  return std::string(scalar->tag) + (number ? " " + std::to_string(*number) : "");
}

TEST(Scalar, ReadsNumbersAsGoYamlDoes) {
  EXPECT_EQ(meaningOf("0644"), "!!int 420");
  EXPECT_EQ(meaningOf("0o644"), "!!int 420");
  EXPECT_EQ(meaningOf("0x1F"), "!!int 31");
  EXPECT_EQ(meaningOf("0b101"), "!!int 5");
  EXPECT_EQ(meaningOf("-1_000"), "!!int -1000");
  EXPECT_EQ(meaningOf("0888"), "!!float 888");
  EXPECT_EQ(meaningOf("420.9"), "!!float 420");
  EXPECT_EQ(meaningOf("1e3"), "!!float 1000");
  EXPECT_EQ(meaningOf("99999999999999999999"), "!!float");
  EXPECT_EQ(meaningOf("18446744073709551615"), "!!int");
  EXPECT_EQ(meaningOf("-9223372036854775808"), "!!int -9223372036854775808");
  EXPECT_EQ(meaningOf(".inf"), "!!float");
  EXPECT_EQ(meaningOf("1:30"), "!!str");
  EXPECT_EQ(meaningOf("\"12\""), "!!str");
  EXPECT_EQ(meaningOf("!!int abc"), "yaml: cannot decode !!str `abc` as a !!int");
  EXPECT_EQ(meaningOf("!!bool \"\""), "yaml: cannot decode !!null `` as a !!bool");
  EXPECT_EQ(meaningOf("! 12"), "!!int 12");
  EXPECT_EQ(meaningOf("! \"12\""), "!!str");
  EXPECT_EQ(meaningOf(".1_0"), "!!str");
  EXPECT_EQ(meaningOf("!!float 1"), "!!float 1");
  EXPECT_EQ(meaningOf("2024-01-02"), "!!timestamp");
  EXPECT_EQ(meaningOf("+"), "!!str");
}

}  // namespace
}  // namespace berth::butane

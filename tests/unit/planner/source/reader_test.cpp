// SPDX-License-Identifier: Apache-2.0
#include "planner/source/reader.h"

#include <gtest/gtest.h>

namespace berth::source {
namespace {

/// The findings of reading `text` with `read`, one a line.
template <class Read>
std::string findingsOf(std::string_view text, Read read) {
  auto document = readYaml(text, "f");
  Findings findings;
  Reader reader(*document.root(), findings);
  read(reader);
  reader.finish();
  std::string out;
  for (const Diagnostic& each : findings) {
    out += std::to_string(each.where.line) + ":" + std::to_string(each.where.column) + " " + each.message;
    out += (each.hint.empty() ? "" : " (" + each.hint + ")") + "\n";
  }
  return out;
}

TEST(Reader, HandsOutTypedValuesWithTheirPlaces) {
  EXPECT_EQ(findingsOf("count: 3\nname: 1.20\nhard: true\nlist: [a, b]\nvolumes: {data: {}, logs: {}}\nnone: ~\n",
                       [](Reader& reader) {
                         auto count = reader.requireInteger("count");
                         EXPECT_EQ(count->value, 3);
                         EXPECT_EQ(count->mark, (Mark{"f", 1, 8, 1}));
                         EXPECT_EQ(reader.requireText("name")->value, "1.20");
                         EXPECT_TRUE(reader.boolean("hard")->value);
                         EXPECT_EQ(reader.texts("list").size(), 2U);
                         EXPECT_EQ(reader.entries("volumes")[1].first.value, "logs");
                         EXPECT_EQ(reader.text("none"), std::nullopt);
                         EXPECT_EQ(reader.integer("absent"), std::nullopt);
                       }),
            "");
}

TEST(Reader, CollectsAllThatIsWrong) {
  EXPECT_EQ(
      findingsOf("cuont: 3\nsize: \"5\"\nmode: 0644\nhard: yes\nlist: {a: b}\nsize: 1\nname: [x]\n",
                 [](Reader& reader) {
                   (void)reader.requireInteger("count");
                   (void)reader.integer("size");
                   (void)reader.integer("mode");
                   (void)reader.boolean("hard");
                   (void)reader.items("list");
                   (void)reader.text("name");
                 }),
      "6:1 key \"size\" is already defined on line 2\n"
      "1:1 \"count\" is missing\n"
      "2:7 expected a whole number, found text (write it without quotes)\n"
      "3:7 expected a whole number, found the number 0644 (write 0o… for an octal number, or no leading zero for a "
      "decimal one)\n"
      "4:7 expected true or false, found the text \"yes\"\n"
      "5:7 expected a list, found a mapping\n"
      "7:7 expected text, found a list\n"
      "1:1 unknown key \"cuont\" (did you mean \"count\"?)\n");
}

TEST(Reader, SaysWhenItIsNoMapping) {
  EXPECT_EQ(findingsOf("[a]", [](Reader& reader) { EXPECT_EQ(reader.require("x"), nullptr); }),
            "1:1 expected a mapping, found a list\n");
}

}  // namespace
}  // namespace berth::source

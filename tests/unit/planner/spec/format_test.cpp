// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/format.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "planner/source/yaml.h"
#include "tests/checkout.h"

namespace berth::spec {
namespace {

namespace fs = std::filesystem;

std::string formatted(const std::string& text) {
  const auto result = format(text, "x.yaml");
  if (const auto* finding = std::get_if<source::Diagnostic>(&result)) return "refused: " + finding->message;
  return std::get<std::string>(result);
}

/// In its usual form, and still so when it is formatted once more.
void expectFormatted(const std::string& text, const std::string& usual) {
  EXPECT_EQ(formatted(text), usual);
  EXPECT_EQ(formatted(usual), usual) << "formatting twice changes nothing";
}

TEST(Format, setsTwoSpacesForEachLevel) {
  expectFormatted("a:\n    b:\n        c: 1\n    d: 2\n", "a:\n  b:\n    c: 1\n  d: 2\n");
  expectFormatted("list:\n- a\n-   b: 1\n    c: 2\n", "list:\n  - a\n  - b: 1\n    c: 2\n");
}

TEST(Format, setsOneSpaceBeforeValuesAndWithinBrackets) {
  expectFormatted("a:    1\nlonger: {x: 1,y:   [ 1,2 ], z: {}}\n", "a: 1\nlonger: { x: 1, y: [1, 2], z: {} }\n");
  expectFormatted("a: {\"k\":1}   # why\n", "a: { \"k\": 1 } # why\n");
  expectFormatted("url: http://x:80/y   \n", "url: http://x:80/y\n");
}

TEST(Format, keepsCommentsWithWhatTheyStandBefore) {
  expectFormatted("# head\na:\n    # of b\n    b: 1   # one\n    # last of a\n\n\n\n# of c\nc: 2\n# end\n\n",
                  "# head\na:\n  # of b\n  b: 1   # one\n  # last of a\n\n# of c\nc: 2\n# end\n");
}

TEST(Format, movesTextsOverSeveralLinesAsAWhole) {
  expectFormatted("a:\n    b: |\n        one\n          two\n\n\n        # no comment\n    c: 1\n",
                  "a:\n  b: |\n      one\n        two\n\n\n      # no comment\n  c: 1\n");
  expectFormatted("a:\n    b: \"one\n        two\"\n    c:\n        [1,\n         2]\n",
                  "a:\n  b: \"one\n      two\"\n  c:\n    [1,\n     2]\n");
  expectFormatted("a: |+\n  x\n\n\nb: 1\n", "a: |+\n  x\n\n\nb: 1\n");
}

TEST(Format, leavesExpressionsAlone) {
  expectFormatted("count:  ${{ var.zones * 2 }}\nurl: \"http://${{ node.address }}:80/\"\n",
                  "count: ${{ var.zones * 2 }}\nurl: \"http://${{ node.address }}:80/\"\n");
}

TEST(Format, writesUnixLinesWithoutEmptyOnesAtTheEnds) {
  expectFormatted("\r\n\r\na: 1\r\nb: 2  \r\n\r\n", "a: 1\nb: 2\n");
  expectFormatted("", "");
}

TEST(Format, refusesWhatIsNoYaml) { EXPECT_TRUE(formatted("a: [1\n").starts_with("refused: ")); }

/// Every YAML file of the checkout's tests and examples, the broken ones too: nothing may be changed in its meaning.
TEST(Format, changesTheMeaningOfNoSpecThereIs) {
  std::size_t count = 0;
  for (const char* below : {"examples", "tests/unit/planner", "tests/conformance/butane"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(checkout::kRoot) / below)) {
      if (entry.path().extension() != ".yaml" && entry.path().extension() != ".bu") continue;
      std::ifstream file(entry.path());
      std::stringstream text;
      text << file.rdbuf();
      if (source::readYaml(text.str(), "x").failure()) continue;
      // A mapping for a key is no key of anybody's, and white space alone on the last line of a text is left to whoever
      // wants it: both are left as they are.
      const fs::path name = entry.path().parent_path().filename();
      if (name == "err-yaml-complex-key" || name == "yaml-trailing-spaces-and-no-final-newline") continue;
      const std::string once = formatted(text.str());
      EXPECT_FALSE(once.starts_with("refused: ")) << entry.path() << "\n" << once;
      EXPECT_EQ(formatted(once), once) << entry.path();
      ++count;
    }
  }
  EXPECT_GT(count, 100u);
}

}  // namespace
}  // namespace berth::spec

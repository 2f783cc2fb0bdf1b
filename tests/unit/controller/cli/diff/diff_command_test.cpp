// SPDX-License-Identifier: Apache-2.0
//
// `berth diff` as a person calls it, on two real files that differ in every way a node can.
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/cli/commands.h"
#include "tests/unit/controller/cli/golden.h"

namespace berth::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Ended {
  int status = 0;
  std::string out;
  std::string err;
};

constexpr std::size_t kColumns = 80;
const std::string kFiles = std::string(checkout::kRoot) + "/tests/unit/controller/cli/diff/testdata/";

Ended berth(const std::vector<std::string>& arguments, show::Colour colour = show::Colour::off,
            const std::string& input = {}) {
  std::ostringstream out;
  std::ostringstream err;
  std::istringstream in(input);
  const SystemClock clock;
  World world{out, err, in, clock, {}, IsTerminal::yes, IsTerminal::no, {}, {}, {}, {}};
  world.outStyle.colour = colour;
  world.screen = [] { return show::Screen{kColumns, 25}; };
  world.readerIsGone = [] { return false; };
  const int status = perform(arguments, world);
  return {status, out.str(), err.str()};
}

/// The marks name the files as they were given, which is another place in each checkout.
std::string withoutCheckout(std::string text) {
  for (std::size_t at = text.find(kFiles); at != std::string::npos; at = text.find(kFiles))
    text.erase(at, kFiles.size());
  return text;
}

/// A screen as wide as it seems: the golden files are made with short names.
Ended diffHere(const std::vector<std::string>& options, show::Colour colour = show::Colour::off) {
  std::vector<std::string> arguments = {"diff", "before.bu", "after.bu"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  const auto old = std::filesystem::current_path();
  std::filesystem::current_path(kFiles);
  Ended ended = berth(arguments, colour);
  std::filesystem::current_path(old);
  return ended;
}

TEST(DiffCommand, ShowsWhatIsOtherwiseOnTheNode) {
  const Ended plain = diffHere({});
  EXPECT_EQ(plain.status, 1);
  testing::expectGolden("plain.txt", plain.out);
  testing::expectGolden("coloured.txt", diffHere({}, show::Colour::on).out);
  testing::expectGolden("advice.txt", plain.err);
}

TEST(DiffCommand, SaysTheSameInJson) {
  const Ended ended = diffHere({"-o", "json"});
  EXPECT_EQ(ended.status, 1);
  testing::expectGolden("json.txt", ended.out);
}

TEST(DiffCommand, ShowsSecretFilesOnlyWhenAskedTo) {
  for (const std::string format : {"table", "json", "yaml"}) {
    const Ended masked = diffHere({"-o", format});
    EXPECT_THAT(masked.out, Not(HasSubstr("gossip"))) << format;
    const Ended shown = diffHere({"--show-secrets", "-o", format});
    EXPECT_THAT(shown.out, HasSubstr("new-gossip-key")) << format;
    for (const std::string& out : {masked.out, shown.out}) EXPECT_THAT(out, Not(HasSubstr("hash-of"))) << format;
  }
}

TEST(DiffCommand, EndsAsDiffDoes) {
  EXPECT_EQ(berth({"diff", kFiles + "before.bu", kFiles + "before.bu"}).status, 0);
  EXPECT_EQ(berth({"diff", kFiles + "before.bu", kFiles + "before.bu"}).out, "");
  EXPECT_EQ(berth({"diff", kFiles + "before.bu", kFiles + "after.bu"}).status, 1);
  const Ended missing = berth({"diff", kFiles + "before.bu", kFiles + "nowhere.bu"});
  EXPECT_EQ(missing.status, 2);
  EXPECT_THAT(missing.err, HasSubstr("no such file or directory"));
  EXPECT_EQ(berth({"diff", kFiles + "before.bu"}).status, 2);
  EXPECT_EQ(berth({"diff", "-", "-"}).status, 2);
  EXPECT_EQ(berth({"diff", kFiles + "before.bu", "/dev/zero"}).status, 2);
}

TEST(DiffCommand, ComparesButaneWithTheIgnitionItBecomes) {
  const Ended translated = berth({"butane", "-d", kFiles, kFiles + "before.bu"});
  ASSERT_EQ(translated.status, 0) << translated.err;
  const Ended same = berth({"diff", kFiles + "before.bu", "-"}, show::Colour::off, translated.out);
  EXPECT_EQ(same.status, 0) << same.out << same.err;
}

TEST(DiffCommand, PointsAtMistakesInBothFiles) {
  const Ended ended = berth({"diff", kFiles + "wrong.bu", "-"}, show::Colour::off, "{\"ignition\": {}}");
  EXPECT_EQ(ended.status, 2);
  testing::expectGolden("mistakes.txt", withoutCheckout(ended.err));
}

}  // namespace
}  // namespace berth::cli

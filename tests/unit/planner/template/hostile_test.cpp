// SPDX-License-Identifier: Apache-2.0
//
// Whatever an expression tries, it ends soon, within its memory, and without having reached anything.
#include <chrono>

#include <gmock/gmock.h>

#include "tests/unit/planner/template/evaluating.h"

namespace berth::templates {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class AHostileExpression : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(AHostileExpression, endsWithAnErrorSoon) {
  World world;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(world.worth(GetParam().first), testing::AllOf(StartsWith("error: "), HasSubstr(GetParam().second)));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  EXPECT_EQ(world.worth("1 + 1"), "2") << "the interpreter is of no use any more";
}

constexpr const char* kSteps = "stopped after 2000000 steps";

INSTANTIATE_TEST_SUITE_P(
    ThatRuns, AHostileExpression,
    testing::Values(std::pair{"(function() while true do end end)()", kSteps},
                    std::pair{"(function() local function f() return f() end return f() end)()", kSteps},
                    std::pair{"(function() local function f() return 1 + f() end return f() end)()", ""},
                    std::pair{"try((function() while true do end end)(), 1)", kSteps},
                    std::pair{"can((function() while true do end end)())", kSteps},
                    std::pair{"(function() local x repeat x = try(1, 2) until false end)()", kSteps},
                    std::pair{"transform(range(100000), function() return range(100000) end)", kSteps},
                    std::pair{"(function() for i = 1, 1e9 do regexall('a*?b', '') end end)()", kSteps}));

INSTANTIATE_TEST_SUITE_P(
    ThatGrows, AHostileExpression,
    testing::Values(
        std::pair{"(function() local s = 'x' while true do s = s .. s end end)()", "MiB of memory"},
        std::pair{"(function() local t = {} for i = 1, 1e9 do t[i] = i end end)()", ""},
        std::pair{"format('%999999999d', 1)", "a width or precision is more than 1000"},
        std::pair{
            "replace(join('', transform(range(50000), function() return 'aaaa' end)), 'a', 'bbbbbbbbbbbbbbbbbbbbbbb')",
            "longer than 4194304 bytes"},
        std::pair{"range(1000000000)", "more than 100000 elements"},
        std::pair{"indent(1000, join('\\n', transform(range(50000), function() return '' end)))", "too long"},
        std::pair{"jsondecode(join('', transform(range(50000), function() return '[' end)))", "no JSON"},
        std::pair{"yamldecode('a: &a [1,1]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\\n"
                  "d: &d [*c,*c,*c,*c,*c,*c,*c,*c]\\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\\nf: [*e,*e,*e,*e,*e,*e,*e,*e]')",
                  "stand for more than"},
        std::pair{"regex('(((((((a{100}){100}){100}){100}){100}){100}){100})', 'a')", "the pattern is wrong"},
        std::pair{"(function() local t = {} t[1] = t return t end)()", "nested deeper than 64 levels"}));

INSTANTIATE_TEST_SUITE_P(
    ThatReachesOut, AHostileExpression,
    testing::Values(std::pair{"io.open('/etc/passwd')", "nothing is known as \"io\""},
                    std::pair{"os.execute('id')", "nothing is known as \"os\""},
                    std::pair{"require('os')", "nothing is known as \"require\""},
                    std::pair{"load('return 1')()", "nothing is known as \"load\""},
                    std::pair{"debug.getinfo(1)", "nothing is known as \"debug\""},
                    std::pair{"getmetatable('').__index", "nothing is known as \"getmetatable\""},
                    std::pair{"setmetatable({}, {})", "nothing is known as \"setmetatable\""},
                    std::pair{"rawset({}, 1, 1)", "nothing is known as \"rawset\""},
                    std::pair{"collectgarbage('count')", "nothing is known as \"collectgarbage\""},
                    std::pair{"_G", "nothing is known as \"_G\""}, std::pair{"_ENV", "_ENV cannot be used"},
                    std::pair{"('x'):rep(1e9)", "attempt to index a string value"},
                    std::pair{"('x').format", "attempt to index a string value"},
                    std::pair{"\"\\27Lua\"()", "<eof> expected"}, std::pair{"join", "a function is no value"},
                    std::pair{"var", "var is no value"}, std::pair{"1, 2", "an expression has one value"},
                    std::pair{"1 end)() (function() return 2", "<eof> expected"},
                    std::pair{"", "the expression is empty"},
                    std::pair{"(function() goto a end)()", "no visible label"}));

TEST(BytecodeInAText, isNeverRun) {
  World world;
  EXPECT_THAT(world.written(std::string("${{ \x1bLua\x54 }}")), StartsWith("error: "));
}

TEST(AllExpressionsTogether, haveALimitToo) {
  World world;
  source::Findings findings;
  const auto compiled = world.interpreter.compile("${{ (function() while true do end end)() }}", {}, findings);
  int runs = 0;
  while (findings.empty() || findings.back().message.find("together") == std::string::npos) {
    (void)world.interpreter.evaluate(*compiled, nullptr, findings);
    ASSERT_LT(++runs, 1000);
  }
  EXPECT_EQ(runs, 100);
}

}  // namespace
}  // namespace berth::templates

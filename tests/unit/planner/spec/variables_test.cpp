// SPDX-License-Identifier: Apache-2.0
//
// Variables, as a spec that uses them is read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/spec/parse.h"
#include "planner/template/value_type.h"

namespace berth::spec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr const char* kText = R"(variables:
  count: { type: int }
  region: { type: string, default: eu }
  dns: { type: list(string), default: [10.20.0.1] }
  tags: { type: map(any), default: { a: 1 } }
  password: { type: string, default: x, sensitive: true }
cluster: ${{ var.region }}-web
image: { stream: stable }
network:
  bridge: br0
  subnet: ${{ cidrsubnet("10.20.0.0/16", 8, 0) }}
  dns: ${{ var.dns }}
pools:
  web:
    count: ${{ var.count }}
    resources: { vcpus: 2, memory: "${{ 2 * 2 }}GiB", disk: 20GiB }
    addresses: ${{ cidrhost("10.20.0.0/24", 11) }}-${{ cidrhost("10.20.0.0/24", 19) }}
    health:
      - { http: "http://${{ node.address }}:80/${{ var.region }}" }
    tags: { region: "${{ var.region }}", home: "${{ cluster.name }}", node: "n${{ node.index }}", fee: "$${{ x }}" }
)";

Given given(std::string name, std::string text) {
  return {std::move(name), std::move(text), Given::Form::text, Given::Demand::declared, {"-v", 0, 0, 0}};
}

Parsed parsed(const Givens& givens, const std::string& text = kText) {
  const source::BundleFiles files({{"c.yaml", {text}}});
  return parse("c.yaml", files, givens);
}

std::string told(const source::Findings& findings) { return source::render(findings, {}); }

TEST(ASpecWithVariables, readsLikeOneWithTheirValues) {
  const Parsed spec = parsed({given("count", "3")});
  ASSERT_TRUE(spec.spec) << told(spec.findings);
  EXPECT_EQ(spec.spec->cluster->str(), "eu-web");
  const Pool& pool = spec.spec->pools.front();
  EXPECT_EQ(*pool.count, 3u);
  EXPECT_EQ(pool.resources.memory->str(), "4GiB");
  EXPECT_EQ(pool.rangesOf(0).front()->str(), "10.20.0.11-10.20.0.19");
  EXPECT_EQ(spec.spec->network().addressing->dns.front()->str(), "10.20.0.1");
  EXPECT_THAT(pool.tags, ElementsAre(Pair("fee", "${{ x }}"), Pair("home", "eu-web"), Pair("region", "eu")));
  ASSERT_EQ(pool.tagsByNode.size(), 1u);
  EXPECT_EQ(pool.tagsByNode.at("node").sample, "n0");
}

TEST(ASpecWithVariables, knowsWhichStandBehindAValue) {
  const Parsed spec = parsed({given("count", "3")});
  ASSERT_TRUE(spec.spec);
  const auto& uses = spec.spec->uses;
  EXPECT_THAT(uses.at(spec.spec->pools.front().count.mark), ElementsAre(Pair(0u, "count")));
  EXPECT_THAT(uses.at(spec.spec->cluster.mark), ElementsAre(Pair(0u, "region")));
}

TEST(AValueThatIsGiven, countsMoreThanTheDefaultAndTheLaterMore) {
  const Parsed spec = parsed({given("count", "3"), given("region", "asia"), given("region", "us")});
  ASSERT_TRUE(spec.spec) << told(spec.findings);
  EXPECT_EQ(spec.spec->cluster->str(), "us-web");
}

TEST(AValueThatIsGiven, isReadAsItsTypeHasIt) {
  const Parsed spec = parsed({given("count", "3"), given("dns", R"(["10.20.0.2", "10.20.0.3"])")});
  ASSERT_TRUE(spec.spec) << told(spec.findings);
  EXPECT_EQ(spec.spec->network().addressing->dns.size(), 2u);
}

TEST(AValueThatIsMissing, isToldAtItsDeclarationWithTheWaysToGiveIt) {
  const Parsed spec = parsed({});
  EXPECT_EQ(told(spec.findings),
            "c.yaml:2:3: error: variable \"count\" has no value\n"
            "    = give it by -v count=…, a line of a --var-file, or BERTH_VAR_count; or write a default:\n");
}

TEST(AValueOfAWrongType, isToldWhereItWasGiven) {
  const Parsed spec = parsed({given("count", "many"), given("dns", "x"), given("tags", "[1]")});
  EXPECT_EQ(told(spec.findings),
            "-v: error: the value of \"count\": expected a whole number, found text\n"
            "   = it is declared as int in c.yaml:2\n"
            "-v: error: the value of \"dns\": expected a list as JSON\n"
            "   = it is declared as list(string) in c.yaml:4\n"
            "-v: error: the value of \"tags\": expected a map, found a list\n"
            "   = it is declared as map(any) in c.yaml:5\n");
}

TEST(AValueForNoVariable, isAMistakeOnTheCommandLineAndAWarningInAFile) {
  Given ofFile = given("regoin", "us");
  ofFile.demand = Given::Demand::optional;
  ofFile.where = {"prod.vars.yaml", 2, 1, 6};
  const Parsed warned = parsed({given("count", "3"), ofFile});
  EXPECT_TRUE(warned.spec);
  EXPECT_THAT(told(warned.findings),
              HasSubstr("prod.vars.yaml:2:1: warning: the spec declares no variable \"regoin\""));
  const Parsed refused = parsed({given("count", "3"), given("regoin", "us")});
  EXPECT_FALSE(refused.spec);
  EXPECT_THAT(told(refused.findings), HasSubstr("did you mean \"region\"?"));
}

TEST(ASensitiveValue, isInNoMessage) {
  for (const char* tags : {"\"${{ var.password }}\"", "\"${{ parseint(var.password, 10) }}\"",
                           "\"${{ node.name .. var.password }}\"", "\"${{ var.password.x }}\""}) {
    std::string text = kText;
    text.replace(text.find("\"${{ var.region }}\", home"), std::string("\"${{ var.region }}\"").size(), tags);
    const Parsed spec = parsed({given("count", "3"), given("password", "hunter2")}, text);
    EXPECT_THAT(told(spec.findings), testing::Not(HasSubstr("hunter2"))) << tags;
  }
}

TEST(AType, isConvertedAsTerraformDoesIt) {
  using templates::Value;
  using templates::ValueType;
  const auto shown = [](const char* type, const char* text) {
    const auto value = ValueType::parse(type)->read(text);
    if (const auto* wrong = std::get_if<ValueType::Mismatch>(&value)) return wrong->path + ": " + wrong->problem;
    return templates::shown(std::get<Value>(value));
  };
  EXPECT_EQ(shown("string", "3"), "\"3\"");
  EXPECT_EQ(shown("int", "3"), "3");
  EXPECT_EQ(shown("int", "3.5"), ": expected a whole number, found text");
  EXPECT_EQ(shown("number", "3.5"), "3.5");
  EXPECT_EQ(shown("bool", "true"), "true");
  EXPECT_EQ(shown("bool", "yes"), ": expected true or false, found text");
  EXPECT_EQ(shown("any", "3"), "3");
  EXPECT_EQ(shown("any", "eu"), "\"eu\"");
  EXPECT_EQ(shown("list(string)", "[1, true]"), "{\"1\", \"true\"}");
  EXPECT_EQ(shown("set(int)", "[3, 1, 3]"), "{1, 3}");
  EXPECT_EQ(shown("map(list(int))", R"({"a": [1, "x"]})"), ".a[2]: expected a whole number, found text");
  EXPECT_EQ(ValueType::parse("map( list( int ) )")->str(), "map(list(int))");
  EXPECT_FALSE(ValueType::parse("list(text)"));
  EXPECT_FALSE(ValueType::parse("list(int"));
  EXPECT_FALSE(ValueType::parse("int(int)"));
}

}  // namespace
}  // namespace berth::spec

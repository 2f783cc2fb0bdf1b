// SPDX-License-Identifier: Apache-2.0
//
// Files that a spec includes. What is wrong with them is told in golden files (planner/change/broken_test.cpp).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/spec/assembly.h"
#include "planner/spec/parse.h"

namespace berth::spec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

constexpr const char* kHead = R"(cluster: prod
image: { stream: stable }
os_updates: { strategy: off }
network: { bridge: br0, dhcp: true }
)";
constexpr const char* kWeb = R"(variables:
  region: { type: string }
  count: { type: int, default: 1 }
pools:
  web:
    count: ${{ var.count }}
    resources: { vcpus: 1, memory: 1GiB, disk: 10GiB }
    butane: [web.bu]
    near: [cache]
    tags: { region: "${{ var.region }}", cluster: "${{ cluster.name }}", note: "${{ trimspace(file('note')) }}" }
  cache:
    count: 1
    resources: { vcpus: 1, memory: 1GiB, disk: 10GiB }
)";
constexpr const char* kPool = "pools: { a: { count: 1, resources: { vcpus: 1, memory: 1GiB, disk: 10GiB } } }\n";

Parsed parsed(const std::string& spec, source::Bundle files = {}) {
  files["c.yaml"] = {kHead + spec};
  files.try_emplace("pieces/web.yaml", source::BundledFile{kWeb});
  files.try_emplace("pieces/web.bu", source::BundledFile{"variant: fcos\nversion: 1.5.0\n"});
  files.try_emplace("pieces/note", source::BundledFile{"from the piece\n"});
  return parse("c.yaml", source::BundleFiles(std::move(files)));
}

std::string told(const Parsed& parsed) { return source::render(parsed.findings, {}); }

std::vector<std::string> poolsOf(const Spec& spec) {
  std::vector<std::string> names;
  for (const Pool& pool : spec.pools) names.push_back(pool.name->str());
  return names;
}

TEST(AnIncludedFile, addsItsPoolsUnderTheNameThatItIsIncludedAs) {
  const Parsed spec = parsed(std::string(kPool) + R"(include:
  - { file: pieces/web.yaml, as: eu, with: { region: eu, count: 3 } }
  - { file: pieces/web.yaml, as: us, with: { region: us } }
)");
  ASSERT_TRUE(spec.spec) << told(spec);
  EXPECT_THAT(poolsOf(*spec.spec), ElementsAre("a", "eu-web", "eu-cache", "us-web", "us-cache"));
  EXPECT_EQ(*spec.spec->pools[1].count, 3u);
  EXPECT_EQ(*spec.spec->pools[3].count, 1u);
  EXPECT_THAT(spec.spec->pools[3].tags,
              ElementsAre(Pair("cluster", "prod"), Pair("note", "from the piece"), Pair("region", "us")));
}

TEST(AnIncludedFile, findsFilesBesideItself) {
  const Parsed spec = parsed("include: [{ file: pieces/web.yaml, with: { region: eu } }]\n");
  ASSERT_TRUE(spec.spec) << told(spec);
  EXPECT_THAT(poolsOf(*spec.spec), ElementsAre("web", "cache"));
  EXPECT_EQ(*spec.spec->pools[0].butane.front(), "pieces/web.bu");
}

TEST(AnIncludedFile, callsItsOwnPoolsByTheirShortNamesAndOthersByTheirs) {
  const Parsed own = parsed("include: [{ file: pieces/web.yaml, as: eu, with: { region: eu } }]\n");
  ASSERT_TRUE(own.spec) << told(own);
  EXPECT_EQ(own.spec->pools[0].near->pools.front()->str(), "eu-cache");

  std::string other = kWeb;
  other.replace(other.find("near: [cache]"), 13, "near: [a]");
  const Parsed far = parsed(std::string(kPool) + "include: [{ file: pieces/web.yaml, as: eu, with: { region: eu } }]\n",
                            {{"pieces/web.yaml", {other}}});
  ASSERT_TRUE(far.spec) << told(far);
  EXPECT_EQ(far.spec->pools[1].near->pools.front()->str(), "a");
}

TEST(AnIncludedFile, isGivenWhatExpressionsOfTheIncludingFileComeTo) {
  const Parsed spec = parsed(R"(variables:
  regions: { type: list(string), default: [eu, us] }
include:
  - file: pieces/web.yaml
    with: { region: "${{ upper(var.regions[2]) }}", count: "${{ length(var.regions) * 2 }}" }
)");
  ASSERT_TRUE(spec.spec) << told(spec);
  EXPECT_EQ(spec.spec->pools[0].tags.at("region"), "US");
  EXPECT_EQ(*spec.spec->pools[0].count, 4u);
}

TEST(AnIncludedFile, seesNoVariablesButItsOwn) {
  const Parsed spec = parsed("variables: { other: { default: x } }\ninclude: [{ file: p.yaml }]\n",
                             {{"p.yaml",
                               {"variables: { own: { default: 1 } }\npools: { b: { count: \"${{ var.other "
                                "}}\", resources: { vcpus: 1, memory: 1GiB, disk: 10GiB } } }\n"}}});
  EXPECT_FALSE(spec.spec);
  EXPECT_THAT(told(spec), HasSubstr("p.yaml:2:"));
  EXPECT_THAT(told(spec), HasSubstr("other"));
}

TEST(AnIncludedFile, includesOthersRelativeToItself) {
  const Parsed spec = parsed("include: [{ file: pieces/all.yaml, as: eu }]\n",
                             {{"pieces/all.yaml", {"include: [{ file: web.yaml, as: x, with: { region: eu } }]\n"}}});
  ASSERT_TRUE(spec.spec) << told(spec);
  EXPECT_THAT(poolsOf(*spec.spec), ElementsAre("eu-x-web", "eu-x-cache"));
  EXPECT_EQ(spec.spec->pools[0].near->pools.front()->str(), "eu-x-cache");
}

TEST(AnIncludedFile, mayBeGivenASensitiveValueOnlyWhereItSaysSo) {
  const std::string spec = R"(variables: { token: { type: string, sensitive: true, default: hunter2 } }
include: [{ file: p.yaml, with: { token: "${{ var.token }}" } }]
)";
  const std::string piece = std::string("variables: { token: { type: string } }\n") + kPool;
  const Parsed open = parsed(spec, {{"p.yaml", {piece}}});
  EXPECT_FALSE(open.spec);
  EXPECT_THAT(told(open), HasSubstr("a sensitive value cannot be given to variable \"token\""));
  EXPECT_THAT(told(open), Not(HasSubstr("hunter2")));

  const Parsed kept = parsed(spec, {{"p.yaml", {std::string("variables: { token: { sensitive: true } }\n") + kPool}}});
  ASSERT_TRUE(kept.spec) << told(kept);
  EXPECT_EQ(kept.spec->pieces.at(1).variables.at(0).value, templates::Value::of(std::string("hunter2")));
}

TEST(AnIncludedFile, isNotToldToLackWhatCouldNotBeWorkedOut) {
  const Parsed spec = parsed(
      "variables: { region: { type: string } }\n"
      "include: [{ file: pieces/web.yaml, with: { region: \"${{ var.region }}\" } }]\n");
  ASSERT_EQ(spec.findings.size(), 1u) << told(spec);
  EXPECT_EQ(spec.findings.front().message, "variable \"region\" has no value");
  EXPECT_EQ(spec.findings.front().where.file, "c.yaml");
}

TEST(AnIncludedFile, knowsWhichOfItsVariablesStandBehindAValueInEachOfItsUses) {
  const Parsed spec = parsed(R"(include:
  - { file: pieces/web.yaml, as: eu, with: { region: eu } }
  - { file: pieces/web.yaml, as: us, with: { region: us } }
)");
  ASSERT_TRUE(spec.spec) << told(spec);
  EXPECT_THAT(spec.spec->uses.at(spec.spec->pools[0].count.mark), ElementsAre(Pair(1u, "count"), Pair(2u, "count")));
  EXPECT_EQ(spec.spec->pools[0].piece, 1u);
  EXPECT_EQ(spec.spec->pools[2].piece, 2u);
}

TEST(AnIncludedFile, isNotReadMoreOftenOrDeeperThanTheLimits) {
  std::string chain;
  source::Bundle deep;
  for (std::size_t i = 0; i <= kMaxIncludeDepth; ++i) {
    deep["p" + std::to_string(i) + ".yaml"] = {"include: [{ file: p" + std::to_string(i + 1) + ".yaml }]\n"};
  }
  EXPECT_THAT(told(parsed("include: [{ file: p0.yaml }]\n", deep)),
              HasSubstr("p7.yaml:1:19: error: files are included"));

  std::string wide = "include:\n";
  for (int i = 0; i < 8; ++i) wide += "  - { file: p.yaml, as: n" + std::to_string(i) + " }\n";
  const std::string again =
      "include: [{ file: q.yaml, as: a }, { file: q.yaml, as: b }, { file: q.yaml, as: c }, "
      "{ file: q.yaml, as: d }]\n";
  EXPECT_THAT(told(parsed(wide, {{"p.yaml", {again}}, {"q.yaml", {kPool}}})),
              HasSubstr("at most 32 files are included"));
}

}  // namespace
}  // namespace berth::spec

// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/controller/cli/golden.h"
#include "tests/unit/controller/cli/show/rows_of_a_fleet.h"

namespace berth::show {
namespace {

using testing::expectGolden;
using ::testing::HasSubstr;
using ::testing::Not;

Json everything() {
  message::EventRow event{Sequence(7), testing::kNowMs, "host vh1", "joined"};
  message::OperatorRow user{testing::named<OperatorName>("alice"), message::Role::operator_, std::string(40, 'k')};
  message::ClusterRow cluster;
  cluster.name = testing::named<ClusterName>("first");
  cluster.revision = Revision(2);
  cluster.image.contentDigest = Digest::of("image");
  return {{"host", json(testing::hosts().at(1))},
          {"node", json(testing::nodes().at(3))},
          {"volumes", json(testing::volumes())},
          {"locks", json(testing::locks())},
          {"cluster", json(cluster)},
          {"rollout", json(testing::failed().rollout)},
          {"change", json(testing::failed().changes.at(1))},
          {"event", json(event)},
          {"user", json(user)},
          {"plan", json(testing::plan(message::Action::replace))}};
}

TEST(Json, KeepsItsPromisedShape) { expectGolden("everything.json", jsonText(everything())); }

TEST(Yaml, HoldsTheSame) { expectGolden("everything.yaml", yamlText(everything())); }

TEST(JsonText, IsHarmlessOnATerminal) {
  const std::string text =
      jsonText(Json("\x1b[2J\x7F\xC2\x9B"
                    "2J\xFF"));
  EXPECT_EQ(text, "\"\\u001b[2J\\u007f\\u009b2J\xEF\xBF\xBD\"\n");
}

TEST(YamlText, QuotesWhatCouldBeSomethingElse) {
  for (const char* text :
       {"", "yes", "NO", "null", "1.20", "0x10", "2026-11-22", "a: b", "a #b", "- a", "~", " a", "a "}) {
    EXPECT_EQ(yamlText(Json(text)), Json(text).dump() + "\n");
  }
  EXPECT_EQ(yamlText(Json("first-server-0")), "first-server-0\n");
}

TEST(YamlText, WritesNestedListsAndEmptyOnes) {
  const Json value = {{"a", Json::array({{{"b", 1}, {"c", Json::array()}}, 2})}, {"d", Json::object()}, {"e", nullptr}};
  EXPECT_EQ(yamlText(value), "a:\n  - b: 1\n    c: []\n  - 2\nd: {}\ne: null\n");
}

}  // namespace
}  // namespace berth::show

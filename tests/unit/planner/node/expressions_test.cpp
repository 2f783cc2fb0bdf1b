// SPDX-License-Identifier: Apache-2.0
//
// Expressions in Butane files: what differs from node to node comes out right for each, however it is put together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "planner/ignition/data_url.h"
#include "planner/node/compose.h"
#include "planner/node/parts.h"
#include "planner/spec/parse.h"

namespace berth::node {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kSpec = R"(variables:
  greeting: { type: string, default: "Hi, there & all" }
  password: { type: string, default: hunter2, sensitive: true }
cluster: prod
image: { stream: stable }
network: { bridge: br0, subnet: 10.20.0.0/24 }
pools:
  web:
    count: 3
    resources: { vcpus: 1, memory: 1GiB, disk: 10GiB }
    addresses: 10.20.0.11-10.20.0.19
    butane: [a.bu]
    meta: { rack: r1 }
)";

Composed composed(const std::string& butane) {
  const source::BundleFiles files({{"c.yaml", {kSpec}}, {"a.bu", {"variant: fcos\nversion: 1.5.0\n" + butane}}});
  const auto parsed = spec::parse("c.yaml", files);
  EXPECT_TRUE(parsed.spec) << source::render(parsed.findings, {});
  return compose(*parsed.spec, files, std::nullopt);
}

std::string contentsOf(const Blueprint& blueprint, const std::string& path) {
  const json config = json::parse(blueprint.ignition);
  for (const json& file : config["storage"]["files"]) {
    if (file["path"] != path) continue;
    const auto decoded = ignition::decodeDataUrl(file["contents"]["source"].get<std::string>());
    return std::get<std::string>(decoded);
  }
  return "none";
}

json unitOf(const Blueprint& blueprint, const std::string& name) {
  const json config = json::parse(blueprint.ignition);
  for (const json& unit : config["systemd"]["units"]) {
    if (unit["name"] == name) return unit;
  }
  return {};
}

TEST(WordsOfANode, standInTheContentsOfFiles) {
  const Composed all = composed(
      "storage:\n"
      "  files:\n"
      "    - path: /etc/a\n"
      "      contents: { inline: \"${{ var.greeting }}: ${{ node.name }} \\\"%\\\" ${{ node.address }} ${HOME}\" }\n"
      "    - path: /etc/b\n"
      "      contents: { inline: \"${{ node.meta.rack }}${{ node.index }}\" }\n"
      "    - path: /etc/peers\n"
      "      contents:\n"
      "        inline: ${{ join(\",\", pluck(nodes(\"web\"), \"address\")) }}\n");
  ASSERT_EQ(all.blueprints.size(), 3u) << source::render(all.findings, {});
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string index = std::to_string(i);
    EXPECT_EQ(contentsOf(all.blueprints[i], "/etc/a"),
              "Hi, there & all: prod-web-" + index + " \"%\" 10.20.0.1" + std::to_string(1 + i) + " ${HOME}");
    EXPECT_EQ(contentsOf(all.blueprints[i], "/etc/b"), "r1" + index);
    EXPECT_EQ(contentsOf(all.blueprints[i], "/etc/peers"), "10.20.0.11,10.20.0.12,10.20.0.13");
  }
}

TEST(WordsOfANode, standInUnitsWhetherPlainOrNot) {
  const Composed all = composed(
      "systemd:\n"
      "  units:\n"
      "    - name: a.service\n"
      "      contents: \"[Service]\\nEnvironment=NODE=${{ node.name }}\\nExecStart=/bin/echo ${{ node.index == 1 and "
      "'\\\"one\\\"' or 'x' }}\\n\"\n");
  ASSERT_EQ(all.blueprints.size(), 3u) << source::render(all.findings, {});
  EXPECT_EQ(unitOf(all.blueprints[0], "a.service")["contents"],
            "[Service]\nEnvironment=NODE=prod-web-0\nExecStart=/bin/echo x\n");
  EXPECT_EQ(unitOf(all.blueprints[1], "a.service")["contents"],
            "[Service]\nEnvironment=NODE=prod-web-1\nExecStart=/bin/echo \"one\"\n");
}

TEST(DecisionsForANode, changeWhatTheConfigIs) {
  const Composed all = composed(
      "storage:\n"
      "  files:\n"
      "    - path: /etc/${{ node.name }}\n"
      "      contents: { inline: x }\n"
      "systemd:\n"
      "  units:\n"
      "    - name: a.service\n"
      "      enabled: ${{ node.index == 0 }}\n"
      "      contents: \"[Service]\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n\"\n");
  ASSERT_EQ(all.blueprints.size(), 3u) << source::render(all.findings, {});
  EXPECT_EQ(unitOf(all.blueprints[0], "a.service")["enabled"], true);
  EXPECT_EQ(unitOf(all.blueprints[2], "a.service")["enabled"], false);
  EXPECT_EQ(contentsOf(all.blueprints[2], "/etc/prod-web-2"), "x");
  EXPECT_EQ(contentsOf(all.blueprints[2], "/etc/prod-web-0"), "none");
}

TEST(AMistakeInAButaneFile, standsAtItsExpression) {
  const Composed all = composed(
      "storage:\n"
      "  files:\n"
      "    - path: /etc/a\n"
      "      contents: { inline: \"x ${{ node.nmae }}\" }\n");
  ASSERT_EQ(all.findings.size(), 1u);
  EXPECT_EQ(all.findings.front().where, (source::Mark{"a.bu", 6, 30, 16}));
  EXPECT_THAT(all.findings.front().message, HasSubstr("did you mean \"name\"?"));
  EXPECT_TRUE(all.blueprints.empty());
}

TEST(ASensitiveValue, standsInContentsAndNowhereElse) {
  const Composed inside =
      composed("storage:\n  files:\n    - path: /etc/a\n      contents: { inline: \"${{ var.password }}\" }\n");
  ASSERT_EQ(inside.blueprints.size(), 3u);
  EXPECT_EQ(contentsOf(inside.blueprints[0], "/etc/a"), "hunter2");
  for (const char* path : {"/etc/${{ var.password }}", "/etc/${{ node.name .. var.password }}"}) {
    const Composed outside = composed(std::string("storage:\n  files:\n    - path: ") + path + "\n");
    EXPECT_TRUE(outside.blueprints.empty());
    ASSERT_FALSE(outside.findings.empty());
    EXPECT_THAT(outside.findings.front().message, HasSubstr("a sensitive value cannot stand here"));
  }
}

TEST(TheVariablesBehindAFile, areKnownToItsOrigins) {
  const Composed all =
      composed("storage:\n  files:\n    - path: /etc/a\n      contents: { inline: \"${{ var.greeting }}\" }\n");
  ASSERT_FALSE(all.blueprints.empty());
  const Origins& origins = *all.blueprints.front().origins;
  const source::Mark mark = origins.parts.at({"/etc/a", "contents"});
  EXPECT_THAT(origins.uses.at(mark), testing::ElementsAre(testing::Pair(0u, "greeting")));
}

}  // namespace
}  // namespace berth::node

// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/explain.h"

#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/checkout.h"

namespace berth::spec {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string explained(std::string_view path, Depth depth = Depth::fields) {
  const auto answer = explain(path, depth);
  if (const auto* none = std::get_if<NoSuchField>(&answer)) return none->message + "; " + none->hint;
  return std::get<std::string>(answer);
}

std::string contentOf(const std::string& path) {
  std::ifstream file(std::string(checkout::kRoot) + "/" + path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Explain, tellsAllAboutAField) {
  EXPECT_EQ(explained("pools.server.volumes.data.size"),
            "FIELD    pools.NAME.volumes.NAME.size <amount> required\n"
            "\n"
            "  How large the disk is; it can grow, and never shrinks.\n"
            "\n"
            "  Range:    64MiB to 1024TiB\n"
            "  Example:  size: 50GiB\n");
}

TEST(Explain, listsTheFieldsBelow) {
  const std::string text = explained("update");
  EXPECT_THAT(text, HasSubstr("FIELD    update <mapping>\n"));
  EXPECT_THAT(text, HasSubstr("\nFIELDS\n  max_parallel <integer>\n      How many nodes of a pool may be changed"));
}

TEST(Explain, takesAWayWithoutTheNamesThatUsersChoose) {
  EXPECT_EQ(explained("pools.count"), explained("pools.anything.count"));
  EXPECT_EQ(explained("pools.health.tcp"), explained("pools.server.health[0].tcp"));
  EXPECT_THAT(explained("networks.mtu"), HasSubstr("networks.NAME.mtu <integer>"));
}

TEST(Explain, goesAllTheWayDown) {
  const std::string text = explained("", Depth::everything);
  EXPECT_THAT(text, HasSubstr("\n  pools <mapping by name>\n    NAME\n      count <integer> required\n"));
  EXPECT_THAT(text, HasSubstr("filesystem <word>"));
  EXPECT_THAT(explained(""), Not(HasSubstr("filesystem")));
}

TEST(Explain, suggestsWhatWasProbablyMeant) {
  EXPECT_EQ(explained("pools.server.cuont"), "nothing is known as \"cuont\" in pools.NAME; did you mean \"count\"?");
  EXPECT_EQ(explained("cluster.name"), "nothing is known as \"name\" in cluster; cluster has no fields");
}

/// Calls `use` for each field of a spec with the way to it.
void eachField(const Shape& shape, const std::string& path,
               const std::function<void(const Field&, const std::string&)>& use) {
  for (const Field& field : shape.fields) {
    const std::string here = path + (path.empty() ? "" : ".") + std::string(field.key);
    use(field, here);
    eachField(*field.shape, here, use);
  }
  if (shape.element != nullptr) eachField(*shape.element, path, use);
}

TEST(Schema, hasASentenceAndAnExampleForEachField) {
  eachField(specShape(), "", [](const Field& field, const std::string& path) {
    EXPECT_FALSE(field.meaning.empty()) << path;
    EXPECT_FALSE(field.meaning.ends_with('.')) << path << ": one sentence without a full stop";
    EXPECT_TRUE(field.example.starts_with(std::string(field.key) + ": ")) << path << ": " << field.example;
    EXPECT_FALSE(field.presence == Presence::required && !field.fallback.empty()) << path;
  });
}

TEST(Documentation, knowsEachFieldOfTheSpec) {
  const std::string document = contentOf("docs/spec.md");
  eachField(specShape(), "", [&](const Field& field, const std::string& path) {
    const std::string key(field.key);
    const bool told =
        document.find("`" + key + "`") != std::string::npos || document.find("." + key + "`") != std::string::npos ||
        document.find("`" + key + ":") != std::string::npos || document.find("{ " + key + ":") != std::string::npos ||
        document.find(", " + key + ":") != std::string::npos;
    EXPECT_TRUE(told) << path << " is not in docs/spec.md";
  });
}

}  // namespace
}  // namespace berth::spec

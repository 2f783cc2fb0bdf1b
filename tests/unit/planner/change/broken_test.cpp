// SPDX-License-Identifier: Apache-2.0
//
// Each mistake that people make in a spec, or in a Butane file that a spec names, with what they are told of it:
// planner/spec/testdata/broken/NAME.yaml and NAME.expected. BERTH_ACCEPT=1 writes what is told now into the latter.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "planner/change/plan_cluster.h"
#include "tests/checkout.h"

namespace berth::change {
namespace {

namespace fs = std::filesystem;

const fs::path kBroken = fs::path(checkout::kRoot) / "tests/unit/planner/spec/testdata/broken";

std::string contentOf(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kBroken)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem());
  }
  std::ranges::sort(names);
  return names;
}

class BrokenSpec : public testing::TestWithParam<std::string> {};

TEST_P(BrokenSpec, isToldOf) {
  source::Bundle bundle;
  for (const auto& entry : fs::directory_iterator(kBroken)) {
    bundle[entry.path().filename()] = {.bytes = contentOf(entry.path())};
  }
  const source::BundleFiles files(bundle);
  const Outcome outcome = checkCluster(GetParam() + ".yaml", files);
  const bool onlyWarned = GetParam().starts_with("warning-");
  EXPECT_NE(source::hasErrors(outcome.findings), onlyWarned);
  EXPECT_NE(outcome.blueprints.empty(), onlyWarned);
  const auto textOf = [&](std::string_view file) {
    const auto found = bundle.find(file);
    return found == bundle.end() ? std::nullopt : std::optional(found->second.bytes);
  };
  const std::string told = source::render(outcome.findings, textOf);
  const fs::path expected = kBroken / (GetParam() + ".expected");
  if (std::getenv("BERTH_ACCEPT") != nullptr) std::ofstream(expected) << told;
  EXPECT_EQ(told, contentOf(expected)) << "BERTH_ACCEPT=1 accepts the new text";
}

INSTANTIATE_TEST_SUITE_P(Golden, BrokenSpec, testing::ValuesIn(names()), [](const auto& name) {
  std::string word = name.param;
  std::ranges::replace(word, '-', '_');
  return word;
});

}  // namespace
}  // namespace berth::change

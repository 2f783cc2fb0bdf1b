// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/saved_plan.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace berth::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class SavedPlans : public ::testing::Test {
protected:
  SavedPlans() {
    std::string name = (fs::temp_directory_path() / "berth-saved-plan.XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
    plan_.cluster = *ClusterName::parse("prod");
    plan_.ticket = std::string("sealed\0 bytes \xff", 15);
  }
  ~SavedPlans() override { fs::remove_all(directory_); }

  fs::path file() const { return directory_ / "a.plan"; }
  std::string troubleWith(const std::string& text) const {
    std::ofstream(file()) << text;
    const auto read = readSavedPlan(file());
    const Trouble* trouble = troubleOf(read);
    return trouble == nullptr ? "none" : trouble->what;
  }

  fs::path directory_;
  message::PlanRow plan_;
  identity::PublicKey controller_ = identity::KeyPair::generate().publicKey();
};

TEST_F(SavedPlans, comeBackAsTheyWereForTheirOwnerAlone) {
  ASSERT_FALSE(savePlan(file(), controller_, plan_));
  struct stat status {};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  const auto read = readSavedPlan(file());
  ASSERT_FALSE(troubleOf(read)) << troubleOf(read)->what;
  EXPECT_EQ(std::get<SavedPlan>(read).ticket, plan_.ticket);
  EXPECT_EQ(std::get<SavedPlan>(read).controller, controller_);
}

TEST_F(SavedPlans, areTakenForNothingElse) {
  EXPECT_THAT(troubleWith("cluster: prod\n"), HasSubstr("it is not what plan --out writes"));
  EXPECT_THAT(troubleWith("{}"), HasSubstr("it is not what plan --out writes"));
  EXPECT_THAT(troubleWith(R"({"berth_saved_plan": 2})"), HasSubstr("another version"));
  EXPECT_THAT(troubleWith(R"({"berth_saved_plan": 1, "ticket": "%%%"})"), HasSubstr("damaged"));
  EXPECT_THAT(troubleWith(R"({"berth_saved_plan": 1, "controller": 7, "ticket": []})"), HasSubstr("damaged"));
}

TEST_F(SavedPlans, sayThatASpecIsNamedOtherwise) {
  const fs::path spec = directory_ / "cluster.yaml";
  std::ofstream(spec) << "cluster: prod\n";
  const auto read = readSavedPlan(spec);
  ASSERT_TRUE(troubleOf(read));
  EXPECT_THAT(troubleOf(read)->hint, HasSubstr("berth apply -f"));
}

}  // namespace
}  // namespace berth::cli

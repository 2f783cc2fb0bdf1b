// SPDX-License-Identifier: Apache-2.0
#include "protocol/identity/context_file.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace berth::identity {
namespace {

using testing::HasSubstr;
using testing::Not;

class ContextFileOnDisk : public testing::Test {
public:
  ~ContextFileOnDisk() override { std::filesystem::remove_all(directory_); }

protected:
  ContextFileOnDisk() {
    std::string pattern = testing::TempDir() + "berth-context-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }

  [[nodiscard]] std::filesystem::path path() const { return directory_ / "berth/config.yaml"; }

  void write(const std::string& text, mode_t mode = 0600) const {
    std::filesystem::create_directories(path().parent_path());
    std::ofstream(path()) << text;
    ::chmod(path().c_str(), mode);
  }

  [[nodiscard]] ContextFileError::Kind kindOf(const std::string& text, mode_t mode = 0600) const {
    write(text, mode);
    return std::get<ContextFileError>(readContextFile(path())).kind;
  }

  [[nodiscard]] std::string messageOf(const std::string& text) const {
    write(text);
    return std::get<ContextFileError>(readContextFile(path())).message;
  }

  static Context context(KeyPair key) {
    return {*Endpoint::parse("tcp://192.0.2.1:7400"), KeyPair::generate().publicKey(), std::move(key)};
  }

  std::filesystem::path directory_;
};

TEST_F(ContextFileOnDisk, IsReadAsItWasWritten) {
  ContextFile file;
  file.current = "prod";
  file.contexts.emplace("prod", context(KeyPair::generate()));
  file.contexts.emplace("lab \"two\"", context(KeyPair::generate()));
  ASSERT_EQ(writeContextFile(path(), file), std::nullopt);

  const auto read = readContextFile(path());
  ASSERT_TRUE(std::holds_alternative<ContextFile>(read)) << std::get<ContextFileError>(read).message;
  const auto& again = std::get<ContextFile>(read);
  EXPECT_EQ(again.current, "prod");
  EXPECT_EQ(again.contexts.size(), 2U);
  ASSERT_NE(again.find(""), nullptr);
  EXPECT_EQ(again.find("")->key.publicKey(), file.find("prod")->key.publicKey());
  EXPECT_EQ(again.find("")->key.secret(), file.find("prod")->key.secret());
  EXPECT_EQ(again.find("lab \"two\"")->endpoint, file.find("lab \"two\"")->endpoint);
  EXPECT_EQ(again.find("other"), nullptr);
}

TEST_F(ContextFileOnDisk, IsForItsOwnerAlone) {
  ContextFile file;
  file.contexts.emplace("prod", context(KeyPair::generate()));
  write("left open by an older program", 0644);
  ASSERT_EQ(writeContextFile(path(), file), std::nullopt);
  EXPECT_EQ(std::filesystem::status(path()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(ContextFileOnDisk, IsRefusedWhenOthersCanReadIt) {
  EXPECT_EQ(kindOf("contexts: {}", 0644), ContextFileError::Kind::exposed);
  EXPECT_EQ(kindOf("contexts: {}", 0620), ContextFileError::Kind::exposed);
}

TEST_F(ContextFileOnDisk, SaysWhenThereIsNone) {
  EXPECT_EQ(std::get<ContextFileError>(readContextFile(path())).kind, ContextFileError::Kind::absent);
}

TEST_F(ContextFileOnDisk, NamesTheLineOfAMistake) {
  EXPECT_THAT(messageOf("current: a\ncontxts: {}\n"), HasSubstr("config.yaml:2: \"contxts\""));
  EXPECT_THAT(messageOf("contexts:\n  a:\n    endpoint: nowhere\n"), HasSubstr("config.yaml:3: "));
  EXPECT_THAT(messageOf("contexts: [a, b]\n"), HasSubstr("config.yaml:1: "));
  EXPECT_THAT(messageOf("contexts:\n  a: {}\n"), HasSubstr("wants endpoint, controller_key and secret_key"));
  EXPECT_THAT(messageOf("contexts: {\n"), HasSubstr("this is no YAML"));
}

TEST_F(ContextFileOnDisk, NeverShowsAKeyInAMessage) {
  const std::string secret = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh";
  const auto message = messageOf("contexts:\n  a:\n    secret_key: \"" + secret + "\"\n");
  EXPECT_THAT(message, HasSubstr("no secret key"));
  EXPECT_THAT(message, Not(HasSubstr(secret)));
}

TEST_F(ContextFileOnDisk, RefusesHalvesOfTwoKeys) {
  ContextFile file;
  file.contexts.emplace("a", context(KeyPair::generate()));
  ASSERT_EQ(writeContextFile(path(), file), std::nullopt);
  std::ostringstream text;
  text << std::ifstream(path()).rdbuf();
  std::string changed = text.str();
  const std::string own = file.find("a")->key.publicKey().str();
  changed.replace(changed.find(own), own.size(), KeyPair::generate().publicKey().str());
  EXPECT_THAT(messageOf(changed), HasSubstr("do not belong together"));
}

}  // namespace
}  // namespace berth::identity

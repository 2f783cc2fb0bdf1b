// SPDX-License-Identifier: Apache-2.0
#include "agent/images/source.h"

#include <fstream>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/unit/agent/temporary_directory.h"

namespace berth::images {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string refusalOf(const std::string& url) {
  const auto source = parseSource(url);
  return std::holds_alternative<Error>(source) ? std::get<Error>(source).message : "";
}

TEST(Source, IsHttpHttpsOrAFile) {
  const auto http = std::get<Source>(parseSource("https://example.org/a.qcow2.xz"));
  EXPECT_EQ(std::get<HttpSource>(http).url, "https://example.org/a.qcow2.xz");
  const auto file = std::get<Source>(parseSource("file:///srv/images/a%20b.qcow2"));
  EXPECT_EQ(std::get<FileSource>(file).path, "/srv/images/a b.qcow2");
}

TEST(Source, OfAnyOtherKindIsRefused) {
  for (const char* url : {"ftp://example.org/a", "scp://example.org/a", "gopher://x/", "telnet://x"}) {
    EXPECT_THAT(refusalOf(url), HasSubstr("neither http, https nor file")) << url;
  }
  for (const char* url : {"", "images/a.qcow2", "http://", "://", "json:{}", "nbd://x/y"})
    EXPECT_NE(refusalOf(url), "") << url;
}

TEST(Source, WithAPasswordIsRefusedAndThePasswordNotRepeated) {
  const std::string refusal = refusalOf("https://user:hunter2@example.org/a");
  EXPECT_THAT(refusal, HasSubstr("password"));
  EXPECT_THAT(refusal, ::testing::Not(HasSubstr("hunter2")));
}

class AllowedFile : public ::testing::Test {
protected:
  void SetUp() override {
    fs::create_directories(allowed_ / "deep");
    std::ofstream(allowed_ / "deep/image") << "x";
    std::ofstream(secret_) << "x";
  }
  [[nodiscard]] bool opens(const fs::path& path) const {
    return std::holds_alternative<disks::Descriptor>(openAllowed(path, {"/nonexistent", allowed_}));
  }

  berth::testing::TemporaryDirectory directory_;
  fs::path allowed_ = directory_.path() / "images";
  fs::path secret_ = directory_.path() / "images-secret";
};

TEST_F(AllowedFile, UnderAnAllowedDirectoryOpens) {
  EXPECT_TRUE(opens(allowed_ / "deep/image"));
  EXPECT_TRUE(opens(allowed_ / "deep/../deep/image"));
}

TEST_F(AllowedFile, OutsideDoesNotHoweverItIsSpelt) {
  EXPECT_FALSE(opens(secret_));
  EXPECT_FALSE(opens(allowed_ / "../images-secret"));
  fs::create_symlink(secret_, allowed_ / "link");
  EXPECT_FALSE(opens(allowed_ / "link"));
  EXPECT_FALSE(opens("/etc/passwd"));
  EXPECT_FALSE(opens(allowed_ / "missing"));
}

TEST_F(AllowedFile, ThatIsNoRegularFileDoesNot) {
  ASSERT_EQ(::mkfifo((allowed_ / "fifo").c_str(), 0600), 0);
  EXPECT_FALSE(opens(allowed_ / "fifo"));
  EXPECT_FALSE(opens(allowed_ / "deep"));
}

TEST_F(AllowedFile, NothingIsAllowedUnlessSomethingIs) {
  EXPECT_FALSE(std::holds_alternative<disks::Descriptor>(openAllowed(allowed_ / "deep/image", {})));
}

}  // namespace
}  // namespace berth::images

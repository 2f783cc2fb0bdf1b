// SPDX-License-Identifier: Apache-2.0
#include "controller/secrets/master_key.h"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

namespace berth::secrets {
namespace {

namespace fs = std::filesystem;
using identity::KeyFileError;

const ClusterName kProd = *ClusterName::parse("prod");
constexpr std::string_view kValue = "the value of a secret";

class MasterKeyTest : public testing::Test {
protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "berth-master-key-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { fs::remove_all(directory_); }

  [[nodiscard]] fs::path file() const { return directory_ / "master.key"; }

  fs::path directory_;
};

TEST_F(MasterKeyTest, IsMadeOnceAndReadAgain) {
  const auto made = MasterKey::loadOrMake(file());
  ASSERT_TRUE(std::holds_alternative<MasterKey>(made));
  const std::string sealed = std::get<MasterKey>(made).seal("name", kValue);
  const auto again = MasterKey::loadOrMake(file());
  EXPECT_EQ(std::get<MasterKey>(again).open("name", sealed), kValue);
  EXPECT_EQ(fs::status(file()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(MasterKeyTest, IsRefusedWhereOthersMayReadIt) {
  ASSERT_TRUE(std::holds_alternative<MasterKey>(MasterKey::loadOrMake(file())));
  fs::permissions(file(), fs::perms::group_read | fs::perms::others_read, fs::perm_options::add);
  const auto refused = MasterKey::load(file());
  ASSERT_TRUE(std::holds_alternative<KeyFileError>(refused));
  EXPECT_EQ(std::get<KeyFileError>(refused).kind, KeyFileError::Kind::exposed);
}

TEST_F(MasterKeyTest, IsAbsentWhereThereIsNoFile) {
  const auto absent = MasterKey::load(file());
  EXPECT_EQ(std::get<KeyFileError>(absent).kind, KeyFileError::Kind::absent);
}

TEST(Sealed, OpensOnlyUnderItsOwnName) {
  const MasterKey key = MasterKey::generate();
  const std::string sealed = key.seal(nameOfSecret(kProd, "consul/gossip", 3), kValue);
  EXPECT_EQ(key.open(nameOfSecret(kProd, "consul/gossip", 3), sealed), kValue);
  EXPECT_FALSE(key.open(nameOfSecret(kProd, "consul/gossip", 4), sealed));
  EXPECT_FALSE(key.open(nameOfSecret(kProd, "nomad/gossip", 3), sealed));
  EXPECT_FALSE(key.open(nameOfSecret(*ClusterName::parse("test"), "consul/gossip", 3), sealed));
  EXPECT_FALSE(key.open(nameOfVariable(kProd, 3, "consul/gossip"), sealed));
}

TEST(Sealed, OpensOnlyWithItsKeyAndWhole) {
  const MasterKey key = MasterKey::generate();
  const std::string sealed = key.seal("name", kValue);
  EXPECT_FALSE(MasterKey::generate().open("name", sealed));
  EXPECT_FALSE(key.open("name", ""));
  EXPECT_FALSE(key.open("name", std::string_view(sealed).substr(0, sealed.size() - 1)));
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string tampered = sealed;
    tampered[at] = static_cast<char>(tampered[at] ^ 1);
    EXPECT_FALSE(key.open("name", tampered)) << "byte " << at;
  }
}

TEST(Sealed, IsAnotherEachTimeAndHidesItsText) {
  const MasterKey key = MasterKey::generate();
  const std::string sealed = key.seal("name", kValue);
  EXPECT_NE(sealed, key.seal("name", kValue));
  EXPECT_EQ(sealed.find(kValue), std::string::npos);
}

}  // namespace
}  // namespace berth::secrets

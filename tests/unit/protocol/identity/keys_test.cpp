// SPDX-License-Identifier: Apache-2.0
#include "protocol/identity/keys.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <set>
#include <type_traits>

#include <gtest/gtest.h>

namespace berth::identity {
namespace {

class KeyFile : public testing::Test {
public:
  ~KeyFile() override { std::filesystem::remove_all(directory); }

protected:
  KeyFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "berth-keys-XXXXXX").string();
    directory = ::mkdtemp(pattern.data());
  }

  KeyFileError::Kind whyNot() const { return std::get<KeyFileError>(loadKeyFile(path())).kind; }
  std::filesystem::path path() const { return directory / "key"; }
  void write(const std::string& text) const {
    std::ofstream(path()) << text;
    std::filesystem::permissions(path(), std::filesystem::perms(0600));
  }

  std::filesystem::path directory;
};

TEST(PublicKey, comesBackFromItsText) {
  for (int i = 0; i < 100; ++i) {
    const auto key = KeyPair::generate().publicKey();
    EXPECT_EQ(key.str().size(), PublicKey::kTextLength);
    EXPECT_EQ(PublicKey::parse(key.str()), key);
    EXPECT_EQ(PublicKey::fromBytes(key.bytes()), key);
  }
}

TEST(PublicKey, refusesWhatIsNoKey) {
  const auto good = KeyPair::generate().publicKey().str();
  EXPECT_FALSE(PublicKey::parse(""));
  EXPECT_FALSE(PublicKey::parse(good.substr(1)));
  EXPECT_FALSE(PublicKey::parse(good + "0"));
  EXPECT_FALSE(PublicKey::parse(std::string(40, '~')));
  EXPECT_FALSE(PublicKey::parse(std::string(40, '\0')));
  EXPECT_FALSE(PublicKey::parse(std::string(40, '\xff')));
  EXPECT_FALSE(PublicKey::parse(std::string(40, '#')));  // more than 32 bits in each group
  EXPECT_FALSE(PublicKey::parse(PublicKey().str()));     // all zeroes
  EXPECT_FALSE(PublicKey::fromBytes(std::array<std::uint8_t, 31>{1}));
}

TEST(KeyPair, isAnotherEachTimeAndLeavesNothingBehindWhenMoved) {
  std::set<PublicKey> seen;
  for (int i = 0; i < 100; ++i) seen.insert(KeyPair::generate().publicKey());
  EXPECT_EQ(seen.size(), 100u);

  auto first = KeyPair::generate();
  const auto secret = first.secret();
  const auto second = std::move(first);
  EXPECT_EQ(second.secret(), secret);
  EXPECT_EQ(first.secret(), KeyPair::Secret{});  // NOLINT(bugprone-use-after-move): that is what is asked here
}

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
static_assert(!Printable<KeyPair> && !Printable<KeyPair::Secret> && !std::is_copy_constructible_v<KeyPair>);

TEST_F(KeyFile, givesBackTheKeyThatWasWrittenAndIsReadableByItsOwnerAlone) {
  const auto pair = KeyPair::generate();
  ASSERT_FALSE(createKeyFile(path(), pair));
  EXPECT_EQ(std::filesystem::status(path()).permissions(), std::filesystem::perms(0600));
  const auto loaded = loadKeyFile(path());
  ASSERT_TRUE(std::holds_alternative<KeyPair>(loaded));
  EXPECT_EQ(std::get<KeyPair>(loaded).publicKey(), pair.publicKey());
  EXPECT_EQ(std::get<KeyPair>(loaded).secret(), pair.secret());
}

TEST_F(KeyFile, isNeverReplacedAndNothingIsLeftBesideIt) {
  const auto pair = KeyPair::generate();
  ASSERT_FALSE(createKeyFile(path(), pair));
  const auto refused = createKeyFile(path(), KeyPair::generate());
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->kind, KeyFileError::Kind::exists);
  EXPECT_EQ(std::get<KeyPair>(loadKeyFile(path())).publicKey(), pair.publicKey());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory), {}), 1);
}

TEST_F(KeyFile, isMadeOnceAndLoadedEverAfter) {
  const auto made = loadOrCreateKeyFile(path());
  const auto loaded = loadOrCreateKeyFile(path());
  EXPECT_EQ(std::get<KeyPair>(made).publicKey(), std::get<KeyPair>(loaded).publicKey());
}

TEST_F(KeyFile, isRefusedWhenOthersCanReadOrChangeIt) {
  ASSERT_FALSE(createKeyFile(path(), KeyPair::generate()));
  for (const auto mode : {0644, 0604, 0660, 0620, 0602, 0777}) {
    std::filesystem::permissions(path(), std::filesystem::perms(mode));
    EXPECT_EQ(whyNot(), KeyFileError::Kind::exposed) << std::oct << mode;
  }
  std::filesystem::permissions(path(), std::filesystem::perms(0400));
  EXPECT_TRUE(std::holds_alternative<KeyPair>(loadKeyFile(path())));
}

TEST_F(KeyFile, saysWhatIsWrongWithItAndNotWhatIsInIt) {
  EXPECT_EQ(whyNot(), KeyFileError::Kind::absent);
  const std::string secret(39, 'q');
  for (const auto& text : {std::string(), secret, secret + "\n", secret + "q", secret + "qq\n", secret + "~\n",
                           secret + "q\nmore", std::string(41, '\0')}) {
    write(text);
    const auto error = std::get<KeyFileError>(loadKeyFile(path()));
    EXPECT_EQ(error.kind, KeyFileError::Kind::malformed);
    EXPECT_EQ(error.message.find("qqq"), std::string::npos);
    EXPECT_NE(error.message.find(path().string()), std::string::npos);
  }
}

TEST_F(KeyFile, isNotReadThroughALinkOrFromSomethingElse) {
  ASSERT_FALSE(createKeyFile(directory / "real", KeyPair::generate()));
  std::filesystem::create_symlink("real", path());
  EXPECT_EQ(whyNot(), KeyFileError::Kind::io);
  std::filesystem::remove(path());
  std::filesystem::create_directory(path());
  EXPECT_EQ(whyNot(), KeyFileError::Kind::malformed);
}

TEST_F(KeyFile, tellsWhyItCannotBeMade) {
  const auto error = std::get<KeyFileError>(loadOrCreateKeyFile(directory / "no" / "such" / "key"));
  EXPECT_EQ(error.kind, KeyFileError::Kind::io);
  EXPECT_NE(error.message.find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace berth::identity

// SPDX-License-Identifier: Apache-2.0
#include "protocol/identity/seal.h"

#include <gtest/gtest.h>

namespace berth::identity {
namespace {

TEST(ASealedText, comesBackToWhoSealedIt) {
  const KeyPair pair = KeyPair::generate();
  for (const std::string& text : {std::string(), std::string("a"), std::string(100'000, 'x'), std::string("\0b", 2)}) {
    EXPECT_EQ(open(pair, "plan", seal(pair, "plan", text)), text);
  }
}

TEST(ASealedText, isOpenedForItsPurposeOnly) {
  const KeyPair pair = KeyPair::generate();
  EXPECT_FALSE(open(pair, "other", seal(pair, "plan", "text")));
}

TEST(ASealedText, isNothingToOthersNorWhenItWasChanged) {
  const KeyPair pair = KeyPair::generate();
  const std::string sealed = seal(pair, "plan", "a secret");
  EXPECT_EQ(sealed.find("secret"), std::string::npos);
  EXPECT_FALSE(open(KeyPair::generate(), "plan", sealed));
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 0x20);
    EXPECT_FALSE(open(pair, "plan", changed)) << at;
    EXPECT_FALSE(open(pair, "plan", sealed.substr(0, at))) << at;
  }
}

TEST(ASealedText, looksDifferentEachTime) {
  const KeyPair pair = KeyPair::generate();
  EXPECT_NE(seal(pair, "plan", "text"), seal(pair, "plan", "text"));
}

}  // namespace
}  // namespace berth::identity

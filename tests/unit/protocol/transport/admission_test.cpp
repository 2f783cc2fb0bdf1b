// SPDX-License-Identifier: Apache-2.0
#include "protocol/transport/admission.h"

#include <gtest/gtest.h>

namespace berth::transport {
namespace {

const auto kAlice = identity::KeyPair::generate().publicKey();
const auto kBob = identity::KeyPair::generate().publicKey();

TEST(KeyRing, letsNobodyInUntilSomebodyIsAdmitted) {
  KeyRing ring;
  EXPECT_FALSE(ring.admits(kAlice));
  ring.admit(kAlice);
  EXPECT_TRUE(ring.admits(kAlice));
  EXPECT_FALSE(ring.admits(kBob));
}

TEST(KeyRing, forgetsWhoIsRevoked) {
  KeyRing ring;
  ring.admit(kAlice);
  ring.admit(kBob);
  ring.revoke(kAlice);
  ring.revoke(kAlice);
  EXPECT_FALSE(ring.admits(kAlice));
  EXPECT_TRUE(ring.admits(kBob));
}

}  // namespace
}  // namespace berth::transport

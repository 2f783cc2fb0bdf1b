// SPDX-License-Identifier: Apache-2.0
#include "planner/secret/wanted.h"

#include <gtest/gtest.h>

namespace berth::secret {
namespace {

TEST(SecretValues, AreFoundByName) {
  Values values;
  values.set("consul/gossip", "a2V5");
  EXPECT_EQ(values.of("consul/gossip"), "a2V5");
  EXPECT_EQ(values.find("consul"), nullptr);
}

TEST(SecretValues, WhatIsNotThereIsSeenToBeNoValue) { EXPECT_EQ(Values().of("consul/gossip"), "secret:consul/gossip"); }

TEST(SecretValues, ACertificateIsTwoOfThem) {
  EXPECT_EQ(certificateOf("tls/prod-server-0"), "tls/prod-server-0/certificate");
  EXPECT_EQ(privateKeyOf("tls/prod-server-0"), "tls/prod-server-0/key");
}

}  // namespace
}  // namespace berth::secret

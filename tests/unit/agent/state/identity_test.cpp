// SPDX-License-Identifier: Apache-2.0
#include "agent/state/identity.h"

#include <gtest/gtest.h>

namespace berth::state {
namespace {

Identity sample() {
  static const auto key = identity::KeyPair::generate().publicKey();
  return {HostName::parse("vh1").value(),
          Uuid::derive(Uuid(), "fleet"),
          key,
          identity::Endpoint::parse("tcp://10.0.0.1:7401").value(),
          "zone a",
          {{"rack", "7=b"}, {"disk", ""}}};
}

TEST(Identity, IsReadAsItWasWritten) { EXPECT_EQ(readIdentity(writeIdentity(sample())), sample()); }

TEST(Identity, CutAnywhereItIsNoneOrStillTrue) {
  const auto whole = sample();
  const auto text = writeIdentity(whole);
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto read = readIdentity(text.substr(0, size));
    if (!read) continue;
    // Only whole lines of zone and labels may be missing from what still counts.
    EXPECT_EQ(read->host, whole.host);
    EXPECT_EQ(read->fleet, whole.fleet);
    EXPECT_EQ(read->controller, whole.controller);
    EXPECT_EQ(read->endpoint, whole.endpoint);
  }
}

TEST(Identity, WhatIsNotOfItsKindIsRefused) {
  const auto good = writeIdentity(sample());
  const std::pair<std::string, std::string> changes[] = {
      {"host vh1", "host VH1"},         {"host vh1", "hosts vh1"}, {"tcp://", "http://"},
      {"label rack=7=b", "label rack"}, {"fleet ", "fleet x"},     {"host vh1\n", ""},
  };
  for (const auto& [from, to] : changes) {
    auto text = good;
    text.replace(text.find(from), from.size(), to);
    EXPECT_FALSE(readIdentity(text)) << to;
  }
  EXPECT_FALSE(readIdentity(good + "host vh2\n"));
}

}  // namespace
}  // namespace berth::state

// SPDX-License-Identifier: Apache-2.0
#include "protocol/identity/endpoint.h"

#include <gtest/gtest.h>

namespace berth::identity {
namespace {

TEST(Endpoint, takesWhatASocketCanBeBoundTo) {
  for (const auto* text : {"tcp://10.77.0.1:7401", "tcp://controller.example.org:1", "tcp://[fd00::1]:65535",
                           "tcp://*:*", "tcp://127.0.0.1:*", "ipc:///run/berth/agents"}) {
    EXPECT_TRUE(Endpoint::parse(text)) << text;
  }
}

TEST(Endpoint, refusesWhatItCannot) {
  for (const auto* text :
       {"", "tcp://", "tcp://host", "tcp://host:", "tcp://:7401", "tcp://host:0", "tcp://host:65536", "tcp://host:074",
        "tcp://host:12x", "tcp://ho st:1", "tcp://[]:1", "tcp://[fd00::1:1", "inproc://x", "udp://h:1",
        "ipc://relative", "ipc:///", "tcp://a;b:1", "tcp://host:-1", "tcp://host:1\n"}) {
    EXPECT_FALSE(Endpoint::parse(text)) << text;
  }
}

TEST(Endpoint, knowsWhetherAClientCanConnectToIt) {
  EXPECT_TRUE(Endpoint::parse("tcp://10.77.0.1:7401")->isConnectable());
  EXPECT_TRUE(Endpoint::parse("ipc:///run/berth/agents")->isConnectable());
  EXPECT_FALSE(Endpoint::parse("tcp://*:7401")->isConnectable());
  EXPECT_FALSE(Endpoint::parse("tcp://10.77.0.1:*")->isConnectable());
}

}  // namespace
}  // namespace berth::identity

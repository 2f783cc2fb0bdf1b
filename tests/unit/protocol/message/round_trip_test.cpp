// SPDX-License-Identifier: Apache-2.0
//
// Whatever a program can say comes out at the other end as it went in, and the same values have the same bytes.
#include <gtest/gtest.h>

#include "protocol/message/words.h"
#include "tests/unit/protocol/message/random_message.h"

namespace berth::message {
namespace {

constexpr unsigned kSeeds = 60;

template <class Body>
void expectRoundTrip(const Message<Body>& sent, const Decoded<Body>& decoded) {
  if (const auto* malformed = std::get_if<Malformed>(&decoded)) {
    FAIL() << toString(malformed->kind) << ": " << malformed->detail;
  }
  const auto& received = std::get<Message<Body>>(decoded);
  EXPECT_EQ(received.header, sent.header);
  EXPECT_EQ(received.body, sent.body);
  EXPECT_EQ(encode(received), encode(sent));
}

/// Each alternative of a union with many contents.
template <class Body, class Make, class Decode>
void expectAllRoundTrip(Make make, Decode decode) {
  for (std::size_t index = 0; index < std::variant_size_v<Body>; ++index) {
    for (unsigned seed = 0; seed < kSeeds; ++seed) {
      RandomMessage random(seed);
      const Message<Body> message{random.header(), make(random, index)};
      ASSERT_EQ(message.body.index(), index);
      SCOPED_TRACE(std::string(nameOf(message.body)) + ", seed " + std::to_string(seed));
      expectRoundTrip(message, decode(encode(message)));
    }
  }
}

TEST(RoundTrip, ofWhatAgentsSay) {
  expectAllRoundTrip<FromAgent>([](auto& random, auto index) { return random.fromAgent(index); }, decodeFromAgent);
}

TEST(RoundTrip, ofWhatAgentsAreTold) {
  expectAllRoundTrip<ToAgent>([](auto& random, auto index) { return random.toAgent(index); }, decodeToAgent);
}

TEST(RoundTrip, ofRequests) {
  expectAllRoundTrip<Request>([](auto& random, auto index) { return random.request(index); }, decodeRequest);
}

TEST(RoundTrip, ofReplies) {
  expectAllRoundTrip<Reply>([](auto& random, auto index) { return random.reply(index); }, decodeReply);
}

TEST(RoundTrip, ofEnrolment) {
  for (unsigned seed = 0; seed < kSeeds; ++seed) {
    RandomMessage random(seed);
    const Message<Join> join{random.header(), random.join()};
    expectRoundTrip(join, decodeJoin(encode(join)));
    const Message<Joined> joined{random.header(), random.joined()};
    expectRoundTrip(joined, decodeJoined(encode(joined)));
  }
}

TEST(RoundTrip, ofWhatAgentsSayToEachOther) {
  for (unsigned seed = 0; seed < kSeeds; ++seed) {
    RandomMessage random(seed);
    for (std::size_t index = 0; index < 3; ++index) {
      const Message<PeerAsk> ask{random.header(), random.peerAsk(index)};
      ASSERT_EQ(ask.body.what.index(), index);
      expectRoundTrip(ask, decodePeerAsk(encode(ask)));
    }
    for (std::size_t index = 0; index < std::variant_size_v<PeerAnswer>; ++index) {
      const Message<PeerAnswer> answer{random.header(), random.peerAnswer(index)};
      ASSERT_EQ(answer.body.index(), index);
      expectRoundTrip(answer, decodePeerAnswer(encode(answer)));
    }
  }
}

TEST(RoundTrip, ofSpecsAndManifestsThatAreStored) {
  for (unsigned seed = 0; seed < kSeeds; ++seed) {
    RandomMessage random(seed);
    const auto spec = random.spec();
    EXPECT_EQ(std::get<NodeSpec>(decodeSpec(encodeSpec(spec))), spec);
    const StoredManifest stored{random.manifest(), Epoch(seed)};
    EXPECT_EQ(std::get<StoredManifest>(decodeManifest(encodeManifest(stored.manifest, stored.epoch))), stored);
  }
}

TEST(RoundTrip, needsNoAlignment) {
  RandomMessage random(1);
  const Message<FromAgent> message{random.header(), random.fromAgent(3)};
  const auto frame = encode(message);
  for (std::size_t offset = 0; offset < 8; ++offset) {
    std::vector<std::uint8_t> shifted(offset);
    shifted.insert(shifted.end(), frame.begin(), frame.end());
    expectRoundTrip(message, decodeFromAgent(std::span(shifted).subspan(offset)));
  }
}

NodeSpec knownSpec() {
  NodeSpec spec;
  spec.node = *NodeName::parse("prod-server-0");
  spec.cluster = *ClusterName::parse("prod");
  spec.pool = *PoolName::parse("server");
  spec.vcpus = 2;
  spec.memory = 4_GiB;
  spec.disk = 20_GiB;
  spec.image = {"https://example.org/coreos.qcow2.xz", Image::Packing::xz, Digest::of("packed"), Digest::of("content"),
                "stable"};
  spec.nics = {{Nic::Attachment::bridge, "br0", "52:54:00:ab:cd:ef"}};
  spec.ignition = R"({"ignition":{"version":"3.3.0"}})";
  spec.probes = {{Probe::Tcp{"10.20.0.11", 22}}, {Probe::Http{"http://10.20.0.11:8500/", 200}}};
  spec.tags = {{"role", "server"}};
  return spec;
}

TEST(SpecDigest, isTheSameForEverInAllVersions) {
  // Agents keep specs by this digest across updates: another one for the same spec would replace every node of every
  // fleet. If this fails, the encoding has changed: undo that rather than this.
  EXPECT_EQ(Digest::of(encodeSpec(knownSpec())).hex(),
            "22422c79b4ab56b58a2460c6ba669270d966f249bb1312ce5ef908d163e33c58");
}

TEST(SpecDigest, changesWithEachField) {
  const auto base = encodeSpec(knownSpec());
  const std::vector<void (*)(NodeSpec&)> edits{
      [](auto& spec) { spec.node = *NodeName::parse("other"); },
      [](auto& spec) { spec.cluster = *ClusterName::parse("other"); },
      [](auto& spec) { spec.pool = *PoolName::parse("other"); },
      [](auto& spec) { ++spec.vcpus; },
      [](auto& spec) { spec.memory += 1_MiB; },
      [](auto& spec) { spec.disk += 1_MiB; },
      [](auto& spec) { spec.image.contentDigest = Digest::of("other"); },
      [](auto& spec) { spec.nics[0].mac = "52:54:00:00:00:01"; },
      [](auto& spec) { spec.nics[0].vlan = 20; },
      [](auto& spec) { spec.nics[0].mtu = 9000; },
      [](auto& spec) { spec.nics[0].address = "10.20.0.11"; },
      [](auto& spec) { spec.nics.push_back(spec.nics[0]); },
      [](auto& spec) {
        spec.volumes = {{*VolumeName::parse("data"), 1_GiB, true}};
      },
      [](auto& spec) { spec.ignition += " "; },
      [](auto& spec) { spec.probes.pop_back(); },
      [](auto& spec) { spec.wantsSystemdRunning = false; },
      [](auto& spec) { spec.shutdownDeadline += std::chrono::seconds(1); },
      [](auto& spec) { spec.lossGrace += std::chrono::seconds(1); },
      [](auto& spec) { spec.drift = Drift::alert; },
      [](auto& spec) {
        spec.artifacts = {{"consul.zip", "https://example.org/c.zip", Digest::of("consul")}};
      },
      [](auto& spec) { spec.tags["role"] = "client"; },
  };
  for (std::size_t i = 0; i < edits.size(); ++i) {
    auto spec = knownSpec();
    edits[i](spec);
    EXPECT_NE(encodeSpec(spec), base) << "edit " << i;
  }
}

}  // namespace
}  // namespace berth::message

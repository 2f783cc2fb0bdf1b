// SPDX-License-Identifier: Apache-2.0
//
// What comes out of decode() is valid: each way in which a field can be wrong is refused, by name.
#include <capnp/message.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/schema/envelope.capnp.h"
#include "tests/unit/protocol/message/random_message.h"

namespace berth::message {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

/// A message whose body `fill` writes, past all checks of ours.
template <class Fill>
Frame frameWith(Fill fill) {
  capnp::MallocMessageBuilder builder;
  auto envelope = builder.initRoot<schema::Envelope>();
  envelope.setVersion(kProtocolVersion);
  fill(envelope.initBody());
  const auto words = capnp::canonicalize(builder.getRoot<schema::Envelope>().asReader());
  const auto bytes = words.asBytes();
  return {bytes.begin(), bytes.end()};
}

template <class Value>
std::string whyNot(const std::variant<Value, Malformed>& decoded) {
  const auto* malformed = std::get_if<Malformed>(&decoded);
  if (malformed == nullptr) return "it is valid";
  EXPECT_EQ(malformed->kind, Malformed::Kind::badValue);
  return malformed->detail;
}

/// Why a status with this one instance is refused.
template <class Edit>
std::string statusWith(Edit edit) {
  return whyNot(decodeFromAgent(frameWith([&](auto body) {
    auto status = body.initFromAgent().initStatus().initInstances(1)[0];
    auto instance = status.initInstance();
    instance.setNode("prod-server-0");
    for (auto& byte : instance.initUuid(16)) byte = 7;
    edit(status);
  })));
}

/// Why a request is refused.
template <class Edit>
std::string requestWith(Edit edit) {
  return whyNot(decodeRequest(frameWith([&](auto body) { edit(body.initRequest()); })));
}

TEST(Validity, ofInstances) {
  EXPECT_EQ(statusWith([](auto) {}), "it is valid");
  EXPECT_EQ(statusWith([](auto status) { status.getInstance().setNode("Not A Name"); }), "node is not a name");
  EXPECT_EQ(statusWith([](auto status) { status.getInstance().setNode("../../etc/passwd"); }), "node is not a name");
  EXPECT_EQ(statusWith([](auto status) { status.getInstance().initUuid(15); }), "instance is not a UUID");
  EXPECT_EQ(statusWith([](auto status) { status.getInstance().initUuid(16); }), "status is of no instance");
  EXPECT_EQ(statusWith([](auto status) { status.initInstance(); }), "status is of no instance");
}

TEST(Validity, ofEnums) {
  EXPECT_EQ(statusWith([](auto status) { status.setPhase(static_cast<schema::Phase>(10)); }), "phase is unknown");
  EXPECT_EQ(statusWith([](auto status) { status.setPhase(static_cast<schema::Phase>(65535)); }), "phase is unknown");
}

TEST(Validity, ofTexts) {
  const auto withReason = [](std::size_t size) {
    return statusWith([size](auto status) { status.initReason(static_cast<unsigned>(size)); });
  };
  EXPECT_EQ(withReason(kMaxProse), "it is valid");
  EXPECT_EQ(withReason(kMaxProse + 1), "reason is too long");
  EXPECT_EQ(statusWith([](auto status) { status.initConsole(kMaxConsoleTail + 1); }), "console is too long");
  EXPECT_EQ(statusWith([](auto status) { status.initFailedUnits(1).init(0, 300); }), "failed units is too long");
}

TEST(Validity, ofLists) {
  EXPECT_EQ(statusWith([](auto status) { status.initAddresses(kMaxDetails + 1); }), "addresses has too many elements");
  EXPECT_EQ(whyNot(decodeFromAgent(
                frameWith([](auto body) { body.initFromAgent().initNeedSpecs().initDigests(kMaxInstances + 1); }))),
            "digests has too many elements");
  EXPECT_EQ(whyNot(decodeFromAgent(
                frameWith([](auto body) { body.initFromAgent().initNeedSpecs().initDigests(1).init(0, 31); }))),
            "digest is not a digest");
}

TEST(Validity, ofMapsThatNameAKeyTwice) {
  EXPECT_EQ(whyNot(decodeFromAgent(frameWith([](auto body) {
              auto labels = body.initFromAgent().initHello().initLabels(2);
              labels[0].setKey("rack");
              labels[1].setKey("rack");
            }))),
            "labels repeats a key");
}

TEST(Validity, ofImages) {
  RandomMessage random(1);
  auto spec = random.spec();
  spec.image.packedDigest.reset();
  spec.image.contentDigest.reset();
  const auto malformed = std::get<Malformed>(decodeSpec(encodeSpec(spec)));
  EXPECT_EQ(malformed.kind, Malformed::Kind::badValue);
  EXPECT_EQ(malformed.detail, "image has no digest");
}

/// Why a spec is refused that is valid but for what `edit` does to it.
template <class Edit>
std::string specWith(Edit edit) {
  RandomMessage random(1);
  auto spec = random.spec();
  spec.nics.resize(1);
  edit(spec);
  return whyNot(decodeSpec(encodeSpec(spec)));
}

TEST(Validity, ofNics) {
  EXPECT_EQ(specWith([](auto& spec) {
              spec.nics[0] = {Nic::Attachment::bridge, "br0", "52:54:00:00:00:01"};
            }),
            "it is valid");
  EXPECT_EQ(specWith([](auto& spec) { spec.nics[0].vlan = 4095; }), "VLAN is larger than 4094");
  EXPECT_EQ(specWith([](auto& spec) { spec.nics[0].mtu = 67; }), "MTU is less than 68");
  for (const char* address : {"10.20.0", "10.20.0.256", "10.20.0.1/24", "node", "fd00::g", " 10.20.0.1"}) {
    EXPECT_EQ(specWith([&](auto& spec) { spec.nics[0].address = address; }), "reserved address is not an IP address");
  }
  EXPECT_EQ(specWith([](auto& spec) { spec.nics[0].address = std::string("10.20.0.1\0x", 11); }),
            "reserved address is not an IP address");
  EXPECT_EQ(specWith([](auto& spec) { spec.nics.resize(kMaxNics + 1); }), "nics has too many elements");
}

TEST(Validity, ofVolumes) {
  const auto volume = [](const std::string& name, Bytes size) {
    return Volume{VolumeName::parse(name).value_or(VolumeName()), size, true};
  };
  EXPECT_EQ(specWith([&](auto& spec) {
              spec.volumes = {volume("data", 1_GiB), volume("logs", 1_GiB)};
            }),
            "it is valid");
  EXPECT_EQ(specWith([&](auto& spec) {
              spec.volumes = {volume("data", 1_GiB), volume("data", 2_GiB)};
            }),
            "volumes repeat a name");
  EXPECT_EQ(specWith([&](auto& spec) { spec.volumes = {volume("../data", 1_GiB)}; }), "volume is not a name");
  EXPECT_EQ(specWith([&](auto& spec) { spec.volumes = {volume("data", Bytes())}; }), "volume has no size");
  EXPECT_EQ(specWith([&](auto& spec) {
              spec.volumes.clear();
              for (std::size_t i = 0; i <= kMaxVolumes; ++i)
                spec.volumes.push_back(volume("v" + std::to_string(i), 1_GiB));
            }),
            "volumes has too many elements");
}

TEST(Validity, ofArtifacts) {
  const auto artifact = [](const std::string& name, const std::string& url) {
    return Artifact{name, url, Digest::of(name)};
  };
  const std::string url = "https://example.org/consul.zip";
  EXPECT_EQ(specWith([&](auto& spec) {
              spec.artifacts = {artifact("consul_1.22.0.zip", url), artifact("a", "http://10.0.0.1:8080/a?b=%20c")};
            }),
            "it is valid");
  for (const char* name : {"", ".hidden", "..", "a/b", "Consul.zip", "a b", "a\n"})
    EXPECT_EQ(specWith([&](auto& spec) { spec.artifacts = {artifact(name, url)}; }), "artifact has no proper name");
  EXPECT_EQ(specWith([&](auto& spec) { spec.artifacts = {artifact(std::string(kMaxArtifactName, 'a'), url)}; }),
            "it is valid");
  EXPECT_EQ(specWith([&](auto& spec) { spec.artifacts = {artifact(std::string(kMaxArtifactName + 1, 'a'), url)}; }),
            "artifact name is too long");
  for (const char* from : {"", "file:///etc/shadow", "ftp://example.org/a", "https://example.org/a b", "HTTPS://x/a"})
    EXPECT_EQ(specWith([&](auto& spec) { spec.artifacts = {artifact("a", from)}; }),
              "artifact URL is not an http or https URL");
  EXPECT_EQ(specWith([&](auto& spec) {
              spec.artifacts = {artifact("a", "https://example.org/" + std::string(kMaxArtifactUrl, 'a'))};
            }),
            "artifact URL is too long");
  EXPECT_EQ(specWith([&](auto& spec) {
              spec.artifacts = {artifact("b", url), artifact("a", url), artifact("b", url)};
            }),
            "artifacts repeat a name");
  EXPECT_EQ(specWith([&](auto& spec) {
              spec.artifacts = {artifact("a", url)};
              spec.volumes = {{VolumeName::parse(kArtifactsSerial).value(), 1_GiB, true}};
            }),
            "volumes take the artifacts' name");
  EXPECT_EQ(specWith([&](auto& spec) {
              spec.artifacts.clear();
              for (std::size_t i = 0; i <= kMaxArtifacts; ++i)
                spec.artifacts.push_back(artifact("a" + std::to_string(i), url));
            }),
            "artifacts has too many elements");
}

TEST(Artifacts, AreTheSameSetHoweverTheyAreListedAndWhereverTheyComeFrom) {
  const Artifact consul{"consul.zip", "https://example.org/c", Digest::of("consul")};
  const Artifact nomad{"nomad.zip", "https://example.org/n", Digest::of("nomad")};
  const Artifact mirrored{"consul.zip", "http://mirror/c", Digest::of("consul")};
  const Artifact renamed{"consul", "https://example.org/c", Digest::of("consul")};
  EXPECT_EQ(idOf({consul, nomad}), idOf({nomad, mirrored}));
  EXPECT_NE(idOf({consul, nomad}), idOf({consul}));
  EXPECT_NE(idOf({consul}), idOf({renamed}));
}

TEST(Validity, ofWelcomes) {
  EXPECT_EQ(whyNot(decodeToAgent(frameWith([](auto body) { body.initToAgent().initWelcome().setHost("vh1"); }))),
            "welcome has no heartbeat interval or lease");
}

TEST(Validity, ofRequests) {
  EXPECT_EQ(requestWith([](auto request) { request.setDescribeNode(""); }), "node is not a name");
  EXPECT_EQ(requestWith([](auto request) { request.setGetNodes(""); }), "it is valid") << "of all clusters";
  EXPECT_EQ(requestWith([](auto request) { request.setGetNodes("-"); }), "cluster is not a name");
  EXPECT_EQ(requestWith([](auto request) { request.initDestroy(); }), "cluster is not a name");
  EXPECT_EQ(requestWith([](auto request) {
              auto row = request.initAddOperator();
              row.setName("alice");
              row.setPublicKey("hunter2");
            }),
            "public key is not 40 characters of Z85");
  EXPECT_EQ(requestWith([](auto request) { request.initPlan().setSpecPath("prod.yaml"); }),
            "submission lacks the spec itself");
  EXPECT_EQ(requestWith([](auto request) {
              auto files = request.initPlan().initFiles(2);
              files[0].setPath("a");
              files[1].setPath("a");
            }),
            "files repeat a path");
}

TEST(Validity, ofJoining) {
  EXPECT_EQ(whyNot(decodeJoin(frameWith([](auto body) { body.initJoin().setHost("Not A Host"); }))),
            "host is not a name");
  EXPECT_EQ(whyNot(decodeJoin(frameWith([](auto body) {
              auto join = body.initJoin();
              join.setHost("vh1");
              join.initProof(kMaxProof + 1);
            }))),
            "proof is too long");
  EXPECT_EQ(whyNot(decodeJoined(frameWith([](auto body) { body.initJoined(); }))), "joined is incomplete");
}

TEST(Validity, ofWhatAgentsAskEachOther) {
  const auto asked = [](auto fill) {
    return whyNot(decodePeerAsk(frameWith([&](auto body) {
      auto ask = body.initPeerAsk();
      ask.setNode("a-0");
      ask.setVolume("data");
      fill(ask.initWhat());
    })));
  };
  EXPECT_EQ(asked([](auto what) { what.initRead().setLength(0); }), "range asks for too much, or for nothing");
  EXPECT_EQ(asked([](auto what) { what.initRead().setLength(kMaxPiece + 1); }),
            "range asks for too much, or for nothing");
  EXPECT_EQ(asked([](auto what) { what.initCheck().setLength(kMaxCheck + 1); }),
            "range asks for too much, or for nothing");
  EXPECT_EQ(asked([](auto what) {
              auto range = what.initRead();
              range.setLength(1);
              range.setOffset(~std::uint64_t{0});
            }),
            "range begins behind every end");
}

TEST(Validity, ofWhatAgentsAnswerEachOther) {
  const auto answered = [](auto fill) {
    return whyNot(decodePeerAnswer(frameWith([&](auto body) { fill(body.initPeerAnswer()); })));
  };
  EXPECT_EQ(answered([](auto body) { body.initOpened().setSize(1); }), "opened has no possible number of bytes");
  EXPECT_EQ(answered([](auto body) { body.initOpened().setBytes(1); }), "opened has no possible size");
  EXPECT_EQ(answered([](auto body) { body.initOpened().setBytes(kMaxVolumeFile + 1); }),
            "opened has no possible number of bytes");
  EXPECT_EQ(answered([](auto body) {
              auto piece = body.initPiece();
              piece.setOffset(4096);
              piece.setNext(4095);
            }),
            "piece is followed by what lies before its end");
  EXPECT_EQ(answered([](auto body) { body.initPiece().setNext(kMaxVolumeFile + 1); }), "piece lies behind every end");
  EXPECT_EQ(answered([](auto body) { body.initChecked().setLength(0); }), "digest is of too much, or of nothing");
}

TEST(Encoding, cutsWhatOnlyPeopleReadSoThatTheRestGetsThrough) {
  Status status;
  status.conditions = {std::string(kMaxProse - 1, 'x') + "é and more"};
  status.instances.emplace_back().instance = {*NodeName::parse("a"), Uuid::random()};
  status.instances[0].reason = std::string(100'000, 'y');
  status.instances[0].console = std::string(100'000, 'z') + "the end";
  const auto decoded = decodeFromAgent(encode(Message<FromAgent>{{}, status}));
  ASSERT_TRUE(std::holds_alternative<Message<FromAgent>>(decoded));
  const auto& got = std::get<Status>(std::get<Message<FromAgent>>(decoded).body);
  EXPECT_EQ(got.conditions[0], std::string(kMaxProse - 1, 'x')) << "no half characters";
  EXPECT_THAT(got.instances[0].reason, SizeIs(kMaxProse));
  EXPECT_THAT(got.instances[0].console, AllOf(SizeIs(kMaxConsoleTail), HasSubstr("the end")));
}

}  // namespace
}  // namespace berth::message

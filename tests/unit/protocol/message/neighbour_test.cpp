// SPDX-License-Identifier: Apache-2.0
//
// Neighbours of the version before and after ours are understood, as far as they say what we know.
#include <capnp/any.h>
#include <capnp/message.h>
#include <gtest/gtest.h>

#include "protocol/message/codec.h"
#include "tests/unit/protocol/message/random_message.h"

namespace berth::message {
namespace {

Frame frameOf(capnp::MessageBuilder& builder) {
  const auto words = builder.getRoot<capnp::AnyPointer>().asReader().getAs<capnp::AnyStruct>().canonicalize();
  const auto bytes = words.asBytes();
  return {bytes.begin(), bytes.end()};
}

/// The same struct as a newer schema would have it: two more words of data and two more pointers, all in use.
void grow(capnp::AnyStruct::Reader from, capnp::AnyPointer::Builder to) {
  const auto data = from.getDataSection();
  const auto pointers = from.getPointerSection();
  auto grown = to.initAsAnyStruct(static_cast<std::uint16_t>(data.size() / 8 + 2),
                                  static_cast<std::uint16_t>(pointers.size() + 2));
  auto grownData = grown.getDataSection();
  std::fill(grownData.begin(), grownData.end(), capnp::byte{0xEE});
  std::copy(data.begin(), data.end(), grownData.begin());
  auto grownPointers = grown.getPointerSection();
  for (unsigned i = 0; i < pointers.size(); ++i) {
    if (pointers[i].isStruct()) {
      grow(pointers[i].getAs<capnp::AnyStruct>(), grownPointers[i]);
    } else {
      grownPointers[i].set(pointers[i]);
    }
  }
  grownPointers[pointers.size()].setAs<capnp::Text>("from the future");
  grownPointers[pointers.size() + 1].setAs<capnp::Text>("more of it");
}

TEST(Neighbours, whoKnowMoreFieldsAreUnderstood) {
  for (std::size_t index = 0; index < std::variant_size_v<FromAgent>; ++index) {
    RandomMessage random(static_cast<unsigned>(index));
    const auto body = random.fromAgent(index);
    // Not by encode(): it leaves out what is zero at the end of a struct, where the new fields would then come to lie.
    capnp::MallocMessageBuilder today;
    auto envelope = today.initRoot<schema::Envelope>();
    envelope.setVersion(kProtocolVersion + 1);
    write(envelope.initBody().initFromAgent(), body);
    capnp::MallocMessageBuilder tomorrow;
    grow(envelope.asReader(), tomorrow.getRoot<capnp::AnyPointer>());
    const auto decoded = decodeFromAgent(frameOf(tomorrow));
    ASSERT_TRUE(std::holds_alternative<Message<FromAgent>>(decoded)) << std::get<Malformed>(decoded).detail;
    EXPECT_EQ(std::get<Message<FromAgent>>(decoded).body, body);
  }
}

TEST(Neighbours, whoKnowFewerFieldsAreUnderstood) {
  // What an older neighbour does not send reads as zero or empty.
  capnp::MallocMessageBuilder builder;
  auto envelope = builder.initRoot<schema::Envelope>();
  envelope.setVersion(kProtocolVersion);
  envelope.initBody().initFromAgent().initHello();
  const auto frame = frameOf(builder);
  const auto decoded = decodeFromAgent(frame);
  ASSERT_TRUE(std::holds_alternative<Message<FromAgent>>(decoded));
  EXPECT_EQ(std::get<Message<FromAgent>>(decoded).body, FromAgent(Hello{}));
}

TEST(Neighbours, ofOneVersionMoreOrLessAreHeardAndOthersAreNot) {
  for (const int version : {0, 1, 2, 3, 4, 100, 65535}) {
    Message<FromAgent> message{{}, Heartbeat{}};
    message.header.version = static_cast<std::uint16_t>(version);
    const auto decoded = decodeFromAgent(encode(message));
    const bool near = std::abs(version - kProtocolVersion) <= 1;
    EXPECT_EQ(std::holds_alternative<Message<FromAgent>>(decoded), near) << version;
    if (near) {
      EXPECT_EQ(std::get<Message<FromAgent>>(decoded).header.version, version);
    } else {
      EXPECT_EQ(std::get<Malformed>(decoded).kind, Malformed::Kind::version);
    }
  }
}

TEST(Neighbours, whoSayWhatWeDoNotKnowAreToldApartFromGarbage) {
  // A verb of the future: the number of the union's member lies in the first two bytes of a struct of pointers alone.
  capnp::MallocMessageBuilder builder;
  auto envelope = builder.initRoot<schema::Envelope>();
  envelope.setVersion(kProtocolVersion + 1);
  auto body = envelope.initBody().initFromAgent();
  body.initHeartbeat();
  capnp::toAny(body).getDataSection()[0] = 77;
  const auto frame = frameOf(builder);
  const auto malformed = std::get<Malformed>(decodeFromAgent(frame));
  EXPECT_EQ(malformed.kind, Malformed::Kind::unknownBody);
  EXPECT_EQ(malformed.detail, "message from an agent of unknown kind 77");
}

template <class Body, class Root>
void expectRequest(const Body& request, Root expected) {
  capnp::MallocMessageBuilder builder;
  auto to = builder.initRoot<schema::Request>();
  write(to, Request(request));
  EXPECT_EQ(to.which(), expected);
}

TEST(Neighbours, whoKnowNoOptionsOfAPlanAreAskedInTheirOwnWordsWhereTheseSayAll) {
  RandomMessage random(1);
  const Submission submission = random.submission();
  expectRequest(request::Plan{submission, {}, request::Plan::Keep::no}, schema::Request::PLAN);
  expectRequest(request::Apply{submission, Revision(1), {}}, schema::Request::APPLY);
  // What they would pass over in silence they must refuse: an apply of one target is not an apply of all.
  expectRequest(request::Apply{submission, Revision(1), {{"server"}, {}}}, schema::Request::APPLY_WITH);
  expectRequest(request::Plan{submission, {{"server"}, {}}, request::Plan::Keep::no}, schema::Request::PLAN_WITH);
  expectRequest(request::Plan{submission, {}, request::Plan::Keep::ticket}, schema::Request::PLAN_WITH);
}

TEST(Neighbours, whoSayNothingOfRisksAndTimeHaveNone) {
  capnp::MallocMessageBuilder builder;
  auto plan = builder.initRoot<schema::Reply>().initPlanned();
  plan.setCluster("c");
  auto change = plan.initWaves(1)[0].initChanges(1)[0];
  change.setNode("c-web-0");
  change.setHost("h1");
  const auto read = std::get<reply::Planned>(message::read(builder.getRoot<schema::Reply>().asReader())).plan;
  EXPECT_TRUE(read.risks.empty());
  EXPECT_LT(read.estimateMs, 0);
  EXPECT_EQ(read.waves.at(0).at(0).node.str(), "c-web-0");
  EXPECT_TRUE(read.waves.at(0).at(0).pool.empty());
}

}  // namespace
}  // namespace berth::message

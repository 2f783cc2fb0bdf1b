// SPDX-License-Identifier: Apache-2.0
//
// Bytes from outside that mean harm, or are merely broken: decode() answers with a reason, quickly and with little
// memory, whatever they are.
#include <chrono>

#include <capnp/any.h>
#include <capnp/message.h>
#include <gtest/gtest.h>

#include "protocol/schema/envelope.capnp.h"
#include "tests/unit/protocol/message/random_message.h"

namespace berth::message {
namespace {

/// Tries every decoder; what they make of it does not matter here, only that they do.
void decodeAsEverything(std::span<const std::uint8_t> frame) {
  (void)decodeFromAgent(frame);
  (void)decodeToAgent(frame);
  (void)decodeRequest(frame);
  (void)decodeReply(frame);
  (void)decodeJoin(frame);
  (void)decodeJoined(frame);
  (void)decodePeerAsk(frame);
  (void)decodePeerAnswer(frame);
  const std::string_view text(reinterpret_cast<const char*>(frame.data()), frame.size());
  (void)decodeSpec(text);
  (void)decodeManifest(text);
}

std::vector<Frame> samples(unsigned seed) {
  RandomMessage random(seed);
  std::vector<Frame> frames;
  for (std::size_t i = 0; i < std::variant_size_v<FromAgent>; ++i) {
    frames.push_back(encode(Message<FromAgent>{random.header(), random.fromAgent(i)}));
  }
  for (std::size_t i = 0; i < std::variant_size_v<ToAgent>; ++i) {
    frames.push_back(encode(Message<ToAgent>{random.header(), random.toAgent(i)}));
  }
  for (std::size_t i = 0; i < std::variant_size_v<Request>; ++i) {
    frames.push_back(encode(Message<Request>{random.header(), random.request(i)}));
  }
  for (std::size_t i = 0; i < std::variant_size_v<Reply>; ++i) {
    frames.push_back(encode(Message<Reply>{random.header(), random.reply(i)}));
  }
  return frames;
}

template <class Body>
Malformed::Kind kindOf(const Decoded<Body>& decoded) {
  return std::get<Malformed>(decoded).kind;
}

Frame frameOf(capnp::MessageBuilder& builder) {
  const auto words = capnp::canonicalize(builder.getRoot<schema::Envelope>().asReader());
  const auto bytes = words.asBytes();
  return {bytes.begin(), bytes.end()};
}

TEST(Hostile, emptyAndOddFramesAreNotOurs) {
  for (std::size_t size : {0u, 1u, 7u, 9u, 15u}) {
    EXPECT_EQ(kindOf(decodeFromAgent(Frame(size))), Malformed::Kind::notCapnp) << size;
  }
  EXPECT_EQ(kindOf(decodeFromAgent(Frame(8))), Malformed::Kind::unknownBody) << "an empty message is of no kind";
}

TEST(Hostile, tooLargeFramesAreNotLookedInto) {
  EXPECT_EQ(kindOf(decodeFromAgent(Frame(kMaxMessageBytes + 8))), Malformed::Kind::tooLarge);
  EXPECT_EQ(kindOf(decodeJoin(Frame(kMaxJoinBytes + 8))), Malformed::Kind::tooLarge);
}

TEST(Hostile, garbageIsRefused) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 5000; ++i) {
    Frame frame(8 * (1 + random() % 40));
    for (auto& byte : frame) byte = static_cast<std::uint8_t>(random());
    EXPECT_TRUE(std::holds_alternative<Malformed>(decodeFromAgent(frame)));
    decodeAsEverything(frame);
  }
}

TEST(Hostile, framesCutAnywhereDoNoHarm) {
  for (const auto& frame : samples(1)) {
    for (std::size_t size = 0; size < frame.size(); ++size) {
      // Cut where an allocation ends, so that a sanitizer sees each byte that is read beyond.
      const Frame cut(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size));
      if (size % 8 == 0) {
        decodeAsEverything(cut);
      } else {
        EXPECT_EQ(kindOf(decodeReply(cut)), Malformed::Kind::notCapnp);
      }
    }
  }
}

TEST(Hostile, flippedBitsDoNoHarm) {
  for (auto frame : samples(2)) {
    const auto bits = std::min<std::size_t>(frame.size(), 240) * 8;
    for (std::size_t bit = 0; bit < bits; ++bit) {
      frame[bit / 8] = static_cast<std::uint8_t>(frame[bit / 8] ^ (1u << (bit % 8)));
      decodeAsEverything(frame);
      frame[bit / 8] = static_cast<std::uint8_t>(frame[bit / 8] ^ (1u << (bit % 8)));
    }
  }
}

TEST(Hostile, aMessageOfAnotherDirectionIsOfUnknownKind) {
  RandomMessage random(3);
  const auto frame = encode(Message<ToAgent>{random.header(), random.toAgent(0)});
  EXPECT_EQ(kindOf(decodeFromAgent(frame)), Malformed::Kind::unknownBody);
  EXPECT_EQ(kindOf(decodeRequest(frame)), Malformed::Kind::unknownBody);
}

// ---- bombs: little on the wire, much to look at

/// Runs `decode` and expects a refusal for the right reason, within a time that only a bomb would exceed.
template <class Decode>
void expectQuickRefusal(const Frame& frame, Decode decode, std::string_view why) {
  const auto start = std::chrono::steady_clock::now();
  const auto decoded = decode(frame);
  ASSERT_TRUE(std::holds_alternative<Malformed>(decoded));
  EXPECT_NE(std::get<Malformed>(decoded).detail.find(why), std::string::npos) << std::get<Malformed>(decoded).detail;
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

void append(Frame& frame, std::uint64_t word) {
  for (int i = 0; i < 8; ++i) frame.push_back(static_cast<std::uint8_t>(word >> (8 * i)));
}

/// A struct pointer: `offset` words from its end lie `data` words and `pointers` pointers.
constexpr std::uint64_t structAt(std::uint32_t offset, std::uint16_t data, std::uint16_t pointers) {
  return static_cast<std::uint64_t>(offset & 0x3FFFFFFF) << 2 | static_cast<std::uint64_t>(data) << 32 |
         static_cast<std::uint64_t>(pointers) << 48;
}
/// A list pointer, with the code of its elements' size.
constexpr std::uint64_t listAt(std::uint32_t offset, std::uint32_t elementSize, std::uint32_t count) {
  return 1 | static_cast<std::uint64_t>(offset & 0x3FFFFFFF) << 2 | static_cast<std::uint64_t>(elementSize) << 32 |
         static_cast<std::uint64_t>(count) << 35;
}
constexpr std::uint32_t kVoid = 0;
constexpr std::uint32_t kPointers = 6;
constexpr std::uint32_t kInline = 7;

/// A valid Status, whose list of instances is replaced by a list pointer of our making and what follows it.
Frame statusWith(std::uint64_t list, const std::vector<std::uint64_t>& rest) {
  capnp::MallocMessageBuilder builder;
  auto envelope = builder.initRoot<schema::Envelope>();
  envelope.setVersion(kProtocolVersion);
  envelope.initBody().initFromAgent().initStatus().initInstances(1)[0].setRestarts(0x5EEDF00D);
  auto frame = frameOf(builder);
  // The list is the last thing in the message: its pointer is the last but the content. Find it as the only pointer to
  // a list of structs.
  for (std::size_t at = frame.size() - 8; at > 0; at -= 8) {
    std::uint64_t word = 0;
    for (int i = 7; i >= 0; --i) word = word << 8 | frame[at + static_cast<std::size_t>(i)];
    if ((word & 3) == 1 && (word >> 32 & 7) == kInline) {
      // Two pointers stand behind that of the instances: events and conditions, left out by the canonical form.
      frame.resize(at);
      append(frame, list);
      for (const auto extra : rest) append(frame, extra);
      return frame;
    }
  }
  ADD_FAILURE() << "no list in the message";
  return frame;
}

TEST(Hostile, aListOfHalfABillionNothingsIsRefusedQuickly) {
  constexpr std::uint32_t most = (1u << 29) - 1;
  expectQuickRefusal(statusWith(listAt(0, kVoid, most), {}), decodeFromAgent, "traversal limit");
  // As a list of structs that have no size.
  expectQuickRefusal(statusWith(listAt(0, kInline, 0), {static_cast<std::uint64_t>(most) << 2}), decodeFromAgent,
                     "traversal limit");
}

TEST(Hostile, aLongListWithinItsBoundButWithoutContentIsRefused) {
  expectQuickRefusal(statusWith(listAt(0, kVoid, 4000), {}), decodeFromAgent, "traversal limit");
}

TEST(Hostile, manyPointersToOneLargeTextAreRefused) {
  // 4,000 specs, all the same 64 KiB: 256 MiB if it were believed.
  capnp::MallocMessageBuilder builder;
  auto envelope = builder.initRoot<schema::Envelope>();
  envelope.setVersion(kProtocolVersion);
  auto specs = envelope.initBody().initToAgent().initSpecs().initEncoded(4000);
  const std::vector<capnp::byte> large(64u << 10, 7);
  specs.set(3999, capnp::Data::Reader(large.data(), large.size()));
  auto frame = frameOf(builder);
  // All elements are null but the last; each gets the same target.
  const auto lists = frame.size() - large.size() - std::size_t{8} * 4000;
  const auto target = frame.size() - large.size();
  for (std::size_t i = 0; i < 4000; ++i) {
    const auto at = lists + 8 * i;
    Frame pointer;
    append(pointer, listAt(static_cast<std::uint32_t>((target - at - 8) / 8), 2, 64u << 10));
    std::copy(pointer.begin(), pointer.end(), frame.begin() + static_cast<std::ptrdiff_t>(at));
  }
  expectQuickRefusal(frame, decodeToAgent, "traversal limit");
}

TEST(Hostile, aPointerToItselfIsRefused) {
  // A list of pointers whose element is the list again, and a struct that contains itself.
  expectQuickRefusal(statusWith(listAt(0xFFFFFFFF, kPointers, 1), {}), decodeFromAgent, "non-struct pointer");
  Frame frame;
  append(frame, structAt(0xFFFFFFFF, 0, 1));
  decodeAsEverything(frame);
}

TEST(Hostile, deepNestingIsRefused) {
  // A chain of structs, each the only pointer of the one before, deeper than any message of ours: read as a spec.
  Frame frame;
  for (int i = 0; i < 100'000; ++i) append(frame, structAt(0, 0, 1));
  append(frame, 0);
  const auto start = std::chrono::steady_clock::now();
  decodeAsEverything(frame);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(Hostile, farPointersAndCapabilitiesAreRefused) {
  for (const std::uint64_t pointer : {0x0000000000000002ull, 0x0000000100000002ull, 0x0000000000000006ull,
                                      0x0000000000000003ull, 0xFFFFFFFFFFFFFFFFull}) {
    Frame frame;
    append(frame, pointer);
    append(frame, pointer);
    EXPECT_TRUE(std::holds_alternative<Malformed>(decodeFromAgent(frame)));
    expectQuickRefusal(statusWith(pointer, {pointer}), decodeFromAgent, "pointer");
  }
}

TEST(Hostile, aSmallPlanDoesNotBecomeALargeOne) {
  capnp::MallocMessageBuilder builder;
  auto envelope = builder.initRoot<schema::Envelope>();
  envelope.setVersion(kProtocolVersion);
  auto plan = envelope.initBody().initReply().initPlanned();
  plan.setCluster("c");
  const std::string reason(kMaxProse, 'r');
  auto changes = plan.initWaves(1)[0].initChanges(20'000);
  for (unsigned at = 0; at < changes.size(); ++at) {
    changes[at].setNode("c-web-0");
    if (at == 0) {
      changes[at].initReasons(1).set(0, reason);
    } else {
      changes[at].setReasonsAsBefore(true);
    }
  }
  EXPECT_EQ(kindOf(decodeReply(frameOf(builder))), Malformed::Kind::badValue);
}

}  // namespace
}  // namespace berth::message

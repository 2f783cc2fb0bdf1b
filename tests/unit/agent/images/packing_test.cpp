// SPDX-License-Identifier: Apache-2.0
#include "agent/images/packing.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "agent/disks/file.h"
#include "tests/unit/agent/images/packed.h"
#include "tests/unit/agent/temporary_directory.h"

namespace berth::images {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kLimit = 64u << 20;

std::string someContent() {
  std::string content;
  for (int i = 0; i < 100'000; ++i) content += "line " + std::to_string(i) + "\n";
  return content;
}

class PackedFile : public ::testing::TestWithParam<Packing> {
protected:
  std::variant<Unpacked, Error> unpackText(const std::string& text, Packing said, std::uint64_t limit = kLimit,
                                           const std::stop_token& stop = {}) {
    const auto in = open("in");
    EXPECT_EQ(disks::writeAll(in.get(), {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}), 0);
    const auto out = open("out");
    return unpack(in.get(), said, out.get(), limit, stop);
  }
  std::string refusal(const std::string& text, Packing said, std::uint64_t limit = kLimit) {
    const auto unpacked = unpackText(text, said, limit);
    return std::holds_alternative<Error>(unpacked) ? std::get<Error>(unpacked).message : "";
  }

private:
  [[nodiscard]] disks::Descriptor open(const char* name) const {
    return disks::Descriptor(::open((directory_.path() / name).c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  }
  berth::testing::TemporaryDirectory directory_;
};

TEST_P(PackedFile, UnpacksToWhatWasPacked) {
  const std::string content = someContent();
  const auto unpacked = unpackText(testing::packed(content, GetParam()), GetParam());
  ASSERT_TRUE(std::holds_alternative<Unpacked>(unpacked)) << std::get<Error>(unpacked).message;
  EXPECT_EQ(std::get<Unpacked>(unpacked).content, Digest::of(content));
  EXPECT_EQ(std::get<Unpacked>(unpacked).bytes, content.size());
}

TEST_P(PackedFile, ThatIsCutOffIsRefused) {
  std::string text = testing::packed(someContent(), GetParam());
  text.resize(text.size() / 2);
  EXPECT_THAT(refusal(text, GetParam()), HasSubstr("cannot be unpacked"));
}

TEST_P(PackedFile, ThatUnpacksToMoreThanTheLimitIsRefused) {
  EXPECT_EQ(refusal(testing::packed(std::string(2u << 20, 'x'), GetParam()), GetParam(), 1u << 20),
            "unpacks to more than 1MiB");
}

TEST_P(PackedFile, ThatIsNotPackedAsItIsSaidIsRefused) {
  EXPECT_THAT(refusal("plain text", GetParam()), HasSubstr("but is not"));
  const Packing other = GetParam() == Packing::xz ? Packing::gzip : Packing::xz;
  EXPECT_THAT(refusal(testing::packed("x", other), GetParam()), HasSubstr("is packed with"));
}

TEST_P(PackedFile, UnpackingCanBeCancelled) {
  std::stop_source stop;
  stop.request_stop();
  const auto unpacked = unpackText(testing::packed("x", GetParam()), GetParam(), kLimit, stop.get_token());
  EXPECT_EQ(std::get<Error>(unpacked).kind, Error::Kind::temporary);
}

INSTANTIATE_TEST_SUITE_P(Each, PackedFile, ::testing::Values(Packing::gzip, Packing::xz, Packing::zstd),
                         [](const auto& packing) { return std::string(toString(packing.param)); });

}  // namespace
}  // namespace berth::images

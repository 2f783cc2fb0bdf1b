// SPDX-License-Identifier: Apache-2.0
#include "planner/image/resolve.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/image/stream.h"
#include "tests/checkout.h"

namespace berth::image {
namespace {

using testing::HasSubstr;

const Digest kDigest = Digest::of(std::string_view("content"));

template <class T>
source::Located<T> at(T value, std::uint32_t line = 3) {
  return {std::move(value), {"prod.yaml", line, 12, 0}};
}

spec::ImageSource stream(const std::string& name, const std::optional<std::string>& version = {}) {
  spec::StreamImage image;
  if (!name.empty()) image.stream = at(name);
  if (version) image.version = at(*version, 4);
  return {image, {"prod.yaml", 2, 1, 0}};
}

spec::ImageSource file(const std::string& path, std::optional<Digest> digest = {}) {
  spec::FileImage image{.path = at(path), .sha256 = {}};
  if (digest) image.sha256 = at(*digest);
  return {image, {}};
}

Given metadata() {
  std::ifstream text(std::string(checkout::kRoot) + "/tests/unit/planner/image/testdata/stable.json");
  std::stringstream all;
  all << text.rdbuf();
  return {.metadata = all.str(), .digest = {}};
}

TEST(Resolve, asksForTheMetadataOfAStream) {
  EXPECT_EQ(std::get<NeedsMetadata>(need(stream("testing"))).url, streamUrl("testing"));
}

TEST(Resolve, asksForTheMetadataOfOneReleaseWhenAVersionIsWanted) {
  const std::string url =
      "https://builds.coreos.fedoraproject.org/prod/streams/stable/builds/44.20260707.3.1/release.json";
  EXPECT_EQ(std::get<NeedsMetadata>(need(stream("stable", "44.20260707.3.1"))).url, url);
  EXPECT_EQ(std::get<NeedsMetadata>(need(stream("", "44.20260707.3.1"))).url, url);
}

TEST(Resolve, takesTheImageOfTheMetadata) {
  const auto image = resolve(stream("stable"), metadata());
  ASSERT_TRUE(std::holds_alternative<Image>(image));
  EXPECT_EQ(std::get<Image>(image).label, "fedora-coreos stable 44.20260707.3.1");
}

TEST(Resolve, pointsAtTheVersionThatIsNotThere) {
  const auto image = resolve(stream("stable", "44.20200101.3.0"), metadata());
  const auto& diagnostic = std::get<source::Diagnostic>(image);
  EXPECT_EQ(diagnostic.where.line, 4u);
  EXPECT_THAT(diagnostic.message, HasSubstr("\"44.20260707.3.1\""));
  EXPECT_THAT(diagnostic.hint, HasSubstr("url: and sha256:"));
}

TEST(Resolve, cannotGuessTheStreamOfAStrangeVersion) {
  const auto asked = stream("", "44.20260707.91.1");
  EXPECT_TRUE(std::holds_alternative<NeedsNothing>(need(asked)));
  EXPECT_THAT(std::get<source::Diagnostic>(resolve(asked, {})).hint, HasSubstr("stream:"));
}

TEST(Resolve, takesAUrlByItsWord) {
  const spec::ImageSource asked{spec::UrlImage{.url = at<std::string>("https://example.org/a/node.qcow2.zst?x=1"),
                                               .sha256 = at(kDigest),
                                               .uncompressedSha256 = {}},
                                {}};
  EXPECT_TRUE(std::holds_alternative<NeedsNothing>(need(asked)));
  const auto image = std::get<Image>(resolve(asked, {}));
  EXPECT_EQ(image.packing, Packing::zstd);
  EXPECT_EQ(image.packedDigest, kDigest);
  EXPECT_EQ(image.contentDigest, std::nullopt);
  EXPECT_EQ(image.label, "node.qcow2.zst");
}

TEST(Resolve, asksForTheDigestOfAFileThatHasNone) {
  EXPECT_EQ(std::get<NeedsDigest>(need(file("/srv/node.qcow2"))).path, "/srv/node.qcow2");
  const auto image = std::get<Image>(resolve(file("/srv/node.qcow2"), {.metadata = {}, .digest = kDigest}));
  EXPECT_EQ(image.source, "file:///srv/node.qcow2");
  EXPECT_EQ(image.packedDigest, kDigest);
  EXPECT_THAT(std::get<source::Diagnostic>(resolve(file("/srv/node.qcow2"), {})).message, HasSubstr("is not known"));
}

TEST(Resolve, believesTheSpecRatherThanTheFileAtHand) {
  const auto asked = file("/srv/node.qcow2", kDigest);
  EXPECT_TRUE(std::holds_alternative<NeedsNothing>(need(asked)));
  EXPECT_EQ(std::get<Image>(resolve(asked, {.metadata = {}, .digest = Digest()})).packedDigest, kDigest);
}

TEST(Image, isTheSameContentWhereverItLies) {
  const Image here{
      .source = "file:///a", .packing = Packing::none, .packedDigest = kDigest, .contentDigest = {}, .label = ""};
  const Image there{.source = "https://b/c.xz",
                    .packing = Packing::xz,
                    .packedDigest = Digest(),
                    .contentDigest = kDigest,
                    .label = ""};
  const Image unknown{
      .source = "https://b/c.xz", .packing = Packing::xz, .packedDigest = Digest(), .contentDigest = {}, .label = ""};
  EXPECT_TRUE(here.sameContent(there));
  EXPECT_TRUE(there.sameContent(unknown));
  EXPECT_FALSE(here.sameContent(unknown));
}

TEST(Image, isPackedAsItsNameSays) {
  EXPECT_EQ(packingOf("a.qcow2"), Packing::none);
  EXPECT_EQ(packingOf("a.qcow2.gz"), Packing::gzip);
  EXPECT_EQ(packingOf("https://x/a.qcow2.xz?token=.gz"), Packing::xz);
  EXPECT_EQ(packingOf("https://x/a.raw.zst#top"), Packing::zstd);
}

}  // namespace
}  // namespace berth::image

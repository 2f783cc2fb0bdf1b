// SPDX-License-Identifier: Apache-2.0
#include "planner/image/stream.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/checkout.h"

namespace berth::image {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

std::string testdata(const std::string& name) {
  std::ifstream file(std::string(checkout::kRoot) + "/tests/unit/planner/image/testdata/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

Image imageOf(const std::variant<Image, NoImage>& result) {
  if (const auto* none = std::get_if<NoImage>(&result)) ADD_FAILURE() << none->message;
  return std::holds_alternative<Image>(result) ? std::get<Image>(result) : Image{};
}

std::string refusal(std::string_view json, const Wanted& wanted = {.stream = "stable", .version = {}}) {
  const auto result = fromMetadata(json, wanted);
  return std::holds_alternative<NoImage>(result) ? std::get<NoImage>(result).message : "accepted";
}

/// The metadata of stable with the value at `pointer` replaced, or removed when there is none.
std::string spoilt(const std::string& pointer, const std::optional<Json>& value) {
  Json json = Json::parse(testdata("stable.json"));
  const Json::json_pointer at(pointer);
  if (value) {
    json[at] = *value;
  } else {
    json[at.parent_pointer()].erase(at.back());
  }
  return json.dump();
}

constexpr const char* kDisk = "/architectures/x86_64/artifacts/qemu/formats/qcow2.xz/disk";

TEST(Stream, namesTheQemuImageOfItsNewestRelease) {
  for (const std::string stream : {"stable", "testing", "next"}) {
    const Image image = imageOf(fromMetadata(testdata(stream + ".json"), {.stream = stream, .version = {}}));
    EXPECT_THAT(image.source, HasSubstr("https://builds.coreos.fedoraproject.org/prod/streams/" + stream));
    EXPECT_TRUE(image.source.ends_with("-qemu.x86_64.qcow2.xz"));
    EXPECT_EQ(image.packing, Packing::xz);
    EXPECT_TRUE(image.packedDigest.has_value());
    EXPECT_TRUE(image.contentDigest.has_value());
  }
  const Image stable = imageOf(fromMetadata(testdata("stable.json"), {.stream = "stable", .version = {}}));
  EXPECT_EQ(stable.label, "fedora-coreos stable 44.20260707.3.1");
  const Json disk = Json::parse(testdata("stable.json"))[Json::json_pointer(kDisk)];
  EXPECT_EQ(stable.packedDigest->hex(), disk["sha256"]);
  EXPECT_EQ(stable.contentDigest->hex(), disk["uncompressed-sha256"]);
}

TEST(Stream, hasOtherArchitectures) {
  const Image image =
      imageOf(fromMetadata(testdata("stable.json"), {.stream = "stable", .version = {}, .architecture = "aarch64"}));
  EXPECT_THAT(image.source, HasSubstr("aarch64"));
  EXPECT_THAT(refusal(testdata("stable.json"), {.stream = "stable", .version = {}, .architecture = "riscv64"}),
              HasSubstr("no QEMU image (qcow2.xz) for riscv64"));
}

TEST(Stream, aReleaseNamesTheSameImageAsTheStreamDid) {
  const Image fromStream = imageOf(fromMetadata(testdata("stable.json"), {.stream = "stable", .version = {}}));
  const Image fromRelease =
      imageOf(fromMetadata(testdata("release.json"), {.stream = "stable", .version = "44.20260707.3.1"}));
  EXPECT_EQ(fromStream, fromRelease);
}

TEST(Stream, refusesTheMetadataOfAnotherStream) {
  EXPECT_EQ(refusal(testdata("testing.json")),
            "the metadata of Fedora CoreOS cannot be used: it is for the stream \"testing\", and \"stable\" was asked "
            "for");
}

TEST(Stream, refusesAnotherVersionAndSaysWhatIsThere) {
  EXPECT_EQ(refusal(testdata("stable.json"), {.stream = "stable", .version = "43.20260101.3.0"}),
            "the metadata is for version \"44.20260707.3.1\", and \"43.20260101.3.0\" was asked for");
}

TEST(Stream, refusesWhatIsNotWhatItSeems) {
  const std::string disk = kDisk;
  EXPECT_THAT(refusal(""), HasSubstr("no JSON"));
  EXPECT_THAT(refusal("[1, 2"), HasSubstr("no JSON"));
  EXPECT_THAT(refusal("<html>not found</html>"), HasSubstr("no JSON"));
  EXPECT_THAT(refusal("[]"), HasSubstr("it is for the stream \"\""));
  EXPECT_THAT(refusal("{}"), HasSubstr("it is for the stream \"\""));
  EXPECT_THAT(refusal(R"({"stream": 7})"), HasSubstr("it is for the stream \"\""));
  EXPECT_THAT(refusal(R"({"stream": "stable", "architectures": 3})"), HasSubstr("no QEMU image"));
  EXPECT_THAT(refusal(spoilt(disk, std::nullopt)), HasSubstr("no QEMU image"));
  EXPECT_THAT(refusal(spoilt(disk + "/sha256", std::nullopt)), HasSubstr("no valid sha256"));
  EXPECT_THAT(refusal(spoilt(disk + "/sha256", "abc")), HasSubstr("no valid sha256"));
  EXPECT_THAT(refusal(spoilt(disk + "/uncompressed-sha256", 3)), HasSubstr("no valid uncompressed-sha256"));
  EXPECT_THAT(refusal(spoilt(disk + "/location", "http://example.org/x")), HasSubstr("not https"));
  EXPECT_THAT(refusal(spoilt(disk + "/location", "https://example.org/a b")), HasSubstr("not https"));
  EXPECT_THAT(refusal(spoilt(disk + "/location", std::nullopt)), HasSubstr("not https"));
}

TEST(Stream, survivesABracketedAbyssAndAFlood) {
  EXPECT_THAT(refusal(std::string(2'000'000, '[')), HasSubstr("no JSON"));
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_THAT(refusal(R"({"stream": "stable", "x": )" + deep + "}"), HasSubstr("no JSON"));
  EXPECT_THAT(refusal(std::string(5'000'000, ' ') + "{}"), HasSubstr("no JSON"));
}

TEST(Stream, showsNothingThatCouldHarmATerminal) {
  EXPECT_THAT(refusal("{\"stream\": \"\\u001b[2Jx\"}"), HasSubstr("\"?[2Jx\""));
}

TEST(Stream, knowsWhereMetadataLies) {
  EXPECT_EQ(streamUrl("stable"), "https://builds.coreos.fedoraproject.org/streams/stable.json");
  EXPECT_EQ(releaseUrl("stable", "44.20260707.3.1"),
            "https://builds.coreos.fedoraproject.org/prod/streams/stable/builds/44.20260707.3.1/release.json");
}

TEST(Stream, followsFromAVersion) {
  EXPECT_EQ(streamOfVersion("44.20260707.3.1"), "stable");
  EXPECT_EQ(streamOfVersion("44.20260720.2.1"), "testing");
  EXPECT_EQ(streamOfVersion("44.20260720.1.1"), "next");
  EXPECT_EQ(streamOfVersion("44.20260720.91.0"), std::nullopt);
  EXPECT_EQ(streamOfVersion("44"), std::nullopt);
}

}  // namespace
}  // namespace berth::image

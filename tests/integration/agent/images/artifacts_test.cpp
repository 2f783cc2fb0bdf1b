// SPDX-License-Identifier: Apache-2.0
//
// Artifacts by the real cache, over real HTTP; the real tar reads what it makes of them.
#include <cstdio>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "agent/images/disk_cache.h"
#include "tests/integration/agent/images/http_server.h"
#include "tests/unit/agent/temporary_directory.h"

namespace berth::images {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using berth::testing::HttpConnection;
using berth::testing::HttpRequest;
using berth::testing::HttpServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

std::string contentOf(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Artifacts : public ::testing::Test {
protected:
  Artifacts() {
    options_.directory = directory_.path() / "images";
    options_.download.stall = 1s;
    options_.download.pause = 5ms;
  }

  /// An artifact that the server has.
  message::Artifact has(const std::string& name, const std::string& content) {
    served_["/" + name] = content;
    return {name, server_.url("/" + name), Digest::of(content)};
  }
  std::variant<fs::path, Error> fetch(const std::vector<message::Artifact>& artifacts) {
    return DiskCache(options_).fetchArtifacts(artifacts, {}, {});
  }
  fs::path tarOf(const std::vector<message::Artifact>& artifacts) {
    const auto fetched = fetch(artifacts);
    if (const auto* error = std::get_if<Error>(&fetched)) ADD_FAILURE() << error->message;
    return std::holds_alternative<fs::path>(fetched) ? std::get<fs::path>(fetched) : fs::path();
  }
  Error errorOf(const std::vector<message::Artifact>& artifacts) {
    const auto fetched = fetch(artifacts);
    return std::holds_alternative<Error>(fetched) ? std::get<Error>(fetched) : Error{};
  }
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(options_.directory)) {
      if (entry.is_regular_file()) found.push_back(entry.path().lexically_relative(options_.directory));
    }
    return found;
  }
  [[nodiscard]] fs::path fileOf(const message::Artifact& artifact) const {
    return options_.directory / (artifact.sha256.hex() + ".artifact");
  }
  static void damage(const fs::path& file) {
    fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
    std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(600).put('!');
  }

  berth::testing::TemporaryDirectory directory_;
  CacheOptions options_;
  std::map<std::string, std::string> served_;
  HttpServer server_{[this](const HttpRequest& request, const HttpConnection& connection) {
    const auto found = served_.find(request.path);
    if (found == served_.end())
      connection.send(HttpServer::response("404 Not Found", {}, ""));
    else
      HttpServer::serve(request, connection, found->second, "\"v1\"");
  }};
};

TEST_F(Artifacts, AreReadByTheRealTarAsTheyWereServed) {
  const auto consul = has("consul.zip", std::string(1'000'000, 'c') + "!");
  const auto nomad = has("nomad_1.11.0-linux.zip", std::string(512, 'n'));
  const auto empty = has("empty", "");
  const auto longest = has(std::string(64, 'x'), "x");
  const fs::path tar = tarOf({nomad, consul, empty, longest});
  struct stat found {};
  ASSERT_EQ(::stat(tar.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777U, 0444U);
  EXPECT_EQ(found.st_size % 512, 0);

  const fs::path out = directory_.path() / "out";
  fs::create_directory(out);
  ASSERT_EQ(std::system(("tar -xf '" + tar.string() + "' -C '" + out.string() + "'").c_str()), 0);
  for (const auto& each : {consul, nomad, empty, longest}) {
    EXPECT_EQ(contentOf(out / each.name), served_["/" + each.name]) << each.name;
    ASSERT_EQ(::stat((out / each.name).c_str(), &found), 0);
    EXPECT_EQ(found.st_mtime, 0);
  }
  const std::string list = directory_.path() / "list";
  ASSERT_EQ(std::system(("tar --numeric-owner -tvf '" + tar.string() + "' > '" + list + "'").c_str()), 0);
  EXPECT_THAT(contentOf(list), HasSubstr("-r--r--r-- 0/0         1000001 1970-01-01 00:00 consul.zip\n"));
}

TEST_F(Artifacts, OfOneSetAreTheSameBytesOnEveryHostHoweverTheyAreListed) {
  const auto one = has("one", "1");
  const auto two = has("two", std::string(700, '2'));
  const std::string here = contentOf(tarOf({one, two}));
  options_.directory = directory_.path() / "elsewhere";
  EXPECT_EQ(contentOf(tarOf({two, one})), here);
}

TEST_F(Artifacts, AreFetchedOnceAndSharedBySets) {
  const auto one = has("one", "1");
  const auto two = has("two", "2");
  const fs::path tar = tarOf({one});
  EXPECT_EQ(DiskCache(options_).findArtifacts(message::idOf({one})), tar);
  EXPECT_FALSE(DiskCache(options_).findArtifacts(message::idOf({one, two})));
  EXPECT_NE(tarOf({one, two}), tar);
  EXPECT_EQ(tarOf({one}), tar);
  EXPECT_THAT(server_.requests(), SizeIs(2)) << "one for each";
}

TEST_F(Artifacts, AWrongDigestIsRefusedWithBothAndNothingIsLeft) {
  auto wrong = has("consul.zip", "this");
  wrong.sha256 = Digest::of("that");
  const Error error = errorOf({wrong});
  EXPECT_EQ(error.kind, Error::Kind::permanent);
  EXPECT_EQ(error.message, "artifact consul.zip (" + wrong.url + ") is not what was asked for: its sha256 should be " +
                               Digest::of("that").hex() + " but is " + Digest::of("this").hex());
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(Artifacts, OneThatIsNotThereIsSaidByItsUrlAndTheOthersAreKept) {
  const auto one = has("one", "1");
  const message::Artifact missing{"two", server_.url("/two"), Digest::of("2")};
  EXPECT_THAT(errorOf({one, missing}).message, HasSubstr("/two"));
  EXPECT_THAT(files(), ElementsAre(one.sha256.hex() + ".artifact"));
}

TEST_F(Artifacts, OverTheLimitAreRefused) {
  options_.artifactBytes = 100;
  EXPECT_EQ(errorOf({has("large", std::string(101, 'x'))}).kind, Error::Kind::permanent);
  EXPECT_THAT(files(), IsEmpty());
  (void)tarOf({has("small", std::string(100, 'x'))});
}

TEST_F(Artifacts, NothingButHttpIsTaken) {
  const fs::path secret = directory_.path() / "secret";
  std::ofstream(secret) << "secret";
  EXPECT_EQ(errorOf({{"a", "file://" + secret.string(), Digest::of("secret")}}).kind, Error::Kind::permanent);
}

TEST_F(Artifacts, ATarFileThatWasDamagedIsMadeAnewWithoutTheNetwork) {
  const auto one = has("one", std::string(2000, '1'));
  const fs::path tar = tarOf({one});
  const std::string before = contentOf(tar);
  served_.clear();
  damage(tar);
  EXPECT_NE(contentOf(tar), before);
  EXPECT_EQ(contentOf(tarOf({one})), before);
  fs::remove(tar);
  EXPECT_FALSE(DiskCache(options_).findArtifacts(message::idOf({one})));
  EXPECT_EQ(contentOf(tarOf({one})), before);
}

TEST_F(Artifacts, AnArtifactThatWasDamagedIsFetchedAgain) {
  const auto one = has("one", std::string(2000, '1'));
  const fs::path tar = tarOf({one});
  const std::string before = contentOf(tar);
  fs::remove(tar);
  damage(fileOf(one));
  const Error error = errorOf({one});
  EXPECT_EQ(error.kind, Error::Kind::temporary);
  EXPECT_THAT(error.message, HasSubstr("has changed on this host's disk"));
  EXPECT_FALSE(fs::exists(tar));
  EXPECT_EQ(contentOf(tarOf({one})), before);
}

TEST_F(Artifacts, LeftHalfPackedByACrashAreTakenUpOrSwept) {
  const auto one = has("one", "1");
  const std::string set = message::idOf({one}).hex();
  const std::string before = contentOf(tarOf({one}));
  fs::remove(options_.directory / (set + ".tar"));
  std::ofstream(options_.directory / "partial" / (set + ".tar")) << "half";
  EXPECT_EQ(contentOf(tarOf({one})), before);
  EXPECT_THAT(files(), UnorderedElementsAre(set + ".tar", set + ".proof", one.sha256.hex() + ".artifact"));
  std::ofstream(options_.directory / "partial" / (set + ".tar")) << "half";
  (void)DiskCache(options_).collect({});
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(Artifacts, CollectKeepsWhatIsUsed) {
  const auto one = has("one", "1");
  const auto two = has("two", "2");
  (void)tarOf({one});
  (void)tarOf({one, two});
  const Digest used = message::idOf({one});
  EXPECT_THAT(DiskCache(options_).collect({used, one.sha256}),
              UnorderedElementsAre(message::idOf({one, two}), two.sha256));
  EXPECT_THAT(files(),
              UnorderedElementsAre(used.hex() + ".tar", used.hex() + ".proof", one.sha256.hex() + ".artifact"));
}

}  // namespace
}  // namespace berth::images

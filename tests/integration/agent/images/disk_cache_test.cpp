// SPDX-License-Identifier: Apache-2.0
#include "agent/images/disk_cache.h"

#include <fstream>
#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "tests/integration/agent/images/http_server.h"
#include "tests/unit/agent/images/packed.h"
#include "tests/unit/agent/images/qcow2_image.h"
#include "tests/unit/agent/temporary_directory.h"

namespace berth::images {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using berth::testing::HttpConnection;
using berth::testing::HttpRequest;
using berth::testing::HttpServer;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::string_view kEtag = "\"v1\"";

/// A qcow2 header and two MiB that no packing makes smaller.
std::string someImage(unsigned seed = 1) {
  std::string content = testing::Qcow2Image().text();
  std::mt19937_64 random(seed);
  while (content.size() < (2u << 20)) {
    const std::uint64_t word = random();
    content.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  return content;
}

class ImageCache : public ::testing::Test {
protected:
  ImageCache() {
    options_.directory = directory_.path() / "images";
    options_.download.stall = 1s;
    options_.download.pause = 5ms;
    options_.allowedDirectories = {directory_.path() / "allowed"};
  }

  void serveWith(HttpServer::Answer answer) { server_.emplace(std::move(answer)); }
  /// Serves `file` as a good server does, once `fault` has let the request pass; `fault` sees how many came before.
  void serve(const std::string& file,
             std::function<bool(std::size_t, const HttpRequest&, const HttpConnection&)> fault = {}) {
    serveWith([this, file, fault = std::move(fault)](const HttpRequest& request, const HttpConnection& connection) {
      if (fault && fault(count_++, request, connection)) return;
      HttpServer::serve(request, connection, file, std::string(kEtag));
    });
  }
  [[nodiscard]] message::Image image(Packing packing = Packing::none) const {
    message::Image wanted;
    wanted.source = server_ ? server_->url("/image") : "";
    wanted.packing = packing;
    wanted.contentDigest = Digest::of(content_);
    wanted.label = "test image 1";
    return wanted;
  }
  std::variant<Ready, Error> fetch(const message::Image& wanted, const std::stop_token& stop = {}) {
    return DiskCache(options_).fetch(wanted, {}, stop);
  }
  std::string errorOf(const message::Image& wanted) {
    const auto fetched = fetch(wanted);
    return std::holds_alternative<Error>(fetched) ? std::get<Error>(fetched).message : "";
  }
  /// Every file in the cache, but for an empty partial/.
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(options_.directory)) {
      if (entry.is_regular_file()) found.push_back(entry.path().lexically_relative(options_.directory));
    }
    return found;
  }

  berth::testing::TemporaryDirectory directory_;
  CacheOptions options_;
  std::string content_ = someImage();
  std::atomic<std::size_t> count_ = 0;
  std::optional<HttpServer> server_;
};

TEST_F(ImageCache, AnImageIsReadOnlyNamedByItsDigestAndProved) {
  serve(content_);
  const auto fetched = fetch(image());
  ASSERT_TRUE(std::holds_alternative<Ready>(fetched)) << std::get<Error>(fetched).message;
  const Ready& ready = std::get<Ready>(fetched);
  EXPECT_EQ(ready.path, options_.directory / (Digest::of(content_).hex() + ".qcow2"));
  EXPECT_EQ(ready.virtualSize, 10_GiB);
  struct stat found {};
  ASSERT_EQ(::stat(ready.path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777U, 0444U);
  EXPECT_THAT(files(), SizeIs(2));
  EXPECT_EQ(DiskCache(options_).find(image().id())->path, ready.path);
  EXPECT_FALSE(DiskCache(options_).verify(image().id(), {}));
}

TEST_F(ImageCache, EveryPackingIsUnpackedAndBothDigestsAreProved) {
  for (const Packing packing : {Packing::gzip, Packing::xz, Packing::zstd}) {
    content_ = someImage(static_cast<unsigned>(packing) + 7);
    const std::string packed = testing::packed(content_, packing);
    serve(packed);
    message::Image wanted = image(packing);
    wanted.packedDigest = Digest::of(packed);
    EXPECT_EQ(errorOf(wanted), "") << toString(packing);
    wanted.contentDigest.reset();
    EXPECT_EQ(errorOf(wanted), "") << toString(packing);
    EXPECT_FALSE(DiskCache(options_).verify(wanted.id(), {}));
  }
}

TEST_F(ImageCache, AWrongDigestIsRefusedWithBothAndNothingIsLeft) {
  serve(content_);
  message::Image wanted = image();
  wanted.contentDigest = Digest::of("something else");
  EXPECT_THAT(errorOf(wanted), AllOf(HasSubstr(Digest::of("something else").hex()),
                                     HasSubstr(Digest::of(content_).hex()), HasSubstr("test image 1")));
  EXPECT_THAT(files(), SizeIs(0));
}

TEST_F(ImageCache, WrongPackedBytesAreRefusedBeforeTheyAreUnpacked) {
  serve(
      "\xfd"
      "7zXZ is what it begins with");
  message::Image wanted = image(Packing::xz);
  wanted.packedDigest = Digest::of("something else");
  EXPECT_THAT(errorOf(wanted), HasSubstr("the sha256 of its file should be"));
  EXPECT_THAT(files(), SizeIs(0));
}

TEST_F(ImageCache, AnImageThatReachesForAFileOfTheHostIsRefusedThoughItsDigestIsRight) {
  content_ = testing::Qcow2Image().set(8, 8, 400).set(16, 4, 11).text();
  serve(content_);
  EXPECT_THAT(errorOf(image()), HasSubstr("it has a backing file"));
  EXPECT_THAT(files(), SizeIs(0));
}

TEST_F(ImageCache, WhatIsNotAnImageIsRefused) {
  content_ = "<html>Please log in</html>";
  serve(content_);
  EXPECT_THAT(errorOf(image()), HasSubstr("it is not a qcow2 file"));
}

TEST_F(ImageCache, ABrokenConnectionIsTakenUpWhereItBroke) {
  serve(content_, [this](std::size_t before, const HttpRequest&, const HttpConnection& connection) {
    if (before > 0) return false;
    connection.send(HttpServer::response(
        "200 OK", {"Content-Length: " + std::to_string(content_.size()), "ETag: " + std::string(kEtag)},
        content_.substr(0, 700'000)));
    return true;
  });
  EXPECT_EQ(errorOf(image()), "");
  const auto requests = server_->requests();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(requests[1].headers.at("range"), "bytes=700000-");
  EXPECT_EQ(requests[1].headers.at("if-range"), kEtag);
}

TEST_F(ImageCache, AResetInTheMiddleIsSurvivedManyTimesAsLongAsSomethingComes) {
  serve(content_, [this](std::size_t before, const HttpRequest& request, const HttpConnection& connection) {
    if (before >= 12) return false;
    const auto range = request.headers.find("range");
    const std::size_t start = range == request.headers.end() ? 0 : std::stoul(range->second.substr(6));
    const std::string total = std::to_string(content_.size());
    connection.send(HttpServer::response(
        start == 0 ? "200 OK" : "206 Partial Content",
        {"Content-Length: " + std::to_string(content_.size() - start),
         "Content-Range: bytes " + std::to_string(start) + "-" + std::to_string(content_.size() - 1) + "/" + total},
        content_.substr(start, 50'000)));
    connection.reset();
    return true;
  });
  EXPECT_EQ(errorOf(image()), "");
}

TEST_F(ImageCache, ABrokenFetchGoesOnInTheNextProcess) {
  options_.download.fruitless = 1;
  serve(content_, [this](std::size_t before, const HttpRequest&, const HttpConnection& connection) {
    if (before >= 2) return false;
    if (before == 0) {
      connection.send(HttpServer::response(
          "200 OK", {"Content-Length: " + std::to_string(content_.size()), "ETag: " + std::string(kEtag)},
          content_.substr(0, 500'000)));
    }
    return true;
  });
  EXPECT_NE(errorOf(image()), "");
  EXPECT_THAT(files(), SizeIs(2));  // what came, and which version it is
  EXPECT_EQ(errorOf(image()), "");
  EXPECT_EQ(server_->requests().back().headers.at("range"), "bytes=500000-");
}

TEST_F(ImageCache, AServerThatKnowsNoRangesSendsItAnew) {
  serveWith([this](const HttpRequest&, const HttpConnection& connection) {
    const std::size_t size = count_++ == 0 ? 300'000 : content_.size();
    connection.send(HttpServer::response("200 OK", {"Content-Length: " + std::to_string(content_.size())},
                                         content_.substr(0, size)));
  });
  EXPECT_EQ(errorOf(image()), "");
}

TEST_F(ImageCache, AFileThatChangedAtTheServerIsFetchedAnew) {
  const std::string old = someImage(2);
  serveWith([this, &old](const HttpRequest& request, const HttpConnection& connection) {
    if (count_++ == 0) {
      connection.send(HttpServer::response("200 OK", {"Content-Length: " + std::to_string(old.size()), "ETag: \"v0\""},
                                           old.substr(0, 300'000)));
    } else {
      HttpServer::serve(request, connection, content_, std::string(kEtag));
    }
  });
  EXPECT_EQ(errorOf(image()), "");
}

TEST_F(ImageCache, AFileThatChangedUnnoticedIsFetchedAnewOnce) {
  const std::string old = someImage(2);
  serveWith([this, &old](const HttpRequest& request, const HttpConnection& connection) {
    if (count_++ == 0) {  // without an ETag nobody can tell that the rest belongs to another file
      connection.send(
          HttpServer::response("200 OK", {"Content-Length: " + std::to_string(old.size())}, old.substr(0, 300'000)));
    } else {
      HttpServer::serve(request, connection, content_, std::string(kEtag));
    }
  });
  EXPECT_EQ(errorOf(image()), "");
  EXPECT_THAT(server_->requests(), SizeIs(3));
}

TEST_F(ImageCache, AFileThatIsThereWholeIsNotAskedForAgain) {
  serve(content_);
  fs::create_directories(options_.directory / "partial");
  std::ofstream(options_.directory / "partial" / (Digest::of(content_).hex() + ".packed")) << content_;
  EXPECT_EQ(errorOf(image()), "");
  EXPECT_THAT(server_->requests(), SizeIs(1));
}

TEST_F(ImageCache, RubbishLeftInThePartialFileIsFetchedAnew) {
  serve(content_);
  fs::create_directories(options_.directory / "partial");
  std::ofstream(options_.directory / "partial" / (Digest::of(content_).hex() + ".packed"))
      << std::string(5u << 20, 'x');
  EXPECT_EQ(errorOf(image()), "");
}

TEST_F(ImageCache, AServerThatStallsIsGivenUp) {
  options_.download.fruitless = 1;
  serve(content_, [](std::size_t, const HttpRequest&, const HttpConnection& connection) {
    connection.stall();
    return true;
  });
  const auto fetched = fetch(image());
  EXPECT_THAT(std::get<Error>(fetched).message, HasSubstr("nothing came for too long"));
  EXPECT_EQ(std::get<Error>(fetched).kind, Error::Kind::temporary);
}

TEST_F(ImageCache, ALengthThatIsWrongIsATemporaryError) {
  serve(content_, [this](std::size_t, const HttpRequest&, const HttpConnection& connection) {
    connection.send(HttpServer::response("200 OK", {"Content-Length: " + std::to_string(content_.size() * 2)}, ""));
    return true;
  });
  EXPECT_EQ(std::get<Error>(fetch(image())).kind, Error::Kind::temporary);
}

TEST_F(ImageCache, AMissingFileIsAPermanentErrorAndABusyServerATemporaryOne) {
  std::string status = "404 Not Found";
  serveWith([&status](const HttpRequest&, const HttpConnection& connection) {
    connection.send(HttpServer::response(status, {"Content-Length: 5"}, "sorry"));
  });
  EXPECT_EQ(std::get<Error>(fetch(image())).kind, Error::Kind::permanent);
  EXPECT_THAT(errorOf(image()), HasSubstr("status 404"));
  status = "503 Service Unavailable";
  EXPECT_EQ(std::get<Error>(fetch(image())).kind, Error::Kind::temporary);
}

TEST_F(ImageCache, RedirectsAreFollowedButNotForEverNorOutOfHttp) {
  serve(content_, [this](std::size_t, const HttpRequest& request, const HttpConnection& connection) {
    const std::map<std::string, std::string> targets = {
        {"/image", server_->url("/there")}, {"/loop", server_->url("/loop")}, {"/file", "file:///etc/passwd"}};
    const auto target = targets.find(request.path);
    if (target == targets.end()) return false;
    connection.send(HttpServer::response("302 Found", {"Location: " + target->second, "Content-Length: 0"}, ""));
    return true;
  });
  EXPECT_EQ(errorOf(image()), "");
  content_ = someImage(3);
  message::Image wanted = image();
  wanted.source = server_->url("/loop");
  EXPECT_THAT(errorOf(wanted), HasSubstr("more than 5 redirects"));
  wanted.source = server_->url("/file");
  EXPECT_THAT(errorOf(wanted), HasSubstr("not http or https"));
}

TEST_F(ImageCache, AFileOverTheLimitIsRefusedWhateverItsLengthSays) {
  options_.download.bytes = 1u << 20;
  serve(content_);
  EXPECT_THAT(errorOf(image()), HasSubstr("larger than 1MiB"));
  serveWith([this](const HttpRequest&, const HttpConnection& connection) {
    connection.send(HttpServer::response("200 OK", {}, content_));
  });
  EXPECT_THAT(errorOf(image()), HasSubstr("larger than 1MiB"));
  EXPECT_THAT(files(), SizeIs(0));
}

TEST_F(ImageCache, TheSameImageAskedForTwiceAtOnceIsDownloadedOnce) {
  serve(content_, [](std::size_t, const HttpRequest&, const HttpConnection& connection) {
    std::this_thread::sleep_for(50ms);  // long enough that the second call meets the first one
    (void)connection;
    return false;
  });
  DiskCache cache(options_);
  std::vector<std::jthread> callers;
  std::atomic<int> ready = 0;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] { ready += std::holds_alternative<Ready>(cache.fetch(image(), {}, {})) ? 1 : 0; });
  }
  callers.clear();
  EXPECT_EQ(ready, 4);
  EXPECT_THAT(server_->requests(), SizeIs(1));
}

TEST_F(ImageCache, AFetchCanBeCancelledAndWhatCameIsKept) {
  serve(content_, [this](std::size_t, const HttpRequest&, const HttpConnection& connection) {
    connection.send(HttpServer::response("200 OK", {"Content-Length: " + std::to_string(content_.size())},
                                         content_.substr(0, 100'000)));
    connection.stall();
    return true;
  });
  options_.download.stall = 60s;
  std::stop_source stop;
  DiskCache cache(options_);
  const auto fetched = cache.fetch(
      image(),
      [&stop](Progress progress) {
        if (progress.fetched > 0) stop.request_stop();
      },
      stop.get_token());
  EXPECT_THAT(std::get<Error>(fetched).message, HasSubstr("cancelled"));
  EXPECT_THAT(files(), SizeIs(2));
}

TEST_F(ImageCache, AFileOfTheHostIsTakenOnlyFromAllowedDirectories) {
  fs::create_directories(directory_.path() / "allowed");
  std::ofstream(directory_.path() / "allowed/image.xz") << testing::packed(content_, Packing::xz);
  std::ofstream(directory_.path() / "elsewhere") << content_;
  message::Image wanted = image(Packing::xz);
  wanted.source = "file://" + (directory_.path() / "allowed/image.xz").string();
  EXPECT_EQ(errorOf(wanted), "");
  content_ = someImage(5);
  wanted = image();
  wanted.source = "file://" + (directory_.path() / "elsewhere").string();
  EXPECT_THAT(errorOf(wanted), HasSubstr("policy does not allow"));
}

TEST_F(ImageCache, CollectRemovesWhatNobodyUses) {
  serve(content_);
  ASSERT_EQ(errorOf(image()), "");
  DiskCache cache(options_);
  std::ofstream(options_.directory / "partial" / (Digest::of("x").hex() + ".packed")) << "half";
  EXPECT_THAT(cache.collect({image().id()}), SizeIs(0));
  EXPECT_THAT(files(), SizeIs(2));
  EXPECT_THAT(cache.collect({}), ElementsAre(image().id()));
  EXPECT_THAT(files(), SizeIs(0));
}

TEST_F(ImageCache, AnImageThatChangedOnTheDiskIsFoundOut) {
  serve(content_);
  const auto ready = std::get<Ready>(fetch(image()));
  fs::permissions(ready.path, fs::perms(0644));
  std::fstream(ready.path, std::ios::in | std::ios::out | std::ios::binary).seekp(1000).write("!", 1);
  const auto changed = DiskCache(options_).verify(image().id(), {});
  ASSERT_TRUE(changed);
  EXPECT_THAT(changed->message, HasSubstr("has changed"));
}

TEST_F(ImageCache, AFullDiskIsATemporaryErrorAndIsLeftEmpty) {
  fs::create_directories(options_.directory);
  if (::mount("tmpfs", options_.directory.c_str(), "tmpfs", 0, "size=1m") != 0) GTEST_SKIP() << "may not mount here";
  serveWith([this](const HttpRequest&, const HttpConnection& connection) {
    connection.send(HttpServer::response("200 OK", {}, content_));  // no length: found out only while writing
  });
  const auto fetched = fetch(image());
  EXPECT_THAT(std::get<Error>(fetched).message, HasSubstr("No space left on device"));
  EXPECT_EQ(std::get<Error>(fetched).kind, Error::Kind::temporary);
  EXPECT_THAT(files(), SizeIs(0));
  serve(content_);
  EXPECT_THAT(std::get<Error>(fetch(image())).message, HasSubstr("MiB are free"));
  ::umount2(options_.directory.c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace berth::images

// SPDX-License-Identifier: Apache-2.0
#include "agent/state/directory.h"

#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace berth::state {
namespace {

using testing::HasSubstr;

class StateDirectory : public testing::Test {
protected:
  StateDirectory() {
    std::string name = testing::TempDir() + "berth-state-XXXXXX";
    root = ::mkdtemp(name.data());
    reopen();
  }
  ~StateDirectory() override {
    state.reset();
    std::filesystem::remove_all(root);
  }
  void reopen() {
    state.reset();
    auto opened = Directory::open(root);
    ASSERT_TRUE(std::holds_alternative<std::unique_ptr<Directory>>(opened)) << std::get<disks::Error>(opened).str();
    state = std::move(std::get<std::unique_ptr<Directory>>(opened));
  }
  [[nodiscard]] static std::string contentOf(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void overwrite(const std::filesystem::path& path, const std::string& content) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
  }
  [[nodiscard]] static message::StoredManifest manifest(std::uint64_t generation) {
    message::StoredManifest stored;
    stored.epoch = Epoch(3);
    stored.manifest.generation = Generation(generation);
    stored.manifest.entries.push_back({{NodeName::parse("a-0").value(), Uuid::derive(Uuid(), "x")}, Digest::of("s")});
    return stored;
  }
  [[nodiscard]] static message::NodeSpec spec() {
    message::NodeSpec made;
    made.node = NodeName::parse("a-0").value();
    made.cluster = ClusterName::parse("a").value();
    made.pool = PoolName::parse("p").value();
    made.vcpus = 1;
    made.memory = 256_MiB;
    made.disk = 10_GiB;
    made.image.source = "https://images.example/a";
    made.image.contentDigest = Digest::of("image");
    made.ignition = "{\"secret\":1}";
    return made;
  }
  std::filesystem::path root;
  std::unique_ptr<Directory> state;
};

TEST_F(StateDirectory, TwoAgentsNeverShareOne) {
  const auto second = Directory::open(root);
  ASSERT_TRUE(std::holds_alternative<disks::Error>(second));
  EXPECT_THAT(std::get<disks::Error>(second).str(), HasSubstr("another berth-agent"));
  state.reset();
  reopen();
}

TEST_F(StateDirectory, AManifestIsReadAsItWasKept) {
  EXPECT_FALSE(state->manifest());
  EXPECT_FALSE(disks::failure(state->keepManifest(manifest(7))));
  reopen();
  ASSERT_TRUE(state->manifest());
  EXPECT_EQ(state->manifest()->epoch, Epoch(3));
  EXPECT_EQ(state->manifest()->manifest, manifest(7).manifest);
}

TEST_F(StateDirectory, AManifestThatWasCutAnywhereIsNone) {
  ASSERT_FALSE(disks::failure(state->keepManifest(manifest(7))));
  const auto whole = contentOf(root / "manifest");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    overwrite(root / "manifest", whole.substr(0, size));
    // What is read must be what was kept, or nothing: never another manifest.
    if (const auto read = state->manifest()) {
      EXPECT_EQ(read->manifest, manifest(7).manifest) << size;
    }
  }
  overwrite(root / "manifest", std::string(5000, '\xff'));
  EXPECT_FALSE(state->manifest());
}

TEST_F(StateDirectory, ASpecIsKnownByItsContent) {
  const auto encoded = message::encodeSpec(spec());
  const auto digest = Digest::of(encoded);
  ASSERT_FALSE(disks::failure(state->keepSpec(digest, encoded)));
  EXPECT_EQ(state->spec(digest), spec());
  EXPECT_EQ(state->specs().size(), 1u);
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    overwrite(root / "specs" / digest.hex(), encoded.substr(0, size));
    EXPECT_FALSE(state->spec(digest)) << size;
  }
  for (std::size_t at = 0; at < encoded.size(); at += 7) {
    auto flipped = encoded;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    overwrite(root / "specs" / digest.hex(), flipped);
    EXPECT_FALSE(state->spec(digest)) << at;
  }
  EXPECT_TRUE(state->specs().empty());
  EXPECT_FALSE(std::filesystem::exists(root / "specs" / digest.hex())) << "what is not whole is asked for again";
}

TEST_F(StateDirectory, SpecsThatNobodyNeedsGo) {
  const auto encoded = message::encodeSpec(spec());
  auto other = spec();
  other.vcpus = 2;
  const auto second = message::encodeSpec(other);
  ASSERT_FALSE(disks::failure(state->keepSpec(Digest::of(encoded), encoded)));
  ASSERT_FALSE(disks::failure(state->keepSpec(Digest::of(second), second)));
  state->forgetSpecsBut({Digest::of(second)});
  EXPECT_FALSE(state->spec(Digest::of(encoded)));
  EXPECT_TRUE(state->spec(Digest::of(second)));
}

TEST_F(StateDirectory, SecretsAreForTheirOwnerAlone) {
  const auto encoded = message::encodeSpec(spec());
  ASSERT_FALSE(disks::failure(state->keepSpec(Digest::of(encoded), encoded)));
  ASSERT_FALSE(disks::failure(state->keepManifest(manifest(1))));
  struct stat status {};
  for (const auto& path : {root / "specs" / Digest::of(encoded).hex(), root / "manifest"}) {
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << path;
  }
  ASSERT_EQ(::stat((root / "specs").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(StateDirectory, WhatWasToldIsRememberedWithTheBootItWasToldIn) {
  message::InstanceStatus status;
  status.instance = {NodeName::parse("a-0").value(), Uuid::derive(Uuid(), "x")};
  status.phase = message::Phase::ready;
  status.restarts = 3;
  message::HostEvent event;
  event.sequence = Sequence(5);
  event.instance = status.instance;
  event.message = "started";
  EXPECT_TRUE(state->told().instances.empty());
  ASSERT_FALSE(disks::failure(state->keepTold({{status}, {event}, "boot-1"})));
  reopen();
  const auto told = state->told();
  ASSERT_EQ(told.instances.size(), 1u);
  EXPECT_EQ(told.instances[0], status);
  ASSERT_EQ(told.events.size(), 1u);
  EXPECT_EQ(told.events[0], event);
  EXPECT_EQ(told.bootId, "boot-1");
  ASSERT_FALSE(disks::failure(state->keepTold({{}, {}, "boot-2"})));
  EXPECT_EQ(state->told().bootId, "boot-2");
}

TEST_F(StateDirectory, WhenThingsWereConfirmedIsRememberedWithTheBootItWasIn) {
  EXPECT_EQ(state->confirmed("boot-1"), std::nullopt) << "nobody knows";
  const TimePoint late{std::chrono::seconds(100'000)};
  const TimePoint later = late + std::chrono::nanoseconds(1);
  for (const TimePoint at : {later, late, later}) {
    ASSERT_FALSE(disks::failure(state->keepConfirmed("boot-1", at)));
    EXPECT_EQ(state->confirmed("boot-1"), at);
  }
  reopen();
  EXPECT_EQ(state->confirmed("boot-1"), later);
  EXPECT_EQ(state->confirmed("boot-2"), kNotInThisBoot);
  for (const char* damaged : {"", "boot-1", "boot-1 ", "boot-1 soon", "\xff"}) {
    overwrite(root / "confirmed", damaged);
    EXPECT_EQ(state->confirmed("boot-1"), kNotInThisBoot) << damaged;
  }
}

TEST_F(StateDirectory, WhatWasToldAndCutIsForgottenInPeace) {
  ASSERT_FALSE(disks::failure(state->keepTold({{}, {}, "b"})));
  const auto whole = contentOf(root / "told");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    overwrite(root / "told", whole.substr(0, size));
    EXPECT_TRUE(state->told().instances.empty());
  }
}

TEST_F(StateDirectory, ADamagedIdentitySaysWhatToDo) {
  overwrite(root / "identity", "host vh1\n");
  const auto read = state->identity();
  ASSERT_TRUE(std::holds_alternative<disks::Error>(read));
  EXPECT_THAT(std::get<disks::Error>(read).str(), HasSubstr("join again"));
}

TEST_F(StateDirectory, ADiskThatIsFullLosesNothingThatWasKept) {
  ASSERT_FALSE(disks::failure(state->keepManifest(manifest(7))));
  const auto encoded = message::encodeSpec(spec());
  // No file may grow: what a full disk looks like to a writer.
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit none{16, before.rlim_max};
  std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &none);
  const auto failed = disks::failure(state->keepManifest(manifest(8)));
  const auto failedSpec = disks::failure(state->keepSpec(Digest::of(encoded), encoded));
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_TRUE(failed);
  EXPECT_TRUE(failedSpec);
  EXPECT_EQ(state->manifest()->manifest.generation, Generation(7));
  EXPECT_FALSE(state->spec(Digest::of(encoded)));
  EXPECT_FALSE(disks::failure(state->keepManifest(manifest(8))));
  EXPECT_EQ(state->manifest()->manifest.generation, Generation(8));
}

}  // namespace
}  // namespace berth::state

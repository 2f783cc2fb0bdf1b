// SPDX-License-Identifier: Apache-2.0
//
// A volume that moves between hosts whose volumes lie in different places: what arrives is the same disk.
#include <fstream>
#include <tuple>

#include <gmock/gmock.h>

#include "agent/disks/program.h"
#include "agent/peers/give.h"
#include "agent/peers/take.h"
#include "protocol/identity/keys.h"
#include "tests/unit/agent/temporary_directory.h"
#include "tests/unit/agent/volumes/places.h"

namespace berth::peers {
namespace {

using namespace std::chrono_literals;
using volumes::testing::Where;

constexpr Bytes kSize = 48_MiB;

class Pools : public ::testing::TestWithParam<std::tuple<Where, Where>> {
protected:
  void SetUp() override {
    for (const auto* place : {&there_, &here_}) ASSERT_FALSE(disks::failure(volumes::open(place->layout)));
    ASSERT_FALSE(disks::failure(volumes::announce(there_.layout, source_)));
    writeSource();
    ASSERT_FALSE(disks::failure(volumes::confirm(there_.layout, source_)));
    giver_.permit({{message::VolumeMove::Side::gives, source_.cluster, source_.node, source_.volume.name, at_,
                    *HostName::parse("vh2"), key_.publicKey().str()}});
  }

  static void qemu(std::vector<std::string> arguments) {
    arguments.front() = "/usr/bin/" + arguments.front();
    const auto ran = disks::runProgram(arguments, 60s);
    ASSERT_EQ(std::get<disks::Finished>(ran).status, 0) << std::get<disks::Finished>(ran).output;
  }
  /// Data, holes between, and an end that is no hole.
  void writeSource() {
    const auto raw = directory_.path() / "raw";
    {
      std::ofstream file(raw, std::ios::binary);
      std::uint32_t state = 7;
      for (const auto& [at, size] : {std::pair{0u, 3u << 20}, {(9u << 20) + 4096, 1u << 19}, {40u << 20, 100u}}) {
        std::string bytes(size, '\0');
        for (char& byte : bytes) byte = static_cast<char>((state = state * 1664525u + 1013904223u) >> 24u);
        file.seekp(at);
        file << bytes;
      }
    }
    std::filesystem::resize_file(raw, kSize.count());
    const auto made = directory_.path() / "made";
    qemu({"qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, made});
    const auto disk = there_.layout.disk(source_.node, source_.volume.name);
    ASSERT_FALSE(disks::failure(volumes::copy(there_.layout, {}, made, kSize, there_.layout.fresh(disk))));
    ASSERT_FALSE(disks::failure(volumes::publish(there_.layout, there_.layout.fresh(disk), disk)));
  }
  /// Until the end, or until so many answers came.
  void run(Taker& taker, int most) {
    for (int answered = 0; !taker.end() && answered < most;) {
      auto questions = taker.ask(now_);
      for (const auto& question : questions)
        if (answered++ < most) taker.heard(question.correlation, giver_.answer(key_.publicKey(), question.ask), now_);
      if (questions.empty()) now_ += 1s;
    }
  }
  [[nodiscard]] message::VolumeMove takes() const {
    return {message::VolumeMove::Side::takes,
            source_.cluster,
            source_.node,
            source_.volume.name,
            at_,
            *HostName::parse("vh1"),
            key_.publicKey().str(),
            "tcp://127.0.0.1:1",
            kSize};
  }

  berth::testing::TemporaryDirectory directory_;
  const Uuid fleet_ = Uuid::random();
  const identity::KeyPair key_ = identity::KeyPair::generate();
  const Generation at_{12};
  const volumes::Label source_{fleet_,
                               *ClusterName::parse("prod"),
                               *NodeName::parse("prod-db-0"),
                               {*VolumeName::parse("data"), kSize, true},
                               volumes::Label::State::made,
                               Generation(3)};
  const volumes::testing::Place there_{std::get<0>(GetParam()), directory_.path(), "vh1", fleet_};
  const volumes::testing::Place here_{std::get<1>(GetParam()), directory_.path(), "vh2", fleet_};
  Giver giver_{there_.layout, fleet_, [](const auto&) { return std::nullopt; }};
  TimePoint now_{};
};

TEST_P(Pools, HandOverTheSameDiskHoweverOftenTheTakerBeginsAnew) {
  if (here_.layout.isOnDevices() && there_.layout.isOnDevices()) {
    // Two agents do not share a group, but names of logical volumes tell nothing of whose they are.
    const auto failed =
        disks::failure(volumes::isThere(here_.layout, here_.layout.disk(source_.node, source_.volume.name)));
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->kind, disks::Error::Kind::permanent);
    return;
  }
  {
    // What a group had before must not show where the source has holes.
    if (here_.layout.isOnDevices()) {
      const auto& group = here_.layout.pool()->group;
      ASSERT_FALSE(disks::failure(disks::createLogical(group, "old", volumes::allocationOf(kSize))));
      qemu({"qemu-io", "-f", "raw", "-c", "write -P 0xa5 0 48M", group.device("old")});
      ASSERT_FALSE(disks::failure(disks::removeLogical(group, "old")));
    }
    Taker first(takes(), here_.layout, fleet_);
    run(first, 3);
    ASSERT_FALSE(first.end());
  }
  Taker taker(takes(), here_.layout, fleet_);
  run(taker, 10'000);
  ASSERT_TRUE(taker.end());
  const auto* failure = std::get_if<Failure>(&*taker.end());
  ASSERT_FALSE(failure) << failure->reason;
  EXPECT_EQ(taker.compared(), taker.total());
  EXPECT_LT(taker.total(), 16u << 20) << "only what the disk uses";
  EXPECT_FALSE(here_.has(here_.layout.arriving(source_.node, source_.volume.name)));
  const auto disk = here_.layout.disk(source_.node, source_.volume.name);
  ASSERT_TRUE(here_.has(disk));
  qemu({"qemu-img", "compare", "-f", "raw", "-F", "qcow2", directory_.path() / "raw", disk});
  EXPECT_FALSE(disks::failure(disks::checkDisk({}, disk)));
  const Taker again(takes(), here_.layout, fleet_);
  EXPECT_TRUE(again.end() && std::holds_alternative<Whole>(*again.end())) << "it is here already";
}

INSTANTIATE_TEST_SUITE_P(Places, Pools,
                         ::testing::Combine(::testing::ValuesIn(volumes::testing::places()),
                                            ::testing::ValuesIn(volumes::testing::places())),
                         [](const auto& each) {
                           return "From" + volumes::testing::nameOf(std::get<0>(each.param)) + "To" +
                                  volumes::testing::nameOf(std::get<1>(each.param));
                         });

}  // namespace
}  // namespace berth::peers

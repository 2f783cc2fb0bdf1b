// SPDX-License-Identifier: Apache-2.0
#include "agent/program/fence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulation/model_hypervisor.h"

namespace berth::program {
namespace {

using namespace std::chrono_literals;
using hypervisor::Power;
using testing::IsEmpty;
using testing::SizeIs;

/// A host whose agent does not run: two guests, of which one is made elsewhere when the host is lost for two minutes.
class Unattended : public testing::Test {
protected:
  Unattended() : root_(testing::TempDir() + "berth-fence-XXXXXX") {
    root_ = ::mkdtemp(root_.data());
    state_ = std::move(std::get<std::unique_ptr<state::Directory>>(state::Directory::open(root_ + "/state")));
    model_ = std::make_unique<simulation::ModelHypervisor>(root_ + "/model", fleet_, hypervisor::Listener{});
    lent_ = run("a-0", 120s);
    own_ = run("b-0", 0s);
  }
  ~Unattended() override {
    model_.reset();
    state_.reset();
    std::filesystem::remove_all(root_);
  }

  message::InstanceId run(const std::string& name, std::chrono::seconds grace) {
    message::NodeSpec spec;
    spec.node = *NodeName::parse(name);
    spec.cluster = *ClusterName::parse("c");
    spec.pool = *PoolName::parse("p");
    spec.image.contentDigest = Digest::of("an image");
    spec.lossGrace = grace;
    const auto encoded = message::encodeSpec(spec);
    const auto digest = Digest::of(encoded);
    EXPECT_FALSE(disks::failure(state_->keepSpec(digest, encoded)));
    hypervisor::Definition definition;
    definition.mark = {fleet_, spec.cluster, {spec.node, Uuid::random()}, Generation(1), digest};
    // The model wants files to be there, whatever is in them.
    definition.rootDisk = definition.ignitionFile = definition.consoleLog = root_ + "/state/lock";
    const auto uuid = definition.mark.instance.uuid;
    EXPECT_TRUE(std::holds_alternative<hypervisor::Ok>(model_->define(definition)));
    EXPECT_TRUE(std::holds_alternative<hypervisor::Ok>(model_->start(uuid)));
    return definition.mark.instance;
  }
  void confirm(TimePoint at, const std::string& boot = "boot-1") {
    EXPECT_FALSE(disks::failure(state_->keepConfirmed(boot, at)));
  }
  [[nodiscard]] bool runs(const message::InstanceId& instance) {
    const auto listed = std::get<std::vector<hypervisor::Domain>>(model_->list());
    return std::ranges::any_of(
        listed, [&](const auto& each) { return each.mark.instance == instance && each.power == Power::running; });
  }

  std::string root_;
  const Uuid fleet_ = Uuid::random();
  const TimePoint now_{10000s};
  std::unique_ptr<state::Directory> state_;
  std::unique_ptr<simulation::ModelHypervisor> model_;
  message::InstanceId lent_;
  message::InstanceId own_;
};

TEST_F(Unattended, I1_GuestsThatMayBeMadeElsewhereLoseTheirPowerInTime) {
  confirm(now_ - 59s);
  EXPECT_THAT(fence(*state_, *model_, "boot-1", now_).cut, IsEmpty());
  EXPECT_TRUE(runs(lent_));
  EXPECT_THAT(fence(*state_, *model_, "boot-1", now_ + 1s).cut, testing::ElementsAre(lent_));
  EXPECT_FALSE(runs(lent_));
  EXPECT_TRUE(runs(own_)) << "that one waits for its host";
  EXPECT_THAT(fence(*state_, *model_, "boot-1", now_ + 60s).cut, IsEmpty()) << "once is enough";
}

TEST_F(Unattended, WhatWasConfirmedInAnotherBootIsNot) {
  confirm(now_, "boot-0");
  EXPECT_THAT(fence(*state_, *model_, "boot-1", now_).cut, SizeIs(1));
}

TEST_F(Unattended, I11_NothingIsTouchedWhereNothingIsKnown) {
  EXPECT_THAT(fence(*state_, *model_, "boot-1", now_ + 1000h).cut, IsEmpty());
  EXPECT_TRUE(runs(lent_));
}

TEST_F(Unattended, ASpecThatIsWantedByNowCountsForMoreThanTheOneThatAGuestWasMadeFrom) {
  message::NodeSpec spec;
  spec.node = lent_.node;
  spec.cluster = *ClusterName::parse("c");
  spec.pool = *PoolName::parse("p");
  spec.image.contentDigest = Digest::of("an image");
  const auto encoded = message::encodeSpec(spec);
  EXPECT_FALSE(disks::failure(state_->keepSpec(Digest::of(encoded), encoded)));
  message::StoredManifest stored;
  stored.manifest.generation = Generation(2);
  stored.manifest.entries = {{lent_, Digest::of(encoded)}};
  stored.epoch = Epoch(1);
  EXPECT_FALSE(disks::failure(state_->keepManifest(stored)));
  confirm(now_ - 1h);
  EXPECT_THAT(fence(*state_, *model_, "boot-1", now_).cut, IsEmpty()) << "it waits for its host now";
}

}  // namespace
}  // namespace berth::program

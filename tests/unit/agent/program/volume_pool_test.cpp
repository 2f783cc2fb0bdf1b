// SPDX-License-Identifier: Apache-2.0
#include "agent/program/volume_pool.h"

#include <fstream>

#include <gmock/gmock.h>

#include "agent/disks/file.h"
#include "tests/unit/agent/temporary_directory.h"

namespace berth::program {
namespace {

using hypervisor::Ok;
using hypervisor::StoragePool;
using ::testing::HasSubstr;
template <class T>
using Answer = hypervisor::Result<T>;

/// Knows storage pools, and nothing else.
class Pools final : public hypervisor::Hypervisor {
public:
  Answer<std::optional<StoragePool>> storagePool(const std::string& name) override {
    if (isAway) return hypervisor::Error{hypervisor::Error::Kind::unavailable, "looking for", name, "no libvirtd"};
    return name == "vms" ? pool : std::nullopt;
  }
  void refreshStoragePool(const std::string&) override {}
  Answer<std::vector<hypervisor::Domain>> list() override { return std::vector<hypervisor::Domain>(); }
  Answer<Ok> define(const hypervisor::Definition&) override { return Ok{}; }
  Answer<Ok> start(const Uuid&) override { return Ok{}; }
  Answer<Ok> shutdown(const Uuid&) override { return Ok{}; }
  Answer<Ok> powerOff(const Uuid&) override { return Ok{}; }
  Answer<Ok> undefine(const Uuid&) override { return Ok{}; }
  Answer<hypervisor::Growth> grow(const Uuid&, const std::string&, Bytes) override { return hypervisor::Growth::done; }
  Answer<std::optional<hypervisor::User>> userOf(const std::string&) override {
    return std::optional<hypervisor::User>();
  }
  Answer<hypervisor::Copying> backUp(const std::string&, const std::string&, const std::stop_token&) override {
    return hypervisor::Copying::done;
  }
  Answer<message::Capacity> capacity() override { return message::Capacity(); }
  [[nodiscard]] bool kvm() const override { return false; }
  Answer<Ok> checkAttachment(const message::Nic&) override { return Ok{}; }
  void reserve(const message::Nic&, const NodeName&) override {}
  void release(const NodeName&) override {}

  std::optional<StoragePool> pool;
  bool isAway = false;
};

class VolumePool : public ::testing::Test {
protected:
  void SetUp() override {
    std::filesystem::create_directory(target_);
    hypervisor_.pool = StoragePool{"dir", true, target_, ""};
  }
  std::string whyNot(const std::string& name = "vms") {
    wish_.name = name;
    const auto taken = takePool(wish_, hypervisor_);
    const auto* why = std::get_if<std::string>(&taken);
    return why == nullptr ? "" : *why;
  }
  void makeAVolume() const {
    const auto node = wish_.state / "volumes" / "prod-db-0";
    std::filesystem::create_directories(node);
    std::ofstream(node / "data.label") << "whatever it says";
  }

  berth::testing::TemporaryDirectory directory_;
  const std::filesystem::path target_ = directory_.path() / "pool";
  PoolWish wish_{"vms", directory_.path(), *Uuid::parse("11111111-2222-8333-8444-555555555555"),
                 *HostName::parse("vh1")};
  Pools hypervisor_;
};

TEST_F(VolumePool, IsTakenAsLibvirtDescribesIt) {
  const auto taken = takePool(wish_, hypervisor_);
  ASSERT_TRUE(std::holds_alternative<TakenPool>(taken)) << std::get<std::string>(taken);
  const auto& pool = std::get<TakenPool>(taken).pool;
  ASSERT_TRUE(pool);
  EXPECT_EQ(pool->str(), "vms (dir)");
  EXPECT_EQ(pool->target, target_);
  EXPECT_FALSE(poolTrouble(*pool, hypervisor_));
  EXPECT_TRUE(std::filesystem::exists(target_ / ".berth-volumes"));
  EXPECT_EQ(whyNot(), "") << "and once more";
}

TEST_F(VolumePool, ThatCannotBeUsedKeepsTheAgentFromStartingForTheFirstTime) {
  EXPECT_THAT(whyNot("other"), HasSubstr("libvirt has no storage pool 'other' here: virsh pool-list --all"));
  hypervisor_.pool->isActive = false;
  EXPECT_THAT(whyNot(), HasSubstr("storage pool 'vms' is not active: virsh pool-start vms"));
  hypervisor_.pool->isActive = true;
  hypervisor_.pool->type = "rbd";
  EXPECT_THAT(whyNot(), HasSubstr("is of type rbd; volumes can lie in pools of type dir, fs and logical"));
  hypervisor_.pool->type = "dir";
  hypervisor_.isAway = true;
  EXPECT_THAT(whyNot(), HasSubstr("no libvirtd"));
  hypervisor_.isAway = false;
  std::ofstream(target_ / ".berth-volumes") << "somebody else's\n";
  EXPECT_THAT(whyNot(), HasSubstr("another agent has its volumes there"));
  EXPECT_FALSE(std::get<0>(volumes::poolRecord(wish_.state))) << "nothing is known of it";
}

TEST_F(VolumePool, ThatIsAwayLaterKeepsTheAgentFromNothing) {
  ASSERT_EQ(whyNot(), "");
  makeAVolume();
  for (const bool isAway : {true, false}) {
    hypervisor_.isAway = isAway;
    hypervisor_.pool->isActive = false;
    const auto taken = takePool(wish_, hypervisor_);
    ASSERT_TRUE(std::holds_alternative<TakenPool>(taken)) << std::get<std::string>(taken);
    const auto trouble = poolTrouble(*std::get<TakenPool>(taken).pool, hypervisor_);
    EXPECT_THAT(trouble.value_or(""), HasSubstr(isAway ? "no libvirtd" : "is not active"));
  }
}

TEST_F(VolumePool, ThatIsNotMountedLaterIsNotTakenForAnEmptyOne_I11) {
  ASSERT_EQ(whyNot(), "");
  std::filesystem::remove(target_ / ".berth-volumes");
  EXPECT_EQ(whyNot(), "");
  EXPECT_FALSE(std::filesystem::exists(target_ / ".berth-volumes")) << "it is not stamped once more";
  const auto taken = takePool(wish_, hypervisor_);
  EXPECT_THAT(poolTrouble(*std::get<TakenPool>(taken).pool, hypervisor_).value_or(""),
              HasSubstr("is its file system mounted?"));
}

TEST_F(VolumePool, IsNoOtherOneAsLongAsThereAreVolumes) {
  ASSERT_EQ(whyNot(), "");
  makeAVolume();
  EXPECT_THAT(whyNot(""), HasSubstr("volumes of this host lie in storage pool 'vms', and do not follow to another "
                                    "place: say `volumes: { pool: vms }`; or move them to other hosts first"));
  EXPECT_THAT(whyNot("other"), HasSubstr("do not follow to another place"));
  hypervisor_.pool->target = "/elsewhere";
  EXPECT_THAT(whyNot(), HasSubstr("is another one than before"));
  std::filesystem::remove_all(wish_.state / "volumes" / "prod-db-0");
  EXPECT_EQ(whyNot(""), "");
  EXPECT_FALSE(std::get<0>(volumes::poolRecord(wish_.state)));
}

TEST_F(VolumePool, IsNotTakenWhileVolumesLieInTheStateDirectory) {
  makeAVolume();
  EXPECT_THAT(whyNot(), HasSubstr("volumes of this host lie in the state directory, and do not follow to another "
                                  "place: leave `volumes:` out; or move them"));
  EXPECT_EQ(whyNot(""), "");
}

}  // namespace
}  // namespace berth::program

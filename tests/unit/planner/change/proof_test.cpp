// SPDX-License-Identifier: Apache-2.0
//
// Each way in which a config could harm a kept volume, by each name that the volume has in the guest.
#include "planner/change/proof.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/ignition/read.h"

namespace berth::change {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::vector<DataDisk> kDisks{{.name = "data", .filesystem = "xfs"}, {.name = "scratch", .keep = false}};

ignition::Config configOf(const std::string& storage) {
  const auto parsed = ignition::parse(R"({"ignition":{"version":"3.4.0"},"storage":{)" + storage + "}}");
  if (!parsed.config) throw std::runtime_error("no config: " + storage + " " + parsed.refusal);
  return *parsed.config;
}

source::Mark markOf(const std::string& part, const std::string& member) {
  source::Mark mark;
  mark.file = part + "/" + member;
  mark.line = 1;
  mark.column = 1;
  return mark;
}

source::Findings prove(const std::string& storage, const std::vector<DataDisk>& disks = kDisks) {
  return proveHarmless(configOf(storage), disks, nullptr, markOf);
}
source::Findings proveAfter(const std::string& before, const std::string& storage) {
  const auto was = configOf(before);
  return proveHarmless(configOf(storage), kDisks, &was, markOf);
}

std::vector<std::string> messages(const source::Findings& findings) {
  std::vector<std::string> messages;
  for (const auto& each : findings) messages.push_back(each.message);
  return messages;
}

std::string disk(const std::string& device, const std::string& rest) {
  return R"("disks":[{"device":")" + device + "\"," + rest + "}]";
}
std::string filesystem(const std::string& device, const std::string& rest) {
  return R"("filesystems":[{"device":")" + device + "\"," + rest + "}]";
}

constexpr const char* kData = "/dev/disk/by-id/virtio-data";
constexpr const char* kScratch = "/dev/disk/by-id/virtio-scratch";

TEST(AVolume, isSafeFromAConfigThatLeavesItAlone) {
  EXPECT_THAT(prove(R"("files":[{"path":"/etc/motd"}])"), IsEmpty());
  EXPECT_THAT(prove(filesystem(kData, R"("format":"xfs","path":"/var/lib/data")")), IsEmpty());
  EXPECT_THAT(prove(filesystem(kData, R"("format":"xfs","wipeFilesystem":false)")), IsEmpty());
}

TEST(AVolume, isNeverWipedByAnyOfItsNames) {
  for (const char* device : {kData, "/dev/vdb", "/dev/vdc", "/dev/sdb", "/dev/disk/by-path/pci-0000:04:00.0",
                             "/dev/disk/by-uuid/0", "/dev/disk/by-id/virtio-other"}) {
    EXPECT_THAT(prove(disk(device, R"("wipeTable":true)")), SizeIs(1)) << device;
  }
  for (const char* device : {kData, "/dev/disk/by-id/virtio-data-part1", "/dev/vdb1", "/dev/disk/by-label/data",
                             "/dev/disk/by-partlabel/data"}) {
    EXPECT_THAT(prove(filesystem(device, R"("format":"xfs","wipeFilesystem":true)")), SizeIs(1)) << device;
    EXPECT_THAT(prove(R"("luks":[{"name":"x","device":")" + std::string(device) + R"(","wipeVolume":true}])"),
                SizeIs(1))
        << device;
    EXPECT_THAT(
        prove(R"("raid":[{"name":"md0","level":"raid1","devices":["/dev/vda",")" + std::string(device) + R"("]}])"),
        SizeIs(1))
        << device;
  }
}

TEST(AVolume, isNamedWithItsLineAndTheWayOut) {
  const auto findings = prove(disk(kData, R"("wipeTable":true)"));
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].where.file, "disk /dev/disk/by-id/virtio-data/wipeTable");
  EXPECT_EQ(findings[0].message,
            "\"/dev/disk/by-id/virtio-data\" is the kept volume \"data\": wipe_table would wipe it");
  EXPECT_EQ(findings[0].hint, "remove wipe_table");
  const auto guessed = prove(disk("/dev/vdb", R"("wipeTable":true)"));
  EXPECT_EQ(guessed[0].message, "\"/dev/vdb\" may be a kept volume: wipe_table would wipe it");
  EXPECT_THAT(guessed[0].hint, HasSubstr("/dev/disk/by-id/virtio-NAME"));
}

TEST(TheRootDisk, mayBeWipedAndPartitioned) {
  for (const char* device : {"/dev/vda", "/dev/disk/by-id/coreos-boot-disk"}) {
    EXPECT_THAT(prove(disk(device, R"("wipeTable":true,"partitions":[{"label":"var","wipePartitionEntry":true}])")),
                IsEmpty())
        << device;
  }
  EXPECT_THAT(prove(filesystem("/dev/vda4", R"("format":"xfs","wipeFilesystem":true)")), IsEmpty());
  EXPECT_THAT(prove(filesystem("/dev/disk/by-label/root", R"("format":"xfs","wipeFilesystem":true)")), IsEmpty());
}

TEST(APartition, ofTheRootDiskIsKnownByItsLabel) {
  EXPECT_THAT(prove(disk("/dev/vda", R"("partitions":[{"label":"var","number":5}])") + "," +
                    filesystem("/dev/disk/by-partlabel/var", R"("format":"xfs","wipeFilesystem":true)")),
              IsEmpty());
}

TEST(AVolumeThatIsNotKept, mayBeWiped) {
  EXPECT_THAT(prove(disk(kScratch, R"("wipeTable":true)")), IsEmpty());
  EXPECT_THAT(prove(filesystem(kScratch, R"("format":"ext4","wipeFilesystem":true)")), IsEmpty());
  EXPECT_THAT(prove(disk("/dev/vdb", R"("wipeTable":true)"), {{.name = "scratch", .keep = false}}), IsEmpty())
      << "where nothing is kept there is nothing to lose";
  EXPECT_THAT(prove(disk("/dev/vdb", R"("wipeTable":true)"), {}), IsEmpty());
}

TEST(AVolume, isPartitionedOnlyInAWayThatFindsItselfAgain) {
  const auto with = [](const std::string& partition) {
    return prove(disk(kData, R"("partitions":[{)" + partition + "}]"));
  };
  EXPECT_THAT(with(R"("number":1,"startMiB":1,"sizeMiB":100,"label":"a")"), IsEmpty());
  EXPECT_THAT(messages(with(R"("number":1,"startMiB":1,"sizeMiB":100,"wipePartitionEntry":true)")),
              ElementsAre(HasSubstr("wipe_partition_entry")));
  EXPECT_THAT(messages(with(R"("number":1,"shouldExist":false)")), testing::Contains(HasSubstr("should_exist")));
  EXPECT_THAT(messages(with(R"("label":"a","startMiB":1,"sizeMiB":100)")), ElementsAre(HasSubstr("without a number")));
  EXPECT_THAT(messages(with(R"("number":1,"label":"a")")), ElementsAre(HasSubstr("without a size")));
}

TEST(AVolume, keepsItsFilesystem) {
  EXPECT_THAT(messages(prove(filesystem(kData, R"("format":"ext4")"))),
              ElementsAre("\"/dev/disk/by-id/virtio-data\" is the kept volume \"data\": it has xfs on it, and cannot "
                          "become ext4"));
  const std::string before = filesystem(kData, R"("format":"ext4","label":"one")");
  EXPECT_THAT(proveAfter(before, before), IsEmpty());
  EXPECT_THAT(messages(proveAfter(before, filesystem(kData, R"("format":"xfs","label":"one")"))),
              ElementsAre(HasSubstr("it has ext4 on it")));
  EXPECT_THAT(messages(proveAfter(before, filesystem(kData, R"("format":"ext4","label":"two")"))),
              ElementsAre(HasSubstr("its label is \"one\", and cannot become \"two\"")));
  EXPECT_THAT(proveAfter(before, R"("files":[{"path":"/a"}])"), IsEmpty()) << "nothing is made on it any more";
}

TEST(AVolume, isNotEncryptedOverWhatIsOnIt) {
  const std::string luks = R"("luks":[{"name":"x","device":")" + std::string(kData) + R"("}])";
  EXPECT_THAT(prove(luks), IsEmpty()) << "a new one is empty";
  EXPECT_THAT(proveAfter(luks, luks), IsEmpty());
  EXPECT_THAT(messages(proveAfter(filesystem(kData, R"("format":"xfs")"), luks)),
              ElementsAre(HasSubstr("not encrypted, and would be lost")));
}

TEST(AConfigFromElsewhere, provesNothing) {
  const auto parsed = ignition::parse(
      R"({"ignition":{"version":"3.4.0","config":{"merge":[{"source":"https://example.org/more.ign"}]}}})");
  ASSERT_TRUE(parsed.config);
  EXPECT_THAT(messages(proveHarmless(*parsed.config, kDisks, nullptr, markOf)),
              ElementsAre(HasSubstr("fetched at the boot")));
  EXPECT_THAT(proveHarmless(*parsed.config, {}, nullptr, markOf), IsEmpty());
}

}  // namespace
}  // namespace berth::change

// SPDX-License-Identifier: Apache-2.0
//
// What Butane files must not do to volumes is told in golden files: tests/unit/planner/change/broken_test.cpp.
#include "planner/node/volume_config.h"

#include <gtest/gtest.h>

#include "planner/ignition/validate.h"
#include "planner/ignition/write.h"

namespace berth::node {
namespace {

spec::Volume volume(const std::string& name, const std::string& mount) {
  spec::Volume volume;
  volume.name.value = VolumeName::parse(name).value();
  volume.size.value = 1_GiB;
  if (!mount.empty()) volume.mount = {mount, {}};
  return volume;
}

TEST(VolumeConfig, makesAFilesystemOnceAndMountsIt) {
  ignition::Config layer(ignition::SpecVersion::v3_4);
  addVolumes(layer, {volume("data", "/var/lib/my-data")});
  EXPECT_EQ(ignition::write(layer),
            R"({"ignition":{"version":"3.4.0"},"storage":{"filesystems":[{"device":"/dev/disk/by-id/virtio-data",)"
            R"("format":"xfs","label":"data","path":"/var/lib/my-data","wipeFilesystem":false}]},"systemd":{"units":[{)"
            R"("contents":"# Written by Berth.\n[Unit]\n)"
            R"(Requires=systemd-fsck@dev-disk-by\\x2did-virtio\\x2ddata.service\n)"
            R"(After=systemd-fsck@dev-disk-by\\x2did-virtio\\x2ddata.service\n)"
            R"(Wants=systemd-growfs@var-lib-my\\x2ddata.service\n\n)"
            R"([Mount]\nWhere=/var/lib/my-data\nWhat=/dev/disk/by-id/virtio-data\nType=xfs\n\n)"
            R"([Install]\nRequiredBy=local-fs.target\n","enabled":true,"name":"var-lib-my\\x2ddata.mount"}]}})");
}

TEST(VolumeConfig, isOneThatIgnitionTakes) {
  ignition::Config layer(ignition::SpecVersion::v3_0);
  std::vector<spec::Volume> volumes{volume("a-rather-long-name-x", "/var/a"), volume("b", "/var/b"),
                                    volume("c", "/var/c")};
  volumes[1].filesystem = spec::Filesystem::ext4;
  volumes[2].filesystem = spec::Filesystem::btrfs;
  addVolumes(layer, volumes);
  EXPECT_TRUE(ignition::validate(layer).empty()) << "the label of XFS has room for 12 characters";
}

TEST(VolumeConfig, leavesADiskWithoutAMountAlone) {
  ignition::Config layer(ignition::SpecVersion::v3_4);
  addVolumes(layer, {volume("raw", "")});
  EXPECT_EQ(ignition::write(layer), R"({"ignition":{"version":"3.4.0"}})");
}

}  // namespace
}  // namespace berth::node

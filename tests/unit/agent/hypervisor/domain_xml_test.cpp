// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/domain_xml.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "agent/hypervisor/backup.h"
#include "agent/hypervisor/hardware.h"
#include "agent/hypervisor/storage_pool.h"
#include "tests/checkout.h"
#include "tests/unit/agent/hypervisor/definitions.h"

namespace berth::hypervisor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Compares with testdata/NAME; BERTH_ACCEPT=1 writes it.
void expectGolden(const std::string& name, const std::string& xml) {
  const std::string path = std::string(checkout::kRoot) + "/tests/unit/agent/hypervisor/testdata/" + name;
  if (std::getenv("BERTH_ACCEPT") != nullptr) std::ofstream(path) << xml;
  std::ostringstream golden;
  golden << std::ifstream(path).rdbuf();
  EXPECT_EQ(xml, golden.str()) << "where the new text is right, run this test with BERTH_ACCEPT=1";
}

TEST(DomainXml, OfANodeOnABridgeWithKvm) { expectGolden("kvm-bridge.xml", domainXml(testing::aDefinition(), {})); }

TEST(DomainXml, EmulatedOnALibvirtNetworkWithoutIgnition) {
  Definition definition = testing::aDefinition();
  definition.ignitionFile.clear();
  definition.baseImage.clear();
  definition.nics = {{message::Nic::Attachment::libvirtNetwork, "default", "52:54:00:01:02:03"}};
  expectGolden("emulated-network.xml", domainXml(definition, {Acceleration::emulation, DiskCacheMode::writeback}));
}

TEST(DomainXml, WithSeveralInterfacesThatShareTheHosts) {
  Definition definition = testing::aDefinition();
  definition.nics = {{message::Nic::Attachment::macvtap, "eno1", "52:54:00:01:02:03"},
                     {message::Nic::Attachment::bridge, "br1", "52:54:00:01:02:04"}};
  expectGolden("macvtap.xml", domainXml(definition, {Acceleration::kvm, DiskCacheMode::unsafe}));
}

TEST(DomainXml, WithVolumesAndTaggedInterfaces) {
  Definition definition = testing::aDefinition();
  definition.mark.machine = Digest::of("machine");
  definition.nics = {{message::Nic::Attachment::libvirtNetwork, "ovs", "52:54:00:01:02:03", 20, 9000, "10.20.0.11"},
                     {message::Nic::Attachment::bridge, "br1", "52:54:00:01:02:04", 0, 1400}};
  for (const char* name : {"data", "logs"})
    definition.volumes.push_back(
        {VolumeName::parse(name).value(), std::string("/var/lib/berth/volumes/x/") + name + ".qcow2"});
  expectGolden("volumes.xml", domainXml(definition, {}));
}

TEST(DomainXml, WithAVolumeOnADevice) {
  Definition definition = testing::aDefinition();
  definition.volumes = {{VolumeName::parse("data").value(), "/dev/vg0/prod-server-0.data", Medium::device},
                        {VolumeName::parse("logs").value(), "/x/logs.qcow2"}};
  const std::string xml = domainXml(definition, {});
  expectGolden("device.xml", xml);
  EXPECT_EQ(readHardware(xml)->volumes, definition.volumes);
  EXPECT_TRUE(hasDisk(xml, "/dev/vg0/prod-server-0.data"));
  EXPECT_TRUE(hasDisk(xml, "/x/logs.qcow2"));
  EXPECT_FALSE(hasDisk(xml, "/dev/vg0/prod-server-0"));
  EXPECT_EQ(targetOf(xml, "/dev/vg0/prod-server-0.data"), "vdb");
  EXPECT_THAT(
      backupXml(xml, "vdb", "/dev/vg0/copy", Medium::device),
      HasSubstr(R"(<disk name="vdb" backup="yes" type="block"><driver type="qcow2"/><target dev="/dev/vg0/copy"/>)"));
}

TEST(StoragePoolXml, SaysItsTypeAndWhereItsVolumesAre) {
  EXPECT_EQ(readStoragePool("<pool type='dir'><name>vms</name><source/><target><path>/srv/vms</path></target></pool>"),
            (StoragePool{"dir", false, "/srv/vms", ""}));
  EXPECT_EQ(readStoragePool("<pool type='logical'><name>vms</name><source><name>vg0</name><format type='lvm2'/>"
                            "</source><target><path>/dev/vg0</path></target></pool>"),
            (StoragePool{"logical", false, "/dev/vg0", "vg0"}));
  EXPECT_EQ(
      readStoragePool("<pool type='logical'><name>vg1</name><target><path>/dev/vg1</path></target></pool>")->group,
      "vg1");
  EXPECT_FALSE(readStoragePool("<network/>"));
  EXPECT_FALSE(readStoragePool("no XML"));
}

TEST(DomainXml, WithArtifactsThatOthersShare) {
  Definition definition = testing::aDefinition();
  definition.volumes = {{VolumeName::parse("data").value(), "/x/data.qcow2"}};
  const Digest before = shapeOf(definition, {});
  definition.artifacts = "/var/lib/berth/images/z.tar";
  EXPECT_NE(shapeOf(definition, {}), before);
  expectGolden("artifacts.xml", domainXml(definition, {}));
  EXPECT_EQ(readHardware(domainXml(definition, {}))->volumes, definition.volumes) << "they are no volume";
}

TEST(DomainXml, HardwareIsReadAsItWasDefined) {
  Definition definition = testing::aDefinition();
  definition.volumes = {{VolumeName::parse("data").value(), "/x/data.qcow2"}};
  EXPECT_EQ(readHardware(domainXml(definition, {})), (Hardware{2, 4_GiB, definition.volumes}));
  for (const char* hostile : {"", "<", "<x/>", "text"}) EXPECT_FALSE(readHardware(hostile));
  EXPECT_TRUE(hasDisk(domainXml(definition, {}), definition.volumes[0].file));
  EXPECT_TRUE(hasDisk(domainXml(definition, {}), definition.baseImage)) << "what lies under a disk counts too";
  EXPECT_FALSE(hasDisk(domainXml(definition, {}), definition.volumes[0].file + "2"));
  EXPECT_FALSE(hasDisk(domainXml(definition, {}), definition.ignitionFile));
}

TEST(DomainXml, TrialHasNothingThatCouldBeLeftBehind) { expectGolden("trial.xml", trialXml("berth-trial-0")); }

TEST(DomainXml, TextFromASpecCannotBecomeAnElement) {
  Definition definition = testing::aDefinition();
  definition.nics[0].source = R"(br0"/><disk type="block">)";
  EXPECT_THAT(domainXml(definition, {}), Not(HasSubstr(R"(<disk type="block">)")));
  EXPECT_THAT(domainXml(definition, {}), HasSubstr(R"(bridge="br0&quot;/>&lt;disk type=)"));
}

TEST(DomainXml, ShapeIsTheSameForTheSameAndAnotherForAnother) {
  const Definition definition = testing::aDefinition();
  EXPECT_EQ(shapeOf(definition, {}), shapeOf(definition, {}));
  EXPECT_NE(shapeOf(definition, {}), shapeOf(definition, {Acceleration::emulation, DiskCacheMode::none}));
  Definition larger = definition;
  larger.memory = 8_GiB;
  EXPECT_NE(shapeOf(definition, {}), shapeOf(larger, {}));
}

}  // namespace
}  // namespace berth::hypervisor

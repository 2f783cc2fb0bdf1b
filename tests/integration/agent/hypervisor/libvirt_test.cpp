// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/libvirt.h"

#include <chrono>
#include <optional>
#include <thread>

#include <gmock/gmock.h>

#include "agent/hypervisor/mark.h"
#include "agent/images/disk_cache.h"
#include "tests/integration/agent/hypervisor/host.h"
#include "tests/integration/agent/images/http_server.h"

namespace berth::hypervisor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Error* errorIn(const Result<>& result) { return std::get_if<Error>(&result); }
std::string reasonIn(const Result<>& result) {
  const Error* error = errorIn(result);
  return error == nullptr ? "" : error->str();
}

class LibvirtHost : public ::testing::Test {
protected:
  void SetUp() override {
    if (const std::string missing = testing::Host::missing(); !missing.empty()) GTEST_SKIP() << missing;
    host_.emplace();
    ASSERT_THAT(host_->uri(), HasSubstr("qemu+unix:")) << host_->said();
    hypervisor_ = connectLibvirt({host_->uri(), fleet_, DiskCacheMode::unsafe}, ear_.listener());
    ASSERT_TRUE(ear_.waitForReconnect(1)) << host_->said();
    ear_.forget();
  }

  /// A node with an empty disk: its firmware runs and finds nothing to boot.
  Definition definition(const std::string& node, const Uuid& instance) const {
    Definition result;
    result.mark = testing::markOf(fleet_, node, instance);
    result.memory = 32_MiB;
    result.rootDisk = host_->data() / (node + ".qcow2");
    result.consoleLog = host_->data() / (node + ".log");
    result.nics = {{message::Nic::Attachment::bridge, "br0", "52:54:00:01:02:03"}};
    testing::shell("qemu-img create -q -f qcow2 " + result.rootDisk + " 16M");
    return result;
  }
  std::vector<Domain> list() {
    auto listed = hypervisor_->list();
    EXPECT_TRUE(std::holds_alternative<std::vector<Domain>>(listed)) << std::get<Error>(listed).str();
    return std::get<std::vector<Domain>>(listed);
  }
  void expectOk(const Result<>& result) { EXPECT_EQ(reasonIn(result), ""); }

  Uuid fleet_ = Uuid::random();
  Uuid instance_ = Uuid::random();
  testing::Ear ear_;
  std::optional<testing::Host> host_;
  std::unique_ptr<Hypervisor> hypervisor_;
};

TEST_F(LibvirtHost, EveryCallCanBeRepeated) {
  const Definition wanted = definition("prod-server-0", instance_);
  expectOk(hypervisor_->define(wanted));
  expectOk(hypervisor_->define(wanted));
  ASSERT_THAT(list(), SizeIs(1));
  EXPECT_EQ(list()[0].mark, wanted.mark);
  EXPECT_EQ(list()[0].power, Power::shutOff);
  EXPECT_THAT(host_->virsh("dominfo prod-server-0"), HasSubstr("Autostart:      disable"));

  expectOk(hypervisor_->start(instance_));
  expectOk(hypervisor_->start(instance_));
  EXPECT_EQ(list()[0].power, Power::running);
  EXPECT_THAT(reasonIn(hypervisor_->undefine(instance_)), HasSubstr("it runs"));
  expectOk(hypervisor_->shutdown(instance_));
  expectOk(hypervisor_->powerOff(instance_));
  expectOk(hypervisor_->powerOff(instance_));
  expectOk(hypervisor_->shutdown(instance_));
  EXPECT_EQ(list()[0].power, Power::shutOff);
  EXPECT_EQ(list()[0].reason, "destroyed");

  expectOk(hypervisor_->undefine(instance_));
  expectOk(hypervisor_->undefine(instance_));
  expectOk(hypervisor_->powerOff(instance_));
  EXPECT_THAT(list(), IsEmpty());
  EXPECT_THAT(reasonIn(hypervisor_->start(instance_)), HasSubstr("there is no such domain"));
}

TEST_F(LibvirtHost, ADefinitionThatChangedReplacesTheOldOne) {
  Definition wanted = definition("prod-server-0", instance_);
  wanted.ignitionFile = host_->data() / "config.ign";
  expectOk(hypervisor_->define(wanted));
  EXPECT_THAT(host_->virsh("dumpxml prod-server-0"), HasSubstr("opt/com.coreos/config"));
  wanted.ignitionFile.clear();
  wanted.mark.generation = Generation(8);
  expectOk(hypervisor_->define(wanted));
  EXPECT_THAT(host_->virsh("dumpxml prod-server-0"), ::testing::Not(HasSubstr("opt/com.coreos/config")));
  EXPECT_EQ(list()[0].mark.generation, Generation(8));
}

TEST_F(LibvirtHost, AConfigIsForgottenUnderAGuestThatRunsAndStartsWithoutIt) {
  Definition wanted = definition("prod-server-0", instance_);
  wanted.ignitionFile = host_->data() / "config.ign";
  testing::shell("echo '{}' > " + wanted.ignitionFile);
  expectOk(hypervisor_->define(wanted));
  expectOk(hypervisor_->start(instance_));
  const auto pid = host_->virsh("domid prod-server-0");

  const std::string file = std::exchange(wanted.ignitionFile, {});
  wanted.mark.withoutConfig = true;
  expectOk(hypervisor_->define(wanted));
  std::filesystem::remove(file);
  ASSERT_THAT(list(), SizeIs(1));
  EXPECT_EQ(list()[0].power, Power::running);
  EXPECT_EQ(host_->virsh("domid prod-server-0"), pid) << "it is still the same guest";
  EXPECT_TRUE(list()[0].mark.withoutConfig);
  EXPECT_FALSE(list()[0].outdated) << "nothing waits for its next start";
  EXPECT_THAT(host_->virsh("dumpxml prod-server-0 --inactive"), ::testing::Not(HasSubstr("opt/com.coreos/config")));

  expectOk(hypervisor_->powerOff(instance_));
  expectOk(hypervisor_->start(instance_));
  EXPECT_EQ(list()[0].power, Power::running);
}

TEST_F(LibvirtHost, ForeignDomainsAreNeitherSeenNorTouched) {
  const Uuid otherFleets = Uuid::random();
  Definition other = definition("prod-server-1", otherFleets);
  other.mark.fleet = Uuid::random();
  host_->defineForeign(domainXml(other, {Acceleration::emulation, DiskCacheMode::unsafe}));
  const auto plain = [](const std::string& name, const Uuid& uuid, const std::string& metadata) {
    return "<domain type='qemu'><name>" + name + "</name><uuid>" + uuid.str() + "</uuid><metadata>" + metadata +
           "</metadata><memory>32768</memory><os><type>hvm</type></os></domain>";
  };
  const Uuid same = Uuid::random();
  host_->defineForeign(plain("prod-server-2", Uuid::random(), ""));
  host_->defineForeign(plain("somebody-elses", same, ""));
  host_->defineForeign(plain("hostile", Uuid::random(),
                             "<b:instance xmlns:b='" + std::string(kMarkNamespace) + "' fleet='" + fleet_.str() +
                                 "' node='../../x' uuid='" + std::string(3000, 'x') + "'><x/></b:instance>"));
  ASSERT_THAT(host_->virsh("list --all --name"), HasSubstr("hostile"));

  EXPECT_THAT(list(), IsEmpty());
  EXPECT_EQ(errorIn(hypervisor_->powerOff(otherFleets))->kind, Error::Kind::conflict);
  EXPECT_EQ(errorIn(hypervisor_->start(same))->kind, Error::Kind::conflict);
  EXPECT_EQ(errorIn(hypervisor_->undefine(otherFleets))->kind, Error::Kind::conflict);
  for (const auto& [node, uuid] : {std::pair("prod-server-1", Uuid::random()), std::pair("prod-server-2", instance_),
                                   std::pair("prod-server-3", same)}) {
    const auto defined = hypervisor_->define(definition(node, uuid));
    ASSERT_NE(errorIn(defined), nullptr) << node;
    EXPECT_EQ(errorIn(defined)->kind, Error::Kind::conflict);
    EXPECT_THAT(reasonIn(defined), HasSubstr("not Berth's"));
  }
  EXPECT_THAT(host_->virsh("list --all --name | grep -c ."), "4");
}

TEST_F(LibvirtHost, AnOlderInstanceOfTheNodeMustGoFirst) {
  expectOk(hypervisor_->define(definition("prod-server-0", instance_)));
  const auto defined = hypervisor_->define(definition("prod-server-0", Uuid::random()));
  ASSERT_NE(errorIn(defined), nullptr);
  EXPECT_EQ(errorIn(defined)->kind, Error::Kind::conflict);
  EXPECT_THAT(reasonIn(defined), HasSubstr("instance " + instance_.str() + " of this node is still defined"));
}

TEST_F(LibvirtHost, AGuestThatIsKilledIsNoticed) {
  expectOk(hypervisor_->define(definition("prod-server-0", instance_)));
  EXPECT_TRUE(ear_.waitForChange(instance_));
  expectOk(hypervisor_->start(instance_));
  ASSERT_EQ(list()[0].power, Power::running);
  host_->exec("kill -9 " + host_->pidOf("prod-server-0"));
  // Looks again only when it is told that something changed.
  EXPECT_TRUE(ear_.waitFor([this](const testing::Ear&) { return list()[0].power != Power::running; },
                           std::chrono::seconds(60)));
  EXPECT_EQ(list()[0].reason, "crashed");
}

TEST_F(LibvirtHost, ALibvirtdThatDiesAndComesBackIsFoundAgainAndGuestsDoNotNotice) {
  expectOk(hypervisor_->define(definition("prod-server-0", instance_)));
  expectOk(hypervisor_->start(instance_));
  const std::string pid = host_->pidOf("prod-server-0");
  ear_.forget();
  host_->call("libvirtd t1 kill");
  EXPECT_TRUE(ear_.waitForReconnect(1));  // it broke
  EXPECT_EQ(std::get<Error>(hypervisor_->list()).kind, Error::Kind::unavailable);
  host_->call("libvirtd t1 start");
  EXPECT_TRUE(ear_.waitForReconnect(2));  // it is back
  ASSERT_THAT(list(), SizeIs(1));
  EXPECT_EQ(list()[0].power, Power::running);
  EXPECT_EQ(host_->pidOf("prod-server-0"), pid);
  ear_.forget();
  expectOk(hypervisor_->powerOff(instance_));
  EXPECT_TRUE(ear_.waitForChange(instance_));
}

TEST_F(LibvirtHost, CallsFromManyThreadsDoNotDisturbEachOther) {
  std::vector<std::jthread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([this, i] {
      const Uuid instance = Uuid::random();
      const Definition wanted = definition("prod-client-" + std::to_string(i), instance);
      for (int round = 0; round < 3; ++round) {
        expectOk(hypervisor_->define(wanted));
        expectOk(hypervisor_->start(instance));
        expectOk(hypervisor_->powerOff(instance));
        expectOk(hypervisor_->undefine(instance));
        (void)hypervisor_->list();
      }
    });
  }
  callers.clear();
  EXPECT_THAT(list(), IsEmpty());
}

TEST_F(LibvirtHost, AGuestThatRunsGoesOnAsItWasStartedAndItsDiskGrowsUnderIt) {
  Definition wanted = definition("prod-server-0", instance_);
  wanted.volumes = {{VolumeName::parse("data").value(), host_->data() / "data.qcow2"}};
  testing::shell("qemu-img create -q -f qcow2 " + wanted.volumes[0].file + " 16M");
  const std::string file = wanted.volumes[0].file;
  expectOk(hypervisor_->define(wanted));
  const auto grow = [&](Bytes size) { return std::get<Growth>(hypervisor_->grow(instance_, file, size)); };
  EXPECT_EQ(grow(32_MiB), Growth::notAttached) << "it is off";
  expectOk(hypervisor_->start(instance_));
  EXPECT_FALSE(list()[0].outdated);
  EXPECT_THAT(host_->virsh("dumpxml prod-server-0"), HasSubstr("<serial>data</serial>"));

  wanted.memory = 48_MiB;
  wanted.mark.spec = Digest::of("larger");
  expectOk(hypervisor_->define(wanted));
  ASSERT_THAT(list(), SizeIs(1));
  EXPECT_EQ(list()[0].power, Power::running);
  EXPECT_EQ(list()[0].mark.spec, Digest::of("larger"));
  ASSERT_TRUE(list()[0].outdated);
  EXPECT_EQ(*list()[0].outdated, (Hardware{1, 32_MiB, wanted.volumes}));

  EXPECT_EQ(grow(32_MiB), Growth::done);
  EXPECT_EQ(grow(32_MiB), Growth::done);
  EXPECT_EQ(grow(16_MiB), Growth::done) << "and it is never made smaller";
  EXPECT_THAT(host_->virsh("domblkinfo prod-server-0 vdb"), HasSubstr("33554432"));
  EXPECT_EQ(std::get<Growth>(hypervisor_->grow(instance_, "/nonexistent", 1_GiB)), Growth::notAttached);

  const auto user = [&](const std::string& of) {
    const auto found = std::get<std::optional<User>>(hypervisor_->userOf(of));
    return found ? found->domain + (found->use == User::Use::runs ? " runs" : " is defined") : "nobody";
  };
  EXPECT_EQ(user(file), "prod-server-0 runs");
  EXPECT_EQ(user("/nonexistent"), "nobody");
  wanted.volumes.clear();
  expectOk(hypervisor_->define(wanted));
  EXPECT_EQ(user(file), "prod-server-0 runs") << "the guest that runs still has it";

  expectOk(hypervisor_->powerOff(instance_));
  EXPECT_EQ(user(file), "nobody");
  expectOk(hypervisor_->start(instance_));
  EXPECT_FALSE(list()[0].outdated);
  EXPECT_THAT(host_->virsh("dominfo prod-server-0"), HasSubstr("49152 KiB"));
}

TEST_F(LibvirtHost, ADiskIsCopiedUnderTheGuestThatHasIt) {
  Definition wanted = definition("prod-server-0", instance_);
  const std::string file = host_->data() / "data.qcow2";
  const std::string copy = host_->data() / "copy.qcow2";
  wanted.volumes = {{VolumeName::parse("data").value(), file}};
  testing::shell("qemu-img create -q -f qcow2 " + file + " 16M");
  testing::shell("qemu-io -f qcow2 -c 'write -P 7 1M 64k' " + file);
  testing::shell("qemu-img create -q -f qcow2 " + copy + " 16M");
  const auto backUp = [&] { return hypervisor_->backUp(file, copy, {}); };
  expectOk(hypervisor_->define(wanted));
  EXPECT_EQ(std::get<Copying>(backUp()), Copying::notAttached) << "it is off";
  expectOk(hypervisor_->start(instance_));
  for (int i = 0; i < 2; ++i) {
    const auto done = backUp();
    ASSERT_TRUE(std::holds_alternative<Copying>(done)) << std::get<Error>(done).str();
    EXPECT_EQ(std::get<Copying>(done), Copying::done);
  }
  expectOk(hypervisor_->powerOff(instance_));
  EXPECT_EQ(testing::shell("qemu-img compare -f qcow2 -F qcow2 " + file + " " + copy), "Images are identical.");
}

/// A block device of a test's own, over a file.
class LoopDevice {
public:
  LoopDevice(std::filesystem::path file, const std::string& size) : file_(std::move(file)) {
    resize(size);
    name_ = testing::shell("losetup --find --show " + file_.string());
  }
  ~LoopDevice() { testing::shell("losetup --detach " + name_); }
  LoopDevice(const LoopDevice&) = delete;
  LoopDevice& operator=(const LoopDevice&) = delete;

  void grow(const std::string& size) const {
    resize(size);
    testing::shell("losetup --set-capacity " + name_);
  }
  [[nodiscard]] const std::string& name() const { return name_; }

private:
  void resize(const std::string& size) const { testing::shell("truncate -s " + size + " " + file_.string()); }

  std::filesystem::path file_;
  std::string name_;
};

TEST_F(LibvirtHost, AVolumeOnADeviceGrowsAndIsCopiedUnderItsGuest) {
  const LoopDevice data(host_->data() / "data", "20M");
  const LoopDevice copy(host_->data() / "copy", "40M");
  ASSERT_THAT(data.name(), HasSubstr("/dev/loop"));
  Definition wanted = definition("prod-server-0", instance_);
  wanted.volumes = {{VolumeName::parse("data").value(), data.name(), Medium::device}};
  testing::shell("qemu-img create -q -f qcow2 " + data.name() + " 16M");
  testing::shell("qemu-io -f qcow2 -c 'write -P 7 1M 12M' " + data.name());
  expectOk(hypervisor_->define(wanted));
  expectOk(hypervisor_->start(instance_));
  EXPECT_THAT(host_->virsh("dumpxml prod-server-0"), HasSubstr("<disk type='block' device='disk'>"));
  EXPECT_EQ(std::get<std::optional<User>>(hypervisor_->userOf(data.name()))->domain, "prod-server-0");

  data.grow("40M");
  for (int i = 0; i < 2; ++i) {
    const auto grown = hypervisor_->grow(instance_, data.name(), 32_MiB);
    ASSERT_TRUE(std::holds_alternative<Growth>(grown)) << std::get<Error>(grown).str();
    EXPECT_EQ(std::get<Growth>(grown), Growth::done);
  }
  EXPECT_THAT(host_->virsh("domblkinfo prod-server-0 vdb"), HasSubstr("33554432"));

  testing::shell("qemu-img create -q -f qcow2 " + copy.name() + " 32M");
  const auto copied = hypervisor_->backUp(data.name(), copy.name(), {});
  ASSERT_TRUE(std::holds_alternative<Copying>(copied)) << std::get<Error>(copied).str();
  EXPECT_EQ(std::get<Copying>(copied), Copying::done);
  expectOk(hypervisor_->powerOff(instance_));
  EXPECT_EQ(testing::shell("qemu-img compare -f qcow2 -F qcow2 " + data.name() + " " + copy.name()),
            "Images are identical.");
}

TEST_F(LibvirtHost, KnowsTheStoragePoolsOfItsMachine) {
  const std::string target = host_->data() / "pool";
  host_->virsh("pool-define-as vms dir --target " + target);
  const auto pool = [&](const std::string& name) {
    return std::get<std::optional<StoragePool>>(hypervisor_->storagePool(name));
  };
  EXPECT_FALSE(pool("other"));
  EXPECT_EQ(pool("vms"), (StoragePool{"dir", false, target, ""}));
  host_->virsh("pool-build vms");
  host_->virsh("pool-start vms");
  EXPECT_EQ(pool("vms"), (StoragePool{"dir", true, target, ""}));
  testing::shell("qemu-img create -q -f qcow2 " + target + "/prod-server-0.data.qcow2 16M");
  EXPECT_THAT(host_->virsh("vol-list vms"), ::testing::Not(HasSubstr("prod-server-0.data")));
  hypervisor_->refreshStoragePool("vms");
  EXPECT_THAT(host_->virsh("vol-list vms"), HasSubstr("prod-server-0.data.qcow2"));
  hypervisor_->refreshStoragePool("other");
}

TEST_F(LibvirtHost, ADhcpServerOfLibvirtsKeepsTheAddressOfANode) {
  const std::string xml = (host_->data() / "network.xml").string();
  testing::shell(
      "echo '<network><name>berth-test</name><bridge name=\"bt0\"/><ip address=\"10.98.0.1\" "
      "netmask=\"255.255.255.0\"><dhcp><range start=\"10.98.0.100\" end=\"10.98.0.200\"/>"
      "<host mac=\"52:54:00:00:00:99\" name=\"printer\" ip=\"10.98.0.50\"/></dhcp></ip></network>' >" +
      xml);
  ASSERT_THAT(host_->virsh("net-define " + xml + " && virsh -c '" + host_->uri() + "' net-start berth-test"),
              HasSubstr("started"));
  message::Nic nic{message::Nic::Attachment::libvirtNetwork, "berth-test", "52:54:00:01:02:03"};
  nic.address = "10.98.0.11";
  const NodeName node = NodeName::parse("prod-server-0").value();
  const std::string ours = "<host mac='52:54:00:01:02:03' name='prod-server-0' ip='10.98.0.11'/>";
  for (int i = 0; i < 2; ++i) hypervisor_->reserve(nic, node);
  EXPECT_THAT(host_->virsh("net-dumpxml berth-test"), HasSubstr(ours));
  EXPECT_THAT(host_->virsh("net-dumpxml --inactive berth-test"), HasSubstr(ours));
  EXPECT_THAT(host_->exec("cat /var/lib/libvirt/dnsmasq/berth-test.hostsfile"), HasSubstr("10.98.0.11"));
  nic.address = "10.98.0.12";
  hypervisor_->reserve(nic, node);
  EXPECT_THAT(host_->virsh("net-dumpxml berth-test"), ::testing::Not(HasSubstr("10.98.0.11")));
  EXPECT_THAT(host_->virsh("net-dumpxml berth-test"), HasSubstr("ip='10.98.0.12'"));
  for (int i = 0; i < 2; ++i) hypervisor_->release(node);
  EXPECT_THAT(host_->virsh("net-dumpxml berth-test"), ::testing::Not(HasSubstr("prod-server-0")));
  EXPECT_THAT(host_->virsh("net-dumpxml berth-test"), HasSubstr("printer"));
  nic.source = "nosuch";
  hypervisor_->reserve(nic, node);
  host_->virsh("net-destroy berth-test");
}

/// As on a distribution's libvirt: QEMU is a user of its own, and files are given to it while a guest runs.
TEST_F(LibvirtHost, QemuAsItsOwnUserReachesSecretFilesAndTheImageStaysOurs) {
  if (host_->exec("id -u libvirt-qemu") != testing::shell("id -u libvirt-qemu")) GTEST_SKIP() << "no such user";
  host_->exec(
      "sed -i \"/^user\\|^group\\|^dynamic_ownership\\|^remember_owner/d\" /etc/libvirt/qemu.conf && "
      "printf \"user = \\\"libvirt-qemu\\\"\\ngroup = \\\"kvm\\\"\\n\" >>/etc/libvirt/qemu.conf");
  host_->call("libvirtd t1 kill");
  host_->call("libvirtd t1 start");
  ASSERT_TRUE(ear_.waitForReconnect(2));
  // Every directory above must let QEMU's user pass; a temporary directory does not by itself.
  for (auto path = host_->data(); path != std::filesystem::temp_directory_path(); path = path.parent_path()) {
    std::filesystem::permissions(path, std::filesystem::perms(0711));
  }
  const auto owner = [](const std::string& file) { return testing::shell("stat -c %U:%a '" + file + "'"); };
  Definition wanted = definition("prod-server-0", instance_);
  wanted.baseImage = host_->data() / "base.qcow2";
  wanted.ignitionFile = host_->data() / "config.ign";
  wanted.artifacts = host_->data() / "artifacts.tar";
  testing::shell("truncate -s 10240 " + wanted.artifacts + " && chmod 0444 " + wanted.artifacts);
  testing::shell("mv " + wanted.rootDisk + " " + wanted.baseImage + " && chmod 0444 " + wanted.baseImage +
                 " && qemu-img create -q -f qcow2 -F qcow2 -b " + wanted.baseImage + " " + wanted.rootDisk +
                 " && echo '{}' >" + wanted.ignitionFile + " && install -m 0600 /dev/null " + wanted.consoleLog +
                 " && chown nobody " + host_->data().string() + "/* && chmod 0600 " + wanted.rootDisk + " " +
                 wanted.ignitionFile);

  expectOk(hypervisor_->define(wanted));
  expectOk(hypervisor_->start(instance_));
  EXPECT_EQ(owner(wanted.rootDisk), "libvirt-qemu:600");
  EXPECT_EQ(owner(wanted.ignitionFile), "libvirt-qemu:600");
  EXPECT_EQ(owner(wanted.baseImage), "nobody:444");
  EXPECT_EQ(owner(wanted.artifacts), "nobody:444");
  expectOk(hypervisor_->powerOff(instance_));
  EXPECT_EQ(owner(wanted.artifacts), "nobody:444");
  EXPECT_EQ(owner(wanted.rootDisk), "nobody:600");
  EXPECT_EQ(owner(wanted.ignitionFile), "nobody:600");
}

TEST_F(LibvirtHost, GuestsShareADiskOfArtifactsThatNoneCanWrite) {
  const std::map<std::string, std::string> contents{{"consul.zip", std::string(1'000'000, 'c') + "!"},
                                                    {"nomad.zip", "n"}};
  berth::testing::HttpServer server([&](const auto& request, const auto& connection) {
    berth::testing::HttpServer::serve(request, connection, contents.at(request.path.substr(1)), "\"v1\"");
  });
  std::vector<message::Artifact> artifacts;
  for (const auto& [name, content] : contents) artifacts.push_back({name, server.url("/" + name), Digest::of(content)});
  images::CacheOptions options;
  options.directory = host_->data() / "images";
  const auto fetched = images::DiskCache(options).fetchArtifacts(artifacts, {}, {});
  ASSERT_TRUE(std::holds_alternative<std::filesystem::path>(fetched)) << std::get<images::Error>(fetched).message;
  const auto tar = std::get<std::filesystem::path>(fetched);
  const auto before = testing::shell("sha256sum <" + tar.string() + " && stat -c %U:%a " + tar.string());

  const Uuid others = Uuid::random();
  for (const auto& [node, uuid] : {std::pair("prod-server-0", instance_), std::pair("prod-server-1", others)}) {
    Definition wanted = definition(node, uuid);
    wanted.artifacts = tar;
    wanted.volumes = {{VolumeName::parse("data").value(), host_->data() / (std::string(node) + "-data.qcow2")}};
    testing::shell("qemu-img create -q -f qcow2 " + wanted.volumes[0].file + " 16M");
    expectOk(hypervisor_->define(wanted));
    expectOk(hypervisor_->define(wanted));
    expectOk(hypervisor_->start(uuid));
  }
  EXPECT_THAT(list(), SizeIs(2));
  for (const auto* node : {"prod-server-0", "prod-server-1"}) {
    EXPECT_THAT(host_->virsh(std::string("qemu-monitor-command --hmp ") + node + " info block | grep -F " +
                             tar.filename().string()),
                HasSubstr("(raw, read-only)"));
    EXPECT_THAT(host_->virsh(std::string("domblkinfo ") + node + " vdz | grep Capacity"),
                HasSubstr(std::to_string(std::filesystem::file_size(tar))));
    EXPECT_EQ(
        host_->exec(std::string("grep -ac ") + message::kArtifactsSerial + " /proc/" + host_->pidOf(node) + "/cmdline"),
        "1");
  }
  expectOk(hypervisor_->powerOff(instance_));
  expectOk(hypervisor_->powerOff(others));
  EXPECT_EQ(testing::shell("sha256sum <" + tar.string() + " && stat -c %U:%a " + tar.string()), before);
  // As the guest does with the disk.
  for (const auto& [name, content] : contents)
    EXPECT_EQ(Digest::of(testing::shell("tar -xOf " + tar.string() + " " + name)), Digest::of(content)) << name;
}

TEST_F(LibvirtHost, KnowsWhatItsMachineHas) {
  const auto capacity = std::get<message::Capacity>(hypervisor_->capacity());
  EXPECT_EQ(capacity.vcpus, std::thread::hardware_concurrency());
  EXPECT_GT(capacity.memory, 512_MiB);
  using Attachment = message::Nic::Attachment;
  EXPECT_THAT(reasonIn(hypervisor_->checkAttachment({Attachment::bridge, "nosuch", ""})),
              HasSubstr("none of that name"));
  EXPECT_THAT(reasonIn(hypervisor_->checkAttachment({Attachment::bridge, "../../etc", ""})), HasSubstr("none of that"));
  EXPECT_THAT(reasonIn(hypervisor_->checkAttachment({Attachment::bridge, "lo", ""})), HasSubstr("not a bridge"));
  expectOk(hypervisor_->checkAttachment({Attachment::macvtap, "lo", ""}));
  EXPECT_THAT(reasonIn(hypervisor_->checkAttachment({Attachment::libvirtNetwork, "nosuch", ""})), HasSubstr("nosuch"));
}

TEST_F(LibvirtHost, TriesKvmOnceAndLeavesNothing) {
  (void)hypervisor_->kvm();
  const auto began = std::chrono::steady_clock::now();
  const bool kvm = hypervisor_->kvm();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(1));
  expectOk(hypervisor_->define(definition("prod-server-0", instance_)));
  EXPECT_THAT(host_->virsh("dumpxml prod-server-0"), HasSubstr(kvm ? "<domain type='kvm'" : "<domain type='qemu'"));
  EXPECT_EQ(host_->virsh("list --all --name"), "prod-server-0");
}

TEST(LibvirtAway, EveryCallSaysThatItIsUnavailable) {
  testing::Ear ear;
  const auto hypervisor =
      connectLibvirt({.uri = "qemu+unix:///system?socket=/nonexistent", .fleet = Uuid()}, ear.listener());
  EXPECT_EQ(std::get<Error>(hypervisor->list()).kind, Error::Kind::unavailable);
  EXPECT_EQ(std::get<Error>(hypervisor->start(Uuid())).kind, Error::Kind::unavailable);
  EXPECT_FALSE(hypervisor->kvm());
}

}  // namespace
}  // namespace berth::hypervisor

// SPDX-License-Identifier: Apache-2.0
//
// A real guest that speaks over its readiness port. Needs the test guest (deploy/guest/build): BERTH_TEST_GUEST names
// it, or else it is looked for where that script keeps it.
#include <cstdlib>
#include <fstream>
#include <optional>

#include <gmock/gmock.h>

#include "agent/disks/file.h"
#include "agent/disks/instance_files.h"
#include "agent/disks/overlay.h"
#include "agent/hypervisor/console.h"
#include "tests/integration/agent/hypervisor/host.h"

namespace berth::hypervisor {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr std::chrono::seconds kBoot{90};

/// A unit that says every second which boot it is.
constexpr std::string_view kConfig = R"({"ignition":{"version":"3.3.0"},"systemd":{"units":[{"name":"say.service",
"enabled":true,"contents":"[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/sh -c 'while :; do echo boot=$$(cat /proc/sys/kernel/random/boot_id) >/dev/virtio-ports/org.berth.ready; sleep 1; done'\nRestart=always\nRestartSec=1\n[Install]\nWantedBy=sysinit.target\n"}]}})";

std::string findGuest() {
  const auto variable = [](const char* name) {
    return std::string(std::getenv(name) == nullptr ? "" : std::getenv(name));
  };
  if (!variable("BERTH_TEST_GUEST").empty()) return variable("BERTH_TEST_GUEST");
  const std::string cache =
      variable("XDG_CACHE_HOME").empty() ? variable("HOME") + "/.cache" : variable("XDG_CACHE_HOME");
  std::error_code none;
  fs::path newest;
  for (const auto& entry : fs::directory_iterator(cache + "/berth/guest", none)) {
    if (entry.path().extension() != ".qcow2") continue;
    if (newest.empty() || entry.last_write_time() > fs::last_write_time(newest)) newest = entry.path();
  }
  return newest;
}

class Guest : public ::testing::Test {
protected:
  void SetUp() override {
    if (const std::string missing = testing::Host::missing(); !missing.empty()) GTEST_SKIP() << missing;
    const std::string image = findGuest();
    if (image.empty()) GTEST_SKIP() << "no test guest: run deploy/guest/build";
    host_.emplace();
    connect();
    const disks::Layout layout(host_->data());
    const Uuid& uuid = definition_.mark.instance.uuid;
    paths_ = layout.instance(uuid);
    ASSERT_FALSE(disks::failure(disks::openLayout(layout)));
    ASSERT_FALSE(disks::failure(disks::prepare(layout, uuid)));
    ASSERT_FALSE(disks::failure(disks::writeIgnition(layout, uuid, kConfig)));
    ASSERT_FALSE(disks::failure(disks::makeOverlay({}, image, 4_GiB, paths_.rootDisk)));
    definition_.memory = 256_MiB;
    definition_.vcpus = 1;
    definition_.rootDisk = paths_.rootDisk;
    definition_.baseImage = image;
    definition_.ignitionFile = paths_.ignition;
    definition_.consoleLog = paths_.console;
    const auto defined = hypervisor_->define(definition_);
    ASSERT_TRUE(std::holds_alternative<Ok>(defined)) << std::get<Error>(defined).str();
    start();
  }

  void connect() {
    hypervisor_.reset();
    hypervisor_ = connectLibvirt({host_->uri(), definition_.mark.fleet, DiskCacheMode::unsafe}, ear_.listener());
  }
  void start() {
    const auto started = hypervisor_->start(definition_.mark.instance.uuid);
    ASSERT_TRUE(std::holds_alternative<Ok>(started)) << std::get<Error>(started).str();
  }
  /// Waits for a line, and returns it.
  std::string nextLine() {
    ear_.forget();
    const bool heard = ear_.waitFor([](const testing::Ear& ear) { return !ear.said_.empty(); }, kBoot);
    if (!heard) return "nothing; the console ends with: " + std::get<std::string>(consoleTail(paths_, 20));
    return ear_.said_.begin()->second.front();
  }

  testing::Ear ear_;
  std::optional<testing::Host> host_;
  Definition definition_ = testing::aDefinition();
  disks::InstancePaths paths_;
  std::unique_ptr<Hypervisor> hypervisor_;
};

TEST_F(Guest, IsHeardAgainAfterLibvirtdAndAfterTheAgentRestarted) {
  const std::string line = nextLine();
  ASSERT_THAT(line, HasSubstr("boot="));
  EXPECT_THAT(std::get<message::Console>(readConsole(paths_, 0, kConsoleReadMax)).data, HasSubstr("Linux version"));

  host_->call("libvirtd t1 kill");
  ASSERT_TRUE(ear_.waitForReconnect(1));
  host_->call("libvirtd t1 start");
  ASSERT_TRUE(ear_.waitForReconnect(2));
  EXPECT_EQ(nextLine(), line);

  connect();
  EXPECT_EQ(nextLine(), line);
}

TEST_F(Guest, IsHeardAfterItsPowerWasCut) {
  const auto& uuid = definition_.mark.instance.uuid;
  ASSERT_TRUE(std::holds_alternative<Ok>(hypervisor_->powerOff(uuid)));
  start();
  EXPECT_THAT(nextLine(), HasSubstr("boot="));
}

}  // namespace
}  // namespace berth::hypervisor

// SPDX-License-Identifier: Apache-2.0
//
// What each step of bringing a node to a host costs, and the same domain by a bare `virsh create` beside it; one JSON
// object a line, as tests/bench/run prints them. Makes a host of its own (deploy/virtual-hosts), so it needs root.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <vector>

#include "agent/disks/overlay.h"
#include "tests/integration/agent/hypervisor/host.h"

namespace berth::hypervisor {
namespace {

constexpr int kRounds = 9;

class Figure {
public:
  Figure(const char* name, const char* comparedWith) : name_(name), comparedWith_(comparedWith) {}

  /// Measures `step`, and ends the program when it fails.
  template <class Result>
  void time(const std::function<Result()>& step) {
    const auto began = std::chrono::steady_clock::now();
    const Result result = step();
    times_.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count());
    if (result.index() == 0) return;
    std::fprintf(stderr, "%s: %s\n", name_, std::get<1>(result).str().c_str());
    std::exit(1);
  }
  void print() {
    std::ranges::sort(times_);
    std::printf("{\"name\": \"%s\", \"value\": %.2f, \"unit\": \"ms\", \"compared_with\": \"%s\"}\n", name_,
                times_[times_.size() / 2], comparedWith_);
  }

private:
  const char* name_;
  const char* comparedWith_;
  std::vector<double> times_;
};

void measure(const testing::Host& host) {
  testing::Ear ear;
  Definition definition = testing::aDefinition();
  const Uuid& instance = definition.mark.instance.uuid;
  const auto hypervisor = connectLibvirt({host.uri(), definition.mark.fleet, DiskCacheMode::unsafe}, ear.listener());
  const std::filesystem::path base = host.data() / "base.qcow2";
  testing::shell("qemu-img create -q -f qcow2 " + base.string() + " 64M");
  definition.memory = 32_MiB;
  definition.baseImage = base;
  definition.rootDisk = host.data() / "root.qcow2";
  definition.ignitionFile.clear();
  definition.consoleLog = host.data() / "console.log";
  const Acceleration acceleration = hypervisor->kvm() ? Acceleration::kvm : Acceleration::emulation;

  Figure overlay("overlay_create", "");
  Figure define("domain_define", "");
  Figure start("domain_start", "domain_bare_create");
  Figure list("domains_list", "");
  Figure powerOff("domain_power_off", "");
  Figure undefine("domain_undefine", "");
  Figure bare("domain_bare_create", "virsh create of the same domain, its process included");
  const std::filesystem::path xml = host.data() / "bare.xml";
  std::ofstream(xml) << domainXml(definition, {acceleration, DiskCacheMode::unsafe});
  for (int round = 0; round < kRounds; ++round) {
    std::filesystem::remove(definition.rootDisk);
    overlay.time<disks::Result<>>([&] { return disks::makeOverlay({}, base, 1_GiB, definition.rootDisk); });
    define.time<Result<>>([&] { return hypervisor->define(definition); });
    start.time<Result<>>([&] { return hypervisor->start(instance); });
    list.time<Result<std::vector<Domain>>>([&] { return hypervisor->list(); });
    powerOff.time<Result<>>([&] { return hypervisor->powerOff(instance); });
    undefine.time<Result<>>([&] { return hypervisor->undefine(instance); });
    bare.time<Result<>>([&]() -> Result<> {
      host.virsh("create " + xml.string());
      return Ok{};
    });
    (void)hypervisor->powerOff(instance);
  }
  for (Figure* figure : {&overlay, &define, &start, &bare, &list, &powerOff, &undefine}) figure->print();
}

}  // namespace
}  // namespace berth::hypervisor

int main() {
  if (const std::string missing = berth::hypervisor::testing::Host::missing(); !missing.empty()) {
    std::fprintf(stderr, "%s\n", missing.c_str());
    return 1;
  }
  const berth::hypervisor::testing::Host host;
  berth::hypervisor::measure(host);
  return 0;
}

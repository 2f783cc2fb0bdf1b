// SPDX-License-Identifier: Apache-2.0
//
// A KVM host of a test's own: libvirtd and all in namespaces (deploy/virtual-hosts), gone when the test is.
#pragma once

#include <array>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <unistd.h>

#include "agent/hypervisor/libvirt.h"
#include "tests/checkout.h"
#include "tests/unit/agent/hypervisor/definitions.h"
#include "tests/unit/agent/temporary_directory.h"

namespace berth::hypervisor::testing {

/// Runs a shell command and returns what it prints.
inline std::string shell(const std::string& command) {
  std::string output;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  std::array<char, 4096> piece{};
  for (std::size_t count = 0; pipe != nullptr && (count = std::fread(piece.data(), 1, piece.size(), pipe)) > 0;) {
    output.append(piece.data(), count);
  }
  if (pipe != nullptr) ::pclose(pipe);
  while (!output.empty() && output.back() == '\n') output.pop_back();
  return output;
}

class Host {
public:
  Host() {
    // As berth-agent does: a connection that breaks is an error, and not the end of the process.
    std::signal(SIGPIPE, SIG_IGN);
    said_ = call("--name t --subnet 10.99.0.0/24 up 1");
    uri_ = call("uri t1");
    data_ = call("path t1");
  }
  ~Host() { call("down"); }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  /// Why there is no host to test with; empty when there is one.
  [[nodiscard]] static std::string missing() {
    if (::geteuid() != 0) return "only root can make hosts";
    if (!std::filesystem::exists("/usr/sbin/libvirtd")) return "no libvirtd here";
    return {};
  }

  std::string call(const std::string& arguments) const {
    return shell(std::string(checkout::kRoot) + "/deploy/virtual-hosts --state " + directory_.path().string() +
                 "/hosts " + arguments);
  }
  std::string exec(const std::string& command) const { return call("exec t1 sh -c '" + command + "'"); }
  std::string virsh(const std::string& arguments) const { return shell("virsh -c '" + uri_ + "' " + arguments); }
  /// QEMU's process, as the host counts.
  [[nodiscard]] std::string pidOf(const std::string& node) const {
    return exec("cat /run/libvirt/qemu/" + node + ".pid");
  }
  void defineForeign(const std::string& xml) const {
    const std::filesystem::path file = directory_.path() / "foreign.xml";
    FILE* out = std::fopen(file.c_str(), "w");
    std::fputs(xml.c_str(), out);
    std::fclose(out);
    virsh("define " + file.string());
  }

  [[nodiscard]] const std::string& uri() const { return uri_; }
  [[nodiscard]] const std::string& said() const { return said_; }
  /// A directory that the host's QEMU sees under the same path.
  [[nodiscard]] const std::filesystem::path& data() const { return data_; }

private:
  berth::testing::TemporaryDirectory directory_;
  std::string said_;
  std::string uri_;
  std::filesystem::path data_;
};

/// Notes what a Listener is told.
class Ear {
public:
  [[nodiscard]] Listener listener() {
    return {[this](const Uuid& instance) { note([&] { ++changed_[instance]; }); },
            [this](const Uuid& instance, const std::string& line) { note([&] { said_[instance].push_back(line); }); },
            [this] { note([&] { ++reconnected_; }); }};
  }
  /// Waits until `condition` of what has been heard holds.
  [[nodiscard]] bool waitFor(const std::function<bool(const Ear&)>& condition, std::chrono::seconds patience) {
    std::unique_lock lock(mutex_);
    return heard_.wait_for(lock, patience, [&] { return condition(*this); });
  }
  [[nodiscard]] bool waitForChange(const Uuid& instance) {
    return waitFor([&](const Ear& ear) { return ear.changed_.contains(instance); }, std::chrono::seconds(60));
  }
  [[nodiscard]] bool waitForReconnect(int times) {
    return waitFor([&](const Ear& ear) { return ear.reconnected_ >= times; }, std::chrono::seconds(60));
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    changed_.clear();
    said_.clear();
    reconnected_ = 0;
  }

  std::map<Uuid, int> changed_;
  std::map<Uuid, std::vector<std::string>> said_;
  int reconnected_ = 0;

private:
  void note(const std::function<void()>& change) {
    {
      const std::lock_guard lock(mutex_);
      change();
    }
    heard_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable heard_;
};

}  // namespace berth::hypervisor::testing

// SPDX-License-Identifier: Apache-2.0
//
// A hypervisor whose domains are small files, so that they outlive the agent that made them as real ones do: an agent
// can be killed at any step and the next one, in another process, finds what the first left. Its guests come up by
// themselves, say so on their readiness port, and obey the power button.
//
//   DIR/<uuid>     one domain: node, cluster, fleet, generation, spec, machine, power and reason, then vcpus and memory
//                  as defined and as the guest has them, a word a line
//
// A test meddles by writing those files: power(DIR, uuid, crashed) is a guest that died.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "agent/hypervisor/hypervisor.h"

namespace berth::simulation {

class ModelHypervisor final : public hypervisor::Hypervisor {
public:
  ModelHypervisor(std::filesystem::path directory, Uuid fleet, hypervisor::Listener listener);
  ~ModelHypervisor() override;

  [[nodiscard]] hypervisor::Result<std::vector<hypervisor::Domain>> list() override;
  [[nodiscard]] hypervisor::Result<> define(const hypervisor::Definition& definition) override;
  [[nodiscard]] hypervisor::Result<> start(const Uuid& instance) override;
  [[nodiscard]] hypervisor::Result<> shutdown(const Uuid& instance) override;
  [[nodiscard]] hypervisor::Result<> powerOff(const Uuid& instance) override;
  [[nodiscard]] hypervisor::Result<> undefine(const Uuid& instance) override;
  /// Its guests do not open their disks.
  [[nodiscard]] hypervisor::Result<hypervisor::Growth> grow(const Uuid&, const std::string&, Bytes) override {
    return hypervisor::Growth::notAttached;
  }
  /// A domain has all volumes that lie in the directory of its node, or bear its name in a pool.
  [[nodiscard]] hypervisor::Result<std::optional<hypervisor::User>> userOf(const std::string& file) override;
  /// As for grow().
  [[nodiscard]] hypervisor::Result<hypervisor::Copying> backUp(const std::string&, const std::string&,
                                                               const std::stop_token&) override {
    return hypervisor::Copying::notAttached;
  }
  [[nodiscard]] hypervisor::Result<message::Capacity> capacity() override;
  [[nodiscard]] bool kvm() const override { return false; }
  [[nodiscard]] hypervisor::Result<> checkAttachment(const message::Nic& nic) override;
  /// Its networks serve no DHCP.
  void reserve(const message::Nic&, const NodeName&) override {}
  void release(const NodeName&) override {}
  /// A pool of type dir that lies beside its directory under that name, and is active while it is there.
  [[nodiscard]] hypervisor::Result<std::optional<hypervisor::StoragePool>> storagePool(
      const std::string& name) override;
  void refreshStoragePool(const std::string&) override {}

  /// All domains in a directory, whoever made them.
  [[nodiscard]] static std::vector<hypervisor::Domain> domainsIn(const std::filesystem::path& directory);
  static void power(const std::filesystem::path& directory, const Uuid& instance, hypervisor::Power power,
                    const std::string& reason);

private:
  void live(const std::stop_token& stop);

  const std::filesystem::path directory_;
  const Uuid fleet_;
  const hypervisor::Listener listener_;
  std::mutex mutex_;
  std::jthread guests_;
};

}  // namespace berth::simulation

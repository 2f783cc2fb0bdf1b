// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/model_hypervisor.h"

#include <condition_variable>
#include <fstream>

namespace berth::simulation {
namespace {

using namespace std::chrono_literals;
using hypervisor::Domain;
using hypervisor::Error;
using hypervisor::Ok;
using hypervisor::Power;
using hypervisor::Result;

Error refused(const std::string& attempted, const Uuid& instance, const std::string& reason) {
  return {Error::Kind::refused, attempted, instance.str(), reason};
}

std::optional<Domain> read(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string node, cluster, fleet, spec, reason;
  std::uint64_t generation = 0;
  int power = 0;
  if (!(file >> node >> cluster >> fleet >> generation >> spec >> power >> reason)) return std::nullopt;
  Domain domain;
  domain.mark = {Uuid::parse(fleet).value(),
                 ClusterName::parse(cluster).value(),
                 {NodeName::parse(node).value(), Uuid::parse(path.filename().string()).value()},
                 Generation(generation),
                 Digest::parse(spec).value()};
  domain.power = static_cast<Power>(power);
  domain.reason = reason;
  return domain;
}

void write(const std::filesystem::path& directory, const Domain& domain) {
  const auto name = domain.mark.instance.uuid.str();
  const auto half = directory / ("." + name);
  std::ofstream(half) << domain.mark.instance.node.str() << '\n'
                      << domain.mark.cluster.str() << '\n'
                      << domain.mark.fleet.str() << '\n'
                      << domain.mark.generation.value() << '\n'
                      << domain.mark.spec.hex() << '\n'
                      << static_cast<int>(domain.power) << '\n'
                      << domain.reason << '\n';
  std::filesystem::rename(half, directory / name);
}

}  // namespace

ModelHypervisor::ModelHypervisor(std::filesystem::path directory, Uuid fleet, hypervisor::Listener listener)
    : directory_(std::move(directory)), fleet_(fleet), listener_(std::move(listener)) {
  std::filesystem::create_directories(directory_);
  guests_ = std::jthread([this](const std::stop_token& stop) { live(stop); });
}

ModelHypervisor::~ModelHypervisor() = default;

std::vector<Domain> ModelHypervisor::domainsIn(const std::filesystem::path& directory) {
  std::vector<Domain> found;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(directory, failed)) {
    if (!Uuid::parse(entry.path().filename().string())) continue;
    if (auto domain = read(entry.path())) found.push_back(std::move(*domain));
  }
  return found;
}

void ModelHypervisor::power(const std::filesystem::path& directory, const Uuid& instance, Power power,
                            const std::string& reason) {
  auto domain = read(directory / instance.str());
  if (!domain) return;
  domain->power = power;
  domain->reason = reason;
  write(directory, *domain);
}

Result<std::vector<Domain>> ModelHypervisor::list() {
  const std::lock_guard lock(mutex_);
  auto all = domainsIn(directory_);
  std::erase_if(all, [this](const Domain& domain) { return domain.mark.fleet != fleet_; });
  return all;
}

Result<> ModelHypervisor::define(const hypervisor::Definition& definition) {
  const std::lock_guard lock(mutex_);
  const auto uuid = definition.mark.instance.uuid;
  for (const auto* needed : {&definition.rootDisk, &definition.ignitionFile, &definition.consoleLog})
    if (!std::filesystem::exists(*needed)) return refused("define", uuid, *needed + " is not there");
  for (const auto& other : domainsIn(directory_))
    if (other.mark.instance.node == definition.mark.instance.node && other.mark.instance.uuid != uuid)
      return Error{Error::Kind::conflict, "define", uuid.str(), "another domain has this name"};
  auto domain = read(directory_ / uuid.str()).value_or(Domain{});
  domain.mark = definition.mark;
  if (domain.reason.empty()) domain.reason = "unknown";
  write(directory_, domain);
  return Ok{};
}

Result<> ModelHypervisor::start(const Uuid& instance) {
  const std::lock_guard lock(mutex_);
  if (!read(directory_ / instance.str())) return refused("start", instance, "no such domain");
  power(directory_, instance, Power::running, "booted");
  return Ok{};
}

Result<> ModelHypervisor::shutdown(const Uuid& instance) {
  {
    const std::lock_guard lock(mutex_);
    power(directory_, instance, Power::shutOff, "shutdown");
  }
  listener_.changed(instance);
  return Ok{};
}

Result<> ModelHypervisor::powerOff(const Uuid& instance) {
  const std::lock_guard lock(mutex_);
  if (const auto domain = read(directory_ / instance.str()); domain && domain->power == Power::running)
    power(directory_, instance, Power::shutOff, "destroyed");
  return Ok{};
}

Result<> ModelHypervisor::undefine(const Uuid& instance) {
  const std::lock_guard lock(mutex_);
  std::filesystem::remove(directory_ / instance.str());
  return Ok{};
}

Result<message::Capacity> ModelHypervisor::capacity() { return message::Capacity{8, 16_GiB, Bytes()}; }

Result<> ModelHypervisor::checkAttachment(const message::Nic&) { return Ok{}; }

/// Every guest that runs says ten times a second that it is up, and what a test did to one is told as libvirt would.
void ModelHypervisor::live(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  std::map<Uuid, Power> seen;
  while (!wake.wait_for(lock, stop, 100ms, [] { return false; }) && !stop.stop_requested()) {
    for (const auto& domain : domainsIn(directory_)) {
      if (domain.mark.fleet != fleet_) continue;
      const auto uuid = domain.mark.instance.uuid;
      if (const auto [known, isNew] = seen.try_emplace(uuid, domain.power); !isNew && known->second != domain.power) {
        known->second = domain.power;
        listener_.changed(uuid);
      }
      if (domain.power == Power::running)
        listener_.said(uuid, "berth-ready 1 boot=model state=running failed=- addresses=10.0.0.1");
    }
  }
}

}  // namespace berth::simulation

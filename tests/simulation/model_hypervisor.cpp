// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/model_hypervisor.h"

#include <algorithm>
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

/// A domain as its file has it.
struct Kept {
  Domain domain;
  hypervisor::Hardware defined;
  hypervisor::Hardware running;
};

std::istream& operator>>(std::istream& in, hypervisor::Hardware& hardware) {
  std::uint64_t memory = 0;
  in >> hardware.vcpus >> memory;
  hardware.memory = Bytes(memory);
  return in;
}

std::optional<Kept> read(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string node, cluster, fleet, spec, machine, reason;
  std::uint64_t generation = 0;
  int power = 0;
  Kept kept;
  if (!(file >> node >> cluster >> fleet >> generation >> spec >> machine >> kept.domain.mark.withoutConfig >> power >>
        reason >> kept.defined >> kept.running))
    return std::nullopt;
  kept.domain.mark = {Uuid::parse(fleet).value(),
                      ClusterName::parse(cluster).value(),
                      {NodeName::parse(node).value(), Uuid::parse(path.filename().string()).value()},
                      Generation(generation),
                      Digest::parse(spec).value(),
                      Digest::parse(machine),
                      kept.domain.mark.withoutConfig};
  kept.domain.power = static_cast<Power>(power);
  kept.domain.reason = reason;
  if (kept.domain.power == Power::running && kept.running != kept.defined) kept.domain.outdated = kept.running;
  return kept;
}

void write(const std::filesystem::path& directory, const Kept& kept) {
  const auto& mark = kept.domain.mark;
  const auto name = mark.instance.uuid.str();
  const auto half = directory / ("." + name);
  std::ofstream(half) << mark.instance.node.str() << '\n'
                      << mark.cluster.str() << '\n'
                      << mark.fleet.str() << '\n'
                      << mark.generation.value() << '\n'
                      << mark.spec.hex() << '\n'
                      << (mark.machine ? mark.machine->hex() : "none") << '\n'
                      << mark.withoutConfig << '\n'
                      << static_cast<int>(kept.domain.power) << '\n'
                      << kept.domain.reason << '\n'
                      << kept.defined.vcpus << ' ' << kept.defined.memory.count() << '\n'
                      << kept.running.vcpus << ' ' << kept.running.memory.count() << '\n';
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
    if (auto kept = read(entry.path())) found.push_back(std::move(kept->domain));
  }
  return found;
}

void ModelHypervisor::power(const std::filesystem::path& directory, const Uuid& instance, Power power,
                            const std::string& reason) {
  auto kept = read(directory / instance.str());
  if (!kept) return;
  const bool starts = power == Power::running && kept->domain.power != Power::running;
  if (starts) kept->running = kept->defined;
  kept->domain.power = power;
  kept->domain.reason = reason;
  write(directory, *kept);
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
    if (!needed->empty() && !std::filesystem::exists(*needed))
      return refused("define", uuid, *needed + " is not there");
  for (const auto& other : domainsIn(directory_))
    if (other.mark.instance.node == definition.mark.instance.node && other.mark.instance.uuid != uuid)
      return Error{Error::Kind::conflict, "define", uuid.str(), "another domain has this name"};
  for (const auto& volume : definition.volumes)
    if (!std::filesystem::exists(volume.file)) return refused("define", uuid, volume.file + " is not there");
  auto found = read(directory_ / uuid.str());
  if (!found && definition.isThere) return refused("define", uuid, "somebody has removed it");
  auto kept = std::move(found).value_or(Kept{});
  kept.domain.mark = definition.mark;
  kept.defined = {definition.vcpus, definition.memory, {}};
  if (kept.domain.reason.empty()) kept.domain.reason = "unknown";
  write(directory_, kept);
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
  if (const auto kept = read(directory_ / instance.str()); kept && kept->domain.power == Power::running)
    power(directory_, instance, Power::shutOff, "destroyed");
  return Ok{};
}

Result<> ModelHypervisor::undefine(const Uuid& instance) {
  const std::lock_guard lock(mutex_);
  std::filesystem::remove(directory_ / instance.str());
  return Ok{};
}

Result<std::optional<hypervisor::User>> ModelHypervisor::userOf(const std::string& file) {
  const std::lock_guard lock(mutex_);
  const std::filesystem::path path(file);
  const auto name = path.filename().string();
  const bool isInPool = std::ranges::count(name, '.') > 1;
  const auto node = isInPool ? name.substr(0, name.find('.')) : path.parent_path().filename().string();
  using Use = hypervisor::User::Use;
  for (const auto& domain : domainsIn(directory_))
    if (domain.mark.instance.node.str() == node)
      return std::optional(hypervisor::User{node, domain.power == Power::running ? Use::runs : Use::defined});
  return std::optional<hypervisor::User>();
}

Result<message::Capacity> ModelHypervisor::capacity() { return message::Capacity{8, 16_GiB, Bytes()}; }

Result<std::optional<hypervisor::StoragePool>> ModelHypervisor::storagePool(const std::string& name) {
  const auto target = directory_.parent_path() / name;
  return std::optional(hypervisor::StoragePool{"dir", std::filesystem::is_directory(target), target, {}});
}

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

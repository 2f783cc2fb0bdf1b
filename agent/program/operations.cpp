// SPDX-License-Identifier: Apache-2.0
#include "agent/program/operations.h"

#include "agent/disks/instance_files.h"
#include "agent/hypervisor/console.h"
#include "agent/program/failpoint.h"
#include "agent/reconcile/machine.h"

namespace berth::program {
namespace {

using reconcile::Failure;

Failure failureOf(const hypervisor::Error& error) {
  const bool permanent = error.kind == hypervisor::Error::Kind::conflict;
  return {permanent ? Failure::Kind::permanent : Failure::Kind::temporary, error.str()};
}

Failure failureOf(const disks::Error& error) {
  const bool permanent = error.kind == disks::Error::Kind::permanent;
  return {permanent ? Failure::Kind::permanent : Failure::Kind::temporary, error.str()};
}

/// The failure in a result of either kind, if it is one.
template <class Value, class Error>
std::optional<Failure> failed(const std::variant<Value, Error>& result) {
  if (const auto* error = std::get_if<Error>(&result)) return failureOf(*error);
  return std::nullopt;
}

Operation outcome(const hypervisor::Result<>& result) {
  if (auto failure = failed(result)) return *failure;
  return std::monostate{};
}

hypervisor::Definition definitionOf(const Workbench& bench, const reconcile::effect::Act& act,
                                    const message::NodeSpec& spec, const std::filesystem::path& image) {
  const auto paths = bench.layout.instance(act.instance.uuid);
  hypervisor::Definition definition;
  definition.mark = {bench.fleet, spec.cluster, act.instance, act.generation, act.spec, reconcile::machineOf(spec)};
  definition.vcpus = spec.vcpus;
  definition.memory = spec.memory;
  definition.rootDisk = paths.rootDisk;
  definition.baseImage = image;
  definition.ignitionFile = paths.ignition;
  definition.consoleLog = paths.console;
  definition.nics = spec.nics;
  for (const auto& volume : spec.volumes)
    definition.volumes.push_back({volume.name, bench.volumes.disk(spec.node, volume.name)});
  return definition;
}

void reserveAddresses(const Workbench& bench, const message::NodeSpec& spec) {
  for (const auto& nic : spec.nics) bench.hypervisor.reserve(nic, spec.node);
}

/// Under the guest when it has the disk, else in the file.
Operation grow(const Workbench& bench, const Uuid& instance, const volumes::Label& wanted) {
  const auto disk = bench.volumes.disk(wanted.node, wanted.volume.name);
  const auto grown = bench.hypervisor.grow(instance, disk, wanted.volume.size);
  if (auto failure = failed(grown)) return *failure;
  if (std::get<hypervisor::Growth>(grown) == hypervisor::Growth::notAttached)
    if (auto failure = failed(disks::growDisk(bench.qemuImg, wanted.volume.size, disk))) return *failure;
  failpoint("volume.grown");
  return std::monostate{};
}

Operation provide(const Workbench& bench, const Uuid& instance, const volumes::Label& wanted) {
  const auto standing = volumes::look(bench.volumes, wanted);
  if (auto failure = failed(standing)) return *failure;
  switch (std::get<volumes::Standing>(standing)) {
    case volumes::Standing::asWanted: return std::monostate{};
    case volumes::Standing::absent:
    case volumes::Standing::announced:
      if (auto failure = failed(volumes::announce(bench.volumes, wanted))) return *failure;
      failpoint("volume.announced");
      if (auto failure = failed(volumes::fill(bench.volumes, bench.qemuImg, wanted))) return *failure;
      failpoint("volume.filled");
      break;
    case volumes::Standing::changed:
      if (auto grown = grow(bench, instance, wanted); std::holds_alternative<Failure>(grown)) return grown;
      break;
  }
  if (auto failure = failed(volumes::confirm(bench.volumes, wanted))) return *failure;
  failpoint("volume.made");
  return std::monostate{};
}

Operation provideVolumes(const Workbench& bench, const reconcile::effect::Act& act, const message::NodeSpec& spec) {
  for (const auto& volume : spec.volumes) {
    auto provided =
        provide(bench, act.instance.uuid, {bench.fleet, spec.cluster, spec.node, volume, {}, act.generation});
    if (std::holds_alternative<Failure>(provided)) return provided;
  }
  return std::monostate{};
}

}  // namespace

Operation create(const Workbench& bench, const reconcile::effect::Act& act, const message::NodeSpec& spec) {
  const auto uuid = act.instance.uuid;
  const auto paths = bench.layout.instance(uuid);
  failpoint("create.begin");
  for (const auto& nic : spec.nics)
    if (auto failure = failed(bench.hypervisor.checkAttachment(nic))) return *failure;
  const auto image = bench.images.find(spec.image.id());
  if (!image)
    return Failure{Failure::Kind::temporary, "the image " + spec.image.id().shortHex() + " is not here any more"};

  if (auto failure = failed(disks::prepare(bench.layout, uuid))) return *failure;
  failpoint("create.directory");
  const auto size = disks::rootDiskSize(spec.disk, image->virtualSize);
  if (auto failure = failed(size)) return *failure;
  if (auto failure = failed(disks::makeOverlay(bench.qemuImg, image->path, std::get<Bytes>(size), paths.rootDisk)))
    return *failure;
  failpoint("create.disk");
  if (auto provided = provideVolumes(bench, act, spec); std::holds_alternative<Failure>(provided)) return provided;
  if (auto failure = failed(disks::writeIgnition(bench.layout, uuid, spec.ignition))) return *failure;
  failpoint("create.ignition");

  if (auto failure = failed(bench.hypervisor.define(definitionOf(bench, act, spec, image->path)))) return *failure;
  reserveAddresses(bench, spec);
  failpoint("create.domain");
  return std::monostate{};
}

Operation update(const Workbench& bench, const reconcile::effect::Act& act, const message::NodeSpec& spec) {
  failpoint("update.begin");
  const auto image = bench.images.find(spec.image.id());
  if (!image)
    return Failure{Failure::Kind::temporary, "the image " + spec.image.id().shortHex() + " is not here any more"};
  if (auto provided = provideVolumes(bench, act, spec); std::holds_alternative<Failure>(provided)) return provided;
  // Last, since its mark says that the rest is done.
  if (auto failure = failed(bench.hypervisor.define(definitionOf(bench, act, spec, image->path)))) return *failure;
  reserveAddresses(bench, spec);
  failpoint("update.domain");
  return std::monostate{};
}

std::variant<std::uint64_t, Failure> start(const Workbench& bench, const Uuid& instance,
                                           const std::optional<message::NodeSpec>& spec) {
  failpoint("start.begin");
  // Its network may have been made anew since.
  if (spec) reserveAddresses(bench, *spec);
  // Only where it ends is asked for, so no byte of it is read.
  const auto console = hypervisor::readConsole(bench.layout.instance(instance), UINT64_MAX, 0);
  if (auto failure = failed(bench.hypervisor.start(instance))) return *failure;
  failpoint("start.done");
  const auto* read = std::get_if<message::Console>(&console);
  return read != nullptr ? read->end : std::uint64_t{0};
}

Operation shutDown(const Workbench& bench, const Uuid& instance) {
  return outcome(bench.hypervisor.shutdown(instance));
}

Operation powerOff(const Workbench& bench, const Uuid& instance) {
  return outcome(bench.hypervisor.powerOff(instance));
}

Operation remove(const Workbench& bench, const reconcile::effect::Act& act) {
  const auto& instance = act.instance.uuid;
  failpoint("remove.begin");
  // It was seen to be off, but somebody may have started it since, and files under a running guest must not go.
  if (auto failure = failed(bench.hypervisor.powerOff(instance))) return *failure;
  if (auto failure = failed(bench.hypervisor.undefine(instance))) return *failure;
  failpoint("remove.domain");
  if (auto failure = failed(disks::removeInstance(bench.layout, instance))) return *failure;
  // While the node itself stays, nobody else is to get its address in between.
  if (act.node == reconcile::effect::Act::Node::leaves && !act.instance.node.empty())
    bench.hypervisor.release(act.instance.node);
  failpoint("remove.files");
  return std::monostate{};
}

Operation deleteVolume(const Workbench& bench, const message::VolumeTombstone& tombstone) {
  const auto remains = volumes::remainsOf(bench.volumes, bench.fleet, tombstone);
  if (auto failure = failed(remains)) return *failure;
  if (std::get<volumes::Remains>(remains) != volumes::Remains::nothing) {
    const auto user = bench.hypervisor.userOf(bench.volumes.disk(tombstone.node, tombstone.volume));
    if (auto failure = failed(user)) return *failure;
    if (const auto& name = std::get<std::optional<std::string>>(user))
      return Failure{Failure::Kind::temporary, "domain " + *name + " still has its disk"};
    failpoint("volume.delete");
    if (auto failure = failed(volumes::condemn(bench.volumes, tombstone))) return *failure;
    failpoint("volume.condemned");
    if (auto failure = failed(volumes::erase(bench.volumes, tombstone))) return *failure;
    failpoint("volume.erased");
    if (auto failure = failed(volumes::forget(bench.volumes, tombstone))) return *failure;
    failpoint("volume.forgotten");
  }
  volumes::tidy(bench.volumes, tombstone.node);
  return std::monostate{};
}

std::variant<reconcile::HostLook, Failure> look(const Workbench& bench) {
  reconcile::HostLook found;
  auto domains = bench.hypervisor.list();
  if (auto failure = failed(domains)) return *failure;
  found.domains = std::move(std::get<std::vector<hypervisor::Domain>>(domains));
  const auto directories = disks::listInstances(bench.layout);
  if (auto failure = failed(directories)) return *failure;
  for (const auto& uuid : std::get<std::vector<Uuid>>(directories)) {
    std::error_code error;
    const bool rootDisk = std::filesystem::exists(bench.layout.instance(uuid).rootDisk, error);
    if (error) return Failure{Failure::Kind::temporary, "cannot look into the files of " + uuid.str()};
    found.files.push_back({uuid, rootDisk});
  }
  const auto labels = volumes::list(bench.volumes, bench.fleet);
  if (auto failure = failed(labels)) return *failure;
  for (const auto& label : std::get<std::vector<volumes::Label>>(labels))
    found.volumes.push_back({label.cluster, label.node, label.volume, label.since});
  return found;
}

}  // namespace berth::program

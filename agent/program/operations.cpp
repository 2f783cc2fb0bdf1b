// SPDX-License-Identifier: Apache-2.0
#include "agent/program/operations.h"

#include "agent/disks/file.h"
#include "agent/disks/instance_files.h"
#include "agent/disks/retired.h"
#include "agent/hypervisor/console.h"
#include "agent/program/failpoint.h"
#include "agent/program/volume_pool.h"
#include "agent/reconcile/machine.h"
#include "agent/volumes/medium.h"

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

/// What of the cache a node is made from.
struct Ingredients {
  images::Ready image;
  /// The tar file of its artifacts; empty when it has none.
  std::filesystem::path artifacts;
};

std::variant<Ingredients, Failure> ingredientsOf(const Workbench& bench, const message::NodeSpec& spec) {
  const auto image = bench.images.find(spec.image.id());
  if (!image)
    return Failure{Failure::Kind::temporary, "the image " + spec.image.id().shortHex() + " is not here any more"};
  if (spec.artifacts.empty()) return Ingredients{*image, {}};
  const auto artifacts = bench.images.findArtifacts(message::idOf(spec.artifacts));
  if (!artifacts) return Failure{Failure::Kind::temporary, "its artifacts are not here any more"};
  return Ingredients{*image, *artifacts};
}

hypervisor::Definition definitionOf(const Workbench& bench, const reconcile::effect::Act& act,
                                    const message::NodeSpec& spec, const Ingredients& of) {
  const auto paths = bench.layout.instance(act.instance.uuid);
  hypervisor::Definition definition;
  definition.mark = {bench.fleet,      spec.cluster, act.instance, act.generation, act.spec, reconcile::machineOf(spec),
                     act.withoutConfig};
  definition.vcpus = spec.vcpus;
  definition.memory = spec.memory;
  definition.rootDisk = paths.rootDisk;
  definition.baseImage = of.image.path;
  definition.artifacts = of.artifacts;
  if (!act.withoutConfig) definition.ignitionFile = paths.ignition;
  definition.consoleLog = paths.console;
  definition.isThere = act.step != reconcile::Step::create;
  definition.nics = spec.nics;
  for (const auto& volume : spec.volumes)
    definition.volumes.push_back({volume.name, bench.volumes.disk(spec.node, volume.name),
                                  bench.volumes.isOnDevices() ? hypervisor::Medium::device : hypervisor::Medium::file});
  return definition;
}

void reserveAddresses(const Workbench& bench, const message::NodeSpec& spec) {
  for (const auto& nic : spec.nics) bench.hypervisor.reserve(nic, spec.node);
}

/// While the pool that volumes lie in is away nothing is known of them, and nothing is done with them.
std::optional<Failure> withoutPool(const Workbench& bench) {
  const auto& pool = bench.volumes.pool();
  auto trouble = pool ? poolTrouble(*pool, bench.hypervisor) : std::nullopt;
  if (!trouble) return std::nullopt;
  return Failure{Failure::Kind::temporary, *std::move(trouble)};
}

void refreshPool(const Workbench& bench) {
  if (const auto& pool = bench.volumes.pool()) bench.hypervisor.refreshStoragePool(pool->name);
}

/// Under the guest when it has the disk, else on its medium.
Operation grow(const Workbench& bench, const Uuid& instance, const volumes::Label& wanted) {
  const auto disk = bench.volumes.disk(wanted.node, wanted.volume.name);
  // First, or the guest could write what nothing has room for.
  if (auto failure = failed(volumes::makeRoom(bench.volumes, wanted.volume.size, disk))) return *failure;
  const auto grown = bench.hypervisor.grow(instance, disk, wanted.volume.size);
  if (auto failure = failed(grown)) return *failure;
  if (std::get<hypervisor::Growth>(grown) == hypervisor::Growth::notAttached)
    if (auto failure = failed(volumes::grow(bench.volumes, bench.qemuImg, wanted.volume.size, disk))) return *failure;
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
  refreshPool(bench);
  return std::monostate{};
}

Operation provideVolumes(const Workbench& bench, const reconcile::effect::Act& act, const message::NodeSpec& spec) {
  if (spec.volumes.empty()) return std::monostate{};
  if (auto failure = withoutPool(bench)) return *failure;
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
  const auto ingredients = ingredientsOf(bench, spec);
  if (const auto* failure = std::get_if<Failure>(&ingredients)) return *failure;
  const auto& of = std::get<Ingredients>(ingredients);

  if (auto failure = failed(disks::prepare(bench.layout, uuid))) return *failure;
  failpoint("create.directory");
  const auto size = disks::rootDiskSize(spec.disk, of.image.virtualSize);
  if (auto failure = failed(size)) return *failure;
  const auto disk = act.revives
                        ? disks::revive(bench.layout, *act.revives, uuid)
                        : disks::makeOverlay(bench.qemuImg, of.image.path, std::get<Bytes>(size), paths.rootDisk);
  if (auto failure = failed(disk)) return *failure;
  failpoint("create.disk");
  if (auto provided = provideVolumes(bench, act, spec); std::holds_alternative<Failure>(provided)) return provided;
  if (auto failure = failed(disks::writeIgnition(bench.layout, uuid, spec.ignition))) return *failure;
  failpoint("create.ignition");

  if (auto failure = failed(bench.hypervisor.define(definitionOf(bench, act, spec, of)))) return *failure;
  reserveAddresses(bench, spec);
  failpoint("create.domain");
  return std::monostate{};
}

Operation update(const Workbench& bench, const reconcile::effect::Act& act, const message::NodeSpec& spec) {
  failpoint("update.begin");
  const auto ingredients = ingredientsOf(bench, spec);
  if (const auto* failure = std::get_if<Failure>(&ingredients)) return *failure;
  if (auto provided = provideVolumes(bench, act, spec); std::holds_alternative<Failure>(provided)) return provided;
  // Last, since its mark says that the rest is done.
  if (auto failure =
          failed(bench.hypervisor.define(definitionOf(bench, act, spec, std::get<Ingredients>(ingredients)))))
    return *failure;
  reserveAddresses(bench, spec);
  failpoint("update.domain");
  return std::monostate{};
}

Operation forget(const Workbench& bench, const reconcile::effect::Act& act, const message::NodeSpec& spec) {
  failpoint("forget.begin");
  const auto ingredients = ingredientsOf(bench, spec);
  if (const auto* failure = std::get_if<Failure>(&ingredients)) return *failure;
  // First, since no domain starts whose config is not there.
  if (auto failure =
          failed(bench.hypervisor.define(definitionOf(bench, act, spec, std::get<Ingredients>(ingredients)))))
    return *failure;
  failpoint("forget.domain");
  if (auto failure = failed(disks::removeIgnition(bench.layout, act.instance.uuid))) return *failure;
  failpoint("forget.file");
  return std::monostate{};
}

std::variant<std::uint64_t, Failure> start(const Workbench& bench, const Uuid& instance,
                                           const std::optional<message::NodeSpec>& spec) {
  failpoint("start.begin");
  if (spec && !spec->volumes.empty())
    if (auto failure = withoutPool(bench)) return *failure;
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
  // Before the domain, whose mark says what the disk is.
  if (act.retires) {
    if (auto failure = failed(disks::retire(bench.layout, *act.retires))) return *failure;
    failpoint("remove.retired");
  }
  if (auto failure = failed(bench.hypervisor.undefine(instance))) return *failure;
  failpoint("remove.domain");
  if (auto failure = failed(disks::removeInstance(bench.layout, instance))) return *failure;
  // While the node itself stays, nobody else is to get its address in between.
  if (act.node == reconcile::effect::Act::Node::leaves && !act.instance.node.empty())
    bench.hypervisor.release(act.instance.node);
  failpoint("remove.files");
  return std::monostate{};
}

Operation dropRetired(const Workbench& bench, const Uuid& instance) {
  if (auto failure = failed(disks::dropRetired(bench.layout, instance))) return *failure;
  failpoint("retired.dropped");
  return std::monostate{};
}

namespace {

/// Of the domain that has the volume's disk.
std::variant<std::optional<hypervisor::User>, Failure> userOf(const Workbench& bench,
                                                              const message::VolumeOrder& order) {
  auto user = bench.hypervisor.userOf(bench.volumes.disk(order.node, order.volume));
  if (auto failure = failed(user)) return *failure;
  return std::get<std::optional<hypervisor::User>>(std::move(user));
}

Operation removeVolume(const Workbench& bench, const message::VolumeOrder& order) {
  const auto remains = volumes::remainsOf(bench.volumes, bench.fleet, order);
  if (auto failure = failed(remains)) return *failure;
  if (std::get<volumes::Remains>(remains) != volumes::Remains::nothing) {
    // No domain has a snapshot.
    if (order.snapshot.empty()) {
      const auto user = userOf(bench, order);
      if (const auto* failure = std::get_if<Failure>(&user)) return *failure;
      if (const auto& has = std::get<std::optional<hypervisor::User>>(user))
        return Failure{Failure::Kind::temporary, "domain " + has->domain + " still has its disk"};
    }
    failpoint("volume.delete");
    if (auto failure = failed(volumes::condemn(bench.volumes, order))) return *failure;
    failpoint("volume.condemned");
    if (auto failure = failed(volumes::erase(bench.volumes, order))) return *failure;
    failpoint("volume.erased");
    if (auto failure = failed(volumes::forget(bench.volumes, order))) return *failure;
    failpoint("volume.forgotten");
  }
  volumes::tidy(bench.volumes, order.node);
  return std::monostate{};
}

/// What the label says that this order is about, when that is ours and made.
std::variant<volumes::Label, Failure> madeLabel(const Workbench& bench, const message::VolumeOrder& order,
                                                const message::SnapshotName& snapshot) {
  const auto read = volumes::labelOf(bench.volumes, order, snapshot);
  if (auto failure = failed(read)) return *failure;
  const auto& label = std::get<std::optional<volumes::Label>>(read);
  if (label) {
    const auto standing = volumes::look(bench.volumes, *label);
    if (auto failure = failed(standing)) return *failure;
  }
  const bool isIt = label && label->fleet == bench.fleet && label->cluster == order.cluster &&
                    label->state == volumes::Label::State::made;
  if (isIt) return *label;
  return Failure{Failure::Kind::permanent,
                 (snapshot.empty() ? std::string("the volume") : "snapshot " + snapshot.str()) + " is not here"};
}

Operation copyTo(const Workbench& bench, const volumes::Label& of, const std::filesystem::path& fresh,
                 const std::stop_token& stop) {
  const auto disk = bench.volumes.disk(of.node, of.volume.name);
  if (auto failure = failed(volumes::makeTarget(bench.volumes, bench.qemuImg, of.volume.size, fresh))) return *failure;
  const auto copied = bench.hypervisor.backUp(disk, fresh, stop);
  if (auto failure = failed(copied)) return *failure;
  if (std::get<hypervisor::Copying>(copied) == hypervisor::Copying::done) {
    if (auto failure = failed(disks::checkDisk(bench.qemuImg, fresh, stop))) return *failure;
    return std::monostate{};
  }
  if (auto failure = failed(volumes::copy(bench.volumes, bench.qemuImg, disk, of.volume.size, fresh, stop)))
    return *failure;
  return std::monostate{};
}

Operation takeSnapshot(const Workbench& bench, const message::VolumeOrder& order, std::int64_t wallMs,
                       const std::stop_token& stop) {
  const auto made = madeLabel(bench, order, {});
  if (const auto* failure = std::get_if<Failure>(&made)) return *failure;
  const auto& volume = std::get<volumes::Label>(made);
  volumes::Label wanted = volume;
  wanted.snapshot = order.snapshot;
  wanted.since = order.at;
  wanted.restored = {};
  wanted.takenMs = wallMs;
  const auto standing = volumes::look(bench.volumes, wanted);
  if (auto failure = failed(standing)) return *failure;
  if (std::get<volumes::Standing>(standing) == volumes::Standing::asWanted) return std::monostate{};
  const auto disk = bench.volumes.disk(order.node, order.volume, order.snapshot);
  // One that is there was published complete, under the label that announced it.
  const auto there = volumes::isThere(bench.volumes, disk);
  if (auto failure = failed(there)) return *failure;
  if (std::get<volumes::Standing>(standing) != volumes::Standing::announced || !std::get<bool>(there)) {
    if (auto failure = failed(volumes::announce(bench.volumes, wanted))) return *failure;
    failpoint("snapshot.announced");
    const auto fresh = bench.volumes.fresh(disk);
    if (auto copied = copyTo(bench, volume, fresh, stop); std::holds_alternative<Failure>(copied)) {
      (void)volumes::discard(bench.volumes, fresh);
      return copied;
    }
    failpoint("snapshot.copied");
    if (auto failure = failed(volumes::publish(bench.volumes, fresh, disk))) return *failure;
    failpoint("snapshot.published");
  }
  if (auto failure = failed(volumes::confirm(bench.volumes, wanted))) return *failure;
  failpoint("snapshot.made");
  return std::monostate{};
}

/// The snapshot as a disk of the size that the volume has by now.
Operation copyBack(const Workbench& bench, const message::VolumeOrder& order, Bytes size,
                   const std::filesystem::path& fresh, const std::stop_token& stop) {
  const auto snapshot = bench.volumes.disk(order.node, order.volume, order.snapshot);
  if (auto failure = failed(volumes::copy(bench.volumes, bench.qemuImg, snapshot, size, fresh, stop))) return *failure;
  if (auto failure = failed(volumes::grow(bench.volumes, bench.qemuImg, size, fresh))) return *failure;
  return std::monostate{};
}

Operation restore(const Workbench& bench, const message::VolumeOrder& order, const std::stop_token& stop) {
  const auto made = madeLabel(bench, order, {});
  if (const auto* failure = std::get_if<Failure>(&made)) return *failure;
  const auto& volume = std::get<volumes::Label>(made);
  // By now a guest may have written to it again.
  if (volume.restored >= order.at) return std::monostate{};
  const auto snapshot = madeLabel(bench, order, order.snapshot);
  if (const auto* failure = std::get_if<Failure>(&snapshot)) return *failure;
  const auto user = userOf(bench, order);
  if (const auto* failure = std::get_if<Failure>(&user)) return *failure;
  if (const auto& has = std::get<std::optional<hypervisor::User>>(user); has && has->use == hypervisor::User::Use::runs)
    return Failure{Failure::Kind::temporary,
                   "domain " + has->domain + " runs with its disk; stop it first: berth stop " + order.node.str()};
  const auto disk = bench.volumes.disk(order.node, order.volume);
  const auto fresh = bench.volumes.fresh(disk);
  if (auto copied = copyBack(bench, order, volume.volume.size, fresh, stop); std::holds_alternative<Failure>(copied)) {
    (void)volumes::discard(bench.volumes, fresh);
    return copied;
  }
  failpoint("restore.copied");
  if (auto failure = failed(volumes::publish(bench.volumes, fresh, disk))) return *failure;
  failpoint("restore.published");
  if (auto failure = failed(volumes::markRestored(bench.volumes, order))) return *failure;
  failpoint("restore.made");
  return std::monostate{};
}

Operation tryToCarryOut(const Workbench& bench, const reconcile::effect::CarryOut& what, const std::stop_token& stop) {
  using Verb = message::VolumeOrder::Verb;
  switch (what.order.verb) {
    case Verb::remove: return removeVolume(bench, what.order);
    case Verb::snapshot: return takeSnapshot(bench, what.order, what.wallMs, stop);
    case Verb::restore: return restore(bench, what.order, stop);
  }
  return std::monostate{};
}

}  // namespace

Operation carryOut(const Workbench& bench, const reconcile::effect::CarryOut& what, const std::stop_token& stop) {
  if (auto failure = withoutPool(bench)) return *failure;
  auto done = tryToCarryOut(bench, what, stop);
  refreshPool(bench);
  return done;
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
    const auto paths = bench.layout.instance(uuid);
    const bool rootDisk = std::filesystem::exists(paths.rootDisk, error);
    const bool config = !error && std::filesystem::exists(paths.ignition, error);
    if (error) return Failure{Failure::Kind::temporary, "cannot look into the files of " + uuid.str()};
    found.files.push_back({uuid, rootDisk, config});
  }
  if (auto failure = withoutPool(bench)) found.poolTrouble = std::move(failure->reason);
  auto retired = disks::listRetired(bench.layout, bench.fleet);
  if (auto failure = failed(retired)) return *failure;
  found.retired = std::move(std::get<std::vector<disks::RetiredDisk>>(retired));
  const auto labels = volumes::list(bench.volumes, bench.fleet);
  if (auto failure = failed(labels)) return *failure;
  for (const auto& label : std::get<std::vector<volumes::Label>>(labels)) {
    if (label.snapshot.empty()) {
      found.volumes.push_back({label.cluster, label.node, label.volume, label.since});
      continue;
    }
    // A volume comes before its snapshots; those of one that is gone are told of nowhere.
    if (found.volumes.empty()) continue;
    auto& of = found.volumes.back();
    if (of.node != label.node || of.volume.name != label.volume.name) continue;
    of.snapshots.push_back(
        {label.snapshot, label.takenMs, label.volume.size,
         volumes::used(bench.volumes, bench.volumes.disk(label.node, label.volume.name, label.snapshot)), label.since});
  }
  return found;
}

}  // namespace berth::program

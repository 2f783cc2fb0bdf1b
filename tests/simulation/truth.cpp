// SPDX-License-Identifier: Apache-2.0
//
// The hosts as they really are.
#include "tests/simulation/truth.h"

#include <cstdlib>
#include <utility>

namespace berth::simulation {

using hypervisor::Power;

namespace {

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) { return (hash ^ value) * 0x100000001b3u + (hash >> 29); }

template <class Bytes>
std::uint64_t mixed(std::uint64_t hash, const Bytes& bytes, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) hash = mixed(hash, bytes[i]);
  return hash;
}

}  // namespace

std::uint32_t indexOf(const HostName& host) {
  return static_cast<std::uint32_t>(std::strtoul(host.str().c_str() + 2, nullptr, 10));
}

HostName hostNamed(std::uint32_t index) { return HostName::parse("vh" + std::to_string(index)).value(); }

/// Of what a manifest orders.
std::uint64_t printOf(const message::Manifest& manifest) {
  std::uint64_t hash = mixed(14695981039346656037u, manifest.generation.value());
  for (const auto& entry : manifest.entries) {
    hash = mixed(hash, entry.instance.uuid.bytes(), 16);
    hash = mixed(hash, entry.spec.bytes(), 16);
    hash = mixed(hash, entry.halted ? 1u : 0u);
  }
  hash = mixed(hash, 1);
  for (const auto& tombstone : manifest.tombstones) hash = mixed(hash, tombstone.instance.uuid.bytes(), 16);
  for (const auto& move : manifest.volumeMoves) {
    const auto text = move.node.str() + "/" + move.volume.str() + " " + move.peer.str() + " " + move.peerEndpoint;
    hash = mixed(mixed(hash, text, text.size()), move.at.value());
    hash = mixed(mixed(hash, static_cast<std::uint64_t>(move.side)), move.size.count());
  }
  for (const auto& disk : manifest.retiredDisks) {
    hash = mixed(hash, disk.instance.uuid.bytes(), 16);
    hash = mixed(hash, disk.heir.value_or(Uuid()).bytes(), 16);
  }
  return hash;
}

Truth::Truth(const Agenda& agenda, std::size_t hosts,
             std::function<std::optional<TimePoint>(std::uint32_t)> reportsSince)
    : agenda_(agenda), reportsSince_(std::move(reportsSince)), hosts_(hosts), models_(hosts) {}

void Truth::violate(const std::string& invariant, const std::string& what) {
  if (!violation_) violation_ = Violation{invariant, what, agenda_.elapsed()};
}

void Truth::look(std::uint32_t host, const AgentModel& model) {
  models_[host] = &model;
  lookAtGuests(host, model);
  lookAtVolumes(host, model);
  lookAtManifest(host, model);
  lookAtRoom(host, model);
  if (!model.broken().empty()) violate(model.broken().substr(0, model.broken().find(':')), model.broken());
}

/// I1: whatever anybody believes, of each node at most one instance runs.
void Truth::lookAtGuests(std::uint32_t host, const AgentModel& model) {
  auto& seen = hosts_[host].guests;
  for (const auto& [uuid, guest] : seen)
    if (guest.running) --running_[guest.node];
  const auto before = std::exchange(seen, {});
  const auto note = [&](const message::InstanceId& id, bool running, bool up) {
    seen.emplace(id.uuid, Seen{id.node, running, up});
    if (running && ++running_[id.node] > 1)
      violate("I1", "two instances of " + id.node.str() + " run, one of them (" + id.uuid.str() + ") on " +
                        hostNamed(host).str());
    const auto node = nodes_.find(id.node);
    if (node != nodes_.end() && node->second.instance == id.uuid && node->second.host == host)
      setUp(node->second, id.node, up);
  };
  for (const auto& [uuid, guest] : model.guests) {
    const bool running = guest.domain.power == Power::running;
    note(guest.domain.mark.instance, running, running && guest.saidAt != TimePoint::min() && !model.guestsCutOff());
  }
  for (const auto& [uuid, id] : model.ghosts) note(id, true, false);
  // What is there no longer, by whosever hand, serves nobody.
  for (const auto& [uuid, guest] : before) {
    const auto node = nodes_.find(guest.node);
    const bool isGone = !seen.contains(uuid) && node != nodes_.end() && node->second.instance == uuid;
    if (isGone && node->second.host == host) setUp(node->second, guest.node, false);
  }
}

/// I2: what was once made stays, with what was written to it, until somebody has named it to be deleted.
void Truth::lookAtVolumes(std::uint32_t host, const AgentModel& model) {
  auto& seen = hosts_[host].volumes;
  const auto& doomed = hosts_[host].doomed;
  const auto nameOf = [&](const auto& key) {
    return "volume " + key.second.str() + " of " + key.first.str() + " on " + hostNamed(host).str();
  };
  for (auto known = seen.begin(); known != seen.end();) {
    const auto& [key, disk] = *known;
    const auto here = model.volumes.find(key);
    const bool isIt = here != model.volumes.end() && here->second.since == disk.since;
    const auto named = doomed.find(key);
    if (!isIt && named != doomed.end() && disk.since <= named->second) {
      known = seen.erase(known);
      continue;
    }
    if (!isIt) return violate("I2", nameOf(key) + " is gone, and nobody named it");
    if (here->second.volume.size < disk.size) return violate("I2", nameOf(key) + " is smaller than it was");
    if (model.formats.at(key) != disk.formats) return violate("I2", nameOf(key) + " was formatted again");
    ++known;
  }
  for (const auto& [key, volume] : model.volumes)
    seen.insert_or_assign(key, HostTruth::Disk{volume.volume.size, model.formats.at(key), volume.since,
                                               model.written.contains(key) ? model.written.at(key) : 0});
}

void Truth::named(std::uint32_t host, const NodeName& node, const VolumeName& volume, Generation until) {
  mayDelete(host, node, volume, until);
  const auto here = hosts_[host].volumes.find({node, volume});
  const auto newest = newest_.find({node, volume});
  const bool isIt = here != hosts_[host].volumes.end() && newest != newest_.end();
  if (isIt && here->second.written == newest->second) newest_.erase(newest);
}

/// I2: a node finds what it wrote last, on whatever host it is by now.
std::uint64_t Truth::boots(std::uint32_t host, const std::pair<NodeName, VolumeName>& volume, std::uint64_t seen) {
  const auto newest = newest_.find(volume);
  if (newest != newest_.end() && newest->second != seen)
    violate("I2", volume.first.str() + " finds on " + hostNamed(host).str() + " what it wrote to volume " +
                      volume.second.str() + " at " + std::to_string(seen) + ", and last it wrote at " +
                      std::to_string(newest->second));
  return newest_[volume] = ++writes_;
}

/// I5: what is on an agent's disk only rises, and is never from a controller that was overtaken.
void Truth::lookAtManifest(std::uint32_t host, const AgentModel& model) {
  if (!model.kept) return;
  HostTruth& known = hosts_[host];
  const auto& kept = *model.kept;
  const auto generation = kept.manifest.generation;
  if (kept.epoch == known.epoch && generation == known.kept) return;
  if (kept.epoch < known.epoch || generation < known.kept)
    violate("I5", hostNamed(host).str() + " went back to generation " + std::to_string(generation.value()) +
                      " of epoch " + std::to_string(kept.epoch.value()));
  known.epoch = kept.epoch;
  known.kept = generation;
  if (known.twinPrints.empty()) return;
  const auto print = printOf(kept.manifest);
  if (known.twinPrints.contains(print) && !known.prints.contains(print))
    violate("I5", hostNamed(host).str() + " obeys generation " + std::to_string(generation.value()) +
                      " of a controller that it knows to be overtaken");
}

/// I10: what is defined on a host fits into it.
void Truth::lookAtRoom(std::uint32_t host, const AgentModel& model) {
  message::Capacity taken;
  for (const auto& [uuid, guest] : model.guests) {
    taken.vcpus += guest.defined.vcpus;
    taken.memory += guest.defined.memory;
  }
  const auto& has = model.policy.capacity;
  if (taken.vcpus > has.vcpus || taken.memory > has.memory)
    violate("I10", hostNamed(host).str() + " has domains of " + std::to_string(taken.vcpus) + " vcpus and " +
                       taken.memory.str() + ", more than it gives");
  for (const auto& [uuid, own] : model.files)
    if (own.rootDisk && model.guests.contains(uuid)) taken.disk += own.size;
  for (const auto& [uuid, kept] : model.retired)
    if (kept.disk.isThere) taken.disk += kept.disk.size;
  for (const auto& [name, volume] : model.volumes) volumesIn(taken, has) += volume.volume.size;
  if (!model.retired.empty() && taken.disk > has.disk)
    violate("I10", hostNamed(host).str() + " keeps root disks of before, and with them has " + taken.disk.str() +
                       " of disks, more than it gives");
}

void Truth::saysObserved(std::uint32_t host, const AgentModel& model, Generation observed) {
  const Generation has = model.kept ? model.kept->manifest.generation : Generation();
  if (observed > has)
    violate("I5", hostNamed(host).str() + " says that it has generation " + std::to_string(observed.value()) +
                      ", and on its disk is " + std::to_string(has.value()));
}

void Truth::setUp(Node& node, const NodeName& name, bool up) {
  // One that is to go does not serve any more, however well it is.
  up = up && node.inForce;
  if (node.up == up) return;
  node.up = up;
  node.since = agenda_.now();
  if (up) node.takenDown = false;
  node.wasUp = node.wasUp || up;
  settle(name, node);
}

/// Files a node under its pool, as what it is by now.
void Truth::settle(const NodeName& name, Node& node) {
  Pool& pool = pools_[node.pool];
  if (node.inForce || node.tombstones != 0) {
    pool.members.insert(name);
    if (node.up)
      pool.down.erase(name);
    else
      pool.down.insert(name);
    return;
  }
  pool.members.erase(name);
  pool.down.erase(name);
  node.takenDown = false;
}

}  // namespace berth::simulation

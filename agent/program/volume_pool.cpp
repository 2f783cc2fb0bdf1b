// SPDX-License-Identifier: Apache-2.0
#include "agent/program/volume_pool.h"

#include <array>

#include <unistd.h>

#include "agent/disks/file.h"

namespace berth::program {
namespace {

using volumes::Pool;
using volumes::PoolRecord;
using Taken = std::variant<TakenPool, std::string>;

constexpr const char* kMoveFirst = "; or move them to other hosts first: berth drain HOST --volumes move";

std::string quoted(const std::string& name) { return "storage pool '" + name + "'"; }

std::string inactive(const std::string& name) {
  return quoted(name) + " is not active: virsh pool-start " + name + ", and virsh pool-autostart " + name +
         " for the next boot";
}

std::string missing(const std::string& name) {
  return "libvirt has no " + quoted(name) + " here: virsh pool-list --all shows those that it has";
}

std::string notElsewhere(const std::optional<PoolRecord>& record) {
  const std::string where = record ? "in " + quoted(record->name) : "in the state directory";
  const std::string back = record ? "say `volumes: { pool: " + record->name + " }`" : "leave `volumes:` out";
  return "volumes of this host lie " + where + ", and do not follow to another place: " + back + kMoveFirst;
}

bool isSupported(const std::string& type) { return type == "dir" || type == "fs" || type == "logical"; }

Pool poolOf(const PoolWish& wish, const std::string& type, const std::string& target, const std::string& group) {
  return {wish.name, type, target, {group, disks::ownerTag(wish.fleet, wish.host)}};
}

/// Measures what it offers and notes it for the next start.
Taken keep(const PoolWish& wish, Pool pool, Bytes knownRoom) {
  const auto room = volumes::roomOf(pool, wish.state);
  const Bytes* measured = std::get_if<Bytes>(&room);
  const Bytes offered = measured != nullptr ? *measured : knownRoom;
  const PoolRecord record{pool.name, pool.type, pool.target, pool.group.name, offered};
  if (auto failed = disks::failure(volumes::keepPoolRecord(wish.state, record))) return failed->str();
  return TakenPool{std::move(pool), offered};
}

Taken takeFirst(const PoolWish& wish, hypervisor::Hypervisor& hypervisor) {
  const auto asked = hypervisor.storagePool(wish.name);
  if (const auto* error = std::get_if<hypervisor::Error>(&asked)) return error->str();
  const auto& found = std::get<std::optional<hypervisor::StoragePool>>(asked);
  if (!found) return missing(wish.name);
  if (!isSupported(found->type))
    return quoted(wish.name) + " is of type " + found->type + "; volumes can lie in pools of type dir, fs and logical";
  if (!found->isActive) return inactive(wish.name);
  Pool pool = poolOf(wish, found->type, found->target, found->group);
  if (pool.kind() == Pool::Kind::logical && ::geteuid() != 0)
    return quoted(wish.name) +
           " is of type logical, which takes an agent that runs as root (docs/agent.md, \"Volumes in a storage pool\")";
  if (auto failed = disks::failure(volumes::stamp(pool, wish.fleet, wish.host)))
    return quoted(wish.name) + " cannot be used: " + failed->str() +
           (failed->kind == disks::Error::Kind::permanent
                ? ". The agent must be able to write there, and be the only one"
                : "");
  if (auto failed = disks::failure(volumes::present(pool))) return failed->str();
  return keep(wish, std::move(pool), Bytes());
}

/// What libvirt has under that name now is not what it had; empty as long as it does not say so.
std::optional<std::string> isAnother(const PoolWish& wish, const PoolRecord& record,
                                     hypervisor::Hypervisor& hypervisor) {
  const auto asked = hypervisor.storagePool(wish.name);
  const auto* answer = std::get_if<std::optional<hypervisor::StoragePool>>(&asked);
  if (answer == nullptr || !*answer) return std::nullopt;
  const hypervisor::StoragePool& now = **answer;
  if (now.type == record.type && now.target == record.target && now.group == record.group) return std::nullopt;
  return quoted(wish.name) + " is another one than before: it was of type " + record.type + " at " + record.target +
         ", where the volumes of this host are, and is of type " + now.type + " at " + now.target +
         ". Define it as it was, or give this one another name" + kMoveFirst;
}

}  // namespace

Taken takePool(const PoolWish& wish, hypervisor::Hypervisor& hypervisor) {
  const auto kept = volumes::poolRecord(wish.state);
  if (auto failed = disks::failure(kept)) return failed->str();
  const auto& record = std::get<std::optional<PoolRecord>>(kept);
  if (!record && wish.name.empty()) return TakenPool{};
  const bool isSameName = record && record->name == wish.name;
  auto another = isSameName ? isAnother(wish, *record, hypervisor) : std::nullopt;
  if (isSameName && !another)
    return keep(wish, poolOf(wish, record->type, record->target, record->group), record->room);

  const auto labelled = volumes::hasAny(volumes::Layout(wish.state));
  if (auto failed = disks::failure(labelled)) return failed->str();
  if (std::get<bool>(labelled)) return another ? *std::move(another) : notElsewhere(record);
  if (auto failed = disks::failure(volumes::forgetPoolRecord(wish.state))) return failed->str();
  return wish.name.empty() ? TakenPool{} : takeFirst(wish, hypervisor);
}

std::optional<std::string> poolTrouble(const Pool& pool, hypervisor::Hypervisor& hypervisor) {
  const auto asked = hypervisor.storagePool(pool.name);
  if (const auto* error = std::get_if<hypervisor::Error>(&asked)) return error->str();
  const auto& found = std::get<std::optional<hypervisor::StoragePool>>(asked);
  if (!found) return missing(pool.name);
  if (!found->isActive) return inactive(pool.name);
  if (auto failed = disks::failure(volumes::present(pool))) return failed->str();
  return std::nullopt;
}

}  // namespace berth::program

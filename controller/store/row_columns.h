// SPDX-License-Identifier: Apache-2.0
//
// The columns of tables that are both written and read, in one order for both.
#pragma once

// A node's are the same in `nodes`, `tombstones` and `changes`; a macro, so that it can stand in a longer text.
#define BERTH_NODE_COLUMNS                                                     \
  "cluster, pool, idx, host, incarnation, instance, spec, revision, address, " \
  "attachment, network, mac, vcpus, memory, disk, image, tags, volumes, "      \
  "loss_grace_s, armed, power, stands_in, retired"

namespace berth::store {

inline constexpr const char* kVolumeColumns =
    "host, cluster, node, volume, size, keep, delete_until, restore_from, restore_at, incoming_from, incoming_at, "
    "moved_to";
inline constexpr const char* kSnapshotColumns =
    "host, cluster, node, volume, name, size, ordered_at, made, delete_until";

inline constexpr const char* kSecretColumns =
    "cluster, name, version, kind, sealed, node, in_force, made_ms, by, expires_ms";
inline constexpr const char* kLockColumns = "node, instance, lock_group, granted_ms, boot_id, has_left, steady";

inline constexpr const char* kHostColumns =
    "name, key, joined_ms, introduced, zone, labels, vcpus, memory, disk, kvm, agent_version, boot_id, generation, "
    "duty, peers, artifacts, pool_size, volume_pool, event_sequence, event_ms, ahead_epoch, ahead_generation, "
    "drain_by, "
    "drain_since_ms, drain_deadline_ms, drain_volumes, drain_halted, drain_obstacle";

}  // namespace berth::store

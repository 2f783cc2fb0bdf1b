// SPDX-License-Identifier: Apache-2.0
//
// A small fleet with one of everything worth showing, at a fixed moment.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "controller/cli/show/humanise.h"
#include "protocol/message/operator.h"

namespace berth::testing {

using message::ChangeState;
using message::Phase;

/// 2026-11-22T17:28:17Z
inline constexpr std::int64_t kNowMs = 1'795'368'497'000;
inline const WallTime kNow{std::chrono::milliseconds(kNowMs)};

inline std::int64_t ago(std::chrono::milliseconds span) { return kNowMs - span.count(); }

template <class NameType>
NameType named(std::string_view text) {
  return NameType::parse(text).value();
}

inline message::HostRow host(std::string_view name, message::HostState state = message::HostState::ready) {
  message::HostRow row;
  row.name = named<HostName>(name);
  row.state = state;
  row.zone = "a";
  row.labels = {{"disk", "ssd"}, {"rack", "r1"}};
  row.capacity = {8, 16_GiB, 200_GiB};
  row.reserved = {2, 2_GiB, 12_GiB};
  row.kvm = true;
  row.nodes = 1;
  row.agentVersion = "0.1.0";
  row.lastSeenMs = 800;
  row.desired = row.observed = row.reached = Generation(3);
  return row;
}

inline std::vector<message::HostRow> hosts() {
  std::vector<message::HostRow> rows = {host("vh1"), host("vh2"), host("vh3", message::HostState::lost)};
  rows[1].capacity.memory = Bytes(8'160'437'862);
  rows[1].conditions = {"the disk of /var/lib/berth-agent is 93 % full", "libvirt does not answer"};
  rows[1].volumePool = "vms (logical)";
  rows[1].capacity.volumes = 1024_GiB;
  rows[1].reserved.volumes = 300_GiB;
  rows[2].lastSeenMs = 192'000;
  rows[2].reached = Generation(2);
  return rows;
}

inline message::VolumeRow volume(std::string_view node, std::string_view name, message::VolumeState state) {
  message::VolumeRow row;
  row.node = named<NodeName>(node);
  row.cluster = named<ClusterName>("first");
  row.volume = {named<VolumeName>(name), 50_GiB, true};
  row.host = named<HostName>("vh1");
  row.state = state;
  row.actual = 50_GiB;
  return row;
}

/// One of each state.
inline std::vector<message::LockRow> locks() {
  using message::LockState;
  const auto row = [](std::string_view node, LockState state, std::string reason) {
    return message::LockRow{named<NodeName>(node),
                            named<ClusterName>("first"),
                            named<PoolName>("server"),
                            named<HostName>("vh1"),
                            state,
                            ago(std::chrono::seconds(192)),
                            std::move(reason),
                            "server"};
  };
  return {row("first-server-0", LockState::granted, "has not been seen to reboot yet"),
          row("first-server-1", LockState::rebooting, "first-server-1 is booting"),
          row("first-server-2", LockState::back, "is ready, and watched for a while"),
          row("first-server-3", LockState::waiting, "pool server: first-server-1 is down (1 of 1)")};
}

/// One of each state; the first is about to grow, the last was not to be kept.
inline std::vector<message::VolumeRow> volumes() {
  using message::VolumeState;
  std::vector<message::VolumeRow> rows = {
      volume("first-server-0", "data", VolumeState::attached), volume("first-server-0", "logs", VolumeState::awaited),
      volume("first-server-1", "data", VolumeState::orphan),   volume("first-server-2", "data", VolumeState::missing),
      volume("first-server-3", "data", VolumeState::stranger), volume("first-server-4", "data", VolumeState::deleting),
      volume("first-server-5", "data", VolumeState::copying),  volume("first-server-6", "data", VolumeState::moved)};
  rows[0].actual = 20_GiB;
  rows[1].actual = rows[3].actual = Bytes();
  rows[2].host = named<HostName>("vh2");
  rows[4].volume.keep = false;
  rows[6].peer = rows[7].peer = named<HostName>("vh2");
  rows[6].copied = Bytes(3_GiB).count();
  rows[6].total = Bytes(50_GiB).count();
  rows[6].actual = Bytes();
  rows[0].snapshots = {{named<message::SnapshotName>("before"), message::SnapshotState::made, kNowMs - 7'200'000,
                        20_GiB, Bytes(3'221'225'472)},
                       {named<message::SnapshotName>("later"), message::SnapshotState::awaited, 0, 50_GiB, Bytes()}};
  return rows;
}

inline message::InstanceStatus status(Phase phase, std::string reason = {}) {
  message::InstanceStatus status;
  status.instance = {named<NodeName>("first-server-0"), *Uuid::parse("01234567-89ab-8def-8123-456789abcdef")};
  status.phase = phase;
  status.reason = std::move(reason);
  status.sinceMs = ago(std::chrono::seconds(192));
  status.bootId = "7d2c6f64-6a2b-4f5c-8f0e-4dbb5d1a5a11";
  return status;
}

inline message::NodeRow node(std::string_view name, std::string_view host, Phase phase, std::string reason = {}) {
  message::NodeRow row;
  row.name = named<NodeName>(name);
  row.cluster = named<ClusterName>("first");
  row.pool = named<PoolName>("server");
  row.host = named<HostName>(host);
  row.address = "10.77.0.201";
  row.mac = "52:54:00:ab:cd:ef";
  row.incarnation = Incarnation(1);
  row.status = status(phase, std::move(reason));
  row.revision = Revision(1);
  row.image = "fedora-coreos stable 44.20260707.3.1";
  row.vcpus = 2;
  row.memory = 2_GiB;
  row.disk = 12_GiB;
  row.tags = {{"role", "server"}};
  return row;
}

inline std::vector<message::NodeRow> nodes() {
  std::vector<message::NodeRow> rows = {node("first-server-0", "vh1", Phase::ready),
                                        node("first-server-1", "vh2", Phase::fetching),
                                        node("first-server-2", "vh3", Phase::ready),
                                        node("first-server-3", "vh1", Phase::failed,
                                             "Ignition failed: files: could not create \"/etc/motd\": no such group")};
  rows[1].status.fetched = Bytes(412_MiB).count();
  rows[1].status.expected = Bytes(790_MiB).count();
  rows[2].known = false;
  rows[3].status.os = {"44.20260707.3.1", "44.20260721.3.0"};
  rows[3].lock = message::LockState::waiting;
  rows[3].lockReason = "budget: first-server-1 is down (1 of 1)";
  return rows;
}

inline message::RolloutRow rollout(message::RolloutState state) {
  message::RolloutRow row;
  row.id = RolloutId(3);
  row.cluster = named<ClusterName>("first");
  row.from = Revision(1);
  row.to = Revision(2);
  row.state = state;
  row.startedMs = ago(std::chrono::seconds(72));
  row.changes = 3;
  row.done = 1;
  return row;
}

inline message::RolloutChangeRow change(std::string_view name, std::string_view host, std::uint32_t wave,
                                        ChangeState state, Phase phase, std::chrono::seconds began) {
  message::RolloutChangeRow row;
  row.wave = wave;
  row.change = {message::Action::replace, named<NodeName>(name), named<HostName>(host), {"/etc/motd changed"}};
  row.state = state;
  if (state != ChangeState::waiting) row.startedMs = ago(began);
  if (state == ChangeState::done) row.endedMs = row.startedMs + 32'000;
  row.status = status(phase);
  return row;
}

/// The second of three nodes is being replaced.
inline message::reply::Rollout running() {
  using namespace std::chrono_literals;
  message::reply::Rollout reply{rollout(message::RolloutState::running),
                                {change("first-server-0", "vh1", 1, ChangeState::done, Phase::ready, 72s),
                                 change("first-server-1", "vh2", 2, ChangeState::starting, Phase::booting, 12s),
                                 change("first-server-2", "vh3", 3, ChangeState::waiting, Phase::ready, 0s)}};
  reply.changes[1].status.reason = "waits for the guest to say that it is up";
  return reply;
}

inline message::reply::Rollout failed() {
  message::reply::Rollout reply = running();
  reply.rollout.state = message::RolloutState::failed;
  reply.rollout.reason = "first-server-1 did not become ready";
  reply.rollout.endedMs = kNowMs;
  reply.changes[1].state = ChangeState::failed;
  reply.changes[1].status = status(Phase::failed, "Ignition failed: files: no such group \"nobody-of-that-name\"");
  reply.changes[1].status.console =
      "[    3.214512] ignition[412]: Ignition 2.14.0\r\n\x1b[31m[    3.3] ignition[412]: CRITICAL : Ignition "
      "failed\x1b[0m\r\n";
  return reply;
}

inline message::PlanRow plan(message::Action action) {
  message::PlanRow row;
  row.cluster = named<ClusterName>("first");
  row.from = Revision(1);
  row.to = Revision(2);
  row.unchanged = 1;
  for (int index = 0; index < 3; ++index) {
    const std::string number = std::to_string(index);
    row.waves.push_back({{action,
                          named<NodeName>("first-server-" + number),
                          named<HostName>("vh" + std::to_string(index + 1)),
                          {"/etc/motd changed", "base.bu:14:5"}}});
  }
  return row;
}

}  // namespace berth::testing

// SPDX-License-Identifier: Apache-2.0
//
// Records with every field set to something that is not its default, so that a column that is lost is seen.
#pragma once

#include "controller/store/store.h"

namespace berth::store::test {

inline const Uuid kFleet = *Uuid::parse("01234567-89ab-cdef-0123-456789abcdef");

inline identity::PublicKey keyOf(std::uint8_t number) {
  std::array<std::uint8_t, 32> bytes{};
  bytes[0] = number;
  bytes[31] = 1;
  return *identity::PublicKey::fromBytes(bytes);
}

inline HostRecord host(const std::string& name, std::uint8_t key) {
  HostRecord record;
  record.name = *HostName::parse(name);
  record.key = keyOf(key);
  record.joinedMs = 1234;
  record.introduced = true;
  record.zone = "a";
  record.labels = {{"disk", "nvme"}};
  record.capacity = {8, 16_GiB, 100_GiB, 1024_GiB};
  record.volumePool = "vms (logical)";
  record.kvm = true;
  record.agentVersion = "0.1.0";
  record.bootId = "boot";
  record.artifacts = true;
  record.generation = Generation(7);
  record.ahead = Ahead{Epoch(9), Generation(10)};
  record.lastEvent = EventMark{Sequence(4), 5678};
  record.drain = Drain{*OperatorName::parse("alice"), 12, 34, message::DrainVolumes::wait, true, "no room"};
  return record;
}

inline message::Submission submission() {
  message::Submission files;
  files.specPath = "prod.yaml";
  files.files["prod.yaml"] = {.bytes = "cluster: prod\n"};
  files.files["run"] = {.bytes = std::string("#!\0bin", 6), .executable = true};
  files.files["link"] = {.bytes = "run", .kind = message::SubmittedFile::Kind::link};
  files.image = {.source = "https://example.org/image.qcow2.xz",
                 .packing = message::Image::Packing::xz,
                 .packedDigest = Digest::of("packed"),
                 .contentDigest = Digest::of("content"),
                 .label = "an image"};
  files.variables = {{.name = "region", .value = "eu", .file = {}},
                     {.name = "token",
                      .value = "\"x\"",
                      .form = message::SubmittedVariable::Form::json,
                      .sensitive = true,
                      .file = {}}};
  return files;
}

inline RevisionRecord revision(std::uint64_t number) {
  return {.cluster = *ClusterName::parse("prod"),
          .revision = Revision(number),
          .submission = submission(),
          .imageDeclared = "stream: stable",
          .acceptedMs = 99,
          .by = *OperatorName::parse("alice")};
}

inline RebootPolicy reboots() {
  return {2,
          std::chrono::seconds(30),
          {*PoolName::parse("server")},
          {{0x60, std::chrono::minutes(1350), std::chrono::minutes(90)}},
          "Europe/Warsaw"};
}

inline ClusterRecord cluster(std::uint64_t number) {
  return {*ClusterName::parse("prod"),
          Revision(number),
          ClusterState::destroying,
          {{"pool server", "revision 1, prod.yaml:12:5"}},
          reboots()};
}

inline LockRecord lock(const std::string& name) {
  return {*NodeName::parse(name), Uuid::derive(kFleet, name + "/3"), "workers", 40, "boot-1", true, true};
}

inline SpecRecord spec(const std::string& encoded) { return {Digest::of(encoded), encoded}; }

inline NodeRecord node(const std::string& name, const std::string& encoded, std::uint64_t incarnation = 3) {
  NodeRecord record;
  record.name = *NodeName::parse(name);
  record.cluster = *ClusterName::parse("prod");
  record.pool = *PoolName::parse("server");
  record.index = 2;
  record.host = *HostName::parse("vh1");
  record.incarnation = Incarnation(incarnation);
  record.instance = Uuid::derive(kFleet, name + "/" + std::to_string(incarnation));
  record.spec = Digest::of(encoded);
  record.revision = Revision(1);
  record.address = "10.0.0.5";
  record.nic = {message::Nic::Attachment::macvtap, "eno1", "52:54:00:00:00:01"};
  record.size = {2, 4_GiB, 20_GiB};
  record.image = "an image";
  record.tags = {{"role", "server"}};
  record.volumes = {{*VolumeName::parse("data"), 50_GiB, true}, {*VolumeName::parse("logs"), 1_GiB, false}};
  record.standsIn = true;
  record.retired = {Uuid::derive(kFleet, name + "/before"), Digest::of("before"), true};
  return record;
}

inline SecretRecord secretRecord(const std::string& name, std::uint32_t version) {
  return {.cluster = *ClusterName::parse("prod"),
          .name = name,
          .version = version,
          .kind = secret::Kind::certificate,
          .sealed = std::string("se\0led", 6),
          .node = *NodeName::parse("prod-server-2"),
          .inForce = true,
          .madeMs = 71,
          .by = *OperatorName::parse("alice"),
          .expiresMs = 72};
}

inline RolloutRecord rollout(std::uint64_t id, message::RolloutState state) {
  RolloutRecord record;
  record.id = RolloutId(id);
  record.cluster = *ClusterName::parse("prod");
  record.kind = RolloutKind::destroy;
  record.from = Revision(1);
  record.to = Revision(2);
  record.state = state;
  record.reason = "because";
  record.pace = {4,
                 std::chrono::seconds(5),
                 std::chrono::seconds(6),
                 {*PoolName::parse("server")},
                 std::chrono::seconds(7),
                 std::chrono::seconds(8),
                 9,
                 true,
                 true,
                 true};
  record.promoted = true;
  record.overridden = true;
  record.reverts = RolloutId(3);
  record.drains = *HostName::parse("vh1");
  record.startedMs = 10;
  record.endedMs = 11;
  record.by = *OperatorName::parse("alice");
  return record;
}

inline ChangeRecord change(std::uint64_t rolloutId, std::uint32_t ordinal, const std::string& encoded) {
  ChangeRecord record;
  record.rollout = RolloutId(rolloutId);
  record.ordinal = ordinal;
  record.wave = 5;
  record.action = message::Action::replace;
  record.target = node("prod-server-" + std::to_string(ordinal), encoded);
  record.reasons = {"/etc/motd changed", "base.bu:14:5"};
  record.state = message::ChangeState::waiting;
  record.reason = "why";
  record.startedMs = 20;
  record.endedMs = 21;
  record.thaws = true;
  return record;
}

/// All that a node in force hangs on.
inline Transaction foundation() {
  return {host("vh1", 1), revision(1), cluster(1), spec("one"), node("prod-server-2", "one")};
}

}  // namespace berth::store::test

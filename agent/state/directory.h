// SPDX-License-Identifier: Apache-2.0
//
// What the agent must not forget, and must not believe blindly. Each file is whole or not there (disks/file.h); each is
// checked when it is read, and one that is not right counts as lost: the controller is asked again, and nothing is
// destroyed for the want of it (I11). One process owns the directory, and holds its lock as long as it lives.
//
//   DIR/                     0711   beside instances/ and images/ (agent/disks/paths.h)
//     lock                   0600   held by the agent that runs
//     key                    0600   this host's CURVE key (protocol/identity/keys.h)
//     identity               0600   which fleet and controller this host has joined; written last by `join`
//     manifest               0600   the manifest in force, with its epoch
//     specs/                 0700
//       <sha256>             0600   a node spec, named by its content; secret: it holds the Ignition config
//     told                   0600   what the controller was told last, and the events that it may not have heard
//     boot-id                0644   of the host's boot in which `told` was written
//     confirmed              0644   when the controller last confirmed what runs here, and in which boot; written over
//     in
//                                   place, without a sync: it outlives the agent, and the guests do not outlive the
//                                   rest
//
// All calls block on the disk. Any thread may read; one thread writes.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/disks/file.h"
#include "agent/state/identity.h"
#include "protocol/message/envelope.h"
#include "words/clock.h"

namespace berth::state {

/// Before everything that happened since the host was switched on.
inline constexpr TimePoint kNotInThisBoot = TimePoint::min();

/// What the controller was told last. `instances` and `events` are all that is used of a full Status.
struct Told {
  std::vector<message::InstanceStatus> instances;
  std::vector<message::HostEvent> events;
  /// The kernel's boot id then: in another boot no guest is as it was.
  std::string bootId;
};

class Directory {
public:
  /// Takes the lock. Makes the directory when it is not there. An Error also says so when another agent has it.
  [[nodiscard]] static std::variant<std::unique_ptr<Directory>, disks::Error> open(const std::filesystem::path& root);
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  [[nodiscard]] std::filesystem::path keyFile() const { return root_ / "key"; }

  /// Empty before this host has joined; an Error when the file is not what `join` wrote: then it must join again.
  [[nodiscard]] disks::Result<std::optional<Identity>> identity() const;
  [[nodiscard]] disks::Result<> keepIdentity(const Identity& identity);

  /// Empty when there is none or it is not whole.
  [[nodiscard]] std::optional<message::StoredManifest> manifest() const;
  [[nodiscard]] disks::Result<> keepManifest(const message::StoredManifest& manifest);

  /// Every spec that is whole and has the digest that it is named by; what is not is removed.
  [[nodiscard]] std::map<Digest, message::NodeSpec> specs() const;
  /// One with its Ignition config; empty when it is not there or not whole.
  [[nodiscard]] std::optional<message::NodeSpec> spec(const Digest& digest) const;
  /// `encoded` as it came from the controller, whose SHA-256 the caller has compared.
  [[nodiscard]] disks::Result<> keepSpec(const Digest& digest, std::string_view encoded);
  /// Removes every other spec. What cannot be removed stays, harmlessly.
  void forgetSpecsBut(const std::vector<Digest>& keep);

  /// Empty lists when there is nothing or it is not whole.
  [[nodiscard]] Told told() const;
  [[nodiscard]] disks::Result<> keepTold(const Told& told);

  /// Nothing when that is not known, kNotInThisBoot when it was in another boot than `bootId`.
  [[nodiscard]] std::optional<TimePoint> confirmed(const std::string& bootId) const;
  [[nodiscard]] disks::Result<> keepConfirmed(const std::string& bootId, TimePoint at);

private:
  Directory(std::filesystem::path root, disks::Descriptor lock);
  [[nodiscard]] std::filesystem::path specPath(const Digest& digest) const;

  const std::filesystem::path root_;
  const disks::Descriptor lock_;
};

}  // namespace berth::state

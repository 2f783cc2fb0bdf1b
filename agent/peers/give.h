// SPDX-License-Identifier: Apache-2.0
//
// The side that has a volume which moves: it answers what the other host asks about the file, and nothing else. Nobody
// is answered whom the controller has not named for that very volume, and nobody at all while a domain has its disk.
// What an answer says depends on the question alone, so that either side may be started anew in between.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "agent/disks/file.h"
#include "agent/disks/overlay.h"
#include "agent/volumes/volumes.h"
#include "protocol/identity/keys.h"
#include "protocol/message/fleet.h"
#include "protocol/message/peer.h"

namespace berth::peers {

/// Why the disk in this file may not be read now: a domain has it, or that cannot be told. Empty when it may.
using InUse = std::function<std::optional<std::string>(const std::filesystem::path& disk)>;

class Giver {
public:
  Giver(volumes::Layout layout, const Uuid& fleet, InUse inUse, disks::QemuImg qemuImg = {});

  /// From now on these may be read by their peers, and no others.
  void permit(const std::vector<message::VolumeMove>& moves);
  /// Those who are asked for: their keys may come in.
  [[nodiscard]] const std::set<identity::PublicKey>& keys() const { return keys_; }
  /// Blocks on the disk. `who` is the key that the question came with.
  [[nodiscard]] message::PeerAnswer answer(const identity::PublicKey& who, const message::PeerAsk& ask);

private:
  using Key = std::pair<NodeName, VolumeName>;
  struct Volume {
    message::VolumeMove move;
    identity::PublicKey peer;
    /// Open between the first question and the end of the permission.
    disks::Descriptor file{};
    /// What of the file, or the device, its disk uses.
    std::uint64_t bytes = 0;
    Bytes size{};
  };

  /// Opens the file or the device, when that has not been done; or says why not.
  [[nodiscard]] std::optional<std::string> open(Volume& volume) const;
  [[nodiscard]] static message::PeerAnswer read(const Volume& volume, const message::PeerAsk::Read& range);
  [[nodiscard]] static message::PeerAnswer check(const Volume& volume, const message::PeerAsk::Check& range);

  const volumes::Layout layout_;
  const Uuid fleet_;
  const InUse inUse_;
  const disks::QemuImg qemuImg_;
  std::map<Key, Volume> volumes_;
  std::set<identity::PublicKey> keys_;
};

}  // namespace berth::peers

// SPDX-License-Identifier: Apache-2.0
//
// What two agents say to each other while a volume moves from one host to the other. The one that takes it asks, a few
// questions at a time; the one that has it answers each by itself and remembers nothing, so that either may be started
// anew in the middle. Who asks is known by the key of the connection, never by the message.
//
//   taker → giver   PeerAsk      open, then read piece by piece, then check piece by piece
//   giver → taker   PeerAnswer   with the correlation of its question
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "words/counter.h"
#include "words/digest.h"
#include "words/name.h"
#include "words/quantity.h"

namespace berth::message {

struct PeerAsk {
  /// How large is it?
  struct Open {
    bool operator==(const Open&) const = default;
  };
  /// What is there? At most kMaxPiece bytes are asked for, and no fewer than 1.
  struct Read {
    std::uint64_t offset = 0;
    std::uint32_t length = 0;
    bool operator==(const Read&) const = default;
  };
  /// What is the SHA-256 of what is there, holes read as zeros? At most kMaxCheck bytes are asked for, no fewer than 1.
  struct Check {
    std::uint64_t offset = 0;
    std::uint32_t length = 0;
    bool operator==(const Check&) const = default;
  };

  NodeName node;
  VolumeName volume;
  /// VolumeMove::at.
  Generation at;
  std::variant<Open, Read, Check> what;

  bool operator==(const PeerAsk&) const = default;
};

struct PeerOpened {
  /// Of the file that is copied, at most kMaxVolumeFile.
  std::uint64_t bytes = 0;
  /// Of the volume, as its guest sees it.
  Bytes size;
  bool operator==(const PeerOpened&) const = default;
};
/// `data` may be shorter than what was asked for, and empty in a hole or at the end of the file.
struct PeerPiece {
  std::uint64_t offset = 0;
  std::string data;
  /// Where the next data begins, or the file ends; never before the end of `data`. What lies between is a hole.
  std::uint64_t next = 0;
  bool operator==(const PeerPiece&) const = default;
};
struct PeerChecked {
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  Digest digest;
  bool operator==(const PeerChecked&) const = default;
};
/// Why the question is not answered; another time it may be.
struct PeerRefused {
  std::string reason;
  bool operator==(const PeerRefused&) const = default;
};

using PeerAnswer = std::variant<PeerOpened, PeerPiece, PeerChecked, PeerRefused>;

}  // namespace berth::message

// SPDX-License-Identifier: Apache-2.0
//
// What a volume says of itself: a small text file beside it, whose it is and what it should be. It is Berth's mark: a
// disk without one is somebody else's, and is never touched. It is written before the disk is made and once more when
// it is complete, so that whoever finds a label alone knows whether the disk never came to be, or was lost.
//
//   fleet 11111111-2222-8333-8444-555555555555
//   cluster prod
//   node prod-server-0
//   volume data
//   size 53687091200
//   keep yes
//   state made
//   since 12
//   restored 15                 of a volume that was ever restored
//
// A snapshot has one of its own, of the volume as it was then, and says besides:
//
//   snapshot before-upgrade
//   taken 1764147000000
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/message/fleet.h"
#include "words/uuid.h"

namespace berth::volumes {

struct Label {
  enum class State : std::uint8_t {
    making,  ///< no guest has ever had it
    made,
    deleting,  ///< somebody has ordered that it be deleted: whatever of it is still there is of no use any more
    incoming,  ///< it is on its way here from another host: what is there is no volume before it is whole
  };

  Uuid fleet;
  ClusterName cluster;
  NodeName node;
  message::Volume volume;
  State state = State::making;
  /// Of the manifest by which it was made, or of the move that brought it: tells it from one that had its name before.
  /// 0 in labels that do not say it, which older agents wrote.
  Generation since{};
  /// Of the last order by which it was made what a snapshot holds; 0 when there was none.
  Generation restored{};
  /// Not the volume, but this snapshot of it; `since` is then the order that it was made by.
  message::SnapshotName snapshot{};
  /// When, in milliseconds since 1970.
  std::int64_t takenMs = 0;

  bool operator==(const Label&) const = default;
};

/// A label of ours has some 200 bytes; no more is read of what somebody put in its place.
inline constexpr std::size_t kLabelMax = 4096;

[[nodiscard]] std::string write(const Label& label);
/// Empty when the text is not exactly what write() makes, or made before it wrote `since`: each line once, none else,
/// none cut.
[[nodiscard]] std::optional<Label> readLabel(std::string_view text);

}  // namespace berth::volumes

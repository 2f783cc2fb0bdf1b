// SPDX-License-Identifier: Apache-2.0
//
// What should be on this host, and whose word counts. The agent acts only on the highest epoch and generation that it
// has seen (I5), and only once they are on disk, so that a crash cannot make it forget what it has already obeyed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "protocol/message/envelope.h"
#include "protocol/message/fleet.h"
#include "words/counter.h"

namespace berth::reconcile {

/// What became of a manifest that came in.
enum class Offer : std::uint8_t {
  taken,      ///< newer than all before: to be kept on disk, then acted on
  known,      ///< exactly what is in force
  older,      ///< of a lower epoch, or of a lower generation: a controller that has been overtaken or restored
  different,  ///< the same generation with other content: two controllers believe that they lead
  malformed,  ///< contradicts itself: a node or an instance twice, or two orders about a volume
};

class Desired {
public:
  /// `kept` is what the state directory has; empty on a new host.
  explicit Desired(std::optional<message::StoredManifest> kept);

  /// The caller keeps on disk what is `taken` (pending()) and then says kept().
  [[nodiscard]] Offer offer(Epoch epoch, const message::Manifest& manifest);
  /// Any message of a controller tells its epoch; from then on lower ones are refused.
  void sawEpoch(Epoch epoch);
  /// What is to be written; empty when all that was taken is on disk.
  [[nodiscard]] const std::optional<message::StoredManifest>& pending() const { return pending_; }
  /// These are on disk now. Others than pending()'s are ignored: something newer was taken meanwhile.
  void kept(Epoch epoch, Generation generation);

  /// What is acted on; empty when there is none.
  [[nodiscard]] const std::optional<message::StoredManifest>& inForce() const { return inForce_; }
  [[nodiscard]] Epoch highestEpoch() const { return highestEpoch_; }
  /// How many were refused, and why the last one was; empty once a manifest is accepted again.
  [[nodiscard]] std::uint64_t refused() const { return refused_; }
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

private:
  [[nodiscard]] Offer judge(Epoch epoch, const message::Manifest& manifest) const;

  std::optional<message::StoredManifest> inForce_;
  std::optional<message::StoredManifest> pending_;
  Epoch highestEpoch_;
  std::uint64_t refused_ = 0;
  std::string complaint_;
};

}  // namespace berth::reconcile

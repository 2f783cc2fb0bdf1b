// SPDX-License-Identifier: Apache-2.0
//
// The agent's mind: it keeps this host as the controller wants it, with or without the controller. It is told what
// happens and what time it is, and says what is to be done; it has no socket, no clock, no thread and no libvirt.
//
//   Reconciler reconciler(policy, memory);
//   for (auto& effect : reconciler.on(event, now)) shell.perform(effect);
//
// Level-triggered: every event leads to the same comparison of what should be (desired.h) with what was last seen
// (look.h), and to the one next step for each instance (step.h). Nothing depends on an event being delivered, but that
// the end of an operation is told. A new process begins with a look and goes on from whatever it finds.
//
// What holds, by construction (the tests have the same names):
//   I1   nothing is made or started while another instance of its node may be here; what may be made elsewhere while
//        the controller is not heard is switched off in time, and stays so until the controller says otherwise
//   I2   a volume is deleted or overwritten only by an order that names it, and only the one that was there then; one
//        that comes from another host is none before it is whole
//   I5   only the highest epoch and generation count, and only once they are on disk
//   I7   nothing but that knows whether the controller is there
//   I9   only what the hypervisor lists as ours exists at all; a crash at any step leaves a situation that is known
//   I11  without a tombstone nothing is stopped or removed
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/reconcile/effect.h"
#include "agent/reconcile/event.h"
#include "agent/reconcile/policy.h"

namespace berth::reconcile {

/// What an earlier process left behind.
struct Memory {
  std::optional<message::StoredManifest> manifest;
  /// As last told. After a reboot of the host the shell leaves them out: no guest is as it was.
  std::vector<message::InstanceStatus> instances;
  /// When the controller last confirmed what runs here, by the clock of Now; TimePoint::min() when the host was down
  /// since. Empty: not known, and counted from the first event.
  std::optional<TimePoint> confirmed{};
};

class Reconciler {
public:
  Reconciler(Policy policy, Memory memory);
  ~Reconciler();
  Reconciler(const Reconciler&) = delete;
  Reconciler& operator=(const Reconciler&) = delete;

  /// Takes the event in and returns what is to be done now, in this order.
  [[nodiscard]] Effects on(const Event& event, Now now);

  // The picture, as it is told to the controller.

  /// False before the first look: then instances() is not yet what is here, and must not be told as if it were.
  [[nodiscard]] bool hasLooked() const;
  /// Every instance of ours on this host, those that should be, and those whose tombstone is carried out.
  [[nodiscard]] std::vector<message::InstanceStatus> instances() const;
  /// Every volume of ours on this host; known once it has looked.
  [[nodiscard]] const std::vector<message::VolumeStatus>& volumes() const;
  /// Of the orders about volumes in the manifest in force, those that are carried out.
  [[nodiscard]] const std::vector<message::VolumeOrder>& carriedOut() const;
  /// How far those have come that are taken from other hosts.
  [[nodiscard]] const std::vector<message::VolumeMoveStatus>& volumeMoves() const;
  /// What is wrong with the host itself, each a sentence.
  [[nodiscard]] const std::vector<std::string>& conditions() const;
  /// The highest seen; a message of a lower one is not to be obeyed.
  [[nodiscard]] Epoch epoch() const;
  /// The newest generation that is on disk with all its specs.
  [[nodiscard]] Generation observed() const;
  /// The newest generation for which every tombstone was carried out and every entry ran as specified.
  [[nodiscard]] Generation reached() const;
  /// How many manifests were refused.
  [[nodiscard]] std::uint64_t refused() const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::reconcile

// SPDX-License-Identifier: Apache-2.0
//
// What a person is told of an instance: its phase, and why. Says what was seen and nothing more.
#pragma once

#include <optional>
#include <string>

#include "agent/reconcile/images.h"
#include "agent/reconcile/instance.h"

namespace berth::reconcile {

/// What stands around an instance.
struct Surroundings {
  TimePoint now;
  /// What is believed of the instance was seen after all that was done to it.
  bool certain = false;
  Step next = Step::none;
  bool specHere = false;
  /// Why this host does not take it.
  std::optional<std::string> objection;
  bool otherHere = false;
  /// What is still to be done with a volume of the node before it may have it; a sentence.
  std::optional<std::string> awaited{};
  /// The image it is made from, or its artifacts where the image is here; empty while its spec is not here.
  std::optional<ImageShelf::Image> image;
  health::Wants wants;
  /// What the guest gets at its next boot.
  std::vector<std::string> pending;
  /// By now it may have been made elsewhere.
  bool fenced = false;
  /// InstanceStatus::retiredUntilMs.
  std::int64_t retiredUntilMs = 0;
};

[[nodiscard]] message::InstanceStatus statusOf(const Instance& instance, const Surroundings& around);

/// What is worth an event in the step from `before` to `after`; empty when nothing is.
[[nodiscard]] std::string whatHappened(const message::InstanceStatus& before, const message::InstanceStatus& after);

}  // namespace berth::reconcile

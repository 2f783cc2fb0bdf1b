// SPDX-License-Identifier: Apache-2.0
//
// What the reconciler wants done. The shell does it and tells how it went by an event; it decides nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/disks/retired.h"
#include "agent/reconcile/step.h"
#include "protocol/message/envelope.h"
#include "protocol/message/fleet.h"
#include "words/clock.h"

namespace berth::reconcile::effect {

/// Write it durably, then say ManifestKept.
struct KeepManifest {
  message::StoredManifest manifest;
};
/// Ask the controller for these, keep them, then say SpecsKept. Asked again until they are here.
struct NeedSpecs {
  std::vector<Digest> digests;
};
/// Specs that are not among these are of no use any more.
struct ForgetOtherSpecs {
  std::vector<Digest> keep;
};

/// List domains and directories, then say Looked or LookFailed with this number.
struct LookAtHost {
  std::uint64_t look = 0;
};
/// One step for one instance; ends in Acted or ActFailed. Steps for several instances may run side by side.
struct Act {
  Step step = Step::none;  ///< create, update, forget, start, shutdown, powerOff or remove
  message::InstanceId instance;
  /// For create, update and forget: the spec to make it from and the generation to mark it with.
  Digest spec;
  Generation generation;
  /// For remove: whether another instance of its node is to be here, which keeps its address.
  enum class Node : std::uint8_t { stays, leaves };
  Node node = Node::stays;
  /// For remove: its root disk is kept, under this label.
  std::optional<disks::RetiredDisk> retires{};
  /// For create: the root disk is that of this former instance.
  std::optional<Uuid> revives{};
  /// For update and forget: its definition hands out no Ignition config.
  bool withoutConfig = false;
};
/// Delete the root disk that is kept of an instance that is gone, and its label; ends in RetiredDropped or
/// RetiredNotDropped.
struct DropRetired {
  Uuid instance;
};
/// Ends in CarriedOut or NotCarriedOut.
struct CarryOut {
  message::VolumeOrder order;
  /// When a snapshot is taken, for people.
  std::int64_t wallMs = 0;
};
/// Copy a volume here from another host; ends in VolumeTaken or VolumeNotTaken, with VolumeProgress in between. Goes on
/// where an earlier try has stopped.
struct TakeVolume {
  message::VolumeMove move;
};
/// End that, wherever it is.
struct LeaveVolume {
  message::VolumeMove move;
};
/// Let these be read by their peers, and no others.
struct GiveVolumes {
  std::vector<message::VolumeMove> moves;
};
/// Ends in ImageReady or ImageFailed, with ImageProgress in between. At most one at a time for an image.
struct FetchImage {
  message::Image image;
};
/// Fetch all of them and pack them into their tar file; ends as FetchImage does, under message::idOf() them.
struct FetchArtifacts {
  std::vector<message::Artifact> artifacts;
};
/// Remove all images, artifacts and sets of them but these, then say ImagesCollected. Nothing is fetched until then.
struct CollectImages {
  std::vector<Digest> used;
};

/// Ask these services in the guest, then say Probed.
struct Probe {
  Uuid instance;
  std::vector<message::Probe> probes;
};
/// Ask this service in a guest that is to be shut down, then say HookAnswered.
struct CallHook {
  Uuid instance;
  message::StopHook hook;
};
/// Read on from `offset`, or the last 64 KiB of what is there; then say ConsoleRead.
struct ReadConsole {
  Uuid instance;
  std::optional<std::uint64_t> offset;
};

/// The controller has confirmed what runs here, as of that time: to be known to the next process of this boot. Losing
/// it only makes that one more careful.
struct KeepConfirmed {
  TimePoint at;
};

/// Worth telling the controller and keeping for it while it is away.
struct Happened {
  message::InstanceId instance;
  std::string message;
};
/// The picture that instances() and conditions() give has changed.
struct Publish {};

using Effect = std::variant<KeepManifest, NeedSpecs, ForgetOtherSpecs, LookAtHost, Act, FetchImage, FetchArtifacts,
                            CollectImages, Probe, ReadConsole, KeepConfirmed, Happened, Publish, CarryOut, CallHook,
                            TakeVolume, LeaveVolume, GiveVolumes, DropRetired>;

}  // namespace berth::reconcile::effect

namespace berth::reconcile {
using Effect = effect::Effect;
using Effects = std::vector<Effect>;
}  // namespace berth::reconcile

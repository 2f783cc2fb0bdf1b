// SPDX-License-Identifier: Apache-2.0
//
// What the reconciler is told. Events may come in any order, twice, or not at all: each says what is, none is a step
// of a conversation. The one exception is the end of an operation, which the shell says exactly once.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "agent/disks/retired.h"
#include "agent/hypervisor/hypervisor.h"
#include "agent/reconcile/step.h"
#include "protocol/message/envelope.h"
#include "protocol/message/fleet.h"
#include "words/clock.h"

namespace berth::reconcile {

/// The present, on both clocks: `at` decides, `wallMs` (milliseconds since 1970) is for people.
struct Now {
  TimePoint at;
  std::int64_t wallMs = 0;
};

/// Why an operation failed.
struct Failure {
  enum class Kind : std::uint8_t {
    temporary,  ///< trying again may help
    permanent,  ///< only a person can mend it: wrong digest, a foreign domain in the way
  };
  Kind kind = Kind::temporary;
  std::string reason;
};

/// A full look at the host: all that is ours.
struct HostLook {
  struct Files {
    Uuid instance;
    /// The directory holds a complete root disk.
    bool rootDisk = false;
    /// It holds the Ignition config.
    bool config = false;
  };
  std::vector<hypervisor::Domain> domains;
  std::vector<Files> files;
  /// Those that are made, whether or not their node is here.
  std::vector<message::VolumeStatus> volumes;
  std::vector<disks::RetiredDisk> retired{};
  /// Why the pool that volumes lie in cannot be used, with the way out; empty when it can, or there is none.
  std::string poolTrouble{};
};

namespace event {

/// From the controller.
struct ManifestCame {
  Epoch epoch;
  message::Manifest manifest;
};
/// Any other message of a controller with this epoch.
struct EpochSeen {
  Epoch epoch;
};
/// The manifest of effect::KeepManifest is on disk, or could not be written (then it is asked for again later).
struct ManifestKept {
  Epoch epoch;
  Generation generation;
};
struct ManifestNotKept {
  std::string reason;
};
/// Node specs that are on disk, whether since long or just come.
struct SpecsKept {
  std::map<Digest, message::NodeSpec> specs;
};
/// The controller has answered a heartbeat that was said at that time, and this is the generation that it wants here.
struct Confirmed {
  TimePoint said;
  Generation generation;
};
/// A new session with the controller: it may never have heard what was asked of the last one.
struct SessionBegan {};

/// What the machine has; until then the policy's own figures count.
struct HostMeasured {
  message::Capacity machine;
  /// Of the disk that the instances lie on: what may still be written there; empty when that is not known.
  std::optional<Bytes> free{};
};
/// The answer to effect::LookAtHost of the same number.
struct Looked {
  std::uint64_t look = 0;
  HostLook host;
};
struct LookFailed {
  std::uint64_t look = 0;
  std::string reason;
};
/// Something changed at the hypervisor; worth a look.
struct HypervisorStirred {};

/// A line from a guest's readiness port. Hostile.
struct GuestSaid {
  Uuid instance;
  std::string line;
};
/// The answer to effect::CallHook: why it is not as expected, or nothing.
struct HookAnswered {
  Uuid instance;
  std::optional<std::string> error;
};
/// The answer to effect::Probe: for each probe, why it failed, or nothing.
struct Probed {
  Uuid instance;
  std::vector<std::optional<std::string>> errors;
};
/// The answer to effect::ReadConsole. Hostile.
struct ConsoleRead {
  Uuid instance;
  std::string data;
  /// Where the next read goes on.
  std::uint64_t end = 0;
};

/// The end of an effect::Act.
struct Acted {
  Uuid instance;
  Step step = Step::none;
  /// Of a start: where the console ended before it.
  std::uint64_t consoleEnd = 0;
};
struct ActFailed {
  Uuid instance;
  Step step = Step::none;
  Failure failure;
};

/// The end of an effect::CarryOut.
struct CarriedOut {
  message::VolumeOrder order;
};
struct NotCarriedOut {
  message::VolumeOrder order;
  Failure failure;
};

/// Of an effect::TakeVolume: bytes that have come, those that were compared, and all.
struct VolumeProgress {
  message::VolumeMove move;
  std::uint64_t copied = 0;
  std::uint64_t compared = 0;
  std::uint64_t total = 0;
};
/// The end of an effect::TakeVolume.
struct VolumeTaken {
  message::VolumeMove move;
};
struct VolumeNotTaken {
  message::VolumeMove move;
  Failure failure;
};

/// The end of an effect::DropRetired.
struct RetiredDropped {
  Uuid instance;
};
struct RetiredNotDropped {
  Uuid instance;
  Failure failure;
};

/// Of an image, or of a set of artifacts by its id.
struct ImageProgress {
  Digest image;
  std::uint64_t fetched = 0;
  std::uint64_t expected = 0;
};
struct ImageReady {
  Digest image;
};
struct ImageFailed {
  Digest image;
  Failure failure;
};
struct ImagesCollected {};

/// At least once a second.
struct Tick {};

}  // namespace event

using Event =
    std::variant<event::ManifestCame, event::EpochSeen, event::ManifestKept, event::ManifestNotKept, event::SpecsKept,
                 event::Confirmed, event::SessionBegan, event::HostMeasured, event::Looked, event::LookFailed,
                 event::HypervisorStirred, event::GuestSaid, event::Probed, event::HookAnswered, event::ConsoleRead,
                 event::Acted, event::ActFailed, event::ImageProgress, event::ImageReady, event::ImageFailed,
                 event::ImagesCollected, event::Tick, event::CarriedOut, event::NotCarriedOut, event::VolumeProgress,
                 event::VolumeTaken, event::VolumeNotTaken, event::RetiredDropped, event::RetiredNotDropped>;

}  // namespace berth::reconcile

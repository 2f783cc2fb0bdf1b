// SPDX-License-Identifier: Apache-2.0
//
// Inside of the reconciler, and for nobody else: its state and the three things it does with each event, in this
// order. Take it in (reconciler_intake.cpp), decide what is to be done (reconciler_decide.cpp), tell how things are
// (reconciler.cpp, in the words of status.h).
#pragma once

#include <map>

#include "agent/reconcile/desired.h"
#include "agent/reconcile/images.h"
#include "agent/reconcile/instance.h"
#include "agent/reconcile/look.h"
#include "agent/reconcile/move_work.h"
#include "agent/reconcile/reconciler.h"
#include "agent/reconcile/retired_work.h"
#include "agent/reconcile/status.h"
#include "agent/reconcile/volume_work.h"

namespace berth::reconcile {

/// How long a shutdown may take when the spec of the instance is not known.
inline constexpr std::chrono::seconds kShutdownDeadline{60};
/// How often a missing spec is asked for again.
inline constexpr std::chrono::seconds kAskInterval{5};
/// How often probes and console of a node that is not ready are looked at, and of one that is.
inline constexpr std::chrono::seconds kWatchClosely{2};
inline constexpr std::chrono::seconds kWatchCalmly{10};

struct Reconciler::State {
  State(Policy allowed, Memory memory);

  // ---- taking in
  void take(const event::ManifestCame& event);
  void take(const event::EpochSeen& event);
  void take(const event::ManifestKept& event);
  void take(const event::ManifestNotKept& event);
  void take(const event::SpecsKept& event);
  void take(const event::Confirmed& event);
  void take(const event::SessionBegan& event);
  void take(const event::HostMeasured& event);
  void take(const event::Looked& event);
  void take(const event::LookFailed& event);
  void take(const event::HypervisorStirred& event);
  void take(const event::GuestSaid& event);
  void take(const event::Probed& event);
  void take(const event::HookAnswered& event);
  void take(const event::ConsoleRead& event);
  void take(const event::Acted& event);
  void take(const event::ActFailed& event);
  void take(const event::ImageProgress& event);
  void take(const event::ImageReady& event);
  void take(const event::ImageFailed& event);
  void take(const event::ImagesCollected& event);
  void take(const event::Tick& event);
  void take(const event::CarriedOut& event);
  void take(const event::NotCarriedOut& event);
  void take(const event::VolumeProgress& event);
  void take(const event::VolumeTaken& event);
  void take(const event::VolumeNotTaken& event);
  void take(const event::RetiredDropped& event);
  void take(const event::RetiredNotDropped& event);

  /// Sorts all instances into wanted, condemned and unexplained by the manifest in force.
  void sort();
  Instance& instance(const message::InstanceId& id);
  /// Begins with new orders about volumes, and forgets those that are no more.
  void sortVolumeWork();
  /// The same with volumes that come from other hosts.
  void sortMoves();
  /// The instance, if this step of it is what is under way; ends it and puts it in doubt until the next look.
  Instance* endOf(const Uuid& uuid, Step step);
  /// The same of a volume that was being taken.
  MoveWork* endOf(const message::VolumeMove& move);

  // ---- fencing (reconciler_fence.cpp)
  /// By now it may have been made elsewhere.
  [[nodiscard]] bool isFenced(const Instance& instance) const;
  /// How long it may run without being confirmed; 0: for ever.
  [[nodiscard]] std::chrono::seconds fenceOf(const Instance& instance) const;
  void tellFences();

  // ---- root disks that are kept (reconciler_retired.cpp)
  /// What a look has seen of them.
  void seeRetired(const HostLook& host, std::uint64_t look);
  void sweepRetired();
  /// What the manifest in force says of it; null when it is not to be kept.
  [[nodiscard]] const message::Manifest::RetiredDisk* keptAs(const disks::RetiredDisk& disk) const;
  /// The label under which the root disk of this instance is kept when it is removed now; nothing when it goes, too.
  [[nodiscard]] std::optional<disks::RetiredDisk> retire(const Instance& instance);
  /// The kept disk that this instance is to be made from, and can be; null when there is none.
  [[nodiscard]] const RetiredWork* revivedBy(const Instance& instance) const;
  /// Something is done with it, or with the instance that is to be made from it.
  [[nodiscard]] bool isInDoubt(const RetiredWork& work) const;
  /// It takes the room of an instance: of the one that had it and is still here, or of the one that is made from it.
  [[nodiscard]] bool isOfAnInstance(const RetiredWork& work) const;
  /// All of the disk that the manifest and what is here may take, without what is only kept.
  [[nodiscard]] Bytes promisedDisk() const;
  void drop(RetiredWork& work, const std::string& why);
  /// Whatever became of it; true when there was one.
  bool endRevival(Instance& instance);
  /// The instance that news of this disk are told of.
  [[nodiscard]] message::InstanceId subjectOf(const disks::RetiredDisk& disk) const;
  [[nodiscard]] std::int64_t retiredUntil(const Instance& instance) const;

  // ---- deciding
  void decide();
  void persist();
  void askForSpecs();
  void advance(Instance& instance);
  void act(Instance& instance, Step step);
  /// And its artifacts.
  void fetchImageOf(const Instance& instance);
  void advance(VolumeWork& work);
  /// The service that is to be told next, before a guest that goes is shut down; null when all have been.
  [[nodiscard]] const message::StopHook* hookOf(const Instance& instance) const;
  void bidFarewell(Instance& instance);
  void advance(MoveWork& work);
  void giveVolumes();
  void watch(Instance& instance);
  void updateProgress();
  void collectImages();

  [[nodiscard]] Situation situationOf(const Instance& instance) const;
  /// True while another instance of the same node has a domain here, or may have.
  [[nodiscard]] bool otherHere(const Instance& instance) const;
  [[nodiscard]] bool isDone(const VolumeWork& work) const;
  /// What is still to be done with a volume before this instance may have it; null when nothing is.
  [[nodiscard]] const VolumeWork* awaitedBy(const Instance& instance) const;
  /// A volume of the node is on its way here.
  [[nodiscard]] bool awaitsMove(const NodeName& node) const;
  /// Why this host does not take the volume.
  [[nodiscard]] std::optional<std::string> objectionTo(const message::VolumeMove& move) const;
  /// At this moment something is done with a volume of its node.
  [[nodiscard]] bool isWorkedOn(const NodeName& node) const;
  [[nodiscard]] Stopping stoppingOf(const Instance& instance) const;
  [[nodiscard]] const message::NodeSpec* specOf(const Instance& instance) const;
  [[nodiscard]] std::optional<std::string> objectionTo(const Instance& instance) const;
  [[nodiscard]] std::optional<std::string> objectionToVolumes(const message::NodeSpec& spec) const;
  /// Why its domain cannot become what its spec says.
  [[nodiscard]] std::optional<std::string> objectionToUpdate(const Instance& instance,
                                                             const message::NodeSpec& spec) const;
  /// Of which instances what is taken of this host is counted: those that are here, or also those that are wanted.
  enum class Counted : std::uint8_t { here, wanted };
  /// What is taken of this host by all others; by all, where there is no instance.
  [[nodiscard]] message::Capacity takenBeside(const Instance* instance, Counted counted = Counted::here) const;
  [[nodiscard]] std::vector<std::string> pendingOf(const Instance& instance) const;
  [[nodiscard]] health::Wants wantsOf(const Instance& instance) const;
  [[nodiscard]] std::vector<Digest> missingSpecs() const;
  [[nodiscard]] bool isReached() const;
  /// Every image, artifact and set of artifacts that something here needs; empty while that is not fully known.
  [[nodiscard]] std::optional<std::vector<Digest>> imagesInUse() const;

  // ---- telling
  void tell();
  [[nodiscard]] std::vector<std::string> conditionsNow() const;
  /// Its image, or its artifacts once only they are missing.
  [[nodiscard]] const ImageShelf::Image& shownOf(const message::NodeSpec& spec) const;

  Policy policy;
  /// What the owner of the host wishes to give at most.
  const message::Capacity wish;
  Desired desired;
  std::map<Uuid, message::InstanceStatus> remembered;
  std::map<Digest, message::NodeSpec> specs;
  /// Of each spec in `specs`, by machineOf().
  std::map<Digest, Digest> machines;
  /// As last seen.
  std::vector<message::VolumeStatus> volumes;
  bool volumesChanged = false;
  std::vector<VolumeWork> volumeWork;
  std::vector<message::VolumeOrder> carriedOutTold;
  std::vector<MoveWork> moves;
  std::vector<message::VolumeMoveStatus> movesTold;
  std::map<Uuid, RetiredWork> retired;
  /// One of them has to go before anything more is made here.
  bool roomAwaited = false;
  /// By what was measured last, the disk of this host is nearly full.
  bool nearlyFull = false;
  /// As HostLook says it.
  std::string poolTrouble;
  /// What peers were last let read.
  std::vector<message::VolumeMove> given;
  std::map<Uuid, Instance> instances;
  ImageShelf images;
  LookSchedule looks;

  /// When what runs here was last confirmed to belong here.
  std::optional<TimePoint> confirmed;
  bool everLooked = false;
  Generation observed;
  Generation reached;
  /// The manifest that is being written, until the shell says how it went.
  bool persisting = false;
  Backoff persistRetry;
  std::string persistError;
  std::optional<TimePoint> askedForSpecs;
  std::vector<Digest> specsKept;
  std::vector<std::string> conditions;

  Now now;
  Effects effects;
};

}  // namespace berth::reconcile

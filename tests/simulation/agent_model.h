// SPDX-License-Identifier: Apache-2.0
//
// A host and its agent without either: the real reconciler over a simulated hypervisor, disk, guests and clock. It
// performs what the reconciler asks in steps as small as a crash can tell apart, so that a test may stop, kill, lose,
// repeat or reorder between any two, and it checks the invariants of the agent after each.
//
//   AgentModel host;
//   host.order({{"a-0", 1}});          // the controller's newest manifest
//   host.run(60s);                     // everything goes its way for a minute
//   EXPECT_EQ(host.phase("a-0"), Phase::ready);
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "agent/reconcile/reconciler.h"

namespace berth::simulation {

/// One instance by the words of a test: node name and incarnation.
struct Wish {
  std::string node;
  unsigned incarnation = 1;
  auto operator<=>(const Wish&) const = default;
};

[[nodiscard]] message::InstanceId instanceOf(const Wish& wish);
/// The spec of a node; `flavour` makes another one of it.
[[nodiscard]] message::NodeSpec specFor(const std::string& node, const std::string& flavour = "");
[[nodiscard]] Digest digestOf(const message::NodeSpec& spec);

/// What is around a host in a fleet. Without it the model plays the controller itself.
class Outside {
public:
  virtual ~Outside() = default;
  /// The agent lacks these; specsCame() answers, or nothing does.
  virtual void ask(const std::vector<Digest>& digests) = 0;
  virtual void happened(const message::InstanceId& instance, const std::string& what) = 0;
  /// The picture that is told to the controller has changed.
  virtual void publish() = 0;
  /// An operation begins.
  virtual void acts(const reconcile::effect::Act& act) = 0;
};

/// How a guest does. Those of a test are made by node (brokenNodes, …); those of a fleet by a word in their Ignition
/// config: "fate-mute".
enum class Fate : std::uint8_t {
  well,
  mute,      ///< boots, and never says that it is up
  ignition,  ///< its first boot fails
  crashes,   ///< dies soon after each boot
  dies,      ///< while it boots, each time
};

/// A fault of the host that a plant puts there for good.
enum class Flaw : std::uint8_t {
  none,
  losesVolumes,          ///< removing an instance removes the volumes of its node
  reformatsVolumes,      ///< making an instance makes its volumes anew
  leavesRunning,         ///< removing a domain leaves its guest running, unseen
  forgetsManifests,      ///< says that a manifest is on disk, and it is not
  startsForEver,         ///< the hypervisor itself starts again what crashed, without an end
  startsNothing,         ///< guests that went down by themselves are not started again
  healsAlways,           ///< what somebody stops by hand is put back, whatever its spec says
  fencesNothing,         ///< what may be made elsewhere runs on
  fencesLate,            ///< after twice the time
  deletesAnotherVolume,  ///< than the one that was named
  comparesNothing,       ///< takes a volume for whole that came from another host as soon as it has begun
  revivesNothing,        ///< what is to be made from a root disk that was kept gets a new one
  dropsNothing,          ///< says that a kept root disk is deleted, and it is not
  measuresTooMuch,       ///< of the disk
  removesConfigFirst,    ///< before the domain is told that it has none any more
};

class AgentModel {
public:
  struct Guest {
    hypervisor::Domain domain;
    /// As it is defined, and as it is since its start.
    hypervisor::Hardware defined;
    hypervisor::Hardware has;
    Fate fate = Fate::well;
    TimePoint startedAt;
    TimePoint saidAt = TimePoint::min();
    std::optional<TimePoint> shutsDownAt;
    /// Of its last boot, which no other of this host has; 0 before the first.
    unsigned boot = 0;
    /// Without a steady run in between, and without anybody having asked for it.
    unsigned bootsInARow = 0;
    std::string console;
  };
  struct Files {
    bool rootDisk = false;
    /// The Ignition config.
    bool config = false;
    /// The instance that its root disk was made for, and how large that is.
    Uuid origin{};
    Bytes size{};
  };

  AgentModel();
  /// In a fleet: begin() starts the agent.
  AgentModel(reconcile::Policy allowed, reconcile::Now now, Outside& outside);
  ~AgentModel();
  AgentModel(const AgentModel&) = delete;
  AgentModel& operator=(const AgentModel&) = delete;

  // ---- the controller's side
  /// Makes a new generation in which these are wanted and those condemned, and sends it.
  void order(std::vector<Wish> wanted, std::vector<Wish> condemned = {});
  /// Sends this, whatever it is.
  void deliver(const message::Manifest& manifest, Epoch epoch);
  [[nodiscard]] message::Manifest manifestOf(Generation generation, const std::vector<Wish>& wanted,
                                             const std::vector<Wish>& condemned) const;
  /// The spec that a node is wanted with from the next order on.
  void specify(const message::NodeSpec& spec);

  // ---- in a fleet
  /// The agent's process starts, with what is on its disk.
  void begin();
  /// The agent's process ends; guests go on.
  void stop();
  /// The host goes down with all that runs on it.
  void losePower();
  [[nodiscard]] bool agentRuns() const { return mind_ != nullptr; }
  /// The controller's answer to Outside::ask().
  void specsCame(const std::map<Digest, message::NodeSpec>& specs);
  /// Guests do what they do until then, and the agent is ticked.
  void passTo(reconcile::Now now);
  /// The clock alone goes on.
  void setTime(reconcile::Now now) { now_ = now; }
  /// Does a part of one of the things that are under way; which one is the caller's choice. What goes to the agent's
  /// disk goes there in its order.
  void workOn(std::uint64_t choice);
  /// The guests' network ends at this host: the stack of each of them says so, while they themselves are well.
  void setGuestsCutOff(bool cutOff);
  [[nodiscard]] bool guestsCutOff() const { return guestsCutOff_; }
  /// By hand: the domain is gone, its files stay.
  void undefine(const Uuid& instance);
  void kill(const Uuid& instance, hypervisor::Power power, const std::string& reason);
  /// The guest boots anew by itself, as after an update of its system; its domain runs on.
  void reboot(const Uuid& instance);
  /// Rises whenever guests, volumes or the kept manifest may have changed.
  [[nodiscard]] std::uint64_t touched() const { return touched_; }
  /// How often each volume was formatted: once, if all is well.
  std::map<std::pair<NodeName, VolumeName>, unsigned> formats;
  /// Guests that run and that nobody sees (Flaw::leavesRunning).
  std::map<Uuid, message::InstanceId> ghosts;
  Flaw flaw = Flaw::none;
  /// Of guests that have come up; empty while the Ignition config of none is left on this host.
  [[nodiscard]] std::string configLeft() const;
  /// Stopped or removed by hand where that is to be left so, and what its spec was then.
  std::map<Uuid, Digest> leftByHand;
  /// No guest hears the power button.
  bool deaf = false;
  std::chrono::milliseconds bootTime{20'000};

  // ---- time and chance
  /// Everything pending is done, in order, with ticks each second.
  void run(std::chrono::seconds duration);
  /// The first part of what is pending is done.
  void step() { perform(0); }
  /// One small thing happens: part of an operation, a tick, a message that goes its way, or one that does not.
  void chance(std::mt19937& random);
  /// The agent's process is killed and comes back. What was under way stops where it is.
  void crash();
  void tick(std::chrono::milliseconds by);

  // ---- what a test looks at and meddles with
  std::map<Uuid, Guest> guests;
  std::map<Uuid, Files> files;
  /// Root disks that are kept, by the instances that had them last.
  struct Retired {
    disks::RetiredDisk disk;
    Uuid origin;
  };
  std::map<Uuid, Retired> retired;
  /// Never less of any: the model checks that none goes or shrinks.
  std::map<std::pair<NodeName, VolumeName>, message::VolumeStatus> volumes;
  /// What its node wrote last to each: rises with every boot. A copy has what its source had.
  std::map<std::pair<NodeName, VolumeName>, std::uint64_t> written;
  /// What has come so far of volumes from other hosts; outlives the agent.
  struct Arriving {
    Generation at;
    unsigned pieces = 0;
    std::uint64_t data = 0;
    bool spoilt = false;
  };
  std::map<std::pair<NodeName, VolumeName>, Arriving> arriving;
  /// What peers may read at present; the agent's process has it in memory.
  std::vector<message::VolumeMove> given;
  /// What is read of a volume at the host that has it; nothing when that does not answer. Without it nobody does.
  std::function<std::optional<std::uint64_t>(const message::VolumeMove&)> readPeer;
  /// A piece of a volume comes with wrong bytes.
  std::function<bool()> spoilsPiece;
  /// A guest boots that finds `seen` on this volume, and writes what is returned.
  std::function<std::uint64_t(const std::pair<NodeName, VolumeName>&, std::uint64_t seen)> writes;
  /// By which orders each was restored.
  std::map<std::pair<NodeName, VolumeName>, std::vector<Generation>> restored;
  std::set<Digest> images;
  /// What is on the agent's disk.
  std::optional<message::StoredManifest> kept;
  std::map<Digest, message::NodeSpec> keptSpecs;
  std::optional<TimePoint> confirmed;
  std::vector<message::InstanceStatus> told;
  /// Every step that was begun: "create a-0/1".
  std::vector<std::string> acts;
  std::vector<std::string> happened;
  unsigned looks = 0;
  unsigned collections = 0;

  std::set<std::string> brokenNodes;  ///< whose Ignition fails
  std::set<std::string> deafNodes;    ///< that ignore the power button
  std::set<std::string> mutedNodes;   ///< that never say that they are up
  std::function<std::optional<reconcile::Failure>(const reconcile::effect::Act&)> failAct;
  std::function<std::optional<reconcile::Failure>(const message::VolumeOrder&)> failOrder;
  std::function<std::optional<reconcile::Failure>(const message::Image&)> failImage;
  std::function<std::optional<std::string>(const message::Probe&)> failProbe;
  std::function<std::optional<std::string>(const message::StopHook&)> failHook;
  bool hypervisorDown = false;
  /// No root disk that is kept can be deleted.
  std::function<bool()> failDrop;
  bool diskFull = false;
  bool controllerAway = false;
  reconcile::Policy policy;
  Epoch epoch{1};
  Generation generation;
  /// What every next manifest orders about volumes.
  std::vector<message::VolumeOrder> volumeOrders;
  /// And which it moves.
  std::vector<message::VolumeMove> volumeMoves;
  /// And which root disks it keeps: of these nodes and incarnations, for these incarnations (0: for none).
  std::vector<std::pair<Wish, unsigned>> retiredDisks;
  message::Manifest newest;

  [[nodiscard]] reconcile::Reconciler& mind() { return *mind_; }
  [[nodiscard]] const reconcile::Reconciler& mind() const { return *mind_; }
  [[nodiscard]] std::optional<message::InstanceStatus> status(const Wish& wish) const;
  [[nodiscard]] message::Phase phase(const Wish& wish) const;
  [[nodiscard]] Guest* guest(const Wish& wish);
  [[nodiscard]] bool runs(const Wish& wish);
  [[nodiscard]] std::size_t count(const std::string& act) const;
  void kill(const Wish& wish, const std::string& reason = "crashed");
  void happen(const reconcile::Event& event);
  /// Empty while all that must hold does; else what does not. Once broken it stays so.
  [[nodiscard]] const std::string& broken() const { return broken_; }
  [[nodiscard]] bool idle() const { return pending_.empty(); }
  [[nodiscard]] TimePoint now() const { return now_.at; }
  /// What a peer reads of a volume here; nothing when it is not to be read by it.
  [[nodiscard]] std::optional<std::uint64_t> giveTo(const message::VolumeMove& taken) const;

private:
  struct Pending {
    reconcile::Effect effect;
    unsigned progress = 0;
    /// What a look has seen that is still to be told.
    std::optional<reconcile::HostLook> seen{};
    /// Set when it is these specs that are to be kept, and no effect.
    std::optional<std::map<Digest, message::NodeSpec>> specs{};
  };

  void perform(std::size_t index);
  void keepSpecs(const std::map<Digest, message::NodeSpec>& specs);
  /// True when the effect is through; false when it has a further part.
  bool part(Pending& pending);
  bool partOfAct(const reconcile::effect::Act& act, unsigned progress);
  bool create(const reconcile::effect::Act& act, unsigned progress);
  bool update(const reconcile::effect::Act& act, unsigned progress);
  bool forget(const reconcile::effect::Act& act, unsigned progress);
  /// One volume more is as the spec wants it; false when all are.
  bool provideVolume(const reconcile::effect::Act& act);
  void carryOut(const reconcile::effect::CarryOut& wanted);
  bool takeVolume(const message::VolumeMove& move, Pending& pending);
  void leaveVolume(const message::VolumeMove& move);
  [[nodiscard]] std::optional<reconcile::Failure> whoHas(const message::VolumeOrder& order) const;
  void define(const reconcile::effect::Act& act);
  [[nodiscard]] bool lacksArtifacts(const Digest& spec) const;
  /// False when there is none that it is to be made from.
  bool makeRootDisk(const reconcile::effect::Act& act);
  void dropRetired(const Uuid& instance);
  void checkDrop(const Uuid& instance);
  /// What is here, and is wanted here, of disks; never too little.
  [[nodiscard]] Bytes mostTaken() const;
  /// As the agent sees what the host has.
  [[nodiscard]] reconcile::Policy measured() const;
  void mountVolumes(const Guest& guest);
  bool remove(const reconcile::effect::Act& act, unsigned progress);
  [[nodiscard]] std::optional<reconcile::HostLook> lookAround();
  [[nodiscard]] const message::NodeSpec* specAt(const Digest& digest) const;
  [[nodiscard]] Fate fateOf(const Guest& guest) const;
  void keep(const reconcile::effect::KeepManifest& keep);
  void beginBootOf(Guest& guest);
  void goOff(Guest& guest, hypervisor::Power power, const std::string& reason);
  void noteHand(const Uuid& instance);
  void forgetHands();
  void rememberTold();
  void live();
  void checkAct(const reconcile::effect::Act& act);
  void checkConfigs();
  /// The manifest wants it off, or nobody has confirmed it for too long.
  [[nodiscard]] bool isToBeOff(const message::InstanceId& instance) const;
  [[nodiscard]] std::map<Digest, message::NodeSpec> forMind(std::map<Digest, message::NodeSpec> specs) const;
  void check();
  void violated(const std::string& what);

  Outside* const outside_ = nullptr;
  std::uint64_t touched_ = 0;
  unsigned lastBoot_ = 0;
  bool guestsCutOff_ = false;
  bool toldStale_ = false;
  std::unique_ptr<reconcile::Reconciler> mind_;
  std::deque<Pending> pending_;
  std::map<std::string, message::NodeSpec> specs_;
  std::map<Digest, message::NodeSpec> catalogue_;
  std::vector<std::pair<message::Manifest, Epoch>> sent_;
  reconcile::Now now_;
  Generation highestObserved_;
  TimePoint begunAt_;
  /// The disk, when it was measured last.
  bool wasFull_ = false;
  std::map<std::pair<NodeName, VolumeName>, Bytes> largest_;
  std::string broken_;
};

}  // namespace berth::simulation

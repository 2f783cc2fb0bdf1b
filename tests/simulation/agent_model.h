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

class AgentModel {
public:
  struct Guest {
    hypervisor::Domain domain;
    /// Since its start.
    hypervisor::Hardware has;
    TimePoint startedAt;
    TimePoint saidAt = TimePoint::min();
    std::optional<TimePoint> shutsDownAt;
    unsigned boots = 0;
    std::string console;
  };
  struct Files {
    bool rootDisk = false;
  };

  AgentModel();
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
  /// Never less of any: the model checks that none goes or shrinks.
  std::map<std::pair<NodeName, VolumeName>, message::VolumeStatus> volumes;
  std::set<Digest> images;
  /// What is on the agent's disk.
  std::optional<message::StoredManifest> kept;
  std::map<Digest, message::NodeSpec> keptSpecs;
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
  std::function<std::optional<reconcile::Failure>(const message::Image&)> failImage;
  std::function<std::optional<std::string>(const message::Probe&)> failProbe;
  bool hypervisorDown = false;
  bool diskFull = false;
  bool controllerAway = false;
  reconcile::Policy policy;
  Epoch epoch{1};
  Generation generation;
  message::Manifest newest;

  [[nodiscard]] reconcile::Reconciler& mind() { return *mind_; }
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

private:
  struct Pending {
    reconcile::Effect effect;
    unsigned progress = 0;
  };

  void begin();
  void perform(std::size_t index);
  /// True when the effect is through; false when it has a further part.
  bool part(Pending& pending);
  bool partOfAct(const reconcile::effect::Act& act, unsigned progress);
  bool create(const reconcile::effect::Act& act, unsigned progress);
  bool update(const reconcile::effect::Act& act, unsigned progress);
  /// One volume more is as the spec wants it; false when all are.
  bool provideVolume(const message::NodeSpec& spec);
  void define(const reconcile::effect::Act& act);
  bool remove(const reconcile::effect::Act& act, unsigned progress);
  void answer(const reconcile::effect::LookAtHost& look);
  void live();
  void checkAct(const reconcile::effect::Act& act);
  void check();
  void violated(const std::string& what);

  std::unique_ptr<reconcile::Reconciler> mind_;
  std::deque<Pending> pending_;
  std::map<std::string, message::NodeSpec> specs_;
  std::map<Digest, message::NodeSpec> catalogue_;
  std::vector<std::pair<message::Manifest, Epoch>> sent_;
  reconcile::Now now_;
  Generation highestObserved_;
  std::map<std::pair<NodeName, VolumeName>, Bytes> largest_;
  std::string broken_;
};

}  // namespace berth::simulation

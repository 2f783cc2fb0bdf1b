// SPDX-License-Identifier: Apache-2.0
//
// The people: what clusters they want, and how they change their minds. Each change goes the whole way: a spec as text
// with its Butane files, the real planner, the real accept. A new thing that operators do is a kind in scenario.cpp and
// a line of the table in operators.cpp.
#pragma once

#include <string>
#include <vector>

#include "controller/server/planning.h"
#include "controller/server/relocation.h"
#include "tests/simulation/controller_shell.h"

namespace berth::simulation {

/// Of every node.
inline constexpr std::uint64_t kRootDiskGiB = 12;

/// What a spec file says.
struct PoolWish {
  std::string name;
  std::uint32_t count = 0;
  /// How many it had at first: there is room for that many.
  std::uint32_t usual = 0;
  std::uint32_t vcpus = 1;
  std::uint32_t memoryMiB = 2048;
  /// GiB of a kept volume; 0 for none.
  std::uint32_t volume = 0;
  bool quorum = false;
  /// How many nodes may stand in for others; not used where the pool cannot have any.
  std::uint32_t maxSurge = 0;
  /// What becomes of nodes that somebody stops or removes by hand.
  std::string drift = "heal";
  /// Seconds after which its nodes are made elsewhere when their host is lost; 0: never.
  std::uint32_t lossGrace = 0;
  /// Its services are told before it stops.
  bool takesLeave = false;
  /// A word of the Butane file: another one makes other machines.
  std::uint32_t flavour = 0;
  /// A word that the guests obey (agent_model.h).
  std::string fate = "fate-well";
};
struct ClusterWish {
  ClusterName name;
  std::uint32_t maxParallel = 1;
  std::uint32_t minHealthySeconds = 1;
  std::uint32_t healthyDeadlineSeconds = 90;
  std::uint32_t canary = 0;
  bool autoPromote = false;
  bool autoRevert = false;
  bool keepOldDisk = true;
  std::vector<PoolWish> pools;
};
[[nodiscard]] message::Submission submissionOf(const ClusterWish& wish);

class Operators {
public:
  Operators(ControllerShell& controller, Truth& truth, Timeline* timeline, Agenda& agenda, Plant plant, Size size,
            const Dice& dice);

  /// Every cluster is applied for the first time.
  void begin();
  void act(const Happening& happening);
  /// What the controller does by itself: plans the way back of each rollout that failed and wants one.
  void revert();
  /// Plans for the nodes of lost hosts, as the controller does.
  void heal();
  /// Once somebody has begun with it: deletes volumes that no node has, as far as the controller lets them go.
  void tidy();
  /// Lets frozen nodes go that nobody wants any more; what else is wanted is asked for once more then.
  void thaw();
  /// Asks the controller's twin for something that the true one does not know.
  void mislead(std::uint64_t dice);
  /// Every cluster that is there is to be well, and no larger than at first. Asked for again until it is accepted.
  void settle();
  /// All that settle() asked for was accepted.
  [[nodiscard]] bool isSettled() const { return unsettled_.empty() && thawing_.empty(); }
  [[nodiscard]] const std::vector<ClusterWish>& wishes() const { return wishes_; }
  /// Nobody asks for volumes, so that hosts need no more of disks than the root disks of their nodes.
  [[nodiscard]] bool areFrugal() const { return frugal_; }
  /// How long the largest cluster may take to be replaced, one batch after the other.
  [[nodiscard]] std::size_t longestChain(const std::optional<rollout::Budget>& budget) const;
  [[nodiscard]] std::uint64_t accepted() const { return accepted_; }

private:
  using Change = bool (*)(ClusterWish&, Dice&);
  struct Deed {
    Kind kind;
    Change change;
  };
  static const std::vector<Deed>& deeds();

  /// `twin`: nobody is answered, and the truth is not told.
  enum class To : std::uint8_t { controller, twin };
  void apply(ClusterWish wish, message::PlanOptions options, To to, std::function<void()> accepted = {});
  void destroy(const ClusterName& cluster);
  void steer(const ClusterName& cluster, Dice& dice);
  void setPower(std::function<message::Power(const store::NodeRecord&)> powerOf);
  void deleteOrphans();
  void drain(const HostName& host, Dice& dice);
  /// The machines of `name` are to be again what they were in `before`.
  void takeBack(const ClusterName& name, const std::vector<PoolWish>& before);
  void openAll();
  bool makeElsewhere(server::Core& core, const server::Relocation& relocation, const fleet::Moment& moment);
  bool goBack(server::Core& core, RolloutId failed, const fleet::Moment& moment);
  void say(const std::string& what);

  ControllerShell& controller_;
  Truth& truth_;
  Timeline* timeline_;
  Agenda& agenda_;
  const Plant plant_;
  Dice dice_;
  std::vector<ClusterWish> wishes_;
  std::set<ClusterName> unsettled_;
  /// Whose frozen nodes that nobody wants are on their way out, by a plan of their own.
  std::set<ClusterName> thawing_;
  server::Relocator relocator_;
  const bool frugal_;
  bool settling_ = false;
  bool tidies_;
  TimePoint tidiedAt_;
  std::uint64_t accepted_ = 0;
};

}  // namespace berth::simulation

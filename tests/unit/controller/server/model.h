// SPDX-License-Identifier: Apache-2.0
//
// A fleet in one process: the real core over a store that survives it, agents that do what agents do, and a network
// that loses, repeats, delays and reorders. A seed decides everything. After every step the invariants are checked
// against what is really there, not against what anybody believes.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "controller/server/core.h"
#include "controller/store/memory_store.h"

namespace berth::server::model {

using Random = std::mt19937_64;

/// What an agent says and hears, on its way.
struct ToAgent {
  HostName host;
  Epoch epoch;
  message::ToAgent body;
};
struct FromAgent {
  HostName host;
  Epoch epoch;
  message::FromAgent body;
};

/// One machine of a host, real as long as it is in the map of its agent.
struct Machine {
  message::InstanceId id;
  Digest spec;
  message::Phase phase = message::Phase::creating;
  bool running = false;
  /// How often it has been rebooted from inside.
  unsigned reboots = 0;

  [[nodiscard]] std::string bootId() const { return "boot-" + std::to_string(reboots); }
};

/// An agent and its host. Everything but the session survives a power cut.
class Agent {
public:
  Agent(HostName name, Random& random) : name_(std::move(name)), random_(random) {}

  [[nodiscard]] const HostName& name() const { return name_; }
  [[nodiscard]] const std::map<Uuid, Machine>& machines() const { return machines_; }
  [[nodiscard]] const message::Manifest& manifest() const { return manifest_; }
  [[nodiscard]] bool hasPower() const { return power_; }
  [[nodiscard]] Epoch epoch() const { return epoch_; }

  /// A volume is on this host, whoever made it.
  void have(const message::VolumeStatus& volume) { volumes_.push_back(volume); }
  [[nodiscard]] const std::vector<message::VolumeStatus>& volumes() const { return volumes_; }

  void hear(Epoch epoch, const message::ToAgent& body);
  /// Works a little; what it says goes to `out`.
  void work(TimePoint now, const std::set<Digest>& bad, std::vector<message::FromAgent>& out);
  /// The connection is a new one: everything is said anew.
  void reconnect();
  /// The guest of this node boots anew by itself.
  void reboot(const NodeName& node);
  void cutPower();
  void restorePower();

private:
  void advance(const std::set<Digest>& bad);
  void report(std::vector<message::FromAgent>& out);
  [[nodiscard]] bool chance(double probability) {
    return std::uniform_real_distribution<double>(0, 1)(random_) < probability;
  }

  HostName name_;
  Random& random_;
  bool power_ = true;
  Epoch epoch_;
  message::Manifest manifest_;
  std::map<Uuid, Machine> machines_;
  std::set<Uuid> carriedOut_;
  std::vector<message::VolumeStatus> volumes_;
  int boots_ = 0;

  bool saidHello_ = false;
  bool welcome_ = false;
  bool reportFully_ = true;
  Sequence sequence_;
  std::map<Uuid, std::pair<message::Phase, std::string>> told_;
  std::vector<message::VolumeStatus> toldVolumes_;
  std::vector<message::VolumeOrder> toldCarriedOut_;
  TimePoint nextBeat_{};
  TimePoint nextHello_{};
};

/// How hostile the world is.
struct Weather {
  double loss = 0;
  double repeat = 0;
  double powerCut = 0;
  double partition = 0;
  double controllerKill = 0;
  double diskFull = 0;
  double apply = 0;
};
inline constexpr Weather kStorm{0.1, 0.1, 0.002, 0.004, 0.006, 0.002, 0.02};
inline constexpr Weather kCalm{};

class World {
public:
  World(std::uint64_t seed, std::size_t hosts);

  /// One step of 250 ms, and all checks.
  void step(const Weather& weather);
  void healAll();
  /// Nothing is under way, and every host has exactly what it should.
  [[nodiscard]] bool isConverged() const;
  [[nodiscard]] std::string describe() const;

  /// The first invariant that was broken, in words; empty as long as all hold.
  [[nodiscard]] const std::string& broken() const { return broken_; }
  [[nodiscard]] std::size_t rolloutsBegun() const { return begun_; }
  [[nodiscard]] std::size_t kills() const { return kills_; }
  [[nodiscard]] std::size_t reverts() const { return reverts_; }

private:
  void violate(const std::string& what);
  void startController();
  void deliver();
  void applySomething();
  void steerSomething();
  void resumeAll();
  void revertWhatFailed();
  void finishTurn(bool dieAfterCommit);
  void checkTurn(const std::map<NodeName, bool>& readyBefore);
  void checkReality();
  void checkManifests(const HostName& host, const message::Manifest& manifest);
  [[nodiscard]] std::map<NodeName, bool> readiness() const;
  [[nodiscard]] fleet::Moment moment() const { return {now_, 0}; }
  [[nodiscard]] bool chance(double probability) {
    return std::uniform_real_distribution<double>(0, 1)(random_) < probability;
  }
  [[nodiscard]] std::uint64_t pick(std::uint64_t below) {
    return std::uniform_int_distribution<std::uint64_t>(0, below - 1)(random_);
  }
  template <class Message>
  void post(std::deque<std::pair<TimePoint, Message>>& wire, const Message& message, const Weather& weather);

  Random random_;
  TimePoint now_{std::chrono::hours(1)};
  store::MemoryStore store_;
  std::unique_ptr<Core> core_;
  std::vector<Agent> agents_;
  std::set<HostName> cutOff_;
  std::deque<std::pair<TimePoint, ToAgent>> toAgents_;
  std::deque<std::pair<TimePoint, FromAgent>> fromAgents_;
  std::set<Digest> bad_;
  std::map<std::pair<HostName, Generation>, message::Manifest> pushed_;
  /// Condemned by a rollout that destroys all: no budget guards them.
  std::size_t begun_ = 0;
  std::size_t kills_ = 0;
  std::size_t reverts_ = 0;
  bool resumesAll_ = false;
  std::uint64_t specNumber_ = 0;
  std::optional<TimePoint> diskFullUntil_;
  std::map<HostName, TimePoint> darkUntil_;
  std::map<HostName, TimePoint> cutUntil_;
  std::string broken_;
};

}  // namespace berth::server::model

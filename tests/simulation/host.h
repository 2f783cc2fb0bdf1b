// SPDX-License-Identifier: Apache-2.0
//
// One host of the fleet: the model of the host with the real reconciler in it, the real session with the controller,
// and between them what berth-agent's loop does. Its clock is its own, its power can be cut, and its agent can be
// killed at any moment.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "agent/program/session.h"
#include "agent/state/events.h"
#include "tests/simulation/agent_model.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/network.h"
#include "tests/simulation/plant.h"
#include "tests/simulation/scenario.h"
#include "tests/simulation/timeline.h"
#include "tests/simulation/truth.h"

namespace berth::simulation {

/// What all hosts stand on; outlives them.
struct Ground {
  Agenda& agenda;
  Network& network;
  Truth& truth;
  /// Null when nobody reads.
  Timeline* timeline = nullptr;
  Plant plant = Plant::none;
  /// Which controller listens: each that starts has the next number; 0 while none does.
  std::uint64_t controller = 0;
  /// Puts a message on its way, over a connection of that number.
  std::function<void(std::uint32_t host, std::uint64_t connection, message::Message<message::FromAgent>)> say;
  /// Any of the hosts, as its peers reach it.
  std::function<const AgentModel&(std::uint32_t host)> peer;
};

class Host final : Outside {
public:
  Host(std::uint32_t index, const message::Capacity& capacity, Ground& ground, const Dice& dice);

  /// The host is switched on.
  void begin();
  /// A message arrived over this connection.
  void hear(std::uint64_t connection, const message::Message<message::ToAgent>& message);
  /// The agent runs, and knows that a controller of this epoch has the lead.
  [[nodiscard]] bool knows(Epoch epoch) const;
  /// Something of the table in scenario.h begins; what it does to others than this host is not done here.
  void suffer(const Happening& happening);
  /// All that is wrong with it ends.
  void heal();
  /// A guest reboots into a new release of its system.
  enum class After : std::uint8_t { comesUp, dies };
  void rebootGuest(const Uuid& instance, After after);

  [[nodiscard]] const AgentModel& model() const { return model_; }
  [[nodiscard]] std::uint64_t connection() const { return connection_; }
  [[nodiscard]] const HostName& name() const { return name_; }
  /// Since when nothing has kept its reports from the network; empty while something does.
  [[nodiscard]] std::optional<TimePoint> wellSince() const;
  [[nodiscard]] std::string describe() const;

private:
  void ask(const std::vector<Digest>& digests) override;
  void happened(const message::InstanceId& instance, const std::string& what) override;
  void publish() override;
  void acts(const reconcile::effect::Act& act) override;

  void startAgent();
  void stopAgent();
  void tick();
  void work();
  void tend();
  void minded();
  void follow(const program::Outcome& outcome);
  void keepSpecs(const message::Specs& specs);
  [[nodiscard]] std::optional<std::uint64_t> readPeer(const message::VolumeMove& move);
  void say(message::FromAgent body, std::uint64_t correlation = 0);
  void disconnect();
  void restartSoon(std::chrono::milliseconds delay, std::uint64_t& count);
  void meddle(Kind kind, std::uint64_t choice);
  void watchRestart(const Uuid& instance);
  [[nodiscard]] bool impairs(const Happening& happening);
  void lasting(int& count, std::chrono::milliseconds lasts);
  void say(const std::string& what);
  [[nodiscard]] reconcile::Now now() const;
  [[nodiscard]] program::Picture outline() const;
  [[nodiscard]] program::Picture picture() const;

  const std::uint32_t index_;
  const HostName name_;
  Ground& ground_;
  Dice dice_;
  const std::chrono::milliseconds clockOffset_;
  /// In thousandths: how much faster its clock goes than that of the controller.
  const int clockDrift_;
  std::int64_t wallOffsetMs_ = 0;
  AgentModel model_;
  std::optional<program::Session> session_;
  state::Events events_{{}};
  std::vector<message::HostEvent> keptEvents_;
  std::vector<Digest> wantedSpecs_;
  Sequence sequence_;
  std::uint64_t boots_ = 0;
  /// Rises with each start of the agent: what was put off by an earlier one is void.
  std::uint64_t process_ = 0;
  bool power_ = true;

  std::uint64_t connection_ = 0;
  bool connected_ = false;
  std::uint64_t connectedTo_ = 0;
  TimePoint connectAt_;
  std::optional<TimePoint> deafSince_;
  bool publishing_ = false;
  bool working_ = false;
  std::uint64_t lookedAt_ = 0;

  // Faults under way, each how often.
  int hypervisorDown_ = 0;
  int hangs_ = 0;
  int operationsFail_ = 0;
  int imagesFail_ = 0;
  int diskFull_ = 0;
  int slow_ = 0;
  int deaf_ = 0;
  int guestsCutOff_ = 0;
  /// Until then it cannot switch anything off.
  TimePoint impairedUntil_;
  /// Reports may have been late until then.
  TimePoint illUntil_;
};

}  // namespace berth::simulation

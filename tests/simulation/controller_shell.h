// SPDX-License-Identifier: Apache-2.0
//
// What berth-controller's loop does around the real core: messages are gathered into turns, each turn is committed, and
// only then is anybody told. It is killed between any two of these, and starts again with what its store has.
//
// A twin is the controller as it was, over a copy of its store, while another one has taken the lead: a machine that
// was frozen and thawed, or a disk that was copied. It hears what the true one hears and says what it thinks.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "controller/server/core.h"
#include "tests/simulation/agenda.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/plant.h"
#include "tests/simulation/scenario.h"
#include "tests/simulation/simulated_store.h"
#include "tests/simulation/timeline.h"
#include "tests/simulation/truth.h"

namespace berth::simulation {

/// From a host, over a connection of that number.
struct Letter {
  std::uint32_t host = 0;
  std::uint64_t connection = 0;
  message::Message<message::FromAgent> message;
};

/// Something that an operator asks for.
struct Errand {
  /// Decides it within a turn; false when it is refused.
  std::function<bool(server::Core& core, const fleet::Moment& moment)> decide;
  /// It is durable, and the operator is told so.
  std::function<void()> acknowledged;
};

class ControllerShell {
public:
  struct Parts {
    Agenda& agenda;
    Truth& truth;
    Timeline* timeline = nullptr;
    Plant plant = Plant::none;
    fleet::Timing timing;
    std::optional<rollout::Budget> budget;
    /// Puts a message on its way to a host, over the connection that it was last heard on.
    std::function<void(std::uint32_t host, std::uint64_t connection, std::uint64_t life,
                       message::Message<message::ToAgent>)>
        send;
    /// The one that listens from now on; 0 when none does.
    std::function<void(std::uint64_t life)> listens;
  };

  ControllerShell(Parts parts, store::MemoryStore& disk, const Dice& dice);

  void start();
  void hear(Letter letter);
  void ask(Errand errand);
  /// Kills it as the happening says, and starts it again after that long.
  void suffer(const Happening& happening);
  /// The controller goes on over a copy of its store, and another one takes the lead.
  void split(std::chrono::milliseconds lasts);
  /// The twin is asked for this, whoever asks.
  void askTwin(Errand errand);
  /// It runs and has nothing wrong with it from now on.
  void heal();

  /// Null while none runs.
  [[nodiscard]] server::Core* core() { return lives() ? true_.core.get() : nullptr; }
  [[nodiscard]] std::uint64_t life() const { return lives() ? life_ : 0; }
  [[nodiscard]] TimePoint startedAt() const { return startedAt_; }
  /// Now, as a controller sees it.
  [[nodiscard]] fleet::Moment moment() const;

private:
  /// One controller's process.
  struct Process {
    std::unique_ptr<SimulatedStore> store;
    std::unique_ptr<server::Core> core;
    std::map<std::uint32_t, std::uint64_t> routes;
    std::deque<Letter> letters;
    std::deque<Errand> errands;
    std::uint64_t life = 0;
    bool turns = false;
    Sequence sequence;
  };

  [[nodiscard]] bool lives() const { return true_.core != nullptr; }
  void kill();
  void startAfter(std::chrono::milliseconds delay);
  void tick(std::uint64_t life);
  void turnSoon(Process& process);
  void turn(Process& process);
  void tell(Process& process, const fleet::Outbox& outbox);
  void send(Process& process, const HostName& host, message::ToAgent body);
  void sendSpecs(Process& process, const fleet::SendSpecs& specs);
  [[nodiscard]] message::Manifest bent(const Process& process, const HostName& host, message::Manifest manifest) const;
  [[nodiscard]] Process* processOf(std::uint64_t life);
  void say(const std::string& what);

  Parts parts_;
  store::MemoryStore& disk_;
  Dice dice_;
  Process true_;
  Process twin_;
  std::uint64_t life_ = 0;
  std::uint64_t starts_ = 0;
  TimePoint startedAt_;
  std::chrono::milliseconds downtime_{0};
  bool diesWhileSending_ = false;
  int storeFull_ = 0;
};

}  // namespace berth::simulation

// SPDX-License-Identifier: Apache-2.0
//
// The agent's side of the talk with its controller, as a state machine without a socket: what was heard and what time
// it is go in, what is to be said comes out. Nothing that is said needs to arrive: the hello is repeated until there is
// a welcome, a gap in the statuses is asked about by the controller, and events are said until they are acknowledged.
//
//   link up ─ Hello ─▶ greeted ─ Welcome ─▶ welcomed ─ silence ─▶ reconnect, and from the beginning
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/reconcile/event.h"
#include "agent/state/events.h"
#include "protocol/message/envelope.h"
#include "words/clock.h"

namespace berth::program {

/// How long an answer to a hello may take before it is said again.
inline constexpr std::chrono::seconds kHelloRetry{5};
/// A controller that answers nothing for so long does not hear us, whatever the socket believes: a half-open
/// connection looks like a good one. Then the socket is thrown away and made anew.
inline constexpr std::chrono::seconds kSilence{20};
/// How long a refused agent waits: a person has to do something first.
inline constexpr std::chrono::seconds kRefusedRetry{30};

/// What is known now, as the reconciler has it.
struct Picture {
  Epoch epoch;
  Generation observed;
  Generation reached;
  /// False before the first look at the host.
  bool known = false;
  std::vector<message::InstanceStatus> instances;
  std::vector<std::string> conditions;
  std::vector<message::VolumeStatus> volumes;
  std::vector<message::VolumeOrder> carriedOut;
  std::vector<message::VolumeMoveStatus> volumeMoves{};
};

/// What comes of it.
struct Outcome {
  struct Saying {
    message::FromAgent body;
    std::uint64_t correlation = 0;
  };
  struct Question {
    message::ReadConsole what;
    std::uint64_t correlation = 0;
  };
  std::vector<Saying> say;
  std::vector<reconcile::Event> events;
  std::vector<message::Specs> specs;
  std::vector<Question> questions;
  /// Host events up to this are durable at the controller.
  std::optional<Sequence> acknowledged;
  /// For the log, each once.
  std::vector<std::string> log;
  /// Throw the socket away and make another.
  bool reconnect = false;
};

class Session {
public:
  enum class State : std::uint8_t { away, greeted, welcomed, refused };

  /// `self` is what a Hello says, but for epoch and generations. `self.fleet` is the fleet that the host has joined.
  explicit Session(message::Hello self) : self_(std::move(self)) {}

  /// What the machine has is known now, or has changed.
  [[nodiscard]] Outcome measured(const message::Capacity& capacity, bool kvm, const Picture& picture, TimePoint now);
  /// Where other agents reach this one, as of now; said with the next hello. Empty: nowhere.
  void reachableAt(std::string peers) { self_.peers = std::move(peers); }
  [[nodiscard]] Outcome connected(const Picture& picture, TimePoint now);
  void disconnected();
  [[nodiscard]] Outcome heard(const message::Message<message::ToAgent>& message, const Picture& picture,
                              const state::Events& events, TimePoint now);
  [[nodiscard]] Outcome tick(const Picture& picture, TimePoint now);
  /// The picture or the events have changed.
  [[nodiscard]] Outcome publish(const Picture& picture, const state::Events& events);

  [[nodiscard]] State state() const { return state_; }
  /// Messages of a lower epoch, of another fleet, or out of turn.
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

private:
  void greet(const Picture& picture, TimePoint now, Outcome& out);
  void welcomed(const message::Welcome& welcome, Outcome& out);
  void report(message::Status::Extent extent, const Picture& picture, const state::Events& events, Outcome& out);
  void confirm(const message::HeartbeatAck& ack, TimePoint now, Outcome& out);
  void refuse(const std::string& why, Outcome& out);

  message::Hello self_;
  State state_ = State::away;
  bool measured_ = false;
  TimePoint connectedAt_;
  TimePoint saidAt_;
  TimePoint heardAt_;
  std::chrono::milliseconds interval_{0};
  /// A full status was asked for, or never sent.
  bool owesFull_ = true;
  Sequence sequence_;
  std::map<Uuid, message::InstanceStatus> sent_;
  std::vector<std::string> sentConditions_;
  std::vector<message::VolumeStatus> sentVolumes_;
  std::vector<message::VolumeOrder> sentCarriedOut_;
  std::vector<message::VolumeMoveStatus> sentMoves_;
  Generation sentObserved_;
  Generation sentReached_;
  Sequence sentEvent_;
  /// The highest of this connection, whether or not what came with it could be obeyed yet.
  Epoch epochHeard_;
  std::uint64_t refused_ = 0;
  std::string lastComplaint_;
};

}  // namespace berth::program

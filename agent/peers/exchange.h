// SPDX-License-Identifier: Apache-2.0
//
// Volumes between this agent and others: one thread with a loop of its own, on which disks and sockets of all that
// moves meet, so that neither the agent's loop nor its heartbeats wait for them. The door stands open only while
// somebody is to come in: it is bound with the first permission and closed with the last, and admits the keys that are
// permitted and no others.
//
//   Exchange exchange({key, layout, fleet, inUse}, tell);
//   exchange.listenAt(endpoint);
//   exchange.give(moves);                 // these may be read by their peers
//   exchange.take(move);                  // progress, and at last its end, come by `tell`
//   exchange.leave(move);                 // … which comes then, too
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <variant>
#include <vector>

#include "agent/peers/give.h"
#include "agent/peers/take.h"
#include "protocol/identity/endpoint.h"
#include "protocol/transport/loop.h"

namespace berth::peers {

/// Volumes that are fetched at the same time; others wait for their turn.
inline constexpr std::size_t kTakenAtOnce = 2;

class Exchange {
public:
  struct Settings {
    /// Outlives the exchange.
    const identity::KeyPair& key;
    volumes::Layout layout;
    Uuid fleet;
    InUse inUse;
    disks::QemuImg qemuImg{};
  };
  struct Progress {
    std::uint64_t copied = 0;
    std::uint64_t compared = 0;
    std::uint64_t total = 0;
    bool operator==(const Progress&) const = default;
  };
  using News = std::variant<Progress, Whole, Failure>;
  /// Called on the exchange's thread. After Whole or Failure nothing more comes of a move.
  using Tell = std::function<void(const message::VolumeMove&, const News&)>;

  Exchange(Settings settings, Tell tell);
  /// Ends all that is under way, where it is; nothing of it is told.
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // Any thread may call these.
  /// Where peers come in; nowhere, as long as this says nothing else.
  void listenAt(std::optional<identity::Endpoint> endpoint);
  void give(std::vector<message::VolumeMove> moves);
  void take(message::VolumeMove move);
  void leave(message::VolumeMove move);
  /// Where the door is, for tests; nothing while it is closed. Waits for what was asked before.
  [[nodiscard]] std::optional<identity::Endpoint> door();

private:
  struct State;
  std::unique_ptr<State> state_;
  std::jthread thread_;
};

}  // namespace berth::peers

// SPDX-License-Identifier: Apache-2.0
//
// The controller without its sockets: ledger, fleet and rollouts over one store, and the order that makes them safe:
// decide, then commit, and only then let anybody hear of it (I3).
//
//   auto begun = Core::begin(store, timing, moment);
//   core.hear(host, header, body, moment);             // as often as there are messages
//   core.tick(moment);
//   auto finished = core.finish(moment);               // commits; std::variant<Outbox, store::Failure>
//
// When a commit fails, nothing of the turn has happened: the core takes up again what the store has, as a controller
// that was started anew would, and hosts are asked to report. Until the store can be written again nothing is decided;
// agents are told that somebody is there, and nothing else (takeSigns()).
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "controller/fleet/fleet.h"
#include "controller/fleet/ledger.h"
#include "controller/rollout/rollouts.h"
#include "controller/store/store.h"
#include "planner/spec/model.h"

namespace berth::server {

class Core {
public:
  /// Raises the epoch. `store` outlives the core.
  [[nodiscard]] static store::Result<std::unique_ptr<Core>> begin(store::Store& store, fleet::Timing timing,
                                                                  const fleet::Moment& moment,
                                                                  std::optional<rollout::Budget> budget = {});

  void hear(const HostName& host, const message::Header& header, const message::FromAgent& body,
            const fleet::Moment& moment);
  void tick(const fleet::Moment& moment);
  /// Ends a turn: rollouts go on, everything is committed, and what may now be said is returned.
  [[nodiscard]] std::variant<fleet::Outbox, store::Failure> finish(const fleet::Moment& moment);

  /// While the store cannot be written: what may be said all the same, since it tells of nothing.
  [[nodiscard]] fleet::Outbox takeSigns() { return broken_ ? std::exchange(outbox_, {}) : fleet::Outbox(); }

  /// The events that were committed since this was last asked, for the log.
  [[nodiscard]] std::vector<store::EventRecord> takeNews() { return std::exchange(news_, {}); }

  /// Nodes are told to ask there before they reboot, from the next plan on.
  void setLockServer(std::optional<spec::LockServer> server) { lockServer_ = std::move(server); }
  [[nodiscard]] const std::optional<spec::LockServer>& lockServer() const { return lockServer_; }

  [[nodiscard]] store::Store& store() { return store_; }
  [[nodiscard]] fleet::Ledger& ledger() { return state_->ledger; }
  [[nodiscard]] const fleet::Ledger& ledger() const { return state_->ledger; }
  [[nodiscard]] fleet::Fleet& fleet() { return state_->fleet; }
  [[nodiscard]] const fleet::Fleet& fleet() const { return state_->fleet; }
  [[nodiscard]] rollout::Rollouts& rollouts() { return state_->rollouts; }
  [[nodiscard]] const rollout::Rollouts& rollouts() const { return state_->rollouts; }
  /// Set while the store cannot be written: reading still works, nothing may be changed.
  [[nodiscard]] const std::optional<store::Failure>& broken() const { return broken_; }

private:
  struct State {
    fleet::Ledger ledger;
    fleet::Fleet fleet;
    rollout::Rollouts rollouts;

    State(const store::Snapshot& snapshot, fleet::Timing timing, TimePoint start,
          std::optional<rollout::Budget> budget);
  };

  Core(store::Store& store, fleet::Timing timing, std::optional<rollout::Budget> budget, std::unique_ptr<State> state,
       TimePoint start);
  [[nodiscard]] store::Failure recover(store::Failure failure, const fleet::Moment& moment);
  /// Tries to write while the store is broken.
  void retry(const fleet::Moment& moment);

  store::Store& store_;
  const fleet::Timing timing_;
  const std::optional<rollout::Budget> budget_;
  std::optional<spec::LockServer> lockServer_;
  std::unique_ptr<State> state_;
  fleet::Outbox outbox_;
  std::vector<store::EventRecord> news_;
  std::optional<store::Failure> broken_;
  TimePoint retryAt_;
  TimePoint tickedAt_;
};

}  // namespace berth::server

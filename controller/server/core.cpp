// SPDX-License-Identifier: Apache-2.0
#include "controller/server/core.h"

#include <utility>

#include "controller/server/draining.h"

namespace berth::server {

namespace {

/// Between two attempts to write to a store that could not be written.
constexpr std::chrono::seconds kRetry{2};

}  // namespace

Core::State::State(const store::Snapshot& snapshot, fleet::Timing timing, TimePoint start,
                   std::optional<rollout::Budget> budget)
    : ledger(snapshot),
      fleet(ledger, timing, start),
      rollouts(ledger, fleet, snapshot.rollouts, snapshot.changes, snapshot.lastRollout, budget) {}

Core::Core(store::Store& store, fleet::Timing timing, std::optional<rollout::Budget> budget,
           std::unique_ptr<State> state, TimePoint start)
    : store_(store), timing_(timing), budget_(budget), state_(std::move(state)), tickedAt_(start) {}

store::Result<std::unique_ptr<Core>> Core::begin(store::Store& store, fleet::Timing timing, const fleet::Moment& moment,
                                                 std::optional<rollout::Budget> budget) {
  auto epoch = store.beginEpoch();
  if (auto* failed = std::get_if<store::Failure>(&epoch)) return std::move(*failed);
  auto snapshot = store.load();
  if (auto* failed = std::get_if<store::Failure>(&snapshot)) return std::move(*failed);
  auto state = std::make_unique<State>(std::get<store::Snapshot>(snapshot), timing, moment.now, budget);
  return std::unique_ptr<Core>(new Core(store, timing, budget, std::move(state), moment.now));
}

void Core::hear(const HostName& host, const message::Header& header, const message::FromAgent& body,
                const fleet::Moment& moment) {
  // What cannot be kept is not heard: the agent says it again.
  if (broken_) return state_->fleet.reassure(host, body, outbox_);
  state_->fleet.hear(host, header, body, moment, outbox_);
}

void Core::tick(const fleet::Moment& moment) {
  // Whoever was stopped or suspended finds nothing but silence; what agents said meanwhile is still to be read.
  const auto before = std::exchange(tickedAt_, moment.now);
  if (moment.now - before > timing_.lease / 2) state_->fleet.wake(moment);
  if (broken_) return retry(moment);
  state_->fleet.tick(moment);
  mindDrains(*this, moment);
}

std::variant<fleet::Outbox, store::Failure> Core::finish(const fleet::Moment& moment) {
  if (broken_) return *broken_;
  state_->rollouts.advance(moment);
  const store::Transaction writes = state_->ledger.settle();
  if (auto failed = store_.commit(writes)) return recover(std::move(*failed), moment);
  for (const auto& write : writes) {
    if (const auto* event = std::get_if<store::EventRecord>(&write)) news_.push_back(*event);
  }
  state_->fleet.push(outbox_);
  return std::exchange(outbox_, {});
}

store::Failure Core::recover(store::Failure failure, const fleet::Moment& moment) {
  outbox_.clear();
  broken_ = failure;
  retryAt_ = moment.now + kRetry;
  // If it cannot even be read, what is in memory is still the best there is to show; retry() goes on trying.
  auto snapshot = store_.load();
  if (auto* read = std::get_if<store::Snapshot>(&snapshot)) {
    state_ = std::make_unique<State>(*read, timing_, moment.now, budget_);
  }
  return failure;
}

void Core::retry(const fleet::Moment& moment) {
  if (moment.now < retryAt_) return;
  retryAt_ = moment.now + kRetry;
  auto snapshot = store_.load();
  auto* read = std::get_if<store::Snapshot>(&snapshot);
  if (read == nullptr) return;
  auto fresh = std::make_unique<State>(*read, timing_, moment.now, budget_);
  fresh->ledger.record(moment, "controller", "the store can be written again; it could not: " + broken_->message);
  if (store_.commit(fresh->ledger.settle())) return;
  state_ = std::move(fresh);
  broken_.reset();
}

}  // namespace berth::server

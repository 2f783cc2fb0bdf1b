// SPDX-License-Identifier: Apache-2.0
//
// What is only brought up to date must always be what would be gathered anew: whatever may happen to nodes, instances
// and hosts happens here in every order, and after each thing both are compared.
#include "controller/rollout/gather.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "tests/unit/controller/store/records_for_tests.h"

namespace berth::rollout {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kHosts = 3;
constexpr std::uint64_t kNodes = 6;

HostName host(std::uint64_t number) { return *HostName::parse("vh" + std::to_string(number)); }
NodeName node(std::uint64_t number) { return *NodeName::parse("prod-server-" + std::to_string(number)); }

store::Snapshot snapshot() {
  store::Snapshot all;
  all.fleet = store::test::kFleet;
  all.epoch = Epoch(5);
  for (std::uint64_t i = 0; i < kHosts; ++i) {
    store::HostRecord record;
    record.name = host(i);
    record.key = store::test::keyOf(static_cast<std::uint8_t>(i + 1));
    all.hosts.push_back(record);
  }
  return all;
}

class AnyWorld {
public:
  explicit AnyWorld(std::uint64_t seed) : random_(seed), ledger_(snapshot()), fleet_(ledger_, {2s, 10s}, now_) {
    store::ChangeRecord& change = changes_.emplace_back();
    change.target.host = host(1);
    facts_ = gather(kCluster, changes_, ledger_, fleet_);
    (void)ledger_.takeStirred();
  }

  /// Something happens. What it was, for whoever reads of a failure.
  std::string step() {
    switch (below(10)) {
      case 0: return place();
      case 1: return ledger_.condemn(node(below(kNodes))), "a node is condemned";
      case 2: return bury();
      case 3: return hello();
      case 4: return beat();
      case 5: return fleet_.forget(host(below(kHosts))), "a host is forgotten";
      case 6: return pass();
      case 7: return rejoin();
      default: return report();
    }
  }

  /// True when the facts brought up to date are those gathered anew.
  [[nodiscard]] bool agrees() {
    const Facts before = facts_;
    const bool changed = refresh(facts_, kCluster, ledger_.takeStirred(), ledger_, fleet_);
    const Facts anew = gather(kCluster, changes_, ledger_, fleet_);
    const bool knowsAllHosts = std::ranges::all_of(anew.hosts, [&](const auto& each) {
      const auto known = facts_.hosts.find(each.first);
      return known != facts_.hosts.end() && known->second == each.second;
    });
    return knowsAllHosts && facts_.nodes == anew.nodes &&
           (changed || (before.nodes == facts_.nodes && before.hosts == facts_.hosts));
  }

private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  void say(const message::FromAgent& body) {
    fleet::Outbox outbox;
    const HostName from = host(below(kHosts));
    fleet_.hear(from, {1, Epoch(5), Sequence(), 0}, body, {now_, 1000}, outbox);
  }

  std::string hello() {
    message::Hello hello;
    hello.agentVersion = "1";
    hello.bootId = std::to_string(below(2));
    say(hello);
    return "hello";
  }

  std::string beat() {
    message::Heartbeat beat;
    // Now and then more than this controller can have said.
    beat.observed = Generation(below(20) == 0 ? 1000 : 0);
    say(beat);
    return "a heartbeat";
  }

  std::string place() {
    store::NodeRecord record = store::test::node(node(below(kNodes)).str(), "spec", ++incarnation_);
    record.host = host(below(kHosts));
    // Nodes of another cluster are none of its business.
    if (below(5) == 0) record.cluster = *ClusterName::parse("other");
    ledger_.put(record);
    return record.name.str() + " is put on " + record.host.str();
  }

  std::string bury() {
    if (ledger_.tombstones().empty()) return "nothing";
    const auto gone =
        std::next(ledger_.tombstones().begin(), static_cast<std::ptrdiff_t>(below(ledger_.tombstones().size())));
    ledger_.bury(Uuid(gone->first));
    return "an instance is gone";
  }

  std::string pass() {
    now_ += 4s;
    fleet_.tick({now_, 1000});
    return "time passes";
  }

  std::string rejoin() {
    auto record = *ledger_.host(host(below(kHosts)));
    if (!record.ahead) return "nothing";
    record.ahead.reset();
    ledger_.put(record);
    return record.name.str() + " is taken over";
  }

  std::string report() {
    message::Status status;
    status.sequence = Sequence(++sequence_);
    status.extent = below(2) == 0 ? message::Status::Extent::full : message::Status::Extent::delta;
    for (const auto& [name, record] : ledger_.nodes()) {
      if (below(3) == 0) continue;
      auto& each = status.instances.emplace_back();
      each.instance = record.id();
      each.phase = below(2) == 0 ? message::Phase::ready : message::Phase::booting;
      each.reason = below(4) == 0 ? "because" : "";
    }
    for (const auto& [instance, tombstone] : ledger_.tombstones()) {
      auto& each = status.instances.emplace_back();
      each.instance = tombstone.instance();
      each.phase = below(2) == 0 ? message::Phase::gone : message::Phase::stopping;
    }
    say(status);
    return "a report";
  }

  const ClusterName kCluster = *ClusterName::parse("prod");
  std::mt19937_64 random_;
  TimePoint now_{1000s};
  fleet::Ledger ledger_;
  fleet::Fleet fleet_;
  std::vector<store::ChangeRecord> changes_;
  Facts facts_;
  std::uint64_t incarnation_ = 0;
  std::uint64_t sequence_ = 0;
};

TEST(WhatIsKnown, IsNeverBehindWhatWouldBeGatheredAnew) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    AnyWorld world(seed);
    for (int step = 0; step < 200; ++step) {
      const std::string what = world.step();
      ASSERT_TRUE(world.agrees()) << "seed " << seed << ", step " << step << ": " << what;
    }
  }
}

}  // namespace
}  // namespace berth::rollout

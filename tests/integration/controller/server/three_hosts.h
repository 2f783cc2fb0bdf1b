// SPDX-License-Identifier: Apache-2.0
//
// A controller with three hosts that are ready.
#pragma once

#include <algorithm>
#include <set>

#include "tests/integration/controller/server/harness.h"

namespace berth::server {

class ThreeHosts : public Controller {
protected:
  ThreeHosts() {
    init();
    start();
    for (const char* host : {"vh1", "vh2", "vh3"}) addAgent(host);
    EXPECT_TRUE(until([&] {
      const auto hosts = get<message::reply::Hosts>(message::request::GetHosts{}).hosts;
      return hosts.size() == 3 &&
             std::ranges::all_of(hosts, [](const auto& each) { return each.state == message::HostState::ready; });
    }));
  }

  [[nodiscard]] std::size_t readyNodes() {
    const auto nodes = get<message::reply::Nodes>(message::request::GetNodes{}).nodes;
    return static_cast<std::size_t>(std::ranges::count_if(
        nodes, [](const auto& each) { return each.known && each.status.phase == message::Phase::ready; }));
  }
  [[nodiscard]] bool isDone(RolloutId id) {
    return until([&] { return rollout(id).state == message::RolloutState::done; });
  }

  /// What runs now is good; machines of any other spec fail from then on.
  void keepAsGood() {
    for (const auto& agent : agents_) {
      for (const auto& entry : agent->host().manifest().entries) good_.insert(entry.spec);
    }
  }
  void breakWhatIsNew() {
    for (const auto& agent : agents_) {
      for (const auto& entry : agent->host().manifest().entries) {
        if (!good_.contains(entry.spec)) bad_.insert(entry.spec);
      }
    }
  }

  /// No node has two machines anywhere.
  void expectNoTwins() const {
    std::set<NodeName> seen;
    for (const auto& agent : agents_) {
      for (const auto& [uuid, machine] : agent->host().machines()) {
        EXPECT_TRUE(seen.insert(machine.id.node).second) << "two machines of " << machine.id.node.str();
      }
    }
  }

  std::set<Digest> good_;
};

}  // namespace berth::server

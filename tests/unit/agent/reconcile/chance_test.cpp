// SPDX-License-Identifier: Apache-2.0
//
// Chance decides what happens next: operations advance by a crumb, messages come late, twice or not at all, the agent
// and its guests die, disk and hypervisor fail. After every step the invariants hold (the model checks them); when the
// faults stop, the host comes to what was ordered last. A failing seed replays: BERTH_SEED=n; BERTH_SEEDS=n
// tries more of them.
#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>

#include "agent/reconcile/instance.h"
#include "tests/simulation/agent_model.h"

namespace berth::simulation {
namespace {

using namespace std::chrono_literals;
using message::Phase;

/// A controller that wants things, replaces and removes them, and drops a tombstone once it is carried out.
class Orders {
public:
  void next(AgentModel& host, std::mt19937& random) {
    const auto node = "a-" + std::to_string(random() % 4);
    switch (random() % 6) {
      case 0:
      case 1:
        if (wanted_.contains(node)) break;
        wanted_[node] = ++incarnations_[node];
        specify(host, node, random);
        break;
      case 2:
        if (wanted_.contains(node)) {
          condemned_.insert({node, wanted_[node]});
          wanted_[node] = ++incarnations_[node];
          flavours_[node] = static_cast<unsigned>(random() % 3);
          specify(host, node, random);
        }
        break;
      case 3:
        // In place, under the same instance.
        if (wanted_.contains(node)) specify(host, node, random);
        break;
      case 4:
        // As a controller does: only what no node has, or may get back.
        if (!wanted_.contains(node) && sizes_[node] != 0 &&
            std::ranges::none_of(condemned_, [&](const Wish& wish) { return wish.node == node; })) {
          deleted_.insert_or_assign(node, host.generation);
          sizes_[node] = 0;
        }
        break;
      default:
        if (wanted_.contains(node)) condemned_.insert({node, wanted_[node]});
        wanted_.erase(node);
    }
    send(host);
  }
  void send(AgentModel& host) {
    std::erase_if(condemned_, [&](const Wish& wish) { return host.status(wish) && host.phase(wish) == Phase::gone; });
    std::erase_if(deleted_, [&](const auto& each) {
      return std::ranges::find(host.mind().carriedOut(), tombstoneFor(each)) != host.mind().carriedOut().end();
    });
    host.volumeOrders.clear();
    for (const auto& each : deleted_) host.volumeOrders.push_back(tombstoneFor(each));
    std::vector<Wish> wanted;
    for (const auto& [node, incarnation] : wanted_) wanted.push_back({node, incarnation});
    host.order(wanted, {condemned_.begin(), condemned_.end()});
  }
  /// Nodes that went down too often in a row are changed, as a person is told to; false when there are none.
  bool mend(AgentModel& host) {
    bool any = false;
    for (const auto& [node, incarnation] : wanted_) {
      const auto status = host.status({node, incarnation});
      if (!status || status->stopsInARow <= reconcile::kMostRestarts) continue;
      any = true;
      specs_[node].tags["mended"] = "yes";
      host.specify(specs_[node]);
    }
    if (any) send(host);
    return any;
  }
  [[nodiscard]] const std::map<std::string, unsigned>& wanted() const { return wanted_; }

private:
  static message::VolumeOrder tombstoneFor(const std::pair<const std::string, Generation>& deleted) {
    const auto spec = specFor(deleted.first);
    return {message::VolumeOrder::Verb::remove, spec.cluster, spec.node,
            VolumeName::parse("data").value(),  {},           deleted.second};
  }
  /// Never smaller volumes: those would be refused, and rightly.
  void specify(AgentModel& host, const std::string& node, std::mt19937& random) {
    auto spec = specFor(node, std::to_string(flavours_[node]));
    // Of one flavour it has none, of the others one or two.
    for (unsigned i = 0; i < flavours_[node]; ++i)
      spec.artifacts.push_back({"a" + std::to_string(i), "https://example.org/a", Digest::of(node.substr(2) + "a")});
    spec.memory = Bytes((128u << 20) * (1 + random() % 3));
    sizes_[node] += random() % 2;
    if (sizes_[node] != 0) spec.volumes = {{VolumeName::parse("data").value(), Bytes(sizes_[node] << 30), true}};
    specs_[node] = spec;
    host.specify(spec);
  }

  std::map<std::string, message::NodeSpec> specs_;
  std::map<std::string, unsigned> flavours_;
  std::map<std::string, std::uint64_t> sizes_;
  std::map<std::string, Generation> deleted_;
  std::map<std::string, unsigned> wanted_;
  std::map<std::string, unsigned> incarnations_;
  std::set<Wish> condemned_;
};

void faultsStop(AgentModel& host) {
  host.hypervisorDown = host.diskFull = false;
  host.failAct = nullptr;
  host.failImage = nullptr;
}

void play(unsigned seed) {
  std::mt19937 random(seed);
  AgentModel host;
  Orders orders;
  host.failAct = [&](const reconcile::effect::Act&) -> std::optional<reconcile::Failure> {
    if (random() % 12 != 0) return std::nullopt;
    return reconcile::Failure{reconcile::Failure::Kind::temporary, "no luck"};
  };
  host.failImage = [&](const message::Image&) -> std::optional<reconcile::Failure> {
    if (random() % 4 != 0) return std::nullopt;
    return reconcile::Failure{reconcile::Failure::Kind::temporary, "no luck"};
  };
  for (int step = 0; step < 1200 && host.broken().empty(); ++step) {
    if (random() % 40 == 0) orders.next(host, random);
    host.chance(random);
  }
  ASSERT_EQ(host.broken(), "") << "seed " << seed;

  faultsStop(host);
  orders.send(host);
  // The longest waits: a back-off of a minute, a shutdown of half a minute, a boot.
  host.run(6min);
  // Chance kills guests, too: one that it has killed too often in a row is left off, and rightly.
  if (orders.mend(host)) host.run(6min);
  ASSERT_EQ(host.broken(), "") << "seed " << seed;
  EXPECT_EQ(host.mind().reached(), host.generation)
      << "seed " << seed << ": " << testing::PrintToString(host.mind().conditions());
  for (const auto& [node, incarnation] : orders.wanted())
    EXPECT_EQ(host.phase({node, incarnation}), Phase::ready)
        << "seed " << seed << ": " << node << ": " << host.status({node, incarnation})->reason;
  EXPECT_EQ(host.guests.size(), orders.wanted().size()) << "seed " << seed << ": something is left over";
  EXPECT_EQ(host.files.size(), orders.wanted().size()) << "seed " << seed << ": files are left over";
  EXPECT_EQ(host.configLeft(), "") << "seed " << seed << ": its Ignition config is left over";
  host.acts.clear();
  host.run(5min);
  EXPECT_TRUE(host.acts.empty()) << "seed " << seed << " does not come to rest: " << host.acts.front();
}

TEST(Chance, I1_I5_I9_I11_HoldAtEveryStepAndTheHostComesToRest) {
  if (const auto* given = std::getenv("BERTH_SEED")) return play(static_cast<unsigned>(std::atoi(given)));
  const auto* count = std::getenv("BERTH_SEEDS");
  const unsigned seeds = count != nullptr ? static_cast<unsigned>(std::atoi(count)) : 60;
  for (unsigned seed = 1; seed <= seeds && !HasFailure(); ++seed) play(seed);
}

}  // namespace
}  // namespace berth::simulation

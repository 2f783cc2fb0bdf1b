// SPDX-License-Identifier: Apache-2.0
//
// What must hold of every layout, on fleets that a seed makes up. A failure prints its seed.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "planner/layout/explain.h"
#include "planner/layout/place.h"

namespace berth::layout {
namespace {

struct World {
  std::vector<Host> hosts;
  std::vector<Group> groups;
  std::vector<Present> present;
};

class Dice {
public:
  explicit Dice(std::uint32_t seed) : engine_(seed) {}
  std::uint32_t upTo(std::uint32_t most) { return static_cast<std::uint32_t>(engine_() % (most + 1)); }
  bool oneIn(std::uint32_t n) { return upTo(n - 1) == 0; }

private:
  std::mt19937 engine_;
};

Amount amount(Dice& dice, std::uint32_t scale) {
  return {.vcpus = 1 + dice.upTo(scale),
          .memory = Bytes((1ull + dice.upTo(scale)) << 30),
          .disk = Bytes((1ull + dice.upTo(scale)) << 30)};
}

World randomWorld(std::uint32_t seed) {
  Dice dice(seed);
  World world;
  const std::uint32_t hosts = dice.upTo(12);
  for (std::uint32_t i = 0; i < hosts; ++i) {
    Host host{.name = HostName::parse("h" + std::to_string(i)).value(),
              .zone = std::string(1, static_cast<char>('a' + dice.upTo(2))),
              .labels = {},
              .capacity = amount(dice, 16),
              .reserved = {},
              .state = HostState::ready};
    if (dice.oneIn(4)) host.reserved = amount(dice, 3);
    if (dice.oneIn(5)) host.state = static_cast<HostState>(1 + dice.upTo(2));
    if (dice.oneIn(2)) host.labels = {{"disk", "ssd"}};
    world.hosts.push_back(host);
  }
  const std::uint32_t groups = 1 + dice.upTo(3);
  for (std::uint32_t g = 0; g < groups; ++g) {
    Group group{.name = "p" + std::to_string(g), .needs = amount(dice, 4), .rules = {}, .nodes = {}};
    if (dice.oneIn(3)) group.rules.spread = {Level::host(), Level::zone()};
    if (dice.oneIn(4)) group.rules.spread = {Level::zone()};
    if (dice.oneIn(5)) group.rules.spread = {};
    group.rules.atMost = dice.oneIn(4) ? 1 : 0;
    if (dice.oneIn(4)) group.rules.zones = {"a", "b"};
    if (dice.oneIn(4)) group.rules.labels = {{"disk", "ssd"}};
    const std::uint32_t nodes = dice.upTo(8);
    for (std::uint32_t n = 0; n < nodes; ++n) {
      group.nodes.push_back({NodeName::parse("c-" + group.name + "-" + std::to_string(n)).value()});
      if (dice.oneIn(3) && hosts > 0) {
        world.present.push_back({group.nodes.back().name, world.hosts[dice.upTo(hosts - 1)].name, amount(dice, 4)});
      }
    }
    world.groups.push_back(group);
  }
  if (dice.oneIn(2) && hosts > 0) {
    world.present.push_back({NodeName::parse("c-leaving-0").value(), world.hosts[0].name, amount(dice, 4)});
  }
  return world;
}

void add(Amount& sum, const Amount& more) {
  sum.vcpus += more.vcpus;
  sum.memory += more.memory;
  sum.disk += more.disk;
}

bool within(const Amount& sum, const Amount& capacity) {
  return sum.vcpus <= capacity.vcpus && sum.memory <= capacity.memory && sum.disk <= capacity.disk;
}

/// All that each host has promised while the changes are under way: old and new of every node.
std::map<HostName, Amount> promised(const World& world, const Layout& layout) {
  std::map<HostName, Amount> sums;
  std::map<NodeName, Present> present;
  for (const Host& host : world.hosts) sums[host.name] = host.reserved;
  for (const Present& each : world.present) {
    present.emplace(each.node, each);
    add(sums[each.host], each.reserved);
  }
  for (const Group& group : world.groups) {
    for (const auto& [node, needs, pin] : group.nodes) {
      const HostName* host = layout.hostOf(node);
      if (host == nullptr) continue;
      const auto now = present.find(node);
      Amount more = group.needs;
      if (now != present.end() && now->second.host == *host) {
        const Amount& had = now->second.reserved;
        more = {.vcpus = more.vcpus > had.vcpus ? more.vcpus - had.vcpus : 0,
                .memory = more.memory - had.memory,
                .disk = more.disk - had.disk};
      }
      add(sums[*host], more);
    }
  }
  return sums;
}

class RandomFleet : public testing::TestWithParam<std::uint32_t> {};

TEST_P(RandomFleet, neverPromisesAHostMoreThanItHas) {
  for (std::uint32_t seed = GetParam(); seed < GetParam() + 500; ++seed) {
    const World world = randomWorld(seed);
    const Layout layout = place(world.hosts, world.groups, world.present);
    World before = world;
    for (Group& group : before.groups) group.nodes.clear();
    const auto old = promised(before, Layout());
    const auto sums = promised(world, layout);
    for (const Host& host : world.hosts) {
      // A host that was overdrawn before stays so; nothing may have been added to it.
      const bool wasOverdrawn = !within(old.at(host.name), host.capacity);
      EXPECT_TRUE(wasOverdrawn || within(sums.at(host.name), host.capacity))
          << "seed " << seed << ", " << host.name.str();
    }
  }
}

TEST_P(RandomFleet, placesEachNodeOnceOrSaysWhyNot) {
  for (std::uint32_t seed = GetParam(); seed < GetParam() + 500; ++seed) {
    const World world = randomWorld(seed);
    const Layout layout = place(world.hosts, world.groups, world.present);
    std::set<NodeName> unplaced;
    for (const Unplaced& each : layout.unplaced) {
      EXPECT_FALSE(each.reason.empty());
      EXPECT_TRUE(unplaced.insert(each.node).second) << "seed " << seed;
    }
    std::size_t nodes = 0;
    for (const Group& group : world.groups) {
      for (const auto& [node, needs, pin] : group.nodes) {
        ++nodes;
        EXPECT_NE(layout.hosts.contains(node), unplaced.contains(node)) << "seed " << seed << ", " << node.str();
      }
    }
    EXPECT_EQ(layout.hosts.size() + unplaced.size(), nodes) << "seed " << seed;
  }
}

TEST_P(RandomFleet, newNodesGoOnlyWhereTheyMay) {
  for (std::uint32_t seed = GetParam(); seed < GetParam() + 500; ++seed) {
    const World world = randomWorld(seed);
    const Layout layout = place(world.hosts, world.groups, world.present);
    std::map<NodeName, HostName> was;
    for (const Present& each : world.present) was.emplace(each.node, each.host);
    for (const Group& group : world.groups) {
      for (const auto& [node, needs, pin] : group.nodes) {
        const HostName* name = layout.hostOf(node);
        if (name == nullptr || (was.contains(node) && was.at(node) == *name)) continue;
        const auto host =
            std::find_if(world.hosts.begin(), world.hosts.end(), [&](const Host& h) { return h.name == *name; });
        ASSERT_NE(host, world.hosts.end());
        EXPECT_EQ(host->state, HostState::ready) << "seed " << seed;
        const auto& zones = group.rules.zones;
        EXPECT_TRUE(zones.empty() || std::find(zones.begin(), zones.end(), host->zone) != zones.end())
            << "seed " << seed;
        EXPECT_TRUE(group.rules.labels.empty() || host->labels.contains("disk")) << "seed " << seed;
      }
    }
  }
}

TEST_P(RandomFleet, aSecondLookChangesNothing) {
  for (std::uint32_t seed = GetParam(); seed < GetParam() + 500; ++seed) {
    World world = randomWorld(seed);
    const Layout layout = place(world.hosts, world.groups, world.present);
    world.present.clear();
    for (const Group& group : world.groups) {
      for (const auto& [node, needs, pin] : group.nodes) {
        if (const HostName* host = layout.hostOf(node)) world.present.push_back({node, *host, group.needs});
      }
    }
    const Layout again = place(world.hosts, world.groups, world.present);
    for (const auto& [node, host] : layout.hosts) {
      ASSERT_NE(again.hostOf(node), nullptr) << "seed " << seed;
      EXPECT_EQ(*again.hostOf(node), host) << "seed " << seed << ", " << node.str();
    }
  }
}

TEST_P(RandomFleet, explanationsChooseWhatTheLayoutChose) {
  for (std::uint32_t seed = GetParam(); seed < GetParam() + 100; ++seed) {
    const World world = randomWorld(seed);
    const Layout layout = place(world.hosts, world.groups, world.present);
    for (const Group& group : world.groups) {
      for (const auto& [node, needs, pin] : group.nodes) {
        std::string chosen = "nowhere";
        const auto explanation = explain(world.hosts, world.groups, world.present, node);
        for (const Verdict& each : explanation->verdicts) {
          if (each.kind == Verdict::Kind::chosen) chosen = each.host.str();
        }
        const HostName* host = layout.hostOf(node);
        EXPECT_EQ(chosen, host == nullptr ? "nowhere" : host->str()) << "seed " << seed << ", " << node.str();
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomFleet, testing::Values(1, 10'000, 20'000, 30'000));

TEST(Place, spreadsAsEvenlyAsCapacityAllows) {
  for (std::uint32_t seed = 1; seed < 200; ++seed) {
    Dice dice(seed);
    std::vector<Host> hosts;
    const std::uint32_t count = 1 + dice.upTo(9);
    for (std::uint32_t i = 0; i < count; ++i) {
      hosts.push_back({.name = HostName::parse("h" + std::to_string(i)).value(),
                       .zone = "",
                       .labels = {},
                       .capacity = {1000, Bytes((100ull + dice.upTo(900)) << 30), Bytes(1ull << 45)},
                       .reserved = {},
                       .state = HostState::ready});
    }
    Group group{.name = "p", .needs = {1, 1_GiB, 1_GiB}, .rules = {}, .nodes = {}};
    const std::uint32_t nodes = dice.upTo(40);
    for (std::uint32_t n = 0; n < nodes; ++n)
      group.nodes.push_back({NodeName::parse("c-p-" + std::to_string(n)).value()});
    std::map<std::string, std::uint32_t> onHost;
    for (const auto& [node, host] : place(hosts, {group}, {}).hosts) ++onHost[host.str()];
    for (const auto& [host, on] : onHost) {
      EXPECT_GE(on, nodes / count) << "seed " << seed;
      EXPECT_LE(on, (nodes + count - 1) / count) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace berth::layout

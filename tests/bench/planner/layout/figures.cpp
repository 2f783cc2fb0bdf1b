// SPDX-License-Identifier: Apache-2.0
//
// How long it takes to place nodes, and how well they are packed. One JSON object a line. Fleets are made up from a
// fixed seed: hosts of three sizes with four classes of labels in ten zones, nodes of seven shapes in 70 pools, spread
// over zones and hosts, every fourth pool bound to one class. Beside the figures stands what they are compared with,
// measured in the same run: sorting as many keys as there are nodes, and for quality the lower bound of the packing.
#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <random>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "planner/layout/place.h"
#include "planner/layout/standing.h"
#include "planner/layout/survive.h"

namespace {

using namespace berth;
using namespace berth::layout;
/// Time of the processor, not of the wall: others may be using the machine.
double now() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

constexpr int kRuns = 5;
constexpr std::uint32_t kPools = 70;

struct Fleet {
  std::vector<Host> hosts;
  std::vector<Group> groups;
};

constexpr Bytes gib(std::uint64_t count) { return Bytes(count << 30); }

Fleet fleet(std::uint32_t hosts, std::uint32_t nodes, Prefer prefer) {
  constexpr std::array<Amount, 3> kHosts{Amount{32, gib(128), gib(4000)}, Amount{64, gib(256), gib(8000)},
                                         Amount{128, gib(512), gib(16'000)}};
  constexpr std::array<std::pair<std::uint32_t, std::uint64_t>, 7> kShapes{
      {{1, 2}, {2, 4}, {2, 8}, {4, 8}, {4, 16}, {8, 32}, {16, 64}}};
  std::mt19937 dice(7);
  Fleet fleet;
  for (std::uint32_t i = 0; i < hosts; ++i) {
    fleet.hosts.push_back({.name = HostName::parse("h" + std::to_string(i)).value(),
                           .zone = "z" + std::to_string(i % 10),
                           .labels = {{"class", std::to_string(i / 10 % 4)}},
                           .capacity = kHosts[dice() % kHosts.size()],
                           .reserved = {}});
  }
  for (std::uint32_t pool = 0; pool < kPools; ++pool) {
    const auto [vcpus, memory] = kShapes[pool % kShapes.size()];
    Group group{.name = "p" + std::to_string(pool),
                .needs = {vcpus, gib(memory), gib(20)},
                .rules = {.prefer = prefer},
                .nodes = {}};
    if (pool % 4 == 3) group.rules.labels = {{"class", std::to_string(pool / 4 % 4)}};
    const std::uint32_t count = nodes / kPools + (pool < nodes % kPools ? 1 : 0);
    for (std::uint32_t node = 0; node < count; ++node) {
      group.nodes.push_back({NodeName::parse("c-" + group.name + "-" + std::to_string(node)).value()});
    }
    fleet.groups.push_back(std::move(group));
  }
  return fleet;
}

template <class Work>
double median(Work work) {
  std::array<double, kRuns> seconds{};
  for (double& each : seconds) {
    const double begun = now();
    work();
    each = now() - begun;
  }
  std::ranges::sort(seconds);
  return seconds[kRuns / 2];
}

void print(std::string_view name, double value, std::string_view unit, const std::string& comparedWith) {
  std::printf(R"({"name": "%s", "value": %.4f, "unit": "%s", "compared_with": "%s"})"
              "\n",
              std::string(name).c_str(), value, std::string(unit).c_str(), comparedWith.c_str());
  std::fflush(stdout);
}

std::string text(double value) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.4f", value);
  return buffer.data();
}

double sortSeconds(std::uint32_t keys) {
  std::mt19937_64 dice(1);
  std::vector<std::uint64_t> fresh(keys);
  for (auto& key : fresh) key = dice();
  return median([&] {
    auto sorted = fresh;
    std::ranges::sort(sorted);
  });
}

/// The simplest thing that could work: for each node, a walk over all hosts.
double naiveSeconds(const Fleet& fleet) {
  const double begun = now();
  Ledger ledger(fleet.hosts);
  for (const Group& group : fleet.groups) {
    const auto& labels = group.rules.labels;
    for (std::size_t node = 0; node < group.nodes.size(); ++node) {
      HostIndex best = 0;
      bool found = false;
      for (HostIndex host = 0; host < fleet.hosts.size(); ++host) {
        if (!labels.empty() && fleet.hosts[host].labels.at("class") != labels.at("class")) continue;
        if (!ledger.fits(host, group.needs)) continue;
        if (!found || ledger.usedShare(host) < ledger.usedShare(best)) best = host;
        found = true;
      }
      if (found) ledger.reserve(best, group.needs);
    }
  }
  return now() - begun;
}

double placeSeconds(std::uint32_t hosts, std::uint32_t nodes) {
  const Fleet made = fleet(hosts, nodes, Prefer::balance);
  std::size_t unplaced = 0;
  const double seconds = median([&] { unplaced = place(made.hosts, made.groups, {}).unplaced.size(); });
  if (unplaced > 0) std::fprintf(stderr, "%zu of %u nodes found no place\n", unplaced, nodes);
  return seconds;
}

/// No packing uses fewer hosts: as many of the largest as it takes to hold the sum of what is needed, of each kind.
std::size_t lowerBound(const Fleet& fleet) {
  Amount sum;
  for (const Group& group : fleet.groups) {
    for (std::size_t node = 0; node < group.nodes.size(); ++node) sum = sum + group.needs;
  }
  const auto hostsFor = [&](std::uint64_t needed, auto has) {
    std::vector<std::uint64_t> sizes;
    for (const Host& host : fleet.hosts) sizes.push_back(has(host.capacity));
    std::ranges::sort(sizes, std::ranges::greater());
    std::size_t hosts = 0;
    for (std::uint64_t held = 0; held < needed && hosts < sizes.size(); ++hosts) held += sizes[hosts];
    return hosts;
  };
  return std::max({hostsFor(sum.vcpus, [](const Amount& each) { return std::uint64_t{each.vcpus}; }),
                   hostsFor(sum.memory.count(), [](const Amount& each) { return each.memory.count(); }),
                   hostsFor(sum.disk.count(), [](const Amount& each) { return each.disk.count(); })});
}

void quality() {
  const Fleet made = fleet(10'000, 100'000, Prefer::pack);
  Layout layout;
  const double seconds = median([&] { layout = place(made.hosts, made.groups, {}); });
  std::unordered_set<HostName> used;
  for (const auto& [node, host] : layout.hosts) used.insert(host);
  const std::size_t bound = lowerBound(made);
  print("place_quality_over_bound", static_cast<double>(used.size()) / static_cast<double>(bound) - 1, "ratio",
        std::to_string(used.size()) + " hosts used, at least " + std::to_string(bound) + " are needed = 0; " +
            std::to_string(layout.unplaced.size()) + " nodes without a place");
  print("place_packed_100k_on_10k_s", seconds, "s", "sorting 100,000 keys: " + text(sortSeconds(100'000)) + " s");
}

void survival() {
  const Fleet made = fleet(1'000, 10'000, Prefer::balance);
  const Layout layout = place(made.hosts, made.groups, {});
  std::vector<Present> present;
  for (const Group& group : made.groups) {
    for (const Node& node : group.nodes) {
      if (const HostName* host = layout.hostOf(node.name)) present.push_back({node.name, *host, group.needs});
    }
  }
  Standing standing(made.hosts, made.groups, present);
  std::size_t fragile = 0;
  const double seconds = median([&] { fragile = losses(standing).size(); });
  print("survive_any_of_1k_hosts_s", seconds, "s",
        "placing the 10,000 nodes: " + text(placeSeconds(1'000, 10'000)) + " s; " + std::to_string(fragile) +
            " hosts could not be lost");
}

}  // namespace

int main() {
  const double small = placeSeconds(100, 1'000);
  const double middle = placeSeconds(1'000, 10'000);
  const double large = placeSeconds(10'000, 100'000);
  print("place_1k_on_100_s", small, "s", "sorting 1,000 keys: " + text(sortSeconds(1'000)) + " s");
  print("place_10k_on_1k_s", middle, "s",
        "a walk over all hosts per node, one pass, spread over nothing: " +
            text(naiveSeconds(fleet(1'000, 10'000, Prefer::balance))) + " s");
  print("place_100k_on_10k_s", large, "s",
        "sorting 100,000 keys: " + text(sortSeconds(100'000)) + " s; a walk over all hosts per node: " +
            text(naiveSeconds(fleet(10'000, 100'000, Prefer::balance))) + " s");
  print("place_growth_1k_to_10k", middle / small, "times", "10 times the nodes on 10 times the hosts: linear = 10");
  print("place_growth_10k_to_100k", large / middle, "times", "10 times the nodes on 10 times the hosts: linear = 10");
  quality();
  survival();
}

// SPDX-License-Identifier: Apache-2.0
//
// berth-sim: runs fleets that do not exist, one for each seed, and says whether all that must hold did.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <thread>

#include <CLI/CLI.hpp>

#include "tests/simulation/shrink.h"

namespace {

using namespace berth::simulation;
using Clock = std::chrono::steady_clock;

struct Arguments {
  std::uint64_t seeds = 100;
  std::uint64_t firstSeed = 1;
  std::uint32_t hosts = 0;
  std::uint32_t nodes = 0;
  std::string plant = "none";
  std::string timeline;
  double timeLimit = 0;
  unsigned jobs = 1;
  unsigned shrinkRuns = 150;
  bool verbose = false;
  bool listPlants = false;
  bool whole = false;
};

/// Small fleets find most; their size is the seed's choice where nobody says otherwise.
Size sizeFor(const Arguments& arguments, std::uint64_t seed) {
  Dice dice(seed ^ 0x517eu);
  Size size{2 + static_cast<std::uint32_t>(dice.below(9)), 3 + static_cast<std::uint32_t>(dice.below(38))};
  if (arguments.hosts != 0) size.hosts = arguments.hosts;
  if (arguments.nodes != 0) size.nodes = arguments.nodes;
  return size;
}

/// Many seeds, side by side. What is said of them is said in their order and ends with the first that fails, so that it
/// does not depend on how many run at once.
class Campaign {
public:
  Campaign(const Arguments& arguments, Plant plant)
      : arguments_(arguments), plant_(plant), next_(arguments.firstSeed), toTell_(arguments.firstSeed) {}

  int run() {
    const auto begun = Clock::now();
    {
      std::vector<std::jthread> workers;
      for (unsigned i = 1; i < arguments_.jobs; ++i) workers.emplace_back([this, begun] { work(begun); });
      work(begun);
    }
    // Out of time, a worker may have left a gap.
    for (const auto& [seed, run] : ended_) {
      if (!failing_) add(seed, run.first, run.second);
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - begun).count();
    if (failing_) explain(*failing_);
    std::printf(
        "%llu seeds, %llu events, %.0f events/s, %llu messages, %llu transactions, %llu rollouts, %.1f h simulated in "
        "%.1f s, %u violations\n",
        number(seeds_), number(events_), static_cast<double>(events_) / seconds, number(messages_),
        number(transactions_), number(rollouts_), static_cast<double>(simulatedMs_) / 3'600'000, seconds,
        failing_ ? 1u : 0u);
    return failing_ ? 1 : 0;
  }

private:
  static unsigned long long number(std::uint64_t value) { return value; }

  void work(Clock::time_point begun) {
    const auto end = arguments_.firstSeed + arguments_.seeds;
    for (std::uint64_t seed = next_++; seed < end && !stop_; seed = next_++) {
      const double passed = std::chrono::duration<double>(Clock::now() - begun).count();
      if (arguments_.timeLimit > 0 && passed > arguments_.timeLimit) return;
      auto scenario = draw(seed, sizeFor(arguments_, seed));
      auto outcome = World(scenario, plant_, nullptr).run();
      if (outcome.violation) stop_ = true;
      const std::lock_guard lock(mutex_);
      ended_.try_emplace(seed, std::move(scenario), std::move(outcome));
      while (!ended_.empty() && ended_.begin()->first == toTell_) {
        const auto next = ended_.extract(ended_.begin());
        ++toTell_;
        if (!failing_) add(next.key(), next.mapped().first, next.mapped().second);
      }
    }
  }

  void add(std::uint64_t seed, const Scenario& scenario, const Outcome& outcome) {
    ++seeds_;
    events_ += outcome.events;
    messages_ += outcome.messages;
    transactions_ += outcome.transactions;
    rollouts_ += outcome.rollouts;
    simulatedMs_ += static_cast<std::uint64_t>(outcome.simulated.count());
    if (arguments_.verbose)
      std::printf("seed %llu: %u hosts, %u nodes, %zu happenings, %llu events, %.0f s, print %016llx%s%s\n",
                  number(seed), scenario.size.hosts, scenario.size.nodes, scenario.happenings.size(),
                  number(outcome.events), static_cast<double>(outcome.simulated.count()) / 1000, number(outcome.print),
                  outcome.violation ? ", breaks " : "", outcome.violation ? outcome.violation->invariant.c_str() : "");
    if (outcome.violation) failing_ = {scenario, outcome};
  }

  void explain(const std::pair<Scenario, Outcome>& failing) {
    const auto& [scenario, outcome] = failing;
    std::printf("seed %llu breaks %s after %.3f s: %s\n", number(scenario.seed), outcome.violation->invariant.c_str(),
                static_cast<double>(outcome.violation->at.count()) / 1000, outcome.violation->what.c_str());
    Shrunk least{scenario, outcome, 0};
    if (!arguments_.whole) least = shrink(scenario, outcome, plant_, arguments_.shrinkRuns);
    std::printf("shrunk from %zu happenings to %zu in %u runs:\n", scenario.happenings.size(),
                least.scenario.happenings.size(), least.runs);
    for (const auto& each : least.scenario.happenings) std::printf("  %s\n", describe(each).c_str());
    std::printf("then %s: %s\n", least.outcome.violation->invariant.c_str(), least.outcome.violation->what.c_str());
    Timeline timeline;
    (void)World(least.scenario, plant_, &timeline).run();
    const auto path =
        arguments_.timeline.empty() ? "berth-sim-" + std::to_string(scenario.seed) + ".txt" : arguments_.timeline;
    std::ofstream file(path);
    for (const auto& line : timeline.lines()) file << line << '\n';
    std::printf("timeline: %s (%zu lines)\nagain: berth-sim --seeds 1 --first-seed %llu --hosts %u --nodes %u%s%s\n",
                path.c_str(), timeline.lines().size(), number(scenario.seed), scenario.size.hosts, scenario.size.nodes,
                plant_ == Plant::none ? "" : " --plant ", plant_ == Plant::none ? "" : arguments_.plant.c_str());
  }

  const Arguments& arguments_;
  const Plant plant_;
  std::atomic<std::uint64_t> next_;
  std::atomic<bool> stop_{false};
  /// Guards all that follows while workers run.
  std::mutex mutex_;
  /// Through, but not yet told of: an earlier one still runs.
  std::map<std::uint64_t, std::pair<Scenario, Outcome>> ended_;
  std::uint64_t toTell_;
  std::uint64_t seeds_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t transactions_ = 0;
  std::uint64_t rollouts_ = 0;
  std::uint64_t simulatedMs_ = 0;
  std::optional<std::pair<Scenario, Outcome>> failing_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Runs simulated fleets and checks what must hold", "berth-sim");
  Arguments arguments;
  app.add_option("--seeds", arguments.seeds, "how many")->check(CLI::PositiveNumber);
  app.add_option("--first-seed", arguments.firstSeed, "the first of them");
  app.add_option("--hosts", arguments.hosts, "hosts of each fleet; else as the seed has it")
      ->check(CLI::PositiveNumber);
  app.add_option("--nodes", arguments.nodes, "nodes of each fleet; else as the seed has it")
      ->check(CLI::PositiveNumber);
  app.add_option("--plant", arguments.plant, "a bug to plant; see --list-plants");
  app.add_option("--timeline", arguments.timeline, "the file for the timeline of a failure");
  app.add_option("--time-limit", arguments.timeLimit, "seconds after which no further seed is begun");
  app.add_option("--jobs", arguments.jobs, "seeds that run side by side, each in a thread of its own")
      ->check(CLI::Range(1, 256));
  app.add_option("--shrink-runs", arguments.shrinkRuns, "the most runs to shrink a failure");
  app.add_flag("--whole", arguments.whole, "do not shrink a failure");
  app.add_flag("--verbose", arguments.verbose, "a line for each seed");
  app.add_flag("--list-plants", arguments.listPlants, "the bugs that can be planted");
  CLI11_PARSE(app, argc, argv);
  if (arguments.listPlants) {
    for (const auto& row : plants())
      std::printf("%-20s %-10s %s\n", row.name.data(), row.invariants.data(), row.what.data());
    return 0;
  }
  const auto plant = plantNamed(arguments.plant);
  if (!plant) {
    std::fprintf(stderr, "there is no plant \"%s\"; see --list-plants\n", arguments.plant.c_str());
    return 2;
  }
  return Campaign(arguments, *plant).run();
}

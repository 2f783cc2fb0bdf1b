// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/scenario.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "tests/simulation/dice.h"

namespace berth::simulation {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Of = KindRow::Of;

constexpr std::array kKinds{
    KindRow{Kind::cut, "cut off", 8, 1s, 60s, Of::host},
    KindRow{Kind::cutTowardsHost, "cut off, towards the host only", 4, 1s, 40s, Of::host},
    KindRow{Kind::cutTowardsController, "cut off, towards the controller only", 4, 1s, 40s, Of::host},
    KindRow{Kind::lossy, "messages are lost, doubled, delayed", 8, 5s, 60s, Of::host},
    KindRow{Kind::cutMany, "many hosts cut off", 2, 2s, 40s, Of::host},
    KindRow{Kind::lost, "cut off for minutes", 3, 200s, 420s, Of::host},
    KindRow{Kind::agentCrash, "agent crashes", 8, 100ms, 2s, Of::host},
    KindRow{Kind::agentDown, "agent down", 4, 5s, 60s, Of::host},
    KindRow{Kind::reboot, "power cut", 4, 5s, 60s, Of::host},
    KindRow{Kind::guestCrash, "guest crashes", 8, 0s, 0s, Of::host},
    KindRow{Kind::guestDies, "guest crashes in every boot from now on", 3, 0s, 0s, Of::host},
    KindRow{Kind::guestStopped, "guest stopped by hand", 4, 0s, 0s, Of::host},
    KindRow{Kind::guestUndefined, "domain removed by hand", 3, 0s, 0s, Of::host},
    KindRow{Kind::guestsCutOff, "guests cannot reach those of other hosts", 6, 60s, 400s, Of::host},
    KindRow{Kind::hypervisorDown, "libvirt down", 4, 1s, 40s, Of::host},
    KindRow{Kind::hypervisorHangs, "libvirt hangs", 3, 1s, 45s, Of::host},
    KindRow{Kind::operationsFail, "operations fail", 5, 5s, 60s, Of::host},
    KindRow{Kind::imagesFail, "images cannot be fetched", 3, 5s, 60s, Of::host},
    KindRow{Kind::diskFull, "disk of the host full", 3, 5s, 40s, Of::host},
    KindRow{Kind::slow, "slow", 4, 5s, 60s, Of::host},
    KindRow{Kind::deafGuests, "guests do not hear the power button", 3, 10s, 60s, Of::host},
    KindRow{Kind::wallClockJumps, "wall clock jumps", 2, 0s, 0s, Of::host},
    KindRow{Kind::killBeforeCommit, "controller killed before a commit", 6, 200ms, 20s, Of::controller},
    KindRow{Kind::killAfterCommit, "controller killed after a commit", 6, 200ms, 20s, Of::controller},
    KindRow{Kind::killWhileSending, "controller killed while sending", 6, 200ms, 20s, Of::controller},
    KindRow{Kind::storeFull, "disk of the controller full", 4, 1s, 15s, Of::controller},
    KindRow{Kind::twin, "the controller's twin, with a copy of its store", 3, 5s, 20s, Of::controller},
    KindRow{Kind::apply, "apply", 10, 0s, 0s, Of::operators},
    KindRow{Kind::applyBad, "apply of a spec whose nodes do not come up", 3, 0s, 0s, Of::operators},
    KindRow{Kind::changeOfMind, "apply, and back to what was before", 6, 5s, 60s, Of::operators},
    KindRow{Kind::scale, "scale", 6, 0s, 0s, Of::operators},
    KindRow{Kind::resize, "resize in place", 3, 0s, 0s, Of::operators},
    KindRow{Kind::growVolumes, "grow volumes", 2, 0s, 0s, Of::operators},
    KindRow{Kind::replaceOne, "replace a node", 3, 0s, 0s, Of::operators},
    KindRow{Kind::applyAgain, "apply the same again", 2, 0s, 0s, Of::operators},
    KindRow{Kind::destroy, "destroy a cluster", 2, 0s, 0s, Of::operators},
    KindRow{Kind::steer, "pause, resume, promote or abort a rollout", 5, 0s, 0s, Of::operators},
    KindRow{Kind::drain, "drain a host", 3, 0s, 0s, Of::operators},
    KindRow{Kind::open, "uncordon all hosts", 2, 0s, 0s, Of::operators},
    KindRow{Kind::power, "stop or start nodes", 3, 0s, 0s, Of::operators},
    KindRow{Kind::moveVolumes, "drain a host, volumes follow", 5, 0s, 0s, Of::operators},
    KindRow{Kind::osRelease, "a new release of the guests' system", 6, 0s, 0s, Of::operators},
    KindRow{Kind::deleteOrphans, "delete volumes that no node has", 4, 0s, 0s, Of::operators},
};

/// Some kinds do not occur at all in a run, so that the others meet each other more often.
std::array<unsigned, kKinds.size()> weightsOf(Dice& dice) {
  std::array<unsigned, kKinds.size()> weights{};
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    const bool spared = kKinds[i].of != Of::operators && dice.chance(350);
    weights[i] = spared ? 0 : kKinds[i].weight;
  }
  return weights;
}

Kind pick(Of of, const std::array<unsigned, kKinds.size()>& weights, Dice& dice) {
  unsigned sum = 0;
  for (std::size_t i = 0; i < kKinds.size(); ++i)
    if (kKinds[i].of == of) sum += weights[i];
  if (sum == 0) return of == Of::host ? Kind::agentCrash : Kind::killAfterCommit;
  auto left = dice.below(sum);
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i].of != of) continue;
    if (left < weights[i]) return kKinds[i].kind;
    left -= weights[i];
  }
  return Kind::agentCrash;
}

}  // namespace

std::span<const KindRow> kinds() { return kKinds; }

const KindRow& rowOf(Kind kind) { return *std::ranges::find(kKinds, kind, &KindRow::kind); }

std::string describe(const Happening& happening) {
  const auto& row = rowOf(happening.kind);
  char text[160];
  const auto at = static_cast<double>(happening.at.count()) / 1000;
  const std::string whom = row.of == Of::host ? "vh" + std::to_string(happening.host) + ": " : "";
  std::snprintf(text, sizeof text, "at %.3fs %s%s", at, whom.c_str(), row.name);
  std::string all = text;
  if (happening.lasts.count() != 0) {
    std::snprintf(text, sizeof text, " for %.3fs", static_cast<double>(happening.lasts.count()) / 1000);
    all += text;
  }
  return all;
}

Scenario draw(std::uint64_t seed, Size size) {
  Scenario scenario{seed, size, {}, {}};
  Dice dice(seed);
  // In some runs long enough for hosts to be given up.
  scenario.storm = dice.chance(300) ? dice.between(400s, 700s) : dice.between(90s, 240s);
  const auto weights = weightsOf(dice);
  const auto add = [&](Of of, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto& row = rowOf(pick(of, weights, dice));
      Happening& each = scenario.happenings.emplace_back();
      each.kind = row.kind;
      // The first moments belong to what the operators want first.
      each.at = dice.between(5s, scenario.storm);
      each.lasts = dice.between(row.shortest, row.longest);
      each.host = static_cast<std::uint32_t>(dice.below(size.hosts));
      each.dice = dice.next();
    }
  };
  add(Of::host, 4 + dice.below(8 + size.hosts));
  add(Of::controller, dice.below(7));
  add(Of::operators, 2 + dice.below(8));
  std::ranges::stable_sort(scenario.happenings, {}, &Happening::at);
  return scenario;
}

}  // namespace berth::simulation

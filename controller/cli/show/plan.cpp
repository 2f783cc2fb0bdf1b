// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/plan.h"

#include <algorithm>

#include "controller/cli/show/humanise.h"
#include "controller/cli/show/rows.h"
#include "controller/cli/show/text.h"
#include "protocol/message/words.h"

namespace berth::show {

using message::Action;
using message::ChangeRow;

namespace {

struct Sign {
  std::string_view text;
  Tone tone;
};

Sign signOf(Action action) {
  switch (action) {
    case Action::create: return {"  +", Tone::good};
    case Action::replace: return {"-/+", Tone::busy};
    case Action::destroy: return {"  -", Tone::bad};
  }
  return {"  ?", Tone::plain};
}

constexpr std::size_t kActionColumns = 7;

/// As long as a node's line would stand under its neighbour's with the same reasons, these are said once.
bool sharesReasons(const ChangeRow& change, const ChangeRow& next) {
  return change.action == next.action && change.reasons == next.reasons;
}

/// True for "base.bu:14:5": not a change but the place that caused the one before it.
bool isPlace(std::string_view reason) {
  const std::size_t colon = reason.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == reason.size()) return false;
  return reason.substr(colon + 1).find_first_not_of("0123456789") == std::string_view::npos;
}

/// The reasons, each with the places that it comes from: "/etc/motd changed ← base.bu:14:5".
std::vector<std::string> chainsOf(const std::vector<std::string>& reasons) {
  std::vector<std::string> chains;
  for (const std::string& reason : reasons) {
    if (!chains.empty() && isPlace(reason)) {
      chains.back() += " ← " + oneLine(reason);
    } else {
      chains.push_back(oneLine(reason));
    }
  }
  return chains;
}

std::string waveText(const std::vector<ChangeRow>& wave, const Style& style) {
  std::size_t widest = 0;
  for (const ChangeRow& change : wave) widest = std::max(widest, change.node.str().size());
  std::string out;
  for (std::size_t index = 0; index < wave.size(); ++index) {
    const ChangeRow& change = wave[index];
    const Sign sign = signOf(change.action);
    const bool last = index + 1 == wave.size() || !sharesReasons(change, wave[index + 1]);
    out +=
        "    " + style.paint(std::string(sign.text) + " " + padded(toString(change.action), kActionColumns), sign.tone);
    out += "  " + padded(change.node.str(), widest);
    if (!change.host.empty()) out += "  on " + change.host.str();
    out += "\n";
    if (!last) continue;
    for (const std::string& chain : chainsOf(change.reasons)) {
      out += "        " + style.paint("because ", Tone::faint) + chain + "\n";
    }
  }
  return out;
}

std::string heading(const message::PlanRow& plan) {
  const std::string cluster = "Plan for cluster " + plan.cluster.str() + ": ";
  if (plan.to.value() == 0) return cluster + "destroy\n";
  if (plan.from.value() == 0) return cluster + "new\n";
  if (plan.from == plan.to) return cluster + "revision " + std::to_string(plan.to.value()) + "\n";
  return cluster + "revision " + revisions(plan.from, plan.to) + "\n";
}

}  // namespace

Tally tally(const message::PlanRow& plan) {
  Tally tally;
  tally.unchanged = plan.unchanged;
  for (const auto& wave : plan.waves) {
    for (const ChangeRow& change : wave) {
      switch (change.action) {
        case Action::create: ++tally.create; break;
        case Action::replace: ++tally.replace; break;
        case Action::destroy: ++tally.destroy; break;
      }
    }
  }
  return tally;
}

std::string summary(const Tally& tally) {
  return std::to_string(tally.create) + " to create, " + std::to_string(tally.replace) + " to replace, " +
         std::to_string(tally.destroy) + " to destroy, " + std::to_string(tally.unchanged) + " unchanged";
}

std::string planText(const message::PlanRow& plan, const Style& style) {
  const Tally counted = tally(plan);
  if (!counted.changes()) {
    return "Nothing to do: cluster " + plan.cluster.str() + " is as its spec says (" +
           count(counted.unchanged, "node") + " unchanged).\n";
  }
  std::string out = heading(plan);
  for (std::size_t index = 0; index < plan.waves.size(); ++index) {
    out += "\n  " + style.paint("wave " + std::to_string(index + 1), Tone::strong) + "\n";
    out += waveText(plan.waves[index], style);
  }
  return out + "\n" + summary(counted) + "\n";
}

}  // namespace berth::show

// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/plan.h"

#include <array>

#include "controller/cli/show/humanise.h"
#include "controller/cli/show/plan_changes.h"
#include "controller/cli/show/rows.h"
#include "controller/cli/show/text.h"

namespace berth::show {

namespace {

std::string heading(const message::PlanRow& plan) {
  const std::string cluster = "Plan for cluster " + plan.cluster.str() + ": ";
  if (plan.to.value() == 0) return cluster + "destroy\n";
  if (plan.from.value() == 0) return cluster + "new\n";
  if (plan.from == plan.to) return cluster + "revision " + std::to_string(plan.to.value()) + "\n";
  return cluster + "revision " + revisions(plan.from, plan.to) + "\n";
}

/// What nobody can take back once it has been done.
std::string finality(const Tally& tally) {
  std::string text;
  const std::uint64_t anew = tally.replace + tally.move;
  if (anew > 0) text += count(anew, "node") + (anew == 1 ? " loses its root disk" : " lose their root disks");
  if (tally.destroy > 0) {
    if (!text.empty()) text += ", ";
    text += count(tally.destroy, "node") + (tally.destroy == 1 ? " is destroyed" : " are destroyed");
  }
  return text.empty() ? text : wrapped("Not to be undone: " + text + ".", kPlanColumns, "");
}

std::string timeText(const message::PlanRow& plan) {
  if (plan.waves.empty()) return {};
  if (plan.estimateMs < 0) return "No past rollout to judge the time by.\n";
  return "About " + duration(std::chrono::milliseconds(plan.estimateMs)) + ", judging by " +
         count(plan.judgedBy, "past change") + ".\n";
}

/// ASCII for terminals that have nothing else.
std::string inSigns(std::string text, Signs signs) {
  if (signs == Signs::unicode) return text;
  constexpr std::array kSigns{std::pair{"→", "->"}, std::pair{"←", "<-"}, std::pair{"…", ".."}, std::pair{"–", "-"}};
  for (const auto& [sign, ascii] : kSigns) {
    for (std::size_t at = text.find(sign); at != std::string::npos; at = text.find(sign, at)) {
      text.replace(at, std::string_view(sign).size(), ascii);
    }
  }
  return text;
}

}  // namespace

Tally tally(const message::PlanRow& plan) {
  Tally tally;
  tally.unchanged = plan.unchanged;
  const auto add = [&tally](const message::ChangeRow& change) {
    switch (kindOf(change)) {
      case Kind::create: ++tally.create; break;
      case Kind::replace: ++tally.replace; break;
      case Kind::move: ++tally.move; break;
      case Kind::destroy: ++tally.destroy; break;
      case Kind::restart: ++tally.restart; break;
      case Kind::update:
        ++tally.update;
        if (change.effect == message::Effect::nextBoot) ++tally.atNextBoot;
        break;
    }
  };
  for (const auto& wave : plan.waves) {
    for (const auto& change : wave) add(change);
  }
  for (const auto& change : plan.updates) add(change);
  return tally;
}

std::string summary(const Tally& tally) {
  std::string text = std::to_string(tally.create) + " to create, " + std::to_string(tally.replace) + " to replace, " +
                     std::to_string(tally.destroy) + " to destroy, ";
  if (tally.move > 0) text += std::to_string(tally.move) + " to move, ";
  if (tally.restart > 0) text += std::to_string(tally.restart) + " to restart, ";
  if (tally.update > 0) text += std::to_string(tally.update) + " to update in place, ";
  return text + std::to_string(tally.unchanged) + " unchanged";
}

std::string planText(const message::PlanRow& plan, const Style& style, Extent extent) {
  const Tally counted = tally(plan);
  const std::string leftOut = plan.leftOut == 0
                                  ? std::string()
                                  : wrapped(count(plan.leftOut, "other node") + " would change too, but " +
                                                (plan.leftOut == 1 ? "is" : "are") + " not among the targets.",
                                            kPlanColumns, "");
  if (!counted.changes()) {
    if (!leftOut.empty()) return "Nothing to do for the targets.\n" + leftOut;
    return "Nothing to do: cluster " + plan.cluster.str() + " is as its spec says (" +
           count(counted.unchanged, "node") + " unchanged).\n";
  }
  std::string out = style.paint(heading(plan), Tone::plain) + changesText(plan, style, extent) + wavesText(plan, style);
  const std::string end = finality(counted) + timeText(plan) + leftOut;
  if (!end.empty()) out += "\n" + end;
  return inSigns(out + "\n" + wrapped(summary(counted), kPlanColumns, ""), style.signs);
}

std::string updatedText(const Tally& tally) {
  if (tally.update == 0) return {};
  std::string text = count(tally.update, "node") + " updated in place";
  if (tally.atNextBoot == 0) return text + ".\n";
  if (tally.atNextBoot == tally.update) {
    return text + ": what is new shows at " + (tally.update == 1 ? "its" : "their") + " next boot.\n";
  }
  return text + "; for " + std::to_string(tally.atNextBoot) + " of them it shows at the next boot.\n";
}

}  // namespace berth::show

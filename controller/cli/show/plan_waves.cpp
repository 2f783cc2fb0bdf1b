// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "controller/cli/show/humanise.h"
#include "controller/cli/show/node_names.h"
#include "controller/cli/show/plan_changes.h"
#include "controller/cli/show/text.h"

namespace berth::show {

using message::ChangeRow;
using message::PoolRiskRow;

namespace {

constexpr const char* kPromotion = "Canaries: what follows waits until they are promoted.";

/// Up to so many nodes of one line are said with their hosts.
constexpr std::size_t kWithHosts = 6;

using Wave = std::vector<ChangeRow>;

/// What a line of the text says: waves that are alike, one after the other.
struct Run {
  std::size_t first = 0;
  std::size_t last = 0;
  [[nodiscard]] std::size_t waves() const { return last - first + 1; }
};

/// Equal for waves that do the same to as many nodes of the same pools.
std::vector<std::tuple<Kind, PoolName, std::size_t>> shapeOf(const Wave& wave) {
  std::vector<std::tuple<Kind, PoolName, std::size_t>> shape;
  for (const ChangeRow& change : wave) {
    const Kind kind = kindOf(change);
    if (shape.empty() || std::get<0>(shape.back()) != kind || std::get<1>(shape.back()) != change.pool) {
      shape.emplace_back(kind, change.pool, 0);
    }
    ++std::get<2>(shape.back());
  }
  return shape;
}

class Waves {
public:
  Waves(const message::PlanRow& plan, const Style& style) : plan_(plan), style_(style) {}

  std::string text() {
    const std::vector<Run> runs = gather();
    std::size_t widest = 0;
    for (const Run& run : runs) widest = std::max(widest, columnsOf(labelOf(run)));
    const std::size_t columns = 2 + widest + 2;
    std::string out = "\n" + headline();
    for (const Run& run : runs) {
      const std::string label = padded(labelOf(run), widest);
      out += hanging("  " + style_.paint(label, Tone::strong) + "  ", columns, whatOf(run));
      const std::string risk = riskOf(run);
      if (!risk.empty()) out += painted(wrapped(risk, kPlanColumns, std::string(columns, ' ')), run);
      if (run.last + 1 == plan_.canaryWaves) out += painted(wrapped(kPromotion, kPlanColumns, "  "), run);
    }
    return out;
  }

private:
  [[nodiscard]] std::string headline() const {
    const std::size_t count = plan_.waves.size();
    if (count == 1) return "In one wave:\n";
    return "In " + std::to_string(count) + " waves, each ready before the next begins:\n";
  }

  [[nodiscard]] const std::vector<PoolRiskRow>& risksOf(std::size_t wave) const {
    static const std::vector<PoolRiskRow> kNone;
    return wave < plan_.risks.size() ? plan_.risks[wave] : kNone;
  }

  [[nodiscard]] std::vector<Run> gather() const {
    std::vector<Run> runs;
    for (std::size_t at = 0; at < plan_.waves.size(); ++at) {
      const bool alike = !runs.empty() && at != plan_.canaryWaves &&
                         shapeOf(plan_.waves[at]) == shapeOf(plan_.waves[runs.back().first]) &&
                         risksOf(at) == risksOf(runs.back().first);
      if (alike) {
        runs.back().last = at;
      } else {
        runs.push_back({at, at});
      }
    }
    return runs;
  }

  [[nodiscard]] static std::string labelOf(const Run& run) {
    if (run.waves() == 1) return "wave " + std::to_string(run.first + 1);
    return "waves " + std::to_string(run.first + 1) + "–" + std::to_string(run.last + 1);
  }

  /// "replace prod-server-0 on vh1, -1 on vh2, one by one; create prod-web-3 on vh1"
  [[nodiscard]] std::string whatOf(const Run& run) const {
    std::string text;
    std::size_t offset = 0;
    for (const auto& [kind, pool, count] : shapeOf(plan_.waves[run.first])) {
      std::vector<const ChangeRow*> changes;
      for (std::size_t wave = run.first; wave <= run.last; ++wave) {
        for (std::size_t at = offset; at < offset + count; ++at) changes.push_back(&plan_.waves[wave][at]);
      }
      offset += count;
      if (!text.empty()) text += "; ";
      text += std::string(wordOf(kind)) + " " + (changes.size() <= kWithHosts ? withHosts(changes) : names(changes));
      if (run.waves() > 1) text += count == 1 ? ", one by one" : ", " + std::to_string(count) + " at a time";
    }
    return text;
  }

  [[nodiscard]] static std::string names(const std::vector<const ChangeRow*>& changes) {
    std::vector<NodeName> nodes;
    nodes.reserve(changes.size());
    for (const ChangeRow* change : changes) nodes.push_back(change->node);
    return namesText(std::move(nodes));
  }

  [[nodiscard]] static std::string withHosts(const std::vector<const ChangeRow*>& changes) {
    std::string text;
    std::string stem;
    for (const ChangeRow* change : changes) {
      const Numbered number = numbered(change->node);
      if (!text.empty()) text += ", ";
      text += number.stem == stem ? "-" + std::to_string(number.index) : change->node.str();
      stem = number.stem;
      if (!change->from.empty()) text += " from " + change->from.str();
      if (!change->host.empty()) text += (change->from.empty() ? " on " : " to ") + change->host.str();
    }
    return text;
  }

  [[nodiscard]] std::string riskOf(const Run& run) const {
    std::string text;
    for (const PoolRiskRow& risk : risksOf(run.first)) {
      if (!text.empty()) text += "; ";
      text += std::to_string(risk.down) + " of " + std::to_string(risk.nodes) + " in " + risk.pool.str() + " down";
      if (risk.quorum > 0) {
        text += ", quorum of " + std::to_string(risk.quorum);
        if (risk.margin < 0) text += " is lost meanwhile";
        if (risk.margin == 0) text += " holds with none to spare";
        if (risk.margin > 0) text += " holds with " + std::to_string(risk.margin) + " to spare";
      }
      if (risk.volumes > 0) text += ", " + count(risk.volumes, "volume") + " attached again";
      if (risk.copied > Bytes()) text += ", until " + risk.copied.str() + " at most are copied";
    }
    return text;
  }

  [[nodiscard]] std::string painted(const std::string& lines, const Run& run) const {
    const bool isLost = std::ranges::any_of(risksOf(run.first),
                                            [](const PoolRiskRow& risk) { return risk.quorum > 0 && risk.margin < 0; });
    std::string out;
    for (std::size_t at = 0; at < lines.size();) {
      const std::size_t end = std::min(lines.find('\n', at), lines.size());
      const std::size_t text = std::min(lines.find_first_not_of(' ', at), end);
      out += lines.substr(at, text - at) +
             style_.paint(lines.substr(text, end - text), isLost ? Tone::bad : Tone::faint) + "\n";
      at = end + 1;
    }
    return out;
  }

  const message::PlanRow& plan_;
  const Style& style_;
};

}  // namespace

std::string wavesText(const message::PlanRow& plan, const Style& style) {
  return plan.waves.empty() ? std::string() : Waves(plan, style).text();
}

}  // namespace berth::show

// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/layout.h"

#include <algorithm>
#include <tuple>

#include "controller/cli/show/humanise.h"
#include "controller/cli/show/text.h"
#include "protocol/message/words.h"

namespace berth::show {

using message::Verdict;

namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kNamed = 4;
/// So many nodes are listed; the rest is a number.
constexpr std::size_t kListed = 20;

/// A sentence on lines of their own, all indented.
std::string paragraph(std::string_view text, std::size_t indent) {
  return wrapped(oneLine(text), kColumns, std::string(indent, ' '));
}

template <class Name>
std::string listed(const std::vector<Name>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < kNamed; ++i) out += (i == 0 ? "" : ", ") + names[i].str();
  if (names.size() > kNamed) out += " and " + std::to_string(names.size() - kNamed) + " more";
  return out;
}

std::string_view wordFor(Verdict verdict) {
  switch (verdict) {
    case Verdict::chosen: return "chosen";
    case Verdict::possible: return "would do";
    case Verdict::impossible: return "impossible";
  }
  return "";
}

Tone toneOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::chosen: return Tone::good;
    case Verdict::possible: return Tone::plain;
    case Verdict::impossible: return Tone::faint;
  }
  return Tone::plain;
}

/// Hosts of which the same is to be said; the words are those about the first.
struct Told {
  Verdict verdict = Verdict::possible;
  std::string cause;
  std::string reason;
  bool same = true;
  std::vector<HostName> hosts;
};

std::vector<Told> together(const std::vector<message::VerdictRow>& verdicts) {
  std::vector<Told> all;
  for (const message::VerdictRow& row : verdicts) {
    const auto like = std::ranges::find_if(
        all, [&](const Told& told) { return told.verdict == row.verdict && told.cause == row.cause; });
    if (like == all.end()) {
      all.push_back({row.verdict, row.cause, row.reason, true, {row.host}});
    } else {
      like->same = like->same && like->reason == row.reason;
      like->hosts.push_back(row.host);
    }
  }
  std::ranges::stable_sort(all, {}, [](const Told& told) { return static_cast<int>(told.verdict); });
  return all;
}

std::string poolName(const message::PoolOf& pool) { return pool.cluster.str() + "/" + pool.pool.str(); }

std::string sizeText(const message::Capacity& needs) {
  return count(needs.vcpus, "vcpu") + ", " + size(needs.memory) + " of memory, " + size(needs.disk) + " of disk" +
         (needs.volumes == Bytes() ? "" : ", " + size(needs.volumes) + " of volumes");
}

std::string condition(const message::request::Simulate& asked) {
  std::string text;
  if (!asked.lose.empty()) text += listed(asked.lose) + (asked.lose.size() == 1 ? " is lost" : " are lost");
  for (const message::GrowthRow& growth : asked.grow) {
    text += text.empty() ? "" : " and ";
    text += poolName(growth.pool) + " has " + count(growth.count, "node");
  }
  return text.empty() ? "As the fleet is now" : "If " + text;
}

std::string placedLines(const std::vector<message::PlacedRow>& rows, const Style& style) {
  std::string placed;
  std::string homeless;
  std::uint64_t placedCount = 0;
  std::uint64_t homelessCount = 0;
  std::string lastReason;
  for (const message::PlacedRow& row : rows) {
    if (row.to) {
      if (++placedCount > kListed) continue;
      placed += "    " + row.node.str() + "  " + (row.from ? row.from->str() : "new") + " → " + row.to->str() + "\n";
      continue;
    }
    if (++homelessCount > kListed) continue;
    homeless += "    " + style.paint(row.node.str(), Tone::bad) + "\n";
    if (row.reason == lastReason) continue;
    lastReason = row.reason;
    homeless += paragraph(row.reason, 6);
    if (!row.advice.empty()) homeless += paragraph("enough for one more: " + row.advice, 6);
  }
  const auto rest = [](std::uint64_t all) {
    return all > kListed ? "    and " + std::to_string(all - kListed) + " more\n" : std::string();
  };
  std::string out;
  if (placedCount > 0) out += "  " + count(placedCount, "node") + " would be placed\n" + placed + rest(placedCount);
  if (homelessCount > 0) {
    out += "  " + count(homelessCount, "node") + " would have no place\n" + homeless + rest(homelessCount);
  }
  return out;
}

std::string fitLines(const std::vector<message::FitRow>& fits) {
  std::string out;
  for (const message::FitRow& fit : fits) {
    const std::string what = (fit.shape.pool ? poolName(*fit.shape.pool) + ": " : "") + sizeText(fit.shape.needs);
    out += "\n  " + std::to_string(fit.count) + " more of " + what + "\n";
    out += "  " + std::to_string(fit.surviving) + " of them so that any one host may still be lost\n";
    if (!fit.limit.empty()) out += paragraph("then: " + fit.limit, 4);
  }
  return out;
}

std::string fragileLines(const std::vector<message::LossRow>& fragile, const Style& style) {
  if (fragile.empty()) return "\n  Any one host may be lost: its nodes would have a place.\n";
  std::string out = "\n  " + style.paint("Not every host may be lost:", Tone::bad) + "\n";
  for (std::size_t i = 0; i < fragile.size() && i < kListed; ++i) {
    const message::LossRow& loss = fragile[i];
    out += "    " + loss.host.str() + ": " + std::to_string(loss.homeless.size()) + " of " + count(loss.nodes, "node") +
           " would have no place\n";
    out += paragraph(listed(loss.homeless) + ": " + loss.reason, 6);
  }
  if (fragile.size() > kListed) out += "    and " + count(fragile.size() - kListed, "host") + " more\n";
  return out;
}

Json hostOrNull(const std::optional<HostName>& host) { return host ? Json(host->str()) : Json(nullptr); }
Json textOrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json json(const message::PlacedRow& row) {
  return {{"node", row.node.str()},
          {"from", hostOrNull(row.from)},
          {"to", hostOrNull(row.to)},
          {"reason", textOrNull(row.reason)},
          {"advice", textOrNull(row.advice)}};
}

Json json(const message::FitRow& fit) {
  return {{"pool", fit.shape.pool ? Json(poolName(*fit.shape.pool)) : Json(nullptr)},
          {"vcpus", fit.shape.needs.vcpus},
          {"memory", fit.shape.needs.memory.count()},
          {"disk", fit.shape.needs.disk.count()},
          {"volumes", fit.shape.needs.volumes.count()},
          {"count", fit.count},
          {"surviving", fit.surviving},
          {"limit", textOrNull(fit.limit)}};
}

Json json(const message::LossRow& loss) {
  Json homeless = Json::array();
  for (const NodeName& node : loss.homeless) homeless.push_back(node.str());
  return {{"host", loss.host.str()},
          {"nodes", loss.nodes},
          {"pinned", loss.pinned},
          {"homeless", homeless},
          {"reason", loss.reason}};
}

}  // namespace

std::string explanationText(const message::ExplanationRow& explanation, const Style& style) {
  const std::string where = explanation.host ? "on " + explanation.host->str() : "no place";
  std::string out = style.paint(explanation.node.str() + ": " + where, Tone::strong) + "\n";
  if (!explanation.leaving.empty()) out += paragraph("leaves its host, which " + explanation.leaving, 2);
  out += paragraph(explanation.why, 2);
  if (!explanation.advice.empty()) out += paragraph("enough for one more: " + explanation.advice, 2);
  for (const Told& told : together(explanation.verdicts)) {
    out += "\n  " + style.paint(padded(wordFor(told.verdict), 10), toneOf(told.verdict)) + "  " + listed(told.hosts) +
           "\n";
    const std::string whose = told.same ? "" : told.hosts.front().str() + " ";
    if (told.verdict != Verdict::chosen) out += paragraph(whose + told.reason, 14);
  }
  return out;
}

std::string simulationText(const message::request::Simulate& asked, const message::reply::Simulated& told,
                           const Style& style) {
  std::string out = style.paint(condition(asked), Tone::strong) + ": " + count(told.nodes, "node") + " in place\n";
  out += placedLines(told.placed, style);
  if (!told.pinned.empty()) {
    std::vector<NodeName> nodes;
    for (const message::PlacedRow& row : told.pinned) nodes.push_back(row.node);
    out +=
        paragraph(listed(nodes) + (nodes.size() == 1 ? " is" : " are") + " bound to a lost host and down with it", 2);
  }
  return out + fitLines(told.fits) + fragileLines(told.fragile, style);
}

std::string movesText(const std::vector<message::MoveRow>& moves, const Style& style) {
  if (moves.empty()) return "Nothing to move: no move would be worth it.\n";
  std::string out = count(moves.size(), "move") + ", the best first:\n";
  std::size_t number = 0;
  for (const message::MoveRow& move : moves) {
    out += "\n" + rightPadded(std::to_string(++number), 4) + "  " + style.paint(move.node.str(), Tone::strong) + "  " +
           move.from.str() + " → " + move.to.str() + "\n";
    out += paragraph(std::string(toString(move.gain)) + ": " + move.reason, 6);
  }
  return out;
}

Json json(const message::ExplanationRow& explanation) {
  Json hosts = Json::array();
  for (const message::VerdictRow& row : explanation.verdicts) {
    hosts.push_back(
        {{"host", row.host.str()}, {"verdict", toString(row.verdict)}, {"cause", row.cause}, {"reason", row.reason}});
  }
  return {{"node", explanation.node.str()},
          {"host", hostOrNull(explanation.host)},
          {"why", explanation.why},
          {"leaving", textOrNull(explanation.leaving)},
          {"advice", textOrNull(explanation.advice)},
          {"hosts", hosts}};
}

Json json(const message::reply::Simulated& told) {
  Json placed = Json::array();
  for (const auto& row : told.placed) placed.push_back(json(row));
  Json pinned = Json::array();
  for (const auto& row : told.pinned) pinned.push_back(json(row));
  Json fits = Json::array();
  for (const auto& row : told.fits) fits.push_back(json(row));
  Json fragile = Json::array();
  for (const auto& row : told.fragile) fragile.push_back(json(row));
  return {{"nodes", told.nodes}, {"placed", placed}, {"pinned", pinned}, {"fits", fits}, {"fragile", fragile}};
}

Json json(const message::MoveRow& move) {
  return {{"node", move.node.str()},
          {"from", move.from.str()},
          {"to", move.to.str()},
          {"gain", toString(move.gain)},
          {"reason", move.reason}};
}

}  // namespace berth::show

// SPDX-License-Identifier: Apache-2.0
#include "planner/layout/explain.h"

#include <algorithm>

#include "planner/layout/order.h"
#include "planner/layout/placer.h"
#include "planner/layout/words.h"

namespace berth::layout {
namespace {

std::string_view nameOf(Cause cause) {
  switch (cause) {
    case Cause::pin: return "pin";
    case Cause::state: return "state";
    case Cause::zone: return "zone";
    case Cause::label: return "label";
    case Cause::vcpus: return "vcpus";
    case Cause::memory: return "memory";
    case Cause::disk: return "disk";
    case Cause::volumes: return "volumes";
    case Cause::spread: return "spread";
    case Cause::apart: return "apart";
    case Cause::near: return "near";
  }
  return "";
}

std::string_view nameOf(Criterion criterion) {
  switch (criterion) {
    case Criterion::apart: return "less-apart";
    case Criterion::near: return "less-near";
    case Criterion::spread: return "less-spread";
    case Criterion::prefer: return "less-preferred";
    case Criterion::name: return "equal";
  }
  return "";
}

/// Judges hosts for a claim as the board is.
class Judge {
public:
  Judge(const Board& board, const Claim& claim)
      : board_(board), claim_(claim), order_(board, claim.group, claim.needs) {
    for (HostIndex host = 0; host < board.hosts().size(); ++host) {
      if (!board.usable(host) || board.objection(claim, host)) continue;
      ++possible_;
      if (!best_ || order_.rank(host) < order_.rank(*best_)) best_ = host;
    }
  }

  [[nodiscard]] std::optional<HostIndex> best() const { return best_; }
  [[nodiscard]] std::size_t possible() const { return possible_; }

  /// `chosen` is the host that the node is on, or will be.
  [[nodiscard]] std::vector<Verdict> verdicts(std::optional<HostIndex> chosen, const std::string& why) const {
    std::vector<HostIndex> byName;
    for (HostIndex host = 0; host < board_.hosts().size(); ++host) {
      if (board_.usable(host)) byName.push_back(host);
    }
    std::ranges::sort(byName, {}, [&](HostIndex host) { return board_.nameOrder(host); });
    std::vector<Verdict> verdicts;
    for (const HostIndex host : byName) {
      const HostName& name = board_.hosts()[host].name;
      if (host == chosen) {
        verdicts.push_back({name, Verdict::Kind::chosen, "chosen", why});
      } else if (const auto cause = board_.objection(claim_, host)) {
        verdicts.push_back(
            {name, Verdict::Kind::impossible, std::string(nameOf(*cause)), whyNot(board_, claim_, host, *cause)});
      } else {
        verdicts.push_back(behind(host, chosen.value_or(host)));
      }
    }
    return verdicts;
  }

private:
  /// Why a host that would do comes after the chosen one; or before it, for a node that stays where it is.
  [[nodiscard]] Verdict behind(HostIndex host, HostIndex chosen) const {
    const Rank here = order_.rank(host);
    const Rank there = order_.rank(chosen);
    const auto differs = std::ranges::mismatch(here, there).in1;
    if (differs == here.end()) return {board_.hosts()[host].name, Verdict::Kind::possible, "equal", "would do as well"};
    const auto position = static_cast<std::size_t>(differs - here.begin());
    const Criterion criterion = order_.criterionAt(position);
    const std::string cause = there < here ? std::string(nameOf(criterion)) : "better";
    return {board_.hosts()[host].name, Verdict::Kind::possible, cause,
            "would do: " + comparison(criterion, position, host, chosen)};
  }

  [[nodiscard]] std::string comparison(Criterion criterion, std::size_t position, HostIndex host,
                                       HostIndex chosen) const {
    const std::string& other = board_.hosts()[chosen].name.str();
    const Rank here = order_.rank(host);
    const Rank there = order_.rank(chosen);
    const auto numbers = [&](const std::string& what) {
      return plural(here[position], "node") + " " + what + ", " + std::to_string(there[position]) + " by way of " +
             other;
    };
    switch (criterion) {
      case Criterion::apart: return numbers("to keep away from");
      case Criterion::near: return here[position] > there[position] ? "not near what it had better be near" : "nearer";
      case Criterion::spread: return spreadComparison(position, host, chosen);
      case Criterion::prefer: {
        const auto share = [&](HostIndex index) { return percent(board_.ledger().usedShare(index)); };
        return share(host) + " of it is promised, of " + other + " " + share(chosen);
      }
      case Criterion::name: return "as good as " + other + ", which comes first by name";
    }
    return {};
  }

  [[nodiscard]] std::string spreadComparison(std::size_t position, HostIndex host, HostIndex chosen) const {
    const Level& level = board_.groups()[claim_.group].rules.spread[order_.levelAt(position)];
    const auto told = [&](HostIndex index) {
      const std::string count = std::to_string(order_.rank(index)[position]);
      return count + (level.kind == Level::Kind::host ? " on " : " in ") + placeName(level, board_.hosts()[index]);
    };
    const std::uint32_t here = order_.rank(host)[position];
    const std::string place = placeName(level, board_.hosts()[host]);
    return (level.kind == Level::Kind::host ? "has " : place + " has ") + plural(here, "node") + " of the pool, " +
           told(chosen);
  }

  const Board& board_;
  const Claim& claim_;
  Order order_;
  std::optional<HostIndex> best_;
  std::size_t possible_ = 0;
};

std::optional<Claim> claimOf(const Board& board, const NodeName& node) {
  for (GroupIndex group = 0; group < board.groups().size(); ++group) {
    const auto& nodes = board.groups()[group].nodes;
    const auto found = std::ranges::find(nodes, node, &Node::name);
    if (found != nodes.end()) return board.claim(group, *found);
  }
  return std::nullopt;
}

std::string among(std::size_t possible) {
  if (possible == 1) return "the only host that would do";
  return "the best of " + std::to_string(possible) + " hosts that would do";
}

/// As if the node that is in place had yet to be placed.
Explanation explainPresent(Board& board, const Claim& claim, const HostName& name, const Amount& reserved,
                           const std::string& heldBack) {
  Explanation explanation{.host = name,
                          .why = heldBack.empty() ? "it is there already, and no rule sends it away"
                                                  : "it stays, though the host is being drained: " + heldBack,
                          .leaving = {},
                          .advice = {},
                          .verdicts = {}};
  const auto host = board.ledger().find(name);
  if (host) {
    board.lift(claim.group, *host);
    board.ledger().release(*host, reserved);
  }
  explanation.verdicts = Judge(board, claim).verdicts(host, "is there already");
  return explanation;
}

}  // namespace

std::optional<Explanation> explain(const std::vector<Host>& hosts, const std::vector<Group>& groups,
                                   const std::vector<Present>& present, const NodeName& node) {
  const bool drains = std::ranges::find(hosts, HostState::draining, &Host::state) != hosts.end();
  Placer placer(hosts, groups, present, drains ? place(hosts, groups, present).heldBack : Placer::HeldBack());
  Board& board = placer.board();
  const auto known = claimOf(board, node);
  if (!known) return std::nullopt;
  const auto claim = placer.runUpTo(node);
  const auto leaving = placer.layout().leaving.find(node);
  if (!claim) {
    const HostName* host = placer.layout().hostOf(node);
    if (host == nullptr) return std::nullopt;
    const auto now = std::ranges::find(present, node, &Present::node);
    const Amount reserved = now == present.end() ? known->needs : now->reserved + growth(now->reserved, known->needs);
    const auto held = placer.layout().heldBack.find(node);
    return explainPresent(board, *known, *host, reserved,
                          held == placer.layout().heldBack.end() ? std::string() : held->second);
  }
  const Judge judge(board, *claim);
  Explanation explanation;
  if (leaving != placer.layout().leaving.end()) explanation.leaving = leaving->second;
  if (const auto best = judge.best()) {
    explanation.host = hosts[*best].name;
    explanation.why = among(judge.possible());
    explanation.verdicts = judge.verdicts(best, explanation.why);
  } else {
    explanation.why = whyNowhere(board, *claim);
    explanation.advice = whatWouldHelp(board, *claim);
    explanation.verdicts = judge.verdicts(std::nullopt, {});
  }
  return explanation;
}

}  // namespace berth::layout

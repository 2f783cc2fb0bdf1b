// SPDX-License-Identifier: Apache-2.0
#include "planner/layout/words.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace berth::layout {
namespace {

std::string_view nameOf(Cause cause) {
  if (cause == Cause::vcpus) return "vcpus";
  if (cause == Cause::volumes) return "room in the volume pool";
  return cause == Cause::memory ? "memory" : "disk";
}

Bytes bytesOf(const Amount& amount, Cause cause) {
  if (cause == Cause::volumes) return amount.volumes;
  return cause == Cause::memory ? amount.memory : amount.disk;
}

std::string partOf(const Amount& amount, Cause cause) {
  return cause == Cause::vcpus ? std::to_string(amount.vcpus) : bytesOf(amount, cause).str();
}

std::uint64_t numberOf(const Amount& amount, Cause cause) {
  return cause == Cause::vcpus ? amount.vcpus : bytesOf(amount, cause).count();
}

/// "2GiB of 3GiB"
std::string partOfNeeded(const Board& board, const Claim& claim, HostIndex host, Cause cause) {
  return partOf(board.ledger().free(host), cause) + " of " + partOf(board.ledger().onHost(host, claim.needs), cause);
}

std::string alternatives(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

std::string missingLabel(const Rules& rules, const Host& host) {
  for (const auto& [key, value] : rules.labels) {
    const auto label = host.labels.find(key);
    if (label == host.labels.end() || label->second != value) return key + "=" + value;
  }
  return {};
}

/// What holds for hosts with the same words is told once: "2 lack memory". `one` and `many` go behind a number.
struct Phrase {
  std::string one;
  std::string many;
};

Phrase both(std::string text) { return {text, text}; }

Phrase crowdPhrase(const Board& board, const Claim& claim, HostIndex host) {
  const Rules& rules = board.groups()[claim.group].rules;
  const Level& level = rules.spread.back();
  const std::string nodes = rules.atMost == 1 ? "a node of the pool" : plural(rules.atMost, "node") + " of the pool";
  if (level.kind == Level::Kind::host) return {"already has " + nodes, "already have " + nodes};
  const std::string place = placeName(level, board.hosts()[host]);
  return {"is in " + place + ", which already has " + nodes, "are in " + place + ", which already has " + nodes};
}

Phrase bondPhrase(const Board& board, const Claim& claim, HostIndex host, Bond::Kind kind) {
  const Board::Tie* tie = board.broken(claim.group, kind, host);
  if (tie == nullptr) return {};
  const Level& level = board.bondOf(*tie).level;
  const bool isNear = kind == Bond::Kind::near;
  const std::string what = (isNear ? "no node of " : "a node of ") + board.groups()[tie->other].name;
  const std::string rule = isNear ? ", which it must be near" : ", which it must be apart from";
  if (level.kind == Level::Kind::host) return {"has " + what + rule, "have " + what + rule};
  const std::string place = placeName(level, board.hosts()[host]);
  return {"is in " + place + ", which has " + what + rule, "are in " + place + ", which has " + what + rule};
}

Phrase phraseOf(const Board& board, const Claim& claim, HostIndex host, Cause cause) {
  const Host& there = board.hosts()[host];
  const Rules& rules = board.groups()[claim.group].rules;
  switch (cause) {
    case Cause::pin: return both("is not " + claim.pin->host.str() + ", where it must be: " + claim.pin->reason);
    case Cause::state: {
      const std::string state(toString(there.state));
      return {"is " + state, "are " + state};
    }
    case Cause::zone:
      return {"is not in zone " + alternatives(rules.zones), "are not in zone " + alternatives(rules.zones)};
    case Cause::label: {
      const std::string label = "the label " + missingLabel(rules, there);
      return {"lacks " + label, "lack " + label};
    }
    case Cause::vcpus:
    case Cause::memory:
    case Cause::disk:
    case Cause::volumes: {
      const std::string what(nameOf(cause));
      return {"lacks " + what, "lack " + what};
    }
    case Cause::spread: return crowdPhrase(board, claim, host);
    case Cause::apart: return bondPhrase(board, claim, host, Bond::Kind::apart);
    case Cause::near: return bondPhrase(board, claim, host, Bond::Kind::near);
  }
  return {};
}

bool isShortage(Cause cause) {
  return cause == Cause::vcpus || cause == Cause::memory || cause == Cause::disk || cause == Cause::volumes;
}

std::string pinnedNowhere(const Board& board, const Claim& claim) {
  const std::string& name = claim.pin->host.str();
  const std::string must = "it must be on " + name + " (" + claim.pin->reason + "), ";
  const auto host = board.ledger().find(claim.pin->host);
  if (!host) return must + "and the fleet has no such host";
  const auto cause = board.objection(claim, *host);
  return must + "which " + (cause ? whyNot(board, claim, *host, *cause) : "has room");
}

/// What a host lacks in all, when room is all that it lacks.
std::optional<Amount> shortageOf(const Board& board, const Claim& claim, HostIndex host) {
  const auto cause = board.objection(claim, host);
  if (!cause || !isShortage(*cause) || board.crowded(claim.group, host)) return std::nullopt;
  return growth(board.ledger().free(host), board.ledger().onHost(host, claim.needs));
}

std::string moreOf(const Amount& amount) {
  std::string text;
  if (amount.vcpus > 0) text += std::to_string(amount.vcpus) + (amount.vcpus == 1 ? " more vcpu" : " more vcpus");
  if (amount.memory != Bytes()) text += (text.empty() ? "" : " and ") + amount.memory.str() + " more memory";
  if (amount.disk != Bytes()) text += (text.empty() ? "" : " and ") + amount.disk.str() + " more disk";
  if (amount.volumes != Bytes()) text += (text.empty() ? "" : " and ") + amount.volumes.str() + " more of volume pool";
  return text;
}

/// The smallest thing to add to a host.
std::optional<std::string> moreRoom(const Board& board, const Claim& claim) {
  std::optional<Amount> least;
  std::vector<std::pair<std::uint32_t, std::string>> hosts;
  const auto weight = [](const Amount& amount) {
    const int kinds = (amount.vcpus > 0 ? 1 : 0) + (amount.memory != Bytes() ? 1 : 0) +
                      (amount.disk != Bytes() ? 1 : 0) + (amount.volumes != Bytes() ? 1 : 0);
    return std::tuple(kinds, amount.vcpus, amount.memory.count(), amount.disk.count(), amount.volumes.count());
  };
  for (HostIndex host = 0; host < board.hosts().size(); ++host) {
    const auto shortage = shortageOf(board, claim, host);
    if (!shortage) continue;
    if (!least || weight(*shortage) < weight(*least)) {
      least = shortage;
      hosts.clear();
    }
    if (*shortage == *least) hosts.emplace_back(board.nameOrder(host), board.hosts()[host].name.str());
  }
  if (!least) return std::nullopt;
  std::ranges::sort(hosts);
  std::vector<std::string> names;
  for (auto& [order, name] : hosts) names.push_back(std::move(name));
  return moreOf(*least) + " on " + (names.size() > 1 ? "any of " : "") + listed(names);
}

/// Rules of the spec without which a host would do that has room.
std::vector<std::string> softerRules(const Board& board, const Claim& claim) {
  const Group& group = board.groups()[claim.group];
  std::map<Cause, HostIndex> first;
  for (HostIndex host = 0; host < board.hosts().size(); ++host) {
    const auto cause = board.objection(claim, host);
    if (!cause || isShortage(*cause) || board.lacking(claim.needs, host)) continue;
    const auto [found, isNew] = first.try_emplace(*cause, host);
    if (!isNew && board.nameOrder(host) < board.nameOrder(found->second)) found->second = host;
  }
  std::vector<std::string> softer;
  for (const auto& [cause, host] : first) {
    const std::string& name = board.hosts()[host].name.str();
    // One thing must be enough: behind the first objection there may be others.
    const bool crowdedToo = cause < Cause::spread && board.crowded(claim.group, host);
    const bool excludedToo = cause == Cause::state && board.excluded(claim, host);
    if (crowdedToo || excludedToo) continue;
    switch (cause) {
      case Cause::state: softer.push_back(name + " ready"); break;
      case Cause::zone: softer.push_back("hosts.zones with " + board.hosts()[host].zone); break;
      case Cause::label:
        softer.push_back("the label " + missingLabel(group.rules, board.hosts()[host]) + " on " + name);
        break;
      case Cause::spread:
        softer.push_back("at most " + std::to_string(group.rules.atMost + 1) + " in one place (spread)");
        break;
      case Cause::apart: softer.emplace_back("apart without hard"); break;
      case Cause::near: softer.emplace_back("near without hard"); break;
      case Cause::pin:
      case Cause::vcpus:
      case Cause::memory:
      case Cause::disk:
      case Cause::volumes: break;
    }
  }
  return softer;
}

}  // namespace

std::string whyNot(const Board& board, const Claim& claim, HostIndex host, Cause cause) {
  std::string text = phraseOf(board, claim, host, cause).one;
  if (isShortage(cause)) text += ": " + partOfNeeded(board, claim, host, cause) + " free";
  return text;
}

std::string whyNowhere(const Board& board, const Claim& claim) {
  const auto& hosts = board.hosts();
  if (claim.pin != nullptr) return pinnedNowhere(board, claim);
  if (hosts.empty()) return "there are no hosts";
  struct Told {
    Phrase phrase;
    std::size_t hosts = 0;
    HostIndex best = 0;
  };
  std::map<std::tuple<bool, Cause, std::string>, Told> told;
  for (HostIndex host = 0; host < hosts.size(); ++host) {
    const auto cause = board.objection(claim, host);
    if (!cause) continue;
    Phrase phrase = phraseOf(board, claim, host, *cause);
    auto [found, isNew] = told.try_emplace({!isShortage(*cause), *cause, phrase.one}, Told{phrase, 0, host});
    Told& each = found->second;
    ++each.hosts;
    const auto key = [&](HostIndex index) {
      return std::tuple(~numberOf(board.ledger().free(index), *cause), board.nameOrder(index));
    };
    if (isShortage(*cause) && key(host) < key(each.best)) each.best = host;
  }
  std::string reason = "no host can take " + str(claim.needs) + ": of " + plural(hosts.size(), "host");
  for (const auto& [key, each] : told) {
    reason += ", " + std::to_string(each.hosts) + " " + (each.hosts == 1 ? each.phrase.one : each.phrase.many);
    if (!isShortage(std::get<Cause>(key))) continue;
    reason += " (" + hosts[each.best].name.str() + " has " +
              partOfNeeded(board, claim, each.best, std::get<Cause>(key)) + " free)";
  }
  return reason;
}

std::string whatWouldHelp(const Board& board, const Claim& claim) {
  std::vector<std::string> ways;
  if (auto room = moreRoom(board, claim)) ways.push_back(*std::move(room));
  const std::uint32_t placed = board.total(claim.group);
  if (placed > 0 && claim.pin == nullptr) ways.push_back("count: " + std::to_string(placed));
  for (std::string& each : softerRules(board, claim)) ways.push_back(std::move(each));
  std::string text;
  for (const std::string& way : ways) text += (text.empty() ? "" : "; or ") + way;
  return text;
}

std::string plural(std::uint64_t count, std::string_view thing) {
  return std::to_string(count) + " " + std::string(thing) + (count == 1 ? "" : "s");
}

std::string listed(const std::vector<std::string>& names, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < most; ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > most) text += " and " + std::to_string(names.size() - most) + " more";
  return text;
}

std::string percent(std::uint64_t millionths) { return std::to_string((millionths + 5000) / 10'000) + "%"; }

}  // namespace berth::layout

// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/placing_rules.h"

#include <algorithm>
#include <set>

namespace berth::spec {

using source::error;
using source::Findings;

namespace {

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

void checkBond(const Spec& spec, const Pool& pool, const std::optional<Bond>& bond, std::string_view key,
               Findings& findings) {
  if (!bond) return;
  std::vector<std::string> known;
  const std::string& prefix = spec.pieces.at(pool.piece).prefix;
  for (const Pool& each : spec.pools) {
    const std::string& name = each.name->str();
    if (!prefix.empty() && name.starts_with(prefix)) known.push_back(name.substr(prefix.size()));
    known.push_back(name);
  }
  for (const auto& other : bond->pools) {
    if (other.value == *pool.name) {
      findings.push_back(
          error(other.mark,
                "pool " + quoted(other->str()) + " cannot be " + std::string(key) +
                    (key == "near" ? " itself" : " from itself"),
                key == "near" ? "" : "its own nodes are kept apart by spread: { over: [host], hard: true }"));
    } else if (spec.find(*other) == nullptr) {
      const auto near = source::nearest(other->str(), known);
      findings.push_back(error(other.mark, "there is no pool " + quoted(other->str()),
                               near ? "did you mean " + quoted(*near) + "?" : ""));
    }
  }
}

bool mustFollow(const Pool& pool, const PoolName& other) {
  if (!pool.near || !pool.near->hard) return false;
  return std::ranges::any_of(pool.near->pools, [&](const auto& each) { return each.value == other; });
}

bool leadsTo(const Spec& spec, const PoolName& from, const PoolName& to, std::set<PoolName>& seen) {
  if (!seen.insert(from).second) return false;
  const Pool* pool = spec.find(from);
  if (pool == nullptr) return false;
  if (mustFollow(*pool, to)) return true;
  return std::ranges::any_of(spec.pools, [&](const Pool& next) {
    return mustFollow(*pool, *next.name) && leadsTo(spec, *next.name, to, seen);
  });
}

}  // namespace

void checkPlacing(const Spec& spec, const Pool& pool, Findings& findings) {
  const std::set<std::string> levels(pool.spread.over.begin(), pool.spread.over.end());
  if (levels.size() < pool.spread.over.size()) {
    findings.push_back(
        error(pool.name.mark, "pool " + quoted(pool.name->str()) + " is spread over the same level twice"));
  }
  for (const Level& level : pool.spread.over) {
    // Any other word is the key of a label, and one so near would be a trap even where hosts have it.
    const auto meant = level == "zone" || level == "host" ? std::nullopt : source::nearest(level, {"zone", "host"});
    if (!meant) continue;
    findings.push_back(error(pool.name.mark, "pool " + quoted(pool.name->str()) + " is spread over " + quoted(level),
                             "did you mean " + quoted(*meant) + "?"));
  }
  checkBond(spec, pool, pool.near, "near", findings);
  checkBond(spec, pool, pool.apart, "apart", findings);
  if (!pool.near || !pool.apart || !pool.near->hard || !pool.apart->hard || pool.near->over != pool.apart->over) return;
  for (const auto& other : pool.apart->pools) {
    if (!mustFollow(pool, *other)) continue;
    findings.push_back(error(other.mark, "pool " + quoted(pool.name->str()) + " must be both near " +
                                             quoted(other->str()) + " and apart from it"));
  }
}

void checkNearness(const Spec& spec, Findings& findings) {
  for (const Pool& pool : spec.pools) {
    std::set<PoolName> seen;
    if (!pool.near || !leadsTo(spec, *pool.name, *pool.name, seen)) continue;
    const auto& first = pool.near->pools.front();
    if (first.value == *pool.name) continue;
    findings.push_back(error(first.mark,
                             "pool " + quoted(pool.name->str()) + " must be near " + quoted(first->str()) +
                                 ", which in turn must be near it: none of them could be placed first",
                             "leave hard: true with one of them only"));
    return;
  }
}

}  // namespace berth::spec

// SPDX-License-Identifier: Apache-2.0
#include "planner/layout/places.h"

#include <algorithm>
#include <map>

namespace berth::layout {
namespace {

/// What the hosts of a place have in common.
std::string valueOf(const Level& level, const Host& host) {
  switch (level.kind) {
    case Level::Kind::zone: return host.zone;
    case Level::Kind::host: return host.name.str();
    case Level::Kind::label: break;
  }
  const auto found = host.labels.find(level.label);
  return found == host.labels.end() ? std::string() : found->second;
}

}  // namespace

LevelId Places::level(const Level& level) {
  const auto known = std::ranges::find(levels_, level, &Mapped::level);
  if (known != levels_.end()) return static_cast<LevelId>(known - levels_.begin());
  Mapped mapped{.level = level, .ofHost = {}, .count = 0};
  std::map<std::string, PlaceId> ids;
  for (const Host& host : hosts_) ids.emplace(valueOf(level, host), 0);
  PlaceId next = 0;
  for (auto& [value, id] : ids) id = next++;
  mapped.ofHost.reserve(hosts_.size());
  for (const Host& host : hosts_) mapped.ofHost.push_back(ids.at(valueOf(level, host)));
  mapped.count = ids.size();
  levels_.push_back(std::move(mapped));
  return static_cast<LevelId>(levels_.size() - 1);
}

std::string placeName(const Level& level, const Host& host) {
  const std::string value = valueOf(level, host);
  switch (level.kind) {
    case Level::Kind::host: return value;
    case Level::Kind::zone: return value.empty() ? "no zone" : "zone " + value;
    case Level::Kind::label: break;
  }
  return value.empty() ? "no " + level.label : level.label + " " + value;
}

std::string str(const Level& level) {
  switch (level.kind) {
    case Level::Kind::zone: return "zone";
    case Level::Kind::host: return "host";
    case Level::Kind::label: break;
  }
  return level.label;
}

}  // namespace berth::layout

// SPDX-License-Identifier: Apache-2.0
#include "planner/node/zincati.h"

#include <array>
#include <string_view>

namespace berth::node {
namespace {

constexpr std::array<std::string_view, 7> kDays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

std::string twoDigits(std::uint32_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

/// TOML tells whole numbers from others.
std::string asFloat(const std::string& number) {
  return number.find('.') == std::string::npos ? number + ".0" : number;
}

std::string windowText(const spec::Window& window) {
  std::string days;
  const auto add = [&](std::string_view day) { days += (days.empty() ? "\"" : ", \"") + std::string(day) + "\""; };
  for (const spec::Weekday day : window.days) add(kDays.at(static_cast<std::size_t>(day)));
  if (window.days.empty()) {
    for (const auto day : kDays) add(day);
  }
  return "\n[[updates.periodic.window]]\ndays = [ " + days + " ]\nstart_time = \"" + twoDigits(window.start / 60) +
         ":" + twoDigits(window.start % 60) + "\"\nlength_minutes = " + std::to_string(window.length.count()) + "\n";
}

}  // namespace

std::string zincatiConfig(const spec::OsUpdates& updates, const PoolName& pool) {
  std::string text = "# Written by Berth.\n";
  const bool asksFirst = updates.asksFirst();
  std::string identity;
  if (updates.group || asksFirst) identity += "group = \"" + (updates.group ? **updates.group : pool.str()) + "\"\n";
  if (updates.wariness) identity += "rollout_wariness = " + asFloat(*updates.wariness) + "\n";
  if (!identity.empty()) text += "[identity]\n" + identity + "\n";
  text += "[updates]\n";
  switch (*updates.strategy) {
    case spec::OsUpdates::Strategy::immediate: return text + "strategy = \"immediate\"\n";
    case spec::OsUpdates::Strategy::off: return text + "enabled = false\n";
    // Its windows are the controller's to keep: for Zincati they are part of another strategy.
    case spec::OsUpdates::Strategy::fleetLock: return text + "strategy = \"fleet_lock\"\n";
    case spec::OsUpdates::Strategy::periodic: break;
  }
  text += "strategy = \"periodic\"\n\n[updates.periodic]\ntime_zone = \"" + updates.timeZone + "\"\n";
  for (const spec::Window& window : updates.windows) text += windowText(window);
  return text;
}

std::string fleetLockConfig(const spec::OsUpdates& updates, const LockWords& words) {
  // Offline nobody knows where that is; such a config is for looking at.
  const std::string server = updates.server ? updates.server->url : "http://CONTROLLER";
  // Without the slash at its end, Zincati would take the last part of the path away.
  return "# Written by Berth. Secret: who knows it may ask in the name of this node.\n[identity]\nnode_uuid = \"" +
         words.id + "\"\n\n[updates.fleet_lock]\nbase_url = \"" + server + "/fleetlock/" + words.token + "/\"\n";
}

}  // namespace berth::node

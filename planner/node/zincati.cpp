// SPDX-License-Identifier: Apache-2.0
#include "planner/node/zincati.h"

#include <array>
#include <string_view>

namespace berth::node {
namespace {

constexpr std::array<std::string_view, 7> kDays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

std::string twoDigits(std::uint32_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

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

std::string zincatiConfig(const spec::OsUpdates& updates) {
  std::string text = "# Written by Berth.\n[updates]\n";
  switch (*updates.strategy) {
    case spec::OsUpdates::Strategy::immediate: return text + "strategy = \"immediate\"\n";
    case spec::OsUpdates::Strategy::off: return text + "enabled = false\n";
    // Refused by the rules of a spec; a node that never reboots by itself harms nobody.
    case spec::OsUpdates::Strategy::fleetLock: return text + "enabled = false\n";
    case spec::OsUpdates::Strategy::periodic: break;
  }
  text += "strategy = \"periodic\"\n\n[updates.periodic]\ntime_zone = \"" + updates.timeZone + "\"\n";
  for (const spec::Window& window : updates.windows) text += windowText(window);
  return text;
}

}  // namespace berth::node

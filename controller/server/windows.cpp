// SPDX-License-Identifier: Apache-2.0
#include "controller/server/windows.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <date/tz.h>

namespace berth::server {

namespace {

using std::chrono::minutes;

constexpr minutes kDay{24 * 60};
constexpr minutes kWeek = 7 * kDay;

const date::time_zone* zoneNamed(const std::string& name) {
  try {
    return date::locate_zone(name);
  } catch (const std::runtime_error&) {
    return nullptr;
  }
}

/// Since Monday, 00:00, local time.
minutes inWeek(const date::time_zone& zone, std::int64_t wallMs) {
  const date::sys_time<std::chrono::milliseconds> now{std::chrono::milliseconds(wallMs)};
  const auto local = date::zoned_time(&zone, now).get_local_time();
  const auto day = date::floor<date::days>(local);
  const date::weekday weekday(day);
  return kDay * (weekday.iso_encoding() - 1) + date::floor<minutes>(local - day);
}

/// How long until it opens, and 0 while it is open; of the day that `day` is.
minutes untilOpen(const store::RebootPolicy::Window& window, unsigned day, minutes now) {
  const minutes opens = kDay * day + window.start;
  const minutes sinceOpened = (now - opens + kWeek) % kWeek;
  return sinceOpened < window.length ? minutes(0) : kWeek - sinceOpened;
}

std::string twoDigits(std::int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string inWords(minutes ofWeek) {
  constexpr std::array kDays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  const minutes ofDay = ofWeek % kDay;
  return std::string(kDays.at(static_cast<std::size_t>(ofWeek / kDay))) + " " + twoDigits(ofDay.count() / 60) + ":" +
         twoDigits(ofDay.count() % 60);
}

}  // namespace

bool isTimeZone(const std::string& name) { return zoneNamed(name) != nullptr; }

std::optional<std::string> closedBecause(const store::RebootPolicy& policy, std::int64_t wallMs) {
  if (policy.windows.empty()) return std::nullopt;
  const date::time_zone* zone = zoneNamed(policy.timeZone);
  if (zone == nullptr) return "the controller's machine does not know the time zone " + policy.timeZone;
  const minutes now = inWeek(*zone, wallMs);
  minutes wait = kWeek;
  for (const auto& window : policy.windows) {
    for (unsigned day = 0; day < 7; ++day) {
      if ((window.days >> day & 1) != 0) wait = std::min(wait, untilOpen(window, day, now));
    }
  }
  if (wait == minutes(0)) return std::nullopt;
  return "no window is open; the next one opens " + inWords((now + wait) % kWeek) + " (" + policy.timeZone + ")";
}

}  // namespace berth::server

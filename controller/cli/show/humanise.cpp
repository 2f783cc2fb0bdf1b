// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/humanise.h"

#include <array>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <limits>

namespace berth::show {

namespace {

std::string twoDigits(std::int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

std::optional<std::int64_t> secondsPer(char unit) {
  switch (unit) {
    case 's': return 1;
    case 'm': return kMinute;
    case 'h': return kHour;
    case 'd': return kDay;
    default: return std::nullopt;
  }
}

}  // namespace

std::string duration(std::chrono::milliseconds span) {
  const std::int64_t seconds = std::max<std::int64_t>(0, span.count() / 1000);
  if (seconds < kMinute) return std::to_string(seconds) + "s";
  if (seconds < kHour) return std::to_string(seconds / kMinute) + "m" + twoDigits(seconds % kMinute) + "s";
  if (seconds < kDay) return std::to_string(seconds / kHour) + "h" + twoDigits(seconds % kHour / kMinute) + "m";
  if (seconds < 10 * kDay) return std::to_string(seconds / kDay) + "d" + std::to_string(seconds % kDay / kHour) + "h";
  return std::to_string(seconds / kDay) + "d";
}

std::int64_t millis(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::string age(std::int64_t ms, WallTime now) {
  if (ms == 0) return "-";
  return duration(std::chrono::milliseconds(millis(now) - ms));
}

std::string timestamp(std::int64_t ms) {
  if (ms == 0) return {};
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  if (gmtime_r(&seconds, &parts) == nullptr) return {};
  std::array<char, 64> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return std::string(text.data(), length);
}

std::string size(Bytes bytes) {
  if (bytes.count() == 0) return "0";
  constexpr std::array<std::string_view, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  double amount = static_cast<double>(bytes.count());
  std::size_t unit = 0;
  // 1023.95 would be printed as 1024.0 of the smaller unit.
  while (amount >= 1023.95 && unit + 1 < kUnits.size()) {
    amount /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", amount);
  std::string number = text.data();
  if (number.ends_with(".0")) number.resize(number.size() - 2);
  return number + std::string(kUnits.at(unit));
}

std::optional<std::chrono::seconds> parseDuration(std::string_view text) {
  constexpr std::int64_t kMost = std::int64_t{1} << 32;
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  while (!text.empty()) {
    std::int64_t number = 0;
    std::size_t digits = 0;
    while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits])) != 0) {
      number = number * 10 + (text[digits] - '0');
      if (number > kMost) return std::nullopt;
      ++digits;
    }
    if (digits == 0) return std::nullopt;
    text.remove_prefix(digits);
    const auto unit = text.empty() ? std::optional<std::int64_t>(1) : secondsPer(text[0]);
    if (!unit) return std::nullopt;
    if (!text.empty()) text.remove_prefix(1);
    total += number * *unit;
    if (total > kMost) return std::nullopt;
  }
  return std::chrono::seconds(total);
}

std::string count(std::uint64_t number, std::string_view thing) {
  return std::to_string(number) + " " + std::string(thing) + (number == 1 ? "" : "s");
}

}  // namespace berth::show

// SPDX-License-Identifier: Apache-2.0
#include "words/quantity.h"

#include <array>
#include <charconv>

namespace berth {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array kUnits{
    Unit{"TiB", 1ull << 40},
    Unit{"GiB", 1ull << 30},
    Unit{"MiB", 1ull << 20},
    Unit{"KiB", 1ull << 10},
    Unit{"TB", 1'000'000'000'000ull},
    Unit{"GB", 1'000'000'000ull},
    Unit{"MB", 1'000'000},
    Unit{"KB", 1'000},
    Unit{"B", 1},
};

}  // namespace

std::optional<Bytes> Bytes::parse(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  for (const auto& [name, factor] : kUnits) {
    if (unit != name) continue;
    if (number > (UINT64_MAX >> 1) / factor) return std::nullopt;
    return Bytes(number * factor);
  }
  return std::nullopt;
}

std::string Bytes::str() const {
  for (const auto& [name, factor] : kUnits) {
    if (name.size() == 3 && count_ != 0 && count_ % factor == 0) return std::to_string(count_ / factor).append(name);
  }
  return std::to_string(count_) + "B";
}

}  // namespace berth

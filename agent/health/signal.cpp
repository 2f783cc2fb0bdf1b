// SPDX-License-Identifier: Apache-2.0
#include "agent/health/signal.h"

#include <algorithm>
#include <array>
#include <utility>

#include "words/address.h"
#include "words/version.h"

namespace berth::health {
namespace {

constexpr std::size_t kLineMax = 4096;
constexpr std::size_t kBootIdMax = 64;
/// The longest name of a systemd unit (systemd.unit(5)).
constexpr std::size_t kUnitNameMax = 255;

constexpr std::array<std::pair<std::string_view, SystemState>, 7> kStates{{
    {"initializing", SystemState::initializing},
    {"starting", SystemState::starting},
    {"running", SystemState::running},
    {"degraded", SystemState::degraded},
    {"maintenance", SystemState::maintenance},
    {"stopping", SystemState::stopping},
    {"offline", SystemState::offline},
}};

std::optional<SystemState> parseState(std::string_view word) {
  for (const auto& [name, state] : kStates)
    if (name == word) return state;
  return std::nullopt;
}

bool isAlphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool isBootId(std::string_view text) {
  return !text.empty() && text.size() <= kBootIdMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return isAlphanumeric(c) || c == '-'; });
}

bool isUnitName(std::string_view text) {
  return !text.empty() && text.size() <= kUnitNameMax && std::all_of(text.begin(), text.end(), [](char c) {
    return isAlphanumeric(c) || std::string_view(":-_.\\@").find(c) != std::string_view::npos;
  });
}

/// Cuts the next piece off `rest`, up to `separator`.
std::string_view cut(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto piece = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return piece;
}

/// A list with commas, or "-" for none. What exceeds `limit` is left out; an item that is not `valid` spoils it all.
template <class Valid>
std::optional<std::vector<std::string>> parseList(std::string_view text, std::size_t limit, Valid valid) {
  std::vector<std::string> items;
  if (text == "-") return items;
  if (text.ends_with(',')) return std::nullopt;
  do {
    const auto item = cut(text, ',');
    if (!valid(item)) return std::nullopt;
    if (items.size() < limit) items.emplace_back(item);
  } while (!text.empty());
  return items;
}

/// What is not understood is left out: a node is no less ready for it.
std::vector<message::ToolStatus> parseTools(std::string_view text) {
  std::vector<message::ToolStatus> tools;
  while (!text.empty()) {
    const auto tool = message::parseTool(cut(text, ','));
    if (tool && std::ranges::find(tools, tool->kind, &message::ToolStatus::kind) == tools.end()) tools.push_back(*tool);
  }
  return tools;
}

/// Puts one `key=value` into `signal`; false when the value is not of its kind.
bool take(std::string_view key, std::string_view value, Signal& signal, bool& hasState) {
  if (key == "boot") {
    if (!isBootId(value)) return false;
    signal.bootId = value;
  } else if (key == "state") {
    const auto state = parseState(value);
    if (!state) return false;
    signal.state = *state;
    hasState = true;
  } else if (key == "failed") {
    auto units = parseList(value, kFailedUnitsMax, isUnitName);
    if (!units) return false;
    signal.failedUnits = std::move(*units);
  } else if (key == "addresses") {
    auto addresses = parseList(value, kAddressesMax, isNumericAddress);
    if (!addresses) return false;
    signal.addresses = std::move(*addresses);
  } else if (key == "stack") {
    signal.tools = parseTools(value);
  } else if (key == "os" || key == "staged") {
    if (!isVersion(value)) return false;
    (key == "os" ? signal.os.running : signal.os.staged) = value;
  }
  return true;
}

}  // namespace

std::optional<Signal> parseSignal(std::string_view line) {
  if (line.size() > kLineMax) return std::nullopt;
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n' || line.back() == ' ')) line.remove_suffix(1);
  if (cut(line, ' ') != "berth-ready" || cut(line, ' ') != "1") return std::nullopt;

  Signal signal;
  bool hasState = false;
  while (!line.empty()) {
    const auto field = cut(line, ' ');
    const auto equals = field.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    if (!take(field.substr(0, equals), field.substr(equals + 1), signal, hasState)) return std::nullopt;
  }
  if (signal.bootId.empty() || !hasState) return std::nullopt;
  return signal;
}

}  // namespace berth::health

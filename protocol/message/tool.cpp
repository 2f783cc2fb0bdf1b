// SPDX-License-Identifier: Apache-2.0
#include "protocol/message/tool.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "protocol/message/words.h"
#include "words/address.h"
#include "words/version.h"

namespace berth::message {

namespace {

constexpr std::uint32_t kVotersMax = 1000;
constexpr std::string_view kUnknown = "-";

std::optional<std::uint32_t> parseVoters(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > kVotersMax) return std::nullopt;
  return value;
}

/// The fields between the slashes; nothing when there are not exactly so many.
template <std::size_t count>
std::optional<std::array<std::string_view, count>> fieldsOf(std::string_view text) {
  std::array<std::string_view, count> fields;
  for (std::size_t i = 0; i < count; ++i) {
    const auto end = text.find('/');
    if ((end == std::string_view::npos) != (i + 1 == count)) return std::nullopt;
    fields[i] = text.substr(0, end);
    if (end != std::string_view::npos) text.remove_prefix(end + 1);
  }
  return fields;
}

template <class Word>
bool takeWord(std::string_view text, Word& word) {
  const auto known = fromString<Word>(text);
  if (known) word = *known;
  return known.has_value();
}

bool isTrouble(ToolStatus::State state) {
  using State = ToolStatus::State;
  return state != State::well && state != State::degraded && state != State::uninitialized;
}

std::string_view inWords(ToolStatus::State state) {
  switch (state) {
    case ToolStatus::State::well:
    case ToolStatus::State::degraded: return "is well";
    case ToolStatus::State::unwell: return "is not well";
    case ToolStatus::State::noLeader: return "knows no leader";
    case ToolStatus::State::sealed: return "is sealed";
    case ToolStatus::State::uninitialized: return "is not initialised";
    case ToolStatus::State::silent: return "does not answer";
  }
  return "is in an unknown state";
}

}  // namespace

std::optional<ToolStatus> parseTool(std::string_view text) {
  const auto fields = fieldsOf<7>(text);
  if (!fields) return std::nullopt;
  const auto& [kind, version, part, state, voters, leader, acl] = *fields;
  ToolStatus tool;
  if (!takeWord(kind, tool.kind) || !takeWord(part, tool.part) || !takeWord(state, tool.state)) return std::nullopt;
  if (acl != kUnknown && !takeWord(acl, tool.acl)) return std::nullopt;
  if (version != kUnknown) {
    if (!isVersion(version)) return std::nullopt;
    tool.version = version;
  }
  if (leader != kUnknown) {
    if (!isNumericAddress(leader)) return std::nullopt;
    tool.leader = leader;
  }
  if (voters != kUnknown) {
    const auto number = parseVoters(voters);
    if (!number) return std::nullopt;
    tool.voters = *number;
  }
  return tool;
}

std::string troubleOf(const std::vector<ToolStatus>& tools) {
  std::string trouble;
  for (const ToolStatus& each : tools) {
    if (!isTrouble(each.state)) continue;
    trouble +=
        (trouble.empty() ? "" : ", ") + std::string(toString(each.kind)) + " " + std::string(inWords(each.state));
  }
  return trouble;
}

std::string uneaseOf(const std::vector<ToolStatus>& tools) {
  std::string kinds;
  for (const ToolStatus& each : tools) {
    if (each.state != ToolStatus::State::degraded) continue;
    kinds += (kinds.empty() ? "" : " and ") + std::string(toString(each.kind));
  }
  return kinds.empty() ? "" : "not all servers of its " + kinds + " are well";
}

bool leads(const std::vector<ToolStatus>& tools) {
  return std::ranges::any_of(tools, [](const ToolStatus& each) { return each.part == ToolStatus::Part::leader; });
}

}  // namespace berth::message

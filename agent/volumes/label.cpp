// SPDX-License-Identifier: Apache-2.0
#include "agent/volumes/label.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace berth::volumes {
namespace {

/// Takes the line "WORD value" off the front of `text`; empty when it is another one.
std::optional<std::string_view> take(std::string_view& text, std::string_view word) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = text.substr(0, end);
  if (!line.starts_with(word) || line.size() <= word.size() || line[word.size()] != ' ') return std::nullopt;
  text.remove_prefix(end + 1);
  return line.substr(word.size() + 1);
}

std::optional<std::uint64_t> parseNumber(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

constexpr std::array<std::string_view, 4> kStates{"making", "made", "deleting", "incoming"};

std::optional<Label::State> parseState(std::string_view text) {
  for (std::size_t at = 0; at < kStates.size(); ++at)
    if (kStates.at(at) == text) return static_cast<Label::State>(at);
  return std::nullopt;
}

/// The lines that not every label has; false when one of them is wrong.
bool takeRest(std::string_view& text, Label& label) {
  if (text.starts_with("restored ")) {
    const auto value = take(text, "restored");
    const auto restored = value ? parseNumber(*value) : std::nullopt;
    if (restored.value_or(0) == 0) return false;
    label.restored = Generation(*restored);
  }
  if (text.empty()) return true;
  const auto name = take(text, "snapshot");
  const auto snapshot = name ? message::SnapshotName::parse(*name) : std::nullopt;
  const auto when = snapshot ? take(text, "taken") : std::nullopt;
  const auto taken = when ? parseNumber(*when) : std::nullopt;
  if (!taken || *taken > static_cast<std::uint64_t>(INT64_MAX)) return false;
  label.snapshot = *snapshot;
  label.takenMs = static_cast<std::int64_t>(*taken);
  return true;
}

}  // namespace

std::string write(const Label& label) {
  std::string text = "fleet " + label.fleet.str() + "\ncluster " + label.cluster.str() + "\nnode " + label.node.str() +
                     "\nvolume " + label.volume.name.str() + "\nsize " + std::to_string(label.volume.size.count()) +
                     "\nkeep " + (label.volume.keep ? "yes" : "no") + "\nstate ";
  text += kStates.at(static_cast<std::size_t>(label.state));
  text += "\nsince " + std::to_string(label.since.value()) + "\n";
  if (label.restored != Generation()) text += "restored " + std::to_string(label.restored.value()) + "\n";
  if (!label.snapshot.empty())
    text += "snapshot " + label.snapshot.str() + "\ntaken " + std::to_string(label.takenMs) + "\n";
  return text;
}

std::optional<Label> readLabel(std::string_view text) {
  if (text.size() > kLabelMax) return std::nullopt;
  std::array<std::string_view, 7> values;
  std::size_t at = 0;
  for (const std::string_view word : {"fleet", "cluster", "node", "volume", "size", "keep", "state"}) {
    const auto value = take(text, word);
    if (!value) return std::nullopt;
    values.at(at++) = *value;
  }
  const auto since = text.empty() ? std::optional<std::string_view>("0") : take(text, "since");
  const auto fleet = Uuid::parse(values[0]);
  const auto cluster = ClusterName::parse(values[1]);
  const auto node = NodeName::parse(values[2]);
  const auto name = VolumeName::parse(values[3]);
  const auto size = parseNumber(values[4]);
  const bool keepIsSaid = values[5] == "yes" || values[5] == "no";
  const auto state = parseState(values[6]);
  const auto generation = since ? parseNumber(*since) : std::nullopt;
  if (!fleet || !cluster || !node || !name || size.value_or(0) == 0 || !keepIsSaid || !state || !generation)
    return std::nullopt;
  Label label{*fleet, *cluster, *node, {*name, Bytes(*size), values[5] == "yes"}, *state, Generation(*generation)};
  return takeRest(text, label) && text.empty() ? std::optional(label) : std::nullopt;
}

}  // namespace berth::volumes

// SPDX-License-Identifier: Apache-2.0
#include "agent/volumes/label.h"

#include <array>
#include <charconv>

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

std::optional<Bytes> parseSize(std::string_view text) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count == 0) return std::nullopt;
  return Bytes(count);
}

}  // namespace

std::string write(const Label& label) {
  return "fleet " + label.fleet.str() + "\ncluster " + label.cluster.str() + "\nnode " + label.node.str() +
         "\nvolume " + label.volume.name.str() + "\nsize " + std::to_string(label.volume.size.count()) + "\nkeep " +
         (label.volume.keep ? "yes" : "no") + "\nstate " + (label.state == Label::State::made ? "made" : "making") +
         "\n";
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
  const auto fleet = Uuid::parse(values[0]);
  const auto cluster = ClusterName::parse(values[1]);
  const auto node = NodeName::parse(values[2]);
  const auto name = VolumeName::parse(values[3]);
  const auto size = parseSize(values[4]);
  const bool keepIsSaid = values[5] == "yes" || values[5] == "no";
  const bool stateIsSaid = values[6] == "made" || values[6] == "making";
  if (!text.empty() || !fleet || !cluster || !node || !name || !size || !keepIsSaid || !stateIsSaid)
    return std::nullopt;
  return Label{*fleet,
               *cluster,
               *node,
               {*name, *size, values[5] == "yes"},
               values[6] == "made" ? Label::State::made : Label::State::making};
}

}  // namespace berth::volumes

// SPDX-License-Identifier: Apache-2.0
//
// The one place where messages become JSON for people's scripts. The keys are a promise (docs/cli.md lists them): one
// may be added, none is renamed or given another meaning. Times are "2026-11-22T17:28:17Z" or null, sizes are numbers
// of bytes, durations numbers of milliseconds; what is not known is null, never left out.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "controller/cli/show/rows.h"
#include "protocol/message/operator.h"

namespace berth::show {

inline constexpr int kPlanFormat = 1;

/// Keys keep the order in which they are written here.
using Json = nlohmann::ordered_json;

[[nodiscard]] Json json(const message::HostRow& host);
[[nodiscard]] Json json(const message::NodeRow& node);
[[nodiscard]] Json json(const message::VolumeRow& volume);
[[nodiscard]] Json json(const message::LockRow& lock);
[[nodiscard]] Json json(const message::SnapshotRow& snapshot);
[[nodiscard]] Json json(const Snapshot& snapshot);
[[nodiscard]] Json json(const message::ClusterRow& cluster);
[[nodiscard]] Json json(const message::RolloutRow& rollout);
[[nodiscard]] Json json(const message::RolloutChangeRow& change);
[[nodiscard]] Json json(const message::EventRow& event);
[[nodiscard]] Json json(const message::OperatorRow& row);
[[nodiscard]] Json json(const message::SecretRow& secret);
[[nodiscard]] Json json(const message::ToolStatus& tool);
[[nodiscard]] Json json(const message::ChangeRow& change);
/// `format_version` is kPlanFormat; another number means another shape.
[[nodiscard]] Json json(const message::PlanRow& plan);
[[nodiscard]] Json json(const message::PoolRiskRow& risk);
[[nodiscard]] Json json(const message::PartRow& part);
[[nodiscard]] Json json(const message::FindingRow& finding);
[[nodiscard]] Json json(const message::Image& image);
[[nodiscard]] Json json(const message::MoveRow& move);

template <class Row>
[[nodiscard]] Json json(const std::vector<Row>& rows) {
  Json all = Json::array();
  for (const Row& row : rows) all.push_back(json(row));
  return all;
}

/// Text with two spaces of indentation and a line end. Control characters are escaped, those beyond ASCII too, so
/// that it is harmless on a terminal; what is not UTF-8 becomes U+FFFD.
[[nodiscard]] std::string jsonText(const Json& value);
/// The same on one line.
[[nodiscard]] std::string jsonLine(const Json& value);
/// As YAML, as harmless as jsonText(); strings that YAML could take for something else are quoted.
[[nodiscard]] std::string yamlText(const Json& value);

}  // namespace berth::show

// SPDX-License-Identifier: Apache-2.0
//
// The parts that the text of a plan is put together from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/cli/show/plan.h"

namespace berth::show {

/// How wide the text of a plan is at most; only diffs and single long words may go beyond.
inline constexpr std::size_t kPlanColumns = 80;

/// What happens to a node, as a person would say it.
enum class Kind : std::uint8_t { create, update, replace, move, destroy, restart };
[[nodiscard]] Kind kindOf(const message::ChangeRow& change);
[[nodiscard]] std::string_view wordOf(Kind kind);
[[nodiscard]] Tone toneOf(Kind kind);

/// Nodes that change alike, once, with their reasons and diffs.
[[nodiscard]] std::string changesText(const message::PlanRow& plan, const Style& style, Extent extent);
/// The waves; those that are alike and follow each other are one line.
[[nodiscard]] std::string wavesText(const message::PlanRow& plan, const Style& style);

/// `text` within kPlanColumns, behind `head` on its first line and beneath that on the others; `head` takes `columns`.
[[nodiscard]] std::string hanging(const std::string& head, std::size_t columns, std::string_view text);

}  // namespace berth::show

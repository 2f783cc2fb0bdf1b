// SPDX-License-Identifier: Apache-2.0
//
// Answers about the layout as a person reads them: why here, what if, what would be better. Within 80 columns; hosts of
// which the same is to be said are told together.
#pragma once

#include <string>

#include "controller/cli/show/json.h"
#include "controller/cli/show/style.h"
#include "protocol/message/layout.h"

namespace berth::show {

[[nodiscard]] std::string explanationText(const message::ExplanationRow& explanation, const Style& style);
[[nodiscard]] std::string simulationText(const message::request::Simulate& asked, const message::reply::Simulated& told,
                                         const Style& style);
[[nodiscard]] std::string movesText(const std::vector<message::MoveRow>& moves, const Style& style);

[[nodiscard]] Json json(const message::ExplanationRow& explanation);
[[nodiscard]] Json json(const message::reply::Simulated& told);

}  // namespace berth::show

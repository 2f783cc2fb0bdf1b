// SPDX-License-Identifier: Apache-2.0
//
// Findings as Butane and Ignition print them.
#pragma once

#include <string>
#include <string_view>

#include "planner/ignition/finding.h"

namespace berth::cli {

enum class ReportStyle { plain, coloured };

/// "error at $.storage.files.0.path, line 5 col 13: path not absolute"
[[nodiscard]] std::string lineOf(const ignition::Finding& finding);

/// The finding with the lines around its place in `text`; in one line where there is nothing to show.
[[nodiscard]] std::string excerptOf(const ignition::Finding& finding, std::string_view file, std::string_view text,
                                    ReportStyle style);

}  // namespace berth::cli

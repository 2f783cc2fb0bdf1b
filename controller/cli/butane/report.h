// SPDX-License-Identifier: Apache-2.0
//
// Findings as Butane and Ignition print them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/ignition/finding.h"

namespace berth::cli {

enum class ReportStyle { plain, coloured };

/// "error at $.storage.files.0.path, line 5 col 13: path not absolute"
[[nodiscard]] std::string lineOf(const ignition::Finding& finding);

/// A text by lines, found once for all findings about it; what follows the last line break is a line as well. The text
/// must outlive this.
class ReportedText {
public:
  ReportedText(std::string_view file, std::string_view text);
  [[nodiscard]] std::string_view file() const { return file_; }
  [[nodiscard]] std::size_t count() const { return lines_.size(); }
  /// `number` is between 1 and count().
  [[nodiscard]] std::string_view line(std::size_t number) const { return lines_[number - 1]; }

private:
  std::string_view file_;
  std::vector<std::string_view> lines_;
};

/// The finding with the lines around its place in `text`; in one line where there is nothing to show.
[[nodiscard]] std::string excerptOf(const ignition::Finding& finding, const ReportedText& text, ReportStyle style);

}  // namespace berth::cli

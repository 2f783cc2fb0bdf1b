// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/butane/report.h"

#include <algorithm>

#include "planner/source/text.h"

namespace berth::cli {
namespace {

constexpr std::size_t kContextLines = 2;
/// Of a longer line nobody would find the place, and one finding after the other would repeat it.
constexpr std::size_t kLongestShown = 4096;
constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kYellow = "\x1b[1;33m";
constexpr std::string_view kBlue = "\x1b[1;34m";
constexpr std::string_view kPlain = "\x1b[0m";

std::string painted(std::string_view text, std::string_view paint, ReportStyle style) {
  if (style == ReportStyle::plain) return std::string(text);
  return std::string(paint) + std::string(text) + std::string(kPlain);
}

std::string_view wordOf(source::Severity severity) { return severity == source::Severity::error ? "error" : "warning"; }

/// How much, from the column on, is no blank: that is taken for what the finding is about. Butane counts bytes here,
/// so that behind a letter beyond ASCII the mark has another width than the word; we do as it does.
std::size_t widthAt(std::string_view line, std::size_t column) {
  std::string_view rest = line.substr(column - 1);
  std::size_t width = 0;
  while (width < rest.size()) {
    std::size_t length = source::utf8Length(rest.substr(width, 4));
    if (length != 0 && source::isBlank(source::decode(rest.substr(width, length)).front())) break;
    width += std::max<std::size_t>(length, 1);
  }
  return width;
}

}  // namespace

std::string lineOf(const ignition::Finding& finding) {
  return std::string(wordOf(finding.severity)) + " at " + (finding.path.empty() ? "" : finding.path + ", ") + "line " +
         std::to_string(finding.where.line) + " col " + std::to_string(finding.where.column) + ": " + finding.message;
}

ReportedText::ReportedText(std::string_view file, std::string_view text) : file_(file) {
  while (true) {
    std::size_t end = text.find('\n');
    lines_.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

std::string excerptOf(const ignition::Finding& finding, const ReportedText& text, ReportStyle style) {
  std::size_t line = finding.where.line;
  std::size_t column = finding.where.column;
  if (line == 0 || line > text.count() || column == 0 || column > text.line(line).size()) return lineOf(finding);
  std::size_t first = line > kContextLines ? line - kContextLines : 1;
  std::size_t last = std::min(line + kContextLines, text.count());
  std::size_t width = widthAt(text.line(line), column);
  for (std::size_t each = first; each <= last; ++each) {
    if (text.line(each).size() > kLongestShown) return lineOf(finding);
  }

  std::size_t digits = std::to_string(last).size();
  std::string margin(digits + 2, ' ');
  std::string_view paint = finding.severity == source::Severity::error ? kRed : kYellow;
  std::string out = painted(wordOf(finding.severity), paint, style) +
                    (finding.path.empty() ? "" : "[" + finding.path + "]") + ":\n  " + painted("-->", kBlue, style) +
                    " " + std::string(text.file()) + ":" + std::to_string(line) + ":" + std::to_string(column) + "\n" +
                    margin + "|\n";
  for (std::size_t each = first; each <= last; ++each) {
    std::string number = std::to_string(each);
    out += " " + std::string(digits - number.size(), ' ') + painted(number, kBlue, style) + " | " +
           std::string(text.line(each)) + "\n";
    if (each != line) continue;
    out += margin + "| " + std::string(column - 1, ' ') + painted(std::string(width, '^'), kBlue, style) + " " +
           finding.message + "\n";
  }
  return out + margin + "|";
}

}  // namespace berth::cli

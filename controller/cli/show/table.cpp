// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/table.h"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "controller/cli/show/text.h"

namespace berth::show {

namespace {

constexpr std::size_t kGap = 2;
/// A cut column keeps at least this much: less than that says nothing.
constexpr std::size_t kLeast = 8;

std::string aligned(const std::string& text, std::size_t width, const Column& column) {
  const std::string cut = column.fit == Fit::cut ? cutTo(text, width) : text;
  return column.align == Align::right ? rightPadded(cut, width) : padded(cut, width);
}

/// Padding goes outside of the paint, so that no background or underline runs through the gap.
std::string painted(const std::string& cell, Tone tone, const Style& style) {
  const std::size_t first = cell.find_first_not_of(' ');
  if (first == std::string::npos) return cell;
  const std::size_t last = cell.find_last_not_of(' ') + 1;
  return cell.substr(0, first) + style.paint(cell.substr(first, last - first), tone) + cell.substr(last);
}

}  // namespace

void Table::add(std::vector<Cell> row) {
  assert(row.size() == columns_.size());
  for (std::size_t index = 0; index < row.size(); ++index) {
    row[index].text = oneLine(row[index].text);
    if (row[index].text.empty() && index + 1 < row.size()) row[index].text = "-";
  }
  rows_.push_back(std::move(row));
}

std::vector<std::size_t> Table::widths(std::optional<std::size_t> width) const {
  std::vector<std::size_t> widths;
  for (std::size_t index = 0; index < columns_.size(); ++index) {
    std::size_t widest = columnsOf(columns_[index].heading);
    for (const auto& row : rows_) widest = std::max(widest, columnsOf(row[index].text));
    widths.push_back(widest);
  }
  if (!width) return widths;
  const std::size_t gaps = kGap * (columns_.size() - 1);
  const std::size_t total = std::accumulate(widths.begin(), widths.end(), gaps);
  std::size_t excess = total > *width ? total - *width : 0;
  for (std::size_t index = columns_.size(); index-- > 0 && excess > 0;) {
    if (columns_[index].fit != Fit::cut) continue;
    const std::size_t least = std::max(kLeast, columnsOf(columns_[index].heading));
    const std::size_t give = std::min(excess, widths[index] > least ? widths[index] - least : 0);
    widths[index] -= give;
    excess -= give;
  }
  return widths;
}

std::string Table::render(const Style& style, std::optional<std::size_t> width) const {
  if (rows_.empty()) return {};
  const auto widths = this->widths(width);
  const auto line = [&](const auto& cellAt) {
    std::string text;
    for (std::size_t index = 0; index < columns_.size(); ++index) {
      if (index > 0) text += std::string(kGap, ' ');
      text += cellAt(index);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
  };
  std::string out = line([&](std::size_t index) {
    return painted(aligned(columns_[index].heading, widths[index], columns_[index]), Tone::strong, style);
  });
  for (const auto& row : rows_) {
    out += line([&](std::size_t index) {
      return painted(aligned(row[index].text, widths[index], columns_[index]), row[index].tone, style);
    });
  }
  return out;
}

}  // namespace berth::show

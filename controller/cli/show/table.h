// SPDX-License-Identifier: Apache-2.0
//
// Rows under a heading, in columns as wide as their widest cell:
//
//   Table table({{"NODE"}, {"PHASE"}, {"REASON", Align::left, Fit::cut}});
//   table.add({{"first-server-0"}, {"ready", Tone::good}, {""}});
//   out << table.render(style, 80);
//
// On a terminal the columns that may be cut give way until the row fits; in a pipe nothing is cut, so that a script
// finds everything.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "controller/cli/show/style.h"

namespace berth::show {

enum class Align { left, right };
/// Whether a column may be cut where the terminal is too narrow.
enum class Fit { whole, cut };

struct Column {
  std::string heading;
  Align align = Align::left;
  Fit fit = Fit::whole;
};

struct Cell {
  std::string text;
  Tone tone = Tone::plain;
};

class Table {
public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// As many cells as there are columns; their text is made harmless here. An empty cell is shown as "-", but in the
  /// last column as nothing.
  void add(std::vector<Cell> row);
  [[nodiscard]] bool empty() const { return rows_.empty(); }

  /// Lines, each with its end. Nothing at all when there are no rows.
  [[nodiscard]] std::string render(const Style& style, std::optional<std::size_t> width) const;

private:
  [[nodiscard]] std::vector<std::size_t> widths(std::optional<std::size_t> width) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace berth::show

// SPDX-License-Identifier: Apache-2.0
//
// docs/expressions.md says of each function what an example gives. This reads the table and tries it.
#include <fstream>
#include <set>
#include <sstream>

#include "planner/template/function.h"
#include "tests/checkout.h"
#include "tests/unit/planner/template/evaluating.h"

namespace berth::templates {
namespace {

struct Row {
  std::string function;
  std::string example;
  std::string gives;
};

/// The text of a cell without its backticks.
std::string code(const std::string& cell) {
  const auto first = cell.find('`');
  const auto last = cell.rfind('`');
  return first == std::string::npos || last == first ? std::string() : cell.substr(first + 1, last - first - 1);
}

/// Rows of the tables whose third column is an example.
std::vector<Row> rows() {
  std::ifstream file(std::string(checkout::kRoot) + "/docs/expressions.md");
  std::vector<Row> out;
  bool isFunctions = false;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| ")) continue;
    if (line.starts_with("| function |")) isFunctions = true;
    if (line.starts_with("| name |") || line.starts_with("| Terraform |")) isFunctions = false;
    std::vector<std::string> cells;
    std::stringstream text(line);
    for (std::string cell; std::getline(text, cell, '|');) cells.push_back(cell);
    if (!isFunctions || cells.size() < 5 || code(cells[1]).empty()) continue;
    out.push_back({code(cells[1]), code(cells[3]), code(cells[4])});
  }
  return out;
}

TEST(TheDocumentedFunctions, giveWhatTheirExamplesSay) {
  World world({}, {{"motd", {"hello\n"}}, {"greeting.tmpl", {"Hello ${{ name }}!"}}});
  for (const Row& row : rows()) {
    EXPECT_EQ(world.worth(row.example), world.worth(row.gives)) << row.function << ": " << row.example;
    EXPECT_FALSE(world.worth(row.gives).starts_with("error")) << row.gives;
    EXPECT_NE(row.example.find(row.function), std::string::npos) << row.function << " is not in its own example";
  }
}

TEST(TheDocumentedFunctions, areAllThatThereAre) {
  std::set<std::string> documented;
  for (const Row& row : rows()) documented.insert(row.function);
  std::set<std::string> there{"can", "filter", "nonsensitive", "sensitive", "templatefile", "transform", "try"};
  for (const auto table : allFunctions()) {
    for (const Function& each : table) there.emplace(each.name);
  }
  EXPECT_EQ(documented, there);
}

}  // namespace
}  // namespace berth::templates

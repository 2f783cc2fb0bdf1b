// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/findings.h"

#include <ostream>

#include "controller/cli/show/text.h"

namespace berth::cli {

void printFindings(const source::Findings& findings, const Place& place, World& world) {
  if (findings.empty()) return;
  source::Findings shown = findings;
  for (source::Diagnostic& finding : shown) {
    // What a variable was given by ("-v region", a file from elsewhere) is none of the spec's files.
    const bool isOfSpec = place.textOf && place.textOf(finding.where.file);
    if (isOfSpec) finding.where.file = place.directory + finding.where.file;
  }
  const auto textOf = [&place](std::string_view file) -> std::optional<std::string> {
    if (!place.textOf || !file.starts_with(place.directory)) return std::nullopt;
    return place.textOf(file.substr(place.directory.size()));
  };
  world.out.flush();
  world.err << show::manyLines(source::render(shown, textOf));
  world.err.flush();
}

source::Findings findingsFrom(const std::vector<message::FindingRow>& rows) {
  source::Findings findings;
  for (const message::FindingRow& row : rows) {
    findings.push_back({row.isError ? source::Severity::error : source::Severity::warning,
                        {row.file, row.line, row.column, row.length},
                        row.message,
                        row.hint});
  }
  return findings;
}

}  // namespace berth::cli

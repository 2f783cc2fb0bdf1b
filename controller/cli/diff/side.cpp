// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/diff/side.h"

#include "planner/butane/translate.h"
#include "planner/ignition/read.h"

namespace berth::cli {

Language languageOf(std::string_view text) {
  std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] != '{') return Language::butane;
  if (!ignition::statedVersion(text).empty()) return Language::ignition;
  return text.find("variant") == std::string_view::npos ? Language::ignition : Language::butane;
}

Side readSide(std::string_view text, const std::string& name, const source::Files& files) {
  if (languageOf(text) == Language::butane) {
    butane::Result result = butane::translate(text, {.file = name, .files = &files});
    source::Findings findings = butane::diagnosticsOf(result);
    return {std::move(result.config), std::move(findings)};
  }
  ignition::Parsed parsed = ignition::parse(text, name);
  Side side{std::move(parsed.config), ignition::asDiagnostics(parsed.findings)};
  if (!side.config && !source::hasErrors(side.findings)) {
    side.findings.push_back(source::error({name, 0, 0, 0}, parsed.refusal));
  }
  return side;
}

}  // namespace berth::cli

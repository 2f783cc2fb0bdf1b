// SPDX-License-Identifier: Apache-2.0
#include "planner/node/butane_findings.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "planner/ignition/schema.h"

namespace berth::node {

using source::Diagnostic;
using source::Findings;
using source::Mark;

namespace {

constexpr std::string_view kUnusedKey = "unused key ";

std::string_view takeUntil(std::string_view& text, char end) {
  const auto at = text.find(end);
  const std::string_view front = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return front;
}

Mark startOf(const std::string& path) { return {path, 1, 1, 0}; }

/// Where the line begins that satisfies `wanted`; the beginning of the file when none does.
template <class Wanted>
Mark lineWhere(const std::string& path, std::string_view text, Wanted wanted) {
  std::uint32_t number = 0;
  while (!text.empty()) {
    const std::string_view line = takeUntil(text, '\n');
    ++number;
    if (!wanted(number, line)) continue;
    const auto first = std::min(line.find_first_not_of(" \t-"), line.size());
    return {path, number, static_cast<std::uint32_t>(first) + 1, 0};
  }
  return startOf(path);
}

/// The number of "line 6: …", which is taken from the front of `message`.
std::optional<std::uint32_t> takeLine(std::string_view& message) {
  constexpr std::string_view kLine = "line ";
  const auto start = message.find_first_not_of(' ');
  if (start == std::string_view::npos || !message.substr(start).starts_with(kLine)) return std::nullopt;
  const std::string_view rest = message.substr(start + kLine.size());
  std::uint32_t number = 0;
  const auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  const auto length = static_cast<std::size_t>(end - rest.data());
  if (failure != std::errc() || !rest.substr(length).starts_with(": ")) return std::nullopt;
  message = rest.substr(length + 2);
  return number;
}

/// The keys that are known where `path` ("$.storage.files.0.pth") leads to.
std::vector<std::string> keysBeside(std::string_view path) {
  const ignition::Shape* shape = &ignition::configShape();
  (void)takeUntil(path, '.');
  while (path.find('.') != std::string_view::npos) {
    const std::string_view segment = takeUntil(path, '.');
    const auto isNamed = [&](const ignition::Field& field) { return field.yaml == segment; };
    const auto field = std::ranges::find_if(shape->fields, isNamed);
    // The number of an element leads to the same shape as its list.
    if (field == shape->fields.end()) continue;
    if (field->shape == nullptr) return {};
    shape = field->shape;
  }
  std::vector<std::string> keys;
  for (const ignition::Field& field : shape->fields) {
    if (field.home != ignition::Home::ignition) keys.emplace_back(field.yaml);
  }
  return keys;
}

Diagnostic unknownKey(const ignition::Finding& finding) {
  const std::string key = finding.message.substr(kUnusedKey.size());
  const auto near = source::nearest(key, keysBeside(finding.path));
  return source::error(finding.where, "unknown key \"" + key + "\"",
                       near ? "did you mean \"" + *near + "\"?" : "at " + finding.path);
}

std::string hintFor(std::string_view message) {
  if (message.starts_with("open ")) return "local files are read from files_dir, or else the directory of the spec";
  return {};
}

/// A failure is one text about the whole file, which may name lines.
void addFailure(std::string_view message, Mark where, const std::string& path, std::string_view text, Findings& out) {
  constexpr std::string_view kYaml = "Error unmarshaling yaml: ";
  if (message.starts_with(kYaml)) message.remove_prefix(kYaml.size());
  constexpr std::string_view kErrors = "yaml: unmarshal errors:\n";
  if (message.starts_with(kErrors)) {
    message.remove_prefix(kErrors.size());
    while (!message.empty()) {
      std::string_view line = takeUntil(message, '\n');
      const std::uint32_t number = takeLine(line).value_or(1);
      const auto isIt = [&](std::uint32_t each, std::string_view) { return each == number; };
      out.push_back(source::error(lineWhere(path, text, isIt), std::string(line)));
    }
    return;
  }
  constexpr std::string_view kReader = "yaml: ";
  if (message.starts_with(kReader)) message.remove_prefix(kReader.size());
  (void)takeLine(message);
  if (!where.known()) {
    const auto isVersion = [](std::uint32_t, std::string_view line) { return line.starts_with("version:"); };
    where = lineWhere(path, text, isVersion);
  }
  const bool isHeader = message.find("variant") != std::string_view::npos;
  out.push_back(source::error(where, std::string(message),
                              isHeader ? "a Butane file begins with variant: fcos and a version: such as 1.6.0" : ""));
}

}  // namespace

Findings findingsOf(const butane::Result& result, const std::string& path, std::string_view text) {
  Findings out;
  for (const ignition::Finding& each : result.findings) {
    if (each.message.starts_with(kUnusedKey)) {
      out.push_back(unknownKey(each));
      continue;
    }
    Diagnostic& told = out.emplace_back();
    told.severity = each.severity;
    told.message = each.message;
    told.where = each.where;
    told.hint = hintFor(each.message);
    if (each.where.known()) continue;
    told.where = startOf(path);
    if (!each.path.empty()) told.hint = "at " + each.path;
  }
  if (!result.config && !source::hasErrors(out)) addFailure(result.failure, result.failedAt, path, text, out);
  return out;
}

}  // namespace berth::node

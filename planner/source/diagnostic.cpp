// SPDX-License-Identifier: Apache-2.0
#include "planner/source/diagnostic.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "planner/source/text.h"

namespace berth::source {
namespace {

/// A line longer than this is shown as a window around the caret: nobody reads a megabyte of JSON on one line.
constexpr std::size_t kWindow = 160;

std::string severityWord(Severity severity) { return severity == Severity::error ? "error" : "warning"; }

/// What a terminal may be shown: a control character in a user's file must not move the cursor.
std::string harmless(std::string_view line) {
  std::string out;
  for (char byte : line) {
    auto code = static_cast<unsigned char>(byte);
    out += (code < 0x20 && byte != '\t') || code == 0x7f ? '?' : byte;
  }
  return out;
}

struct Excerpt {
  std::string line;
  std::string underline;
};

Excerpt excerptOf(std::string_view line, const Mark& where) {
  std::size_t total = countCharacters(line);
  std::size_t before = std::min<std::size_t>(where.column == 0 ? 0 : where.column - 1, total);
  std::size_t from = 0;
  if (total > kWindow && before > kWindow / 2) from = before - kWindow / 2;
  std::string_view shown = characters(line, from, std::min(total - from, kWindow));

  Excerpt excerpt;
  excerpt.line = (from > 0 ? "…" : "") + harmless(shown) + (from + countCharacters(shown) < total ? "…" : "");
  if (from > 0) excerpt.underline += ' ';
  // A tab above is a tab below, so that the caret stands where the terminal puts the character.
  for (char32_t each : decode(characters(shown, 0, before - from))) excerpt.underline += each == U'\t' ? '\t' : ' ';
  excerpt.underline += '^';
  std::size_t room = total > before ? total - before : 1;
  std::size_t length = std::min<std::size_t>({std::max<std::size_t>(where.length, 1), room, kWindow / 2});
  excerpt.underline.append(length - 1, '~');
  return excerpt;
}

std::string headline(const Diagnostic& finding) {
  std::string out;
  if (!finding.where.file.empty()) out += finding.where.file + ":";
  if (finding.where.known()) {
    out += std::to_string(finding.where.line) + ":" + std::to_string(finding.where.column) + ":";
  }
  if (!out.empty()) out += " ";
  return out + severityWord(finding.severity) + ": " + finding.message + "\n";
}

}  // namespace

Diagnostic error(Mark where, std::string message, std::string hint) {
  return {Severity::error, std::move(where), std::move(message), std::move(hint)};
}

Diagnostic warning(Mark where, std::string message, std::string hint) {
  return {Severity::warning, std::move(where), std::move(message), std::move(hint)};
}

bool hasErrors(const Findings& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Diagnostic& each) { return each.severity == Severity::error; });
}

std::string render(const Findings& findings, const TextOf& textOf) {
  std::vector<const Diagnostic*> ordered;
  ordered.reserve(findings.size());
  for (const Diagnostic& each : findings) ordered.push_back(&each);
  std::stable_sort(ordered.begin(), ordered.end(), [](const Diagnostic* left, const Diagnostic* right) {
    return std::tie(left->where.file, left->where.line, left->where.column) <
           std::tie(right->where.file, right->where.line, right->where.column);
  });

  std::map<std::string, std::optional<TextLines>, std::less<>> texts;
  std::string out;
  for (const Diagnostic* finding : ordered) {
    out += headline(*finding);
    const Mark& where = finding->where;
    std::string number = where.known() ? std::to_string(where.line) : std::string();
    std::string margin(number.size() + 2, ' ');
    if (where.known() && textOf) {
      auto [text, fresh] = texts.try_emplace(where.file);
      if (fresh) {
        if (auto bytes = textOf(where.file)) text->second.emplace(std::move(*bytes));
      }
      if (text->second && where.line <= text->second->count()) {
        Excerpt excerpt = excerptOf(text->second->line(where.line), where);
        out.append("  ").append(number).append(" | ").append(excerpt.line).append("\n");
        out.append(margin).append(" | ").append(excerpt.underline).append("\n");
      }
    }
    if (!finding->hint.empty()) out.append(margin).append(" = ").append(finding->hint).append("\n");
  }
  return out;
}

}  // namespace berth::source

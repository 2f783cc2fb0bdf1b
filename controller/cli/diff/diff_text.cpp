// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/diff/diff_text.h"

#include <algorithm>
#include <tuple>

#include "controller/cli/show/text.h"
#include "planner/ignition/text_diff.h"
#include "words/digest.h"

namespace berth::show {
namespace {

using ignition::Difference;
using ignition::DiffLine;
using Kind = Difference::Kind;

constexpr std::string_view kIndent = "    ";

struct Sign {
  std::string_view text;
  Tone tone;
};

Sign signOf(Kind kind) {
  switch (kind) {
    case Kind::added: return {"+", Tone::good};
    case Kind::removed: return {"-", Tone::bad};
    case Kind::changed: return {"~", Tone::busy};
  }
  return {"?", Tone::plain};
}

std::string_view wordOf(Kind kind) {
  switch (kind) {
    case Kind::added: return "added";
    case Kind::removed: return "removed";
    case Kind::changed: return "changed";
  }
  return "";
}

std::string placeOf(const Difference& difference) {
  const source::Mark& mark = difference.origin.mark;
  if (!mark.known()) return {};
  return "← " + oneLine(mark.file) + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
}

/// Line ends of other systems are a difference too, and have to be seen.
std::string visible(std::string_view line) {
  std::string out;
  for (char c : line) out += c == '\r' ? "^M" : c == '\f' ? "^L" : std::string(1, c);
  return manyLines(out);
}

std::string lineText(const DiffLine& line, const Style& style) {
  const bool both = line.in == DiffLine::In::both;
  const bool before = line.in == DiffLine::In::before;
  const std::string text = std::string(both ? " " : before ? "-" : "+") + visible(line.text);
  std::string out = std::string(kIndent) + style.paint(text, both ? Tone::plain : before ? Tone::bad : Tone::good);
  if (!line.hasLineBreak) out += "\n" + std::string(kIndent) + style.paint("\\ No newline at end of file", Tone::faint);
  return out + "\n";
}

std::string bytesText(const std::string& bytes) {
  return std::to_string(bytes.size()) + " bytes, sha256 " + Digest::of(bytes).shortHex();
}

bool isShownAsText(const Difference::Contents& contents) {
  return ignition::isText(contents.before) && ignition::isText(contents.after);
}

std::string contentsText(const Difference::Contents& contents, const Style& style) {
  if (!isShownAsText(contents)) {
    std::string out;
    for (const auto& [sign, bytes, tone] :
         {std::tuple{"-", &contents.before, Tone::bad}, std::tuple{"+", &contents.after, Tone::good}}) {
      if (!bytes->empty()) out += std::string(kIndent) + style.paint(sign + bytesText(*bytes), tone) + "\n";
    }
    return out;
  }
  std::string out;
  for (const ignition::Hunk& hunk : ignition::textDiff(contents.before, contents.after)) {
    out += std::string(kIndent) + style.paint(headingOf(hunk), Tone::faint) + "\n";
    for (const DiffLine& line : hunk.lines) out += lineText(line, style);
  }
  return out;
}

/// The sentence, and its place behind it or, where that does not fit, below it.
std::string sentence(const Difference& difference, const Style& style, std::optional<std::size_t> columns) {
  const Sign sign = signOf(difference.kind);
  std::string text = oneLine(difference.line) + (difference.isSecret ? " (secret)" : "");
  const std::string place = placeOf(difference);
  const bool fits = !columns || columnsOf(text) + columnsOf(place) + 4 <= *columns;
  if (columns) {
    const std::string lines = wrapped(text, *columns, "  ");
    text = lines.substr(2, lines.size() - 3);
  }
  std::string out = style.paint(sign.text, sign.tone) + " " + text;
  if (!place.empty()) out += (fits ? "  " : "\n" + std::string(kIndent)) + style.paint(place, Tone::faint);
  return out + "\n";
}

Json bytesJson(const std::string& bytes) { return {{"bytes", bytes.size()}, {"sha256", Digest::of(bytes).hex()}}; }

Json contentsJson(const Difference::Contents& contents) {
  std::string unifiedText;
  const bool isText = isShownAsText(contents);
  if (isText) {
    for (const ignition::Hunk& hunk : ignition::textDiff(contents.before, contents.after)) unifiedText += unified(hunk);
  }
  return {{"before", bytesJson(contents.before)},
          {"after", bytesJson(contents.after)},
          {"diff", isText ? Json(unifiedText) : Json(nullptr)}};
}

Json originJson(const ignition::Origin& origin) {
  if (!origin.mark.known()) return nullptr;
  return {{"file", origin.mark.file},
          {"line", origin.mark.line},
          {"column", origin.mark.column},
          {"path", origin.path.empty() ? Json(nullptr) : Json(origin.path)}};
}

}  // namespace

std::string diffText(const std::vector<Difference>& differences, const Style& style,
                     std::optional<std::size_t> columns) {
  if (differences.empty()) return {};
  std::string out;
  for (const Difference& each : differences) {
    out += sentence(each, style, columns);
    if (each.contents) out += contentsText(*each.contents, style);
  }
  auto count = [&](Kind kind) {
    const auto found = std::ranges::count(differences, kind, &Difference::kind);
    return std::to_string(found) + " " + std::string(wordOf(kind));
  };
  return out + "\n" + count(Kind::changed) + ", " + count(Kind::added) + ", " + count(Kind::removed) + "\n";
}

Json diffJson(const std::vector<Difference>& differences) {
  Json all = Json::array();
  for (const Difference& each : differences) {
    all.push_back({{"kind", wordOf(each.kind)},
                   {"subject", each.subject},
                   {"field", each.field.empty() ? Json(nullptr) : Json(each.field)},
                   {"line", each.line},
                   {"secret", each.isSecret},
                   {"origin", originJson(each.origin)},
                   {"contents", each.contents ? contentsJson(*each.contents) : Json(nullptr)}});
  }
  return all;
}

}  // namespace berth::show

// SPDX-License-Identifier: Apache-2.0
//
// Recognition is by the fixed words of Ignition, systemd, dracut and the kernel, each searched where it appears in
// their messages. Words that a healthy boot prints too ("Condition check resulted in Dracut Emergency Shell being
// skipped") are why nothing here matches "emergency" alone.
#include "agent/health/console.h"

#include <algorithm>
#include <array>

namespace berth::health {
namespace {

bool has(std::string_view text, std::string_view words) { return text.find(words) != std::string_view::npos; }

/// `ignition[650]: CRITICAL : …`: the level stands right after the process.
bool isIgnitionCritical(std::string_view text) {
  const auto at = text.find("ignition[");
  if (at == std::string_view::npos) return false;
  const auto colon = text.find("]: ", at);
  return colon != std::string_view::npos && text.substr(colon + 3).starts_with("CRITICAL");
}

std::optional<Trouble> recognise(std::string_view text) {
  if (has(text, "Kernel panic - not syncing")) return Trouble::kernelPanic;
  if (has(text, "Ignition has failed. Please ensure your config is valid") || has(text, "IGNITION-FAILED") ||
      isIgnitionCritical(text))
    return Trouble::ignitionFailed;
  if (has(text, "Entering emergency mode") || has(text, "You are in emergency mode")) return Trouble::emergencyMode;
  return std::nullopt;
}

/// How much a line says about why a boot failed; 0 when it says nothing.
int tellingRank(std::string_view text) {
  if (has(text, "Kernel panic - not syncing")) return 5;
  if (isIgnitionCritical(text)) return 4;
  if (has(text, "error at $") || has(text, "failed to fetch config") || has(text, "failed to create")) return 3;
  if (has(text, "ignition[") && (has(text, "failed") || has(text, "error") || has(text, "WARNING"))) return 2;
  if (has(text, "IGNITION-FAILED") || has(text, "Failed to start ") || has(text, "Failed with result") ||
      has(text, "Dependency failed for "))
    return 1;
  return 0;
}

bool beginsBoot(std::string_view text) {
  const auto at = text.find("Linux version ");
  // At the line's start or right after the kernel's "[    0.000000] ".
  return at != std::string_view::npos && (at == 0 || (text.front() == '[' && at < 24));
}

/// Printable text only: escape sequences and control characters go, bytes beyond ASCII become '?'.
std::string clean(std::string_view raw) {
  std::string text;
  text.reserve(std::min(raw.size(), kConsoleLineMax));
  for (std::size_t i = 0; i < raw.size() && text.size() < kConsoleLineMax; ++i) {
    const auto c = static_cast<unsigned char>(raw[i]);
    if (c == 0x1b) {
      // ESC [ parameters final: the final byte is 0x40 to 0x7e (ECMA-48, section 5.4). Others are two bytes long.
      if (i + 1 < raw.size() && raw[i + 1] == '[') {
        i += 2;
        while (i < raw.size() && !(raw[i] >= 0x40 && raw[i] <= 0x7e)) ++i;
      } else {
        ++i;
      }
    } else if (c == '\t') {
      text += ' ';
    } else if (c >= 0x20 && c < 0x7f) {
      text += static_cast<char>(c);
    } else if (c >= 0x80) {
      text += '?';
    }
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

std::string join(const std::deque<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + '\n';
  return text;
}

void keep(std::deque<std::string>& lines, std::string text) {
  lines.push_back(std::move(text));
  if (lines.size() > kFindingLines) lines.pop_front();
}

/// Cuts off what stands before the message: a clock in brackets, "ignition[650]: CRITICAL : ", "Ignition failed: ".
std::string messageOf(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find("] ");
    if (end != std::string_view::npos && end < 20) text.remove_prefix(end + 2);
  }
  if (const auto process = text.find("ignition["); process != std::string_view::npos) {
    const auto level = text.find("]: ", process);
    const auto colon = level == std::string_view::npos ? level : text.find(": ", level + 3);
    if (colon != std::string_view::npos) text.remove_prefix(colon + 2);
  }
  constexpr std::string_view kAgain = "Ignition failed: ";
  if (text.starts_with(kAgain)) text.remove_prefix(kAgain.size());
  return std::string(text);
}

}  // namespace

std::string_view toString(Trouble trouble) {
  switch (trouble) {
    case Trouble::ignitionFailed: return "Ignition failed";
    case Trouble::emergencyMode: return "the guest is in emergency mode";
    case Trouble::kernelPanic: return "the guest's kernel panicked";
  }
  return "";
}

void ConsoleWatch::feed(std::string_view piece) {
  // What a line may hold at most before it is cut: colours and controls are removed only later.
  constexpr std::size_t kRawLineMax = 4 * kConsoleLineMax;
  while (!piece.empty()) {
    const auto end = piece.find('\n');
    const auto part = piece.substr(0, end);
    partial_.append(part.substr(0, kRawLineMax - std::min(kRawLineMax, partial_.size())));
    if (end == std::string_view::npos) return;
    line(partial_);
    partial_.clear();
    piece.remove_prefix(end + 1);
  }
}

void ConsoleWatch::beginBoot() {
  recent_.clear();
  telling_.clear();
  why_.clear();
  whyRank_ = 0;
  trouble_.reset();
}

void ConsoleWatch::line(std::string_view raw) {
  auto text = clean(raw);
  if (text.empty()) return;
  if (beginsBoot(text)) beginBoot();
  if (const auto rank = tellingRank(text); rank > 0) {
    if (rank > whyRank_) {
      whyRank_ = rank;
      why_ = messageOf(text);
    }
    // Journals are often printed twice, by the unit and by the emergency shell.
    if (std::find(telling_.begin(), telling_.end(), text) == telling_.end()) keep(telling_, text);
  }
  if (const auto trouble = recognise(text)) {
    // Emergency mode is what Ignition's failure leads to: the first cause stays.
    if (!trouble_ || (*trouble_ == Trouble::emergencyMode)) trouble_ = trouble;
  }
  keep(recent_, std::move(text));
}

std::optional<Finding> ConsoleWatch::finding() const {
  // A marker may be the last thing on the console, with no line end after it.
  if (!trouble_) {
    if (!partial_.empty() && recognise(clean(partial_))) {
      auto ended = *this;
      ended.line(ended.partial_);
      ended.partial_.clear();
      return ended.finding();
    }
    return std::nullopt;
  }
  return Finding{*trouble_, why_, telling_.empty() ? join(recent_) : join(telling_)};
}

std::string ConsoleWatch::tail() const { return join(recent_); }

}  // namespace berth::health

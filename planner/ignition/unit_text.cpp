// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/unit_text.h"

#include <algorithm>
#include <optional>

namespace berth::ignition {
namespace {

constexpr std::size_t kLongestLine = 2048;

bool isSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool isComment(char c) { return c == '#' || c == ';'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && isSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && isSpace(text.back())) text.remove_suffix(1);
  return text;
}

class UnitReader {
public:
  explicit UnitReader(std::string_view text) : text_(text) {}

  std::variant<UnitText, UnreadableUnit> read() {
    skipToSection();
    while (!wrong_ && at_ < text_.size()) {
      char c = text_[at_];
      if (isSpace(c)) {
        ++at_;
      } else if (c == '[') {
        section();
      } else if (isComment(c)) {
        continuedLine();
      } else {
        option();
      }
    }
    checkLinesUntil(at_);
    if (wrong_) return UnreadableUnit{*wrong_};
    return unit_;
  }

private:
  void fail(std::string reason) {
    if (!wrong_) wrong_ = std::move(reason);
  }

  // What is too long is told only once reading gets there: what is wrong before it comes first.
  void checkLinesUntil(std::size_t end) {
    for (; checked_ < end; ++checked_) {
      bool isBreak = text_[checked_] == '\n' || text_[checked_] == '\r';
      run_ = isBreak ? 0 : run_ + 1;
      if (run_ >= kLongestLine) return fail("line too long (max " + std::to_string(kLongestLine) + " bytes)");
    }
  }

  void skipToSection() {
    while (at_ < text_.size() && text_[at_] != '[' && !wrong_) {
      if (isComment(text_[at_])) {
        continuedLine();
      } else {
        ++at_;
      }
    }
  }

  /// The rest of the line; afterwards the next one begins.
  std::string_view line() {
    std::size_t end = std::min(text_.find('\n', at_), text_.size());
    std::string_view rest = text_.substr(at_, end - at_);
    at_ = std::min(end + 1, text_.size());
    checkLinesUntil(at_);
    if (rest.ends_with('\r')) rest.remove_suffix(1);
    return rest;
  }

  /// A comment or a value: it goes on where its line ends in a backslash.
  void continuedLine() {
    while (!wrong_) {
      std::string_view rest = line();
      if (trimmed(rest).empty() || !rest.ends_with('\\') || at_ >= text_.size()) return;
    }
  }

  void section() {
    std::size_t end = text_.find(']', at_);
    checkLinesUntil(std::min(end, text_.size()));
    if (end == std::string_view::npos) return fail("unable to find end of section");
    section_ = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    std::string_view garbage = trimmed(line());
    if (!garbage.empty()) fail("found garbage after section name : \"" + std::string(garbage) + "\"");
  }

  void option() {
    std::size_t end = std::min(text_.find_first_of("=\r\n", at_), text_.size());
    checkLinesUntil(end);
    if (end == text_.size()) return fail("EOF");
    if (text_[end] != '=') return fail("unexpected newline encountered while parsing option name");
    at_ = end + 1;
    unit_.installs = unit_.installs || section_ == "Install";
    continuedLine();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t checked_ = 0;
  std::size_t run_ = 0;
  std::string_view section_;
  UnitText unit_;
  std::optional<std::string> wrong_;
};

}  // namespace

std::variant<UnitText, UnreadableUnit> readUnit(std::string_view text) { return UnitReader(text).read(); }

}  // namespace berth::ignition

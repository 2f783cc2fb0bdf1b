// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/unit_text.h"

#include <algorithm>
#include <optional>

#include "planner/source/text.h"

namespace berth::ignition {
namespace {

constexpr std::string_view kLineEnds = "\r\n";

bool isComment(char32_t c) { return c == '#' || c == ';'; }

/// The text as go-systemd gets to see it: through a buffer that is filled up only when it has run dry. What it says of
/// long lines depends on how much is in there.
class BufferedText {
public:
  explicit BufferedText(std::string_view text) : text_(text) {}

  /// The next character, U+FFFD for what is none; nothing at the end.
  std::optional<char32_t> next() {
    if (!holdsCharacter()) fill();
    if (at_ == text_.size()) return std::nullopt;
    before_ = at_;
    std::string_view rest = text_.substr(at_, 4);
    std::size_t length = std::max<std::size_t>(source::utf8Length(rest), 1);
    at_ += length;
    return source::decode(rest.substr(0, length)).front();
  }
  /// Takes the last character back.
  void unread() { at_ = before_; }

  struct Piece {
    std::string_view text;
    /// Whether the mark stands at the end of it, or the text ends there.
    bool hasMark;
  };
  /// Everything up to `mark`, which does not belong to it.
  Piece until(char mark) {
    std::size_t start = at_;
    std::size_t end = text_.find(mark, at_);
    bool hasMark = end != std::string_view::npos;
    std::size_t behind = hasMark ? end + 1 : text_.size();
    while (filled_ < behind) {
      if (filled_ - at_ >= kBuffer) at_ = filled_;
      fill();
    }
    at_ = behind;
    return {text_.substr(start, (hasMark ? end : behind) - start), hasMark};
  }

  /// Whether a line longer than systemd reads lies before us.
  [[nodiscard]] bool showsLongLine() const {
    constexpr std::size_t kLongestLine = 2048;
    if (filled_ - at_ < kLongestLine) return false;
    return text_.substr(at_, kLongestLine).find_first_of(kLineEnds) == std::string_view::npos;
  }

private:
  static constexpr std::size_t kBuffer = 4096;

  [[nodiscard]] bool holdsCharacter() const {
    std::string_view held = text_.substr(at_, filled_ - at_);
    if (held.size() >= 4) return true;
    // A character may be cut in two by the end of the buffer.
    return !held.empty() && (static_cast<unsigned char>(held.front()) < 0x80 || source::utf8Length(held) != 0);
  }
  void fill() { filled_ = std::min(text_.size(), at_ + kBuffer); }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t before_ = 0;
  std::size_t filled_ = 0;
};

/// One step of reading after the other; between two of them the line is looked at.
class UnitReader {
public:
  explicit UnitReader(std::string_view text) : text_(text) {}

  std::variant<UnitText, UnreadableUnit> read() {
    while (step_ != nullptr) {
      if (text_.showsLongLine()) fail("line too long (max 2048 bytes)");
      if (!wrong_) (this->*step_)();
      if (wrong_) return UnreadableUnit{*wrong_};
    }
    return unit_;
  }

private:
  using Step = void (UnitReader::*)();

  void fail(std::string reason) { wrong_ = std::move(reason); }

  /// Without its end; a carriage return is one only at the end of the text.
  std::string_view line() {
    auto [line, ended] = text_.until('\n');
    if (!ended && line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  void beforeSections() {
    auto c = text_.next();
    if (!c) {
      step_ = nullptr;
    } else if (*c == '[') {
      step_ = &UnitReader::sectionName;
    } else if (isComment(*c)) {
      comment();
    }
  }

  void comment() {
    afterComment_ = step_;
    step_ = &UnitReader::restOfComment;
  }

  /// It goes on where its line ends in a backslash, with a blank behind it or not.
  void restOfComment() {
    std::string_view line = this->line();
    while (line.ends_with('\\') || line.ends_with("\\ ")) line = this->line();
    step_ = afterComment_;
  }

  void sectionName() {
    auto [name, ended] = text_.until(']');
    if (!ended) return fail("unable to find end of section");
    isInstall_ = name == "Install";
    step_ = &UnitReader::restOfSection;
  }

  void restOfSection() {
    std::string_view garbage = source::trimmed(line());
    if (!garbage.empty()) return fail("found garbage after section name : " + source::quoted(garbage));
    step_ = &UnitReader::inSection;
  }

  void inSection() {
    auto c = text_.next();
    if (!c) {
      step_ = nullptr;
    } else if (*c == '[') {
      step_ = &UnitReader::sectionName;
    } else if (isComment(*c)) {
      comment();
    } else if (!source::isBlank(*c)) {
      text_.unread();
      step_ = &UnitReader::optionName;
    }
  }

  void optionName() {
    for (auto c = text_.next(); c != U'='; c = text_.next()) {
      if (!c) return fail("EOF");
      if (*c == '\n' || *c == '\r') return fail("unexpected newline encountered while parsing option name");
    }
    unit_.installs = unit_.installs || isInstall_;
    step_ = &UnitReader::optionValue;
  }

  void optionValue() {
    if (!line().ends_with('\\')) step_ = &UnitReader::inSection;
  }

  BufferedText text_;
  Step step_ = &UnitReader::beforeSections;
  Step afterComment_ = nullptr;
  bool isInstall_ = false;
  UnitText unit_;
  std::optional<std::string> wrong_;
};

}  // namespace

std::variant<UnitText, UnreadableUnit> readUnit(std::string_view text) { return UnitReader(text).read(); }

}  // namespace berth::ignition

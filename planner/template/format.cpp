// SPDX-License-Identifier: Apache-2.0
#include "planner/template/format.h"

#include <array>
#include <cstdio>

#include "planner/source/text.h"
#include "planner/template/json.h"

namespace berth::templates {
namespace {

/// Wider than this nobody pads; without a limit a pattern of twelve characters could fill the memory.
constexpr std::size_t kMaxWidth = 1000;

struct Verb {
  std::string flags;
  std::size_t width = 0;
  bool hasWidth = false;
  std::size_t precision = 0;
  bool hasPrecision = false;
  char letter = 0;
  [[nodiscard]] bool has(char flag) const { return flags.find(flag) != std::string::npos; }
};

std::string padded(const Verb& verb, std::string text) {
  const std::size_t length = source::countCharacters(text);
  if (!verb.hasWidth || length >= verb.width) return text;
  if (verb.has('-')) return text + std::string(verb.width - length, ' ');
  return std::string(verb.width - length, ' ') + text;
}

std::string digitsOf(std::uint64_t number, unsigned base, bool isUpper) {
  const std::string_view digits = isUpper ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string out;
  do {
    out.insert(out.begin(), digits[number % base]);
    number /= base;
  } while (number != 0);
  return out;
}

/// Sign, zeroes and padding around the digits.
std::string signedNumber(const Verb& verb, bool isNegative, std::string digits) {
  std::string sign = isNegative ? "-" : verb.has('+') ? "+" : verb.has(' ') ? " " : "";
  if (verb.has('0') && !verb.has('-') && verb.hasWidth && digits.size() + sign.size() < verb.width) {
    digits.insert(0, verb.width - digits.size() - sign.size(), '0');
  }
  return padded(verb, sign + digits);
}

std::string wholeNumber(const Call& call, const Verb& verb, const Value& value) {
  const Value number = Call("format", {value}, call.around()).number(0);
  if (!number.isWhole())
    call.refuse(std::string("%") + verb.letter + " takes a whole number, found " + call.shown(value));
  const bool isNegative = number.whole() < 0;
  auto magnitude = static_cast<std::uint64_t>(number.whole());
  if (isNegative) magnitude = ~magnitude + 1;
  const unsigned base = verb.letter == 'd' ? 10 : verb.letter == 'o' ? 8 : verb.letter == 'b' ? 2 : 16;
  return signedNumber(verb, isNegative, digitsOf(magnitude, base, verb.letter == 'X'));
}

std::string fraction(const Call& call, const Verb& verb, const Value& value) {
  const double number = Call("format", {value}, call.around()).number(0).number();
  const bool isNegative = number < 0;
  const double magnitude = isNegative ? -number : number;
  const int precision = verb.hasPrecision ? static_cast<int>(verb.precision) : 6;
  std::array<char, 2048> out{};
  int length = 0;
  switch (verb.letter) {
    case 'f': length = std::snprintf(out.data(), out.size(), "%.*f", precision, magnitude); break;
    case 'e': length = std::snprintf(out.data(), out.size(), "%.*e", precision, magnitude); break;
    default:
      if (!verb.hasPrecision) return signedNumber(verb, isNegative, textOf(Value::of(magnitude)).value_or(""));
      length = std::snprintf(out.data(), out.size(), "%.*g", precision, magnitude);
  }
  return signedNumber(verb, isNegative, std::string(out.data(), static_cast<std::size_t>(length)));
}

std::string one(const Call& call, const Verb& verb, const Value& value) {
  const auto asText = [&] { return Call("format", {value}, call.around()).text(0); };
  const auto cut = [&](const std::string& text) {
    return verb.hasPrecision ? std::string(source::characters(text, 0, verb.precision)) : text;
  };
  switch (verb.letter) {
    case 's': return padded(verb, cut(asText()));
    case 'q': return padded(verb, jsonOf(Value::of(asText()), call));
    case 't': return padded(verb, Call("format", {value}, call.around()).boolean(0) ? "true" : "false");
    case 'd':
    case 'x':
    case 'X':
    case 'o':
    case 'b': return wholeNumber(call, verb, value);
    case 'f':
    case 'e':
    case 'g': return fraction(call, verb, value);
    case 'v': {
      const bool isPlain = !verb.has('#') && value.kind() != Value::Kind::list && value.kind() != Value::Kind::map;
      if (isPlain && value.kind() == Value::Kind::number && !value.isWhole()) {
        Verb general = verb;
        general.letter = 'g';
        return fraction(call, general, value);
      }
      return padded(verb, isPlain && !value.isNull() ? asText() : jsonOf(value, call));
    }
    default: call.refuse(std::string("%") + verb.letter + " is no verb");
  }
}

class Formatter {
public:
  Formatter(const Call& call, std::string_view pattern, const std::vector<Value>& arguments)
      : call_(call), pattern_(pattern), arguments_(arguments) {}

  std::string run() {
    std::string out;
    while (at_ < pattern_.size()) {
      const char c = pattern_[at_++];
      if (c != '%') {
        out += c;
      } else if (peek() == '%') {
        out += '%';
        ++at_;
      } else {
        out += take();
      }
      if (out.size() > kMaxTextBytes) call_.refuse("the text would be too long");
    }
    // With %[2]s it is meant that some may be left.
    if (!indexed_ && next_ < arguments_.size()) {
      call_.refuse("there are " + std::to_string(arguments_.size()) + " values for " + std::to_string(next_) +
                   " verbs");
    }
    return out;
  }

private:
  [[nodiscard]] char peek() const { return at_ < pattern_.size() ? pattern_[at_] : '\0'; }
  static bool isDigit(char c) { return c >= '0' && c <= '9'; }

  std::size_t takeNumber() {
    std::size_t number = 0;
    while (isDigit(peek())) {
      number = number * 10 + static_cast<std::size_t>(pattern_[at_++] - '0');
      if (number > kMaxWidth) call_.refuse("a width or precision is more than " + std::to_string(kMaxWidth));
    }
    return number;
  }

  std::string take() {
    Verb verb;
    constexpr std::string_view kFlags = "+-# 0";
    while (peek() != '\0' && kFlags.find(peek()) != std::string_view::npos) verb.flags += pattern_[at_++];
    if (isDigit(peek())) {
      verb.hasWidth = true;
      verb.width = takeNumber();
    }
    if (peek() == '.') {
      ++at_;
      verb.hasPrecision = true;
      verb.precision = takeNumber();
    }
    if (peek() == '[') {
      ++at_;
      indexed_ = true;
      next_ = takeNumber();
      if (next_ == 0 || peek() != ']') call_.refuse("%[…] takes the number of a value, counted from 1");
      --next_;
      ++at_;
    }
    if (at_ >= pattern_.size()) call_.refuse("the pattern ends within a verb");
    verb.letter = pattern_[at_++];
    if (next_ >= arguments_.size()) call_.refuse("there is no value for verb " + std::to_string(next_ + 1));
    return one(call_, verb, arguments_[next_++]);
  }

  const Call& call_;
  std::string_view pattern_;
  const std::vector<Value>& arguments_;
  std::size_t at_ = 0;
  std::size_t next_ = 0;
  bool indexed_ = false;
};

bool isWord(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

Substitute groupCalled(std::string word) {
  Substitute out;
  out.isGroup = true;
  const auto number = parseNumber(word);
  if (number && number->isWhole() && number->whole() >= 0) {
    out.group = static_cast<std::size_t>(number->whole());
  } else {
    out.name = std::move(word);
  }
  return out;
}

}  // namespace

std::string formatted(const Call& call, std::string_view pattern, const std::vector<Value>& arguments) {
  return Formatter(call, pattern, arguments).run();
}

std::vector<Substitute> substitutesOf(std::string_view text) {
  std::vector<Substitute> out;
  std::string literal;
  const auto push = [&](Substitute each) {
    each.literal = std::move(literal);
    literal.clear();
    out.push_back(std::move(each));
  };
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("$$")) {
      literal += '$';
      i += 2;
      continue;
    }
    const bool isBraced = rest.starts_with("${");
    const std::size_t from = isBraced ? 2 : 1;
    std::size_t to = from;
    while (rest.starts_with('$') && to < rest.size() && isWord(rest[to])) ++to;
    if (to > from && (!isBraced || (to < rest.size() && rest[to] == '}'))) {
      push(groupCalled(std::string(rest.substr(from, to - from))));
      i += to + (isBraced ? 1 : 0);
    } else {
      literal += text[i++];
    }
  }
  push({});
  return out;
}

}  // namespace berth::templates

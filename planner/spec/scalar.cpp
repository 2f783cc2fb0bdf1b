// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "planner/source/reader.h"
#include "words/name.h"

namespace berth::spec {

using source::error;
using source::Findings;
using source::YamlNode;

namespace {

struct DurationUnit {
  char letter;
  std::int64_t seconds;
};
constexpr std::array kDurationUnits{DurationUnit{'d', 86'400}, DurationUnit{'h', 3'600}, DurationUnit{'m', 60},
                                    DurationUnit{'s', 1}};

constexpr std::size_t kLabelMaxLength = 63;
constexpr std::size_t kPathMaxLength = 200;

std::string quoted(std::string_view text) {
  constexpr std::size_t kShown = 60;
  if (text.size() <= kShown) return "\"" + std::string(text) + "\"";
  return "\"" + std::string(text.substr(0, kShown)) + "…\"";
}

/// The text of a value that is written as one, or a finding that says what was expected instead.
Read<std::string> textOr(const YamlNode& node, std::string_view expected, Findings& findings) {
  const YamlNode& value = node.resolved();
  if (value.isScalar() && !value.isNull()) return source::Located<std::string>(value.text(), node.mark());
  findings.push_back(error(node.mark(), "expected " + std::string(expected) + ", found " + source::describe(value)));
  return std::nullopt;
}

std::string_view expectation(Type type) {
  const Shape shape{.type = type};
  return describe(shape);
}

bool onlyDigits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string outside(std::string_view value, std::string_view least, std::string_view most) {
  return std::string(value) + " is out of range: it must be between " + std::string(least) + " and " +
         std::string(most);
}

}  // namespace

Read<std::string> readName(const YamlNode& node, Findings& findings) {
  auto text = textOr(node, expectation(Type::name), findings);
  if (!text || isValidName(text->value)) return text;
  const bool tooLong = text->value.size() > kNameMaxLength;
  findings.push_back(error(text->mark, quoted(text->value) + (tooLong ? " is too long for a name" : " is not a name"),
                           "a name has 1 to 63 characters of a-z, 0-9 and -, begins with a letter and does not end "
                           "with -"));
  return std::nullopt;
}

Read<std::string> readIdentifier(const YamlNode& node, Findings& findings) {
  auto text = textOr(node, expectation(Type::identifier), findings);
  if (!text) return text;
  const auto isLetter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto isInner = [&](char c) { return isLetter(c) || (c >= '0' && c <= '9'); };
  const std::string& word = text->value;
  const bool fits = !word.empty() && word.size() <= kLabelMaxLength;
  if (fits && isLetter(word.front()) && std::ranges::all_of(word, isInner)) return text;
  findings.push_back(error(text->mark, quoted(word) + " cannot be the name of a variable",
                           "use 1 to 63 letters, digits and _, with no digit first"));
  return std::nullopt;
}

Read<std::string> readLabel(const YamlNode& node, Findings& findings) {
  auto text = textOr(node, expectation(Type::label), findings);
  if (!text) return text;
  const auto isOuter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  const auto isInner = [&](char c) { return isOuter(c) || c == '.' || c == '_' || c == '/' || c == '-'; };
  const std::string& word = text->value;
  const bool fits = !word.empty() && word.size() <= kLabelMaxLength;
  if (fits && isOuter(word.front()) && isOuter(word.back()) && std::ranges::all_of(word, isInner)) return text;
  findings.push_back(error(text->mark, quoted(word) + " cannot be a key here",
                           "use 1 to 63 letters and digits, with . _ / - between them"));
  return std::nullopt;
}

Read<std::string> readVolumeName(const YamlNode& node, Findings& findings) {
  auto text = textOr(node, expectation(Type::volume), findings);
  if (!text || VolumeName::parse(text->value)) return text;
  const bool tooLong = isValidName(text->value);
  findings.push_back(
      error(text->mark, quoted(text->value) + (tooLong ? " is too long for a volume" : " is not a name for a volume"),
            tooLong ? "at most 20 characters: the guest knows a volume by the serial number of its disk, which has no "
                      "room for more"
                    : "1 to 20 characters of a-z, 0-9 and -, the first a letter and the last no -"));
  return std::nullopt;
}

Read<std::uint32_t> readIndex(const YamlNode& node, Findings& findings) {
  const auto text = textOr(node, expectation(Type::index), findings);
  if (!text) return std::nullopt;
  std::uint32_t index = 0;
  const std::string& word = text->value;
  const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), index);
  const bool padded = word.size() > 1 && word.front() == '0';
  if (failure == std::errc() && end == word.data() + word.size() && !padded) {
    return source::Located<std::uint32_t>(index, text->mark);
  }
  findings.push_back(error(text->mark, quoted(word) + " is not the index of a node",
                           "the nodes of a pool are numbered from 0: the last part of their name"));
  return std::nullopt;
}

Read<std::int64_t> readNumber(const YamlNode& node, const Shape& shape, Findings& findings) {
  auto number = source::readInteger(node, findings);
  if (!number || (shape.least <= number->value && number->value <= shape.most)) return number;
  findings.push_back(error(
      number->mark, outside(std::to_string(number->value), std::to_string(shape.least), std::to_string(shape.most))));
  return std::nullopt;
}

Read<Bytes> readBytes(const YamlNode& node, const Shape& shape, Findings& findings) {
  const auto text = textOr(node, expectation(Type::bytes), findings);
  if (!text) return std::nullopt;
  const auto amount = Bytes::parse(text->value);
  if (!amount) {
    const bool unitMissing = onlyDigits(text->value);
    findings.push_back(error(text->mark,
                             "expected " + std::string(expectation(Type::bytes)) + ", found " + quoted(text->value),
                             unitMissing ? "say of what: " + text->value + "MiB or " + text->value + "GiB"
                                         : "a whole number with B, KiB, MiB, GiB or TiB (or KB, MB, GB, TB)"));
    return std::nullopt;
  }
  const auto least = Bytes(static_cast<std::uint64_t>(shape.least));
  const auto most = Bytes(static_cast<std::uint64_t>(shape.most));
  if (*amount < least || most < *amount) {
    findings.push_back(error(text->mark, outside(text->value, least.str(), most.str())));
    return std::nullopt;
  }
  return source::Located<Bytes>(*amount, text->mark);
}

std::optional<std::chrono::seconds> parseDuration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  for (const auto& [letter, seconds] : kDurationUnits) {
    const auto end = text.find(letter);
    if (end == std::string_view::npos || !onlyDigits(text.substr(0, end))) continue;
    std::int64_t number = 0;
    const auto [stop, failure] = std::from_chars(text.data(), text.data() + end, number);
    if (failure != std::errc() || stop != text.data() + end) return std::nullopt;
    if (number > (std::numeric_limits<std::int64_t>::max() - total) / seconds) return std::nullopt;
    total += number * seconds;
    text.remove_prefix(end + 1);
  }
  if (!text.empty()) return std::nullopt;
  return std::chrono::seconds(total);
}

std::string formatDuration(std::chrono::seconds duration) {
  std::int64_t rest = duration.count();
  std::string text;
  for (const auto& [letter, seconds] : kDurationUnits) {
    if (rest >= seconds) text += std::to_string(rest / seconds) + letter;
    rest %= seconds;
  }
  return text.empty() ? "0s" : text;
}

Read<std::chrono::seconds> readDuration(const YamlNode& node, const Shape& shape, Findings& findings) {
  const auto text = textOr(node, expectation(Type::duration), findings);
  if (!text) return std::nullopt;
  const auto duration = parseDuration(text->value);
  if (!duration) {
    const bool unitMissing = onlyDigits(text->value);
    findings.push_back(error(text->mark,
                             "expected " + std::string(expectation(Type::duration)) + ", found " + quoted(text->value),
                             unitMissing ? "say of what: " + text->value + "s or " + text->value + "m"
                                         : "whole numbers with d, h, m and s, such as 1h30m"));
    return std::nullopt;
  }
  if (duration->count() < shape.least || shape.most < duration->count()) {
    findings.push_back(error(text->mark, outside(text->value, formatDuration(std::chrono::seconds(shape.least)),
                                                 formatDuration(std::chrono::seconds(shape.most)))));
    return std::nullopt;
  }
  return source::Located<std::chrono::seconds>(*duration, text->mark);
}

Read<Digest> readDigest(const YamlNode& node, Findings& findings) {
  const auto text = textOr(node, expectation(Type::digest), findings);
  if (!text) return std::nullopt;
  if (const auto digest = Digest::parse(text->value)) return source::Located<Digest>(*digest, text->mark);
  const bool wrongLength = text->value.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  findings.push_back(error(text->mark,
                           "expected " + std::string(expectation(Type::digest)) + ", found " +
                               (wrongLength ? std::to_string(text->value.size()) + " digits" : quoted(text->value)),
                           "sha256sum prints it"));
  return std::nullopt;
}

Read<Ipv4> readIpv4(const YamlNode& node, Findings& findings) {
  const auto text = textOr(node, expectation(Type::ipv4), findings);
  if (!text) return std::nullopt;
  if (const auto address = Ipv4::parse(text->value)) return source::Located<Ipv4>(*address, text->mark);
  findings.push_back(error(text->mark, quoted(text->value) + " is not an IPv4 address",
                           "four numbers from 0 to 255 without leading zeroes, such as 10.20.0.1"));
  return std::nullopt;
}

Read<Subnet> readSubnet(const YamlNode& node, Findings& findings) {
  const auto text = textOr(node, expectation(Type::subnet), findings);
  if (!text) return std::nullopt;
  if (const auto subnet = Subnet::parse(text->value)) return source::Located<Subnet>(*subnet, text->mark);
  const std::string& word = text->value;
  const auto slash = word.find('/');
  const auto address = Ipv4::parse(std::string_view(word).substr(0, slash));
  for (std::uint8_t prefix = 8; address && slash != std::string::npos && prefix <= 30; ++prefix) {
    if (word.substr(slash + 1) != std::to_string(prefix)) continue;
    findings.push_back(error(text->mark, quoted(word) + " is not the first address of its subnet",
                             "write " + Subnet::around(*address, prefix).str()));
    return std::nullopt;
  }
  findings.push_back(error(text->mark, quoted(word) + " is not a subnet",
                           "an IPv4 address and a prefix of 8 to 30 bits, such as 10.20.0.0/24"));
  return std::nullopt;
}

Read<AddressRange> readRange(const YamlNode& node, Findings& findings) {
  const auto text = textOr(node, expectation(Type::range), findings);
  if (!text) return std::nullopt;
  if (const auto range = AddressRange::parse(text->value)) return source::Located<AddressRange>(*range, text->mark);
  const auto dash = text->value.find('-');
  if (dash != std::string::npos) {
    const std::string turned = text->value.substr(dash + 1) + "-" + text->value.substr(0, dash);
    if (const auto backwards = AddressRange::parse(turned)) {
      findings.push_back(error(text->mark, "the range " + quoted(text->value) + " ends before it begins",
                               "write " + backwards->str()));
      return std::nullopt;
    }
  }
  findings.push_back(error(text->mark, quoted(text->value) + " is not an address range",
                           "an address, or two with - between them, such as 10.20.0.11-10.20.0.19"));
  return std::nullopt;
}

Read<std::string> readPath(const YamlNode& node, Findings& findings) {
  auto text = textOr(node, expectation(Type::path), findings);
  if (!text) return text;
  if (text->value.empty()) {
    findings.push_back(error(text->mark, "the path is empty"));
    return std::nullopt;
  }
  if (text->value.starts_with('/')) {
    findings.push_back(error(text->mark, quoted(text->value) + " is an absolute path",
                             "write it relative to the directory of the spec"));
    return std::nullopt;
  }
  return text;
}

Read<std::string> readMountPoint(const YamlNode& node, Findings& findings) {
  auto text = textOr(node, expectation(Type::mountPoint), findings);
  if (!text) return text;
  const std::string& path = text->value;
  const auto isPlain = [](char c) { return c > ' ' && c < '\x7f'; };
  const bool fits = path.size() > 1 && path.size() <= kPathMaxLength && path.front() == '/' && path.back() != '/' &&
                    std::ranges::all_of(path, isPlain) && (path + "/").find("//") == std::string::npos &&
                    (path + "/").find("/./") == std::string::npos && (path + "/").find("/../") == std::string::npos;
  if (fits) return text;
  findings.push_back(error(text->mark, quoted(path) + " is not a path to mount a volume at",
                           "an absolute path without spaces, . or .. and without / at its end, such as /var/lib/data"));
  return std::nullopt;
}

Read<std::string> readDomain(const YamlNode& node, Findings& findings) {
  auto text = textOr(node, expectation(Type::domain), findings);
  if (!text) return text;
  const auto isOuter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || onlyDigits({&c, 1}); };
  std::string_view left = text->value;
  bool fits = !left.empty() && left.size() <= 253;
  while (fits && !left.empty()) {
    const std::string_view label = left.substr(0, left.find('.'));
    fits = !label.empty() && label.size() <= kLabelMaxLength && isOuter(label.front()) && isOuter(label.back()) &&
           std::ranges::all_of(label, [&](char c) { return isOuter(c) || c == '-'; }) && left.back() != '.';
    left.remove_prefix(std::min(left.size(), label.size() + 1));
  }
  if (fits) return text;
  findings.push_back(error(text->mark, quoted(text->value) + " is not a domain",
                           "letters, digits and -, with dots between them, such as lan.example"));
  return std::nullopt;
}

Read<std::uint32_t> readTimeOfDay(const YamlNode& node, Findings& findings) {
  const auto text = textOr(node, expectation(Type::timeOfDay), findings);
  if (!text) return std::nullopt;
  const std::string_view word = text->value;
  if (word.size() == 5 && word[2] == ':' && onlyDigits(word.substr(0, 2)) && onlyDigits(word.substr(3))) {
    const auto two = [&](std::size_t at) {
      return static_cast<std::uint32_t>((word[at] - '0') * 10 + word[at + 1] - '0');
    };
    if (two(0) < 24 && two(3) < 60) return source::Located<std::uint32_t>(two(0) * 60 + two(3), text->mark);
  }
  findings.push_back(error(text->mark, quoted(word) + " is not a time of day", "hours and minutes, such as \"22:30\""));
  return std::nullopt;
}

Read<std::string> readTimeZone(const YamlNode& node, Findings& findings) {
  auto text = textOr(node, expectation(Type::timeZone), findings);
  if (!text) return text;
  const auto isPlain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || onlyDigits({&c, 1}) || c == '/' || c == '_' ||
           c == '-' || c == '+';
  };
  if (!text->value.empty() && text->value.size() <= kLabelMaxLength && std::ranges::all_of(text->value, isPlain)) {
    return text;
  }
  findings.push_back(
      error(text->mark, quoted(text->value) + " is not a time zone", "such as Europe/Warsaw, or localtime"));
  return std::nullopt;
}

Read<std::string> readFraction(const YamlNode& node, Findings& findings) {
  auto text = textOr(node, expectation(Type::fraction), findings);
  if (!text) return text;
  // What Zincati reads as a number of TOML: 0.5, and neither .5 nor 5e-1.
  const std::string_view digits = text->value;
  const std::size_t point = digits.find('.');
  const std::string_view whole = digits.substr(0, point);
  const std::string_view rest = point == std::string_view::npos ? "0" : digits.substr(point + 1);
  const bool isOne = whole == "1" && rest.find_first_not_of('0') == std::string_view::npos;
  if ((whole == "0" || isOne) && !rest.empty() && rest.size() <= 9 && onlyDigits(rest)) return text;
  findings.push_back(error(text->mark, quoted(text->value) + " is not a number from 0 to 1", "such as 0.5"));
  return std::nullopt;
}

Read<std::string> readWord(const YamlNode& node, const Shape& shape, Findings& findings) {
  std::vector<std::string> words(shape.words.begin(), shape.words.end());
  std::string list;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) list += i + 1 == words.size() ? " or " : ", ";
    list += words[i];
  }
  auto text = textOr(node, list, findings);
  if (!text || std::ranges::find(words, text->value) != words.end()) return text;
  const auto near = source::nearest(text->value, words);
  findings.push_back(error(text->mark, "expected " + list + ", found " + quoted(text->value),
                           near ? "did you mean \"" + *near + "\"?" : ""));
  return std::nullopt;
}

}  // namespace berth::spec

// SPDX-License-Identifier: Apache-2.0
#include "planner/butane/scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "planner/ignition/data_url.h"

namespace berth::butane {
namespace {

constexpr std::string_view kTagSpace = "tag:yaml.org,2002:";

template <std::size_t N>
bool isOneOf(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// The digits after sign and prefix, and the base that the prefix names.
struct Digits {
  std::string_view text;
  int base;
};

Digits digitsOf(std::string_view text) {
  auto prefixed = [&](char lower) { return text.size() > 2 && text[0] == '0' && (text[1] | 0x20) == lower; };
  if (prefixed('x')) return {text.substr(2), 16};
  if (prefixed('o')) return {text.substr(2), 8};
  if (prefixed('b')) return {text.substr(2), 2};
  if (text.size() > 1 && text[0] == '0') return {text.substr(1), 8};
  return {text, 10};
}

/// Sets tag and number for a whole number of at most 64 bits.
bool readInteger(std::string_view text, Scalar& scalar) {
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  Digits digits = digitsOf(text);
  std::uint64_t magnitude = 0;
  const char* end = digits.text.data() + digits.text.size();
  auto [stop, failure] = std::from_chars(digits.text.data(), end, magnitude, digits.base);
  if (failure != std::errc() || stop != end) return false;
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (negative && magnitude > kLargest + 1) return false;
  scalar.tag = "!!int";
  if (negative) {
    scalar.integer = static_cast<std::int64_t>(~magnitude + 1);
  } else if (magnitude <= kLargest) {
    scalar.integer = static_cast<std::int64_t>(magnitude);
  }
  return true;
}

/// [sign] digits [. digits] [e [sign] digits], or a dot and digits.
bool isFloatText(std::string_view text) {
  auto takeDigits = [&] {
    std::size_t count = 0;
    while (count < text.size() && isDigit(text[count])) ++count;
    text.remove_prefix(count);
    return count > 0;
  };
  auto takeSign = [&] {
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  };
  takeSign();
  if (takeDigits()) {
    if (text.starts_with('.')) {
      text.remove_prefix(1);
      (void)takeDigits();
    }
  } else if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!takeDigits()) return false;
  } else {
    return false;
  }
  if (!text.empty() && (text.front() == 'e' || text.front() == 'E')) {
    text.remove_prefix(1);
    takeSign();
    if (!takeDigits()) return false;
  }
  return text.empty();
}

bool readFloat(std::string_view text, Scalar& scalar) {
  constexpr std::array<std::string_view, 6> kInfinite = {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"};
  constexpr std::array<std::string_view, 3> kNegative = {"-.inf", "-.Inf", "-.INF"};
  constexpr std::array<std::string_view, 3> kNone = {".nan", ".NaN", ".NAN"};
  if (isOneOf(text, kInfinite)) {
    scalar.floating = std::numeric_limits<double>::infinity();
  } else if (isOneOf(text, kNegative)) {
    scalar.floating = -std::numeric_limits<double>::infinity();
  } else if (isOneOf(text, kNone)) {
    scalar.floating = std::numeric_limits<double>::quiet_NaN();
  } else if (isFloatText(text)) {
    if (text.starts_with('+')) text.remove_prefix(1);
    auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), scalar.floating);
    if (failure == std::errc::result_out_of_range) return false;
  } else {
    return false;
  }
  scalar.tag = "!!float";
  return true;
}

bool isDate(std::string_view text) {
  return text.size() >= 8 && std::all_of(text.begin(), text.begin() + 4, isDigit) && text[4] == '-' &&
         isDigit(text[5]) && text.find('-', 5) != std::string_view::npos;
}

Scalar resolvePlain(std::string_view text) {
  constexpr std::array<std::string_view, 3> kTrue = {"true", "True", "TRUE"};
  constexpr std::array<std::string_view, 3> kFalse = {"false", "False", "FALSE"};
  Scalar scalar{.tag = "!!str", .integer = {}, .floating = 0, .truth = false};
  if (isOneOf(text, kTrue) || isOneOf(text, kFalse)) {
    scalar.tag = "!!bool";
    scalar.truth = isOneOf(text, kTrue);
    return scalar;
  }
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
    scalar.tag = "!!null";
    return scalar;
  }
  if (!isDigit(text.front()) && std::string_view("+-.").find(text.front()) == std::string_view::npos) return scalar;
  if (isDate(text)) {
    scalar.tag = "!!timestamp";
    return scalar;
  }
  std::string number(text);
  // Underscores are let pass, but for no good reason not behind a leading dot.
  if (!text.starts_with('.')) std::erase(number, '_');
  if (!readInteger(number, scalar)) (void)readFloat(number, scalar);
  return scalar;
}

/// "!" alone says only that no tag is meant.
bool isUntagged(std::string_view tag) { return tag.empty() || tag == "!"; }

std::string shortened(std::string_view tag) {
  return tag.starts_with(kTagSpace) ? "!!" + std::string(tag.substr(kTagSpace.size())) : std::string(tag);
}

std::variant<Scalar, Misfit> resolveBinary(std::string_view text) {
  auto decoded = ignition::decodeBase64(text);
  auto* bytes = std::get_if<std::string>(&decoded);
  if (bytes == nullptr) return Misfit{"yaml: !!binary value contains invalid base64 data"};
  Scalar scalar{.tag = "!!binary", .integer = {}};
  scalar.bytes = std::move(*bytes);
  return scalar;
}

}  // namespace

std::variant<Scalar, Misfit> resolve(const source::YamlNode& node) {
  const Scalar text{.tag = "!!str", .integer = {}};
  bool plain = node.style() == source::YamlNode::Style::plain;
  std::string_view tag = node.tag();
  if (isUntagged(tag)) return plain ? resolvePlain(node.text()) : text;
  if (!tag.starts_with(kTagSpace)) return text;
  std::string_view kind = tag.substr(kTagSpace.size());
  if (kind == "binary") return resolveBinary(node.text());
  constexpr std::array<std::string_view, 5> kResolved = {"int", "float", "bool", "null", "timestamp"};
  if (!isOneOf(kind, kResolved)) return text;
  Scalar scalar = resolvePlain(node.text());
  if (kind == "float" && scalar.tag == "!!int" && scalar.integer) {
    scalar.floating = static_cast<double>(*scalar.integer);
    scalar.tag = "!!float";
  }
  if (scalar.tag.substr(2) == kind) return scalar;
  return Misfit{"yaml: cannot decode " + std::string(scalar.tag) + " `" + node.text() + "` as a " + shortened(tag)};
}

std::string shortTagOf(const source::YamlNode& node) {
  if (!isUntagged(node.tag())) return shortened(node.tag());
  if (!node.isScalar()) return node.isMapping() ? "!!map" : "!!seq";
  bool plain = node.style() == source::YamlNode::Style::plain;
  if (plain && node.text() == "<<") return "!!merge";
  return plain ? std::string(resolvePlain(node.text()).tag) : "!!str";
}

std::optional<std::int64_t> asInteger(const Scalar& scalar) {
  if (scalar.tag == "!!int") return scalar.integer;
  if (scalar.tag != "!!float" || std::isnan(scalar.floating)) return std::nullopt;
  // 2^63 itself does not fit.
  constexpr double kBeyond = 9223372036854775808.0;
  if (scalar.floating >= kBeyond) return std::nullopt;
  if (scalar.floating <= -kBeyond) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(scalar.floating);
}

std::optional<bool> asBoolean(const Scalar& scalar, std::string_view text) {
  constexpr std::array<std::string_view, 8> kYes = {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON"};
  constexpr std::array<std::string_view, 8> kNo = {"n", "N", "no", "No", "NO", "off", "Off", "OFF"};
  if (scalar.tag == "!!bool") return scalar.truth;
  if (scalar.tag != "!!str") return std::nullopt;
  if (isOneOf(text, kYes)) return true;
  if (isOneOf(text, kNo)) return false;
  return std::nullopt;
}

}  // namespace berth::butane

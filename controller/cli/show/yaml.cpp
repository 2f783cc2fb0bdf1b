// SPDX-License-Identifier: Apache-2.0
//
// JSON values as YAML in block style. A string stands bare only where it cannot be anything but that string; all
// others are written as JSON strings, which YAML 1.2 reads as they are.
#include <algorithm>
#include <array>
#include <string_view>

#include "controller/cli/show/json.h"

namespace berth::show {

namespace {

bool isPlainCharacter(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') || std::string_view("-_./ ").find(character) != std::string_view::npos;
}

bool isWordOfYaml(std::string_view text) {
  constexpr std::array<std::string_view, 9> kWords = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::find(kWords, lower) != kWords.end();
}

/// Begins with a letter or slash (so it is no number, date or indicator) and holds nothing that means anything.
bool mayStandBare(std::string_view text) {
  if (text.empty() || text.back() == ' ' || isWordOfYaml(text)) return false;
  const bool begins = std::isalpha(static_cast<unsigned char>(text[0])) != 0 || text[0] == '/';
  return begins && std::ranges::all_of(text, isPlainCharacter);
}

std::string scalar(const Json& value) {
  if (value.is_string() && mayStandBare(value.get_ref<const std::string&>())) return value.get<std::string>();
  std::string text = jsonLine(value);
  text.pop_back();
  return text;
}

bool isBlock(const Json& value) { return value.is_structured() && !value.empty(); }

/// The lines of `value`, each but the first indented: the caller has written what stands before it.
void write(std::string& out, const Json& value, std::size_t indent) {
  if (!isBlock(value)) {
    out += scalar(value) + "\n";
    return;
  }
  const std::string margin(indent, ' ');
  bool first = true;
  const auto begin = [&] {
    if (!first) out += margin;
    first = false;
  };
  if (value.is_array()) {
    for (const Json& item : value) {
      begin();
      out += "- ";
      write(out, item, indent + 2);
    }
    return;
  }
  for (const auto& [key, item] : value.items()) {
    begin();
    out += scalar(Json(key)) + ":";
    out += isBlock(item) ? "\n" + std::string(indent + 2, ' ') : " ";
    write(out, item, indent + 2);
  }
}

}  // namespace

std::string yamlText(const Json& value) {
  std::string out;
  write(out, value, 0);
  return out;
}

}  // namespace berth::show

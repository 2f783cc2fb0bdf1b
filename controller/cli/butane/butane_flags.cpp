// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/butane/butane_flags.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace berth::cli {
namespace {

enum class Takes { nothing, value, perhaps };

struct Flag {
  std::string_view name;
  /// '\0' for none.
  char letter;
  Takes takes;
  /// Empty for what is not told of.
  std::string_view help;
};

// What `--debug` would print is about the insides of another program: it is taken, and does nothing.
constexpr std::array kFlags = {
    Flag{"check", 'c', Takes::nothing, "check config without producing output"},
    Flag{"color", '\0', Takes::perhaps, "control color output: \"auto\", \"always\", or \"never\" (default \"auto\")"},
    Flag{"colour", '\0', Takes::perhaps, {}},
    Flag{"debug", 'D', Takes::nothing, {}},
    Flag{"files-dir", 'd', Takes::value, "allow embedding local files from this directory"},
    Flag{"help", 'h', Takes::nothing, "show usage and exit"},
    Flag{"input", '\0', Takes::value, {}},
    Flag{"output", 'o', Takes::value, "write to output file instead of stdout"},
    Flag{"pretty", 'p', Takes::nothing, "output formatted json"},
    Flag{"raw", 'r', Takes::nothing, "never wrap in a MachineConfig; force Ignition output"},
    Flag{"raw-errors", '\0', Takes::nothing, "show raw errors, rather than pretty printing them"},
    Flag{"strict", 's', Takes::nothing, "fail on any warning"},
    Flag{"version", 'V', Takes::nothing, "print the version and exit"},
};

std::optional<bool> truthOf(std::string_view text) {
  for (std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return true;
  }
  for (std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

class FlagParser {
public:
  explicit FlagParser(std::span<const std::string> args) : args_(args) {}

  std::variant<ButaneFlags, WrongUsage> parse() {
    bool flagsEnded = false;
    while (!args_.empty()) {
      std::string argument = args_.front();
      args_ = args_.subspan(1);
      std::optional<WrongUsage> wrong;
      if (flagsEnded || argument.size() < 2 || argument[0] != '-') {
        wrong = file(argument);
      } else if (argument == "--") {
        flagsEnded = true;
      } else if (argument.starts_with("--")) {
        wrong = longFlag(argument);
      } else {
        wrong = shortFlags(argument);
      }
      if (wrong) return *wrong;
    }
    return flags_;
  }

private:
  std::optional<WrongUsage> file(const std::string& name) {
    if (flags_.file) return WrongUsage{};
    flags_.file = name;
    return std::nullopt;
  }

  std::optional<WrongUsage> longFlag(const std::string& argument) {
    std::size_t equals = argument.find('=');
    std::string name = argument.substr(2, equals == std::string::npos ? equals : equals - 2);
    for (const Flag& flag : kFlags) {
      if (flag.name != name) continue;
      if (equals != std::string::npos) return set(flag, argument.substr(equals + 1));
      if (flag.takes == Takes::value) return setFromNext(flag, "--" + name);
      return set(flag, flag.takes == Takes::nothing ? "true" : "always");
    }
    return WrongUsage{"unknown flag: --" + name};
  }

  std::optional<WrongUsage> shortFlags(const std::string& argument) {
    for (std::size_t i = 1; i < argument.size(); ++i) {
      const Flag* flag = byLetter(argument[i]);
      if (flag == nullptr) {
        return WrongUsage{"unknown shorthand flag: '" + argument.substr(i, 1) + "' in " + argument};
      }
      bool hasEquals = i + 1 < argument.size() && argument[i + 1] == '=';
      if (hasEquals) return set(*flag, argument.substr(i + 2));
      if (flag->takes == Takes::value) {
        if (i + 1 < argument.size()) return set(*flag, argument.substr(i + 1));
        return setFromNext(*flag, "'" + argument.substr(i, 1) + "' in " + argument);
      }
      if (auto wrong = set(*flag, "true")) return wrong;
    }
    return std::nullopt;
  }

  static const Flag* byLetter(char letter) {
    for (const Flag& flag : kFlags) {
      if (flag.letter != '\0' && flag.letter == letter) return &flag;
    }
    return nullptr;
  }

  std::optional<WrongUsage> setFromNext(const Flag& flag, const std::string& shown) {
    if (args_.empty()) return WrongUsage{"flag needs an argument: " + shown};
    std::string value = args_.front();
    args_ = args_.subspan(1);
    return set(flag, value);
  }

  std::optional<WrongUsage> set(const Flag& flag, const std::string& value) {
    if (flag.name == "files-dir") return flags_.filesDirectory = value, std::nullopt;
    if (flag.name == "output") return flags_.output = value, std::nullopt;
    if (flag.name == "input") return flags_.input = value, std::nullopt;
    if (flag.name == "color" || flag.name == "colour") return setColour(value), std::nullopt;
    auto truth = truthOf(value);
    if (!truth) {
      std::string shown =
          (flag.letter == '\0' ? "--" : std::string("-") + flag.letter + ", --") + std::string(flag.name);
      return WrongUsage{"invalid argument \"" + value + "\" for \"" + shown + "\" flag: strconv.ParseBool: parsing \"" +
                        value + "\": invalid syntax"};
    }
    if (flag.name == "check") flags_.check = *truth;
    if (flag.name == "pretty") flags_.pretty = *truth;
    if (flag.name == "strict") flags_.strict = *truth;
    if (flag.name == "raw-errors") flags_.rawErrors = *truth;
    if (flag.name == "help") flags_.help = *truth;
    if (flag.name == "version") flags_.version = *truth;
    return std::nullopt;
  }

  /// Any other word is no reason to complain, and none for colours.
  void setColour(const std::string& value) {
    bool isAlways = value == "always" || value == "yes";
    flags_.colour = isAlways          ? ButaneFlags::When::always
                    : value == "auto" ? ButaneFlags::When::automatic
                                      : ButaneFlags::When::never;
  }

  std::span<const std::string> args_;
  ButaneFlags flags_;
};

}  // namespace

std::variant<ButaneFlags, WrongUsage> parseButaneFlags(std::span<const std::string> args) {
  return FlagParser(args).parse();
}

std::string butaneUsage(std::string_view program) {
  constexpr std::size_t kGap = 3;
  auto left = [](const Flag& flag) {
    std::string line = flag.letter == '\0' ? "      --" : std::string("  -") + flag.letter + ", --";
    line += flag.name;
    return line + (flag.takes == Takes::value ? " string" : flag.takes == Takes::perhaps ? " string[=\"always\"]" : "");
  };
  std::size_t widest = 0;
  for (const Flag& flag : kFlags) {
    if (!flag.help.empty()) widest = std::max(widest, left(flag).size());
  }
  std::string out = "Usage: " + std::string(program) + " [options] [input-file]\nOptions:\n";
  for (const Flag& flag : kFlags) {
    if (flag.help.empty()) continue;
    std::string line = left(flag);
    line.append(widest + kGap - line.size(), ' ');
    out += line + std::string(flag.help) + "\n";
  }
  return out;
}

}  // namespace berth::cli

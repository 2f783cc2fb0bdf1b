// SPDX-License-Identifier: Apache-2.0
//
// The flags of `butane`, by the rules of its parser: short ones combine and take attached values, the last of a
// repeated one counts, flags may follow the file.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace berth::cli {

struct ButaneFlags {
  enum class When { automatic, always, never };

  bool check = false;
  bool pretty = false;
  bool strict = false;
  bool rawErrors = false;
  bool help = false;
  bool version = false;
  /// What `--input` named; the same as a file without a flag, and deprecated.
  std::optional<std::string> input;
  std::optional<std::string> file;
  std::string filesDirectory;
  std::string output;
  When colour = When::automatic;
};

struct WrongUsage {
  /// Empty when the usage says it all.
  std::string reason;
};

[[nodiscard]] std::variant<ButaneFlags, WrongUsage> parseButaneFlags(std::span<const std::string> args);

/// `program` is what the person typed to get here: "berth butane".
[[nodiscard]] std::string butaneUsage(std::string_view program);

}  // namespace berth::cli

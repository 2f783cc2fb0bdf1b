// SPDX-License-Identifier: Apache-2.0
//
// The command line of berth-agent.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace berth::program {

namespace command {
struct Run {
  std::optional<std::filesystem::path> config;
  std::optional<std::filesystem::path> stateDirectory;
};
/// Cuts the power of what may run elsewhere by now, for an agent that does not run.
struct Fence {
  std::optional<std::filesystem::path> config;
  std::optional<std::filesystem::path> stateDirectory;
};
struct Join {
  /// "-" reads it from standard input: what stands on a command line is everybody's to read.
  std::string token;
  std::string zone;
  std::map<std::string, std::string> labels;
  std::optional<std::filesystem::path> config;
  std::optional<std::filesystem::path> stateDirectory;
};
struct Version {};
struct Help {};
/// What is wrong, in a sentence.
struct Mistake {
  std::string message;
};
}  // namespace command

using Command =
    std::variant<command::Run, command::Join, command::Fence, command::Version, command::Help, command::Mistake>;

/// `arguments` without the program's name.
[[nodiscard]] Command parseCommand(const std::vector<std::string>& arguments);
[[nodiscard]] std::string helpText();

}  // namespace berth::program

// SPDX-License-Identifier: Apache-2.0
#include "agent/program/options.h"

#include <optional>

namespace berth::program {
namespace {

using command::Fence;
using command::Join;
using command::Mistake;
using command::Run;

/// Walks the arguments after the command; each `--flag value` or `--flag=value`.
class Arguments {
public:
  explicit Arguments(const std::vector<std::string>& all) : all_(all) {}

  [[nodiscard]] bool more() const { return at_ < all_.size(); }
  std::string next() { return all_[at_++]; }
  /// The value of `flag` when `argument` is that flag; empty text where it lacks one.
  std::optional<std::string> valueOf(const std::string& argument, const std::string& flag) {
    if (argument.starts_with(flag + "=")) return argument.substr(flag.size() + 1);
    if (argument != flag) return std::nullopt;
    return more() ? next() : std::string();
  }

private:
  const std::vector<std::string>& all_;
  std::size_t at_ = 1;
};

std::optional<Mistake> takeLabel(const std::string& text, Join& join) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return Mistake{"--label takes key=value, not '" + text + "'"};
  if (text.find('\n') != std::string::npos) return Mistake{"a label is one line"};
  join.labels[text.substr(0, equals)] = text.substr(equals + 1);
  return std::nullopt;
}

/// --config and --state-dir, which both commands take.
template <class Target>
bool takePath(Arguments& arguments, const std::string& argument, Target& target) {
  if (auto config = arguments.valueOf(argument, "--config")) return target.config = *config, true;
  if (auto directory = arguments.valueOf(argument, "--state-dir")) return target.stateDirectory = *directory, true;
  return false;
}

template <class Target>
std::optional<Mistake> checkPaths(const Target& target) {
  if (target.config && target.config->empty()) return Mistake{"--config takes a file"};
  if (target.stateDirectory && !target.stateDirectory->is_absolute())
    return Mistake{"--state-dir takes an absolute path"};
  return std::nullopt;
}

/// A command that takes no more than paths.
template <class Target>
Command parseBare(const std::string& word, Arguments arguments) {
  Target target;
  while (arguments.more()) {
    const auto argument = arguments.next();
    if (argument == "--help" || argument == "-h") return command::Help{};
    if (!takePath(arguments, argument, target)) return Mistake{"'" + word + "' does not take '" + argument + "'"};
  }
  if (auto mistake = checkPaths(target)) return *mistake;
  return target;
}

Command parseJoin(Arguments arguments) {
  Join join;
  while (arguments.more()) {
    const auto argument = arguments.next();
    if (argument == "--help" || argument == "-h") return command::Help{};
    if (takePath(arguments, argument, join)) continue;
    if (auto zone = arguments.valueOf(argument, "--zone")) {
      join.zone = *zone;
      if (zone->empty() || zone->find('\n') != std::string::npos) return Mistake{"--zone takes a word"};
    } else if (auto label = arguments.valueOf(argument, "--label")) {
      if (auto mistake = takeLabel(*label, join)) return *mistake;
    } else if (argument.starts_with("--")) {
      return Mistake{"'join' does not take '" + argument + "'"};
    } else if (join.token.empty()) {
      join.token = argument;
    } else {
      return Mistake{"'join' takes one token"};
    }
  }
  if (auto mistake = checkPaths(join)) return *mistake;
  if (join.token.empty()) {
    return Mistake{"'join' needs a token: `berth host token HOST` prints one; give - to read it from standard input"};
  }
  return join;
}

}  // namespace

Command parseCommand(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return Mistake{"say what to do: join or run"};
  const auto& word = arguments.front();
  if (word == "--help" || word == "-h" || word == "help") return command::Help{};
  if (word == "--version" || word == "version") return command::Version{};
  if (word == "run") return parseBare<Run>(word, Arguments(arguments));
  if (word == "fence") return parseBare<Fence>(word, Arguments(arguments));
  if (word == "join") return parseJoin(Arguments(arguments));
  return Mistake{"unknown command '" + word + "'; the commands are join, run and fence"};
}

std::string helpText() {
  return R"(berth-agent: keeps the nodes of this hypervisor in their place

  berth-agent join TOKEN [--zone ZONE] [--label KEY=VALUE]... [--state-dir DIR] [--config FILE]
      Admits this host to a fleet. `berth host token HOST` prints the token; a TOKEN of - is
      read from standard input, so that no other user of this machine sees it.

  berth-agent run [--state-dir DIR] [--config FILE]
      Runs until SIGTERM. No guest is touched when it starts or stops.

  berth-agent fence [--state-dir DIR] [--config FILE]
      For the timer of systemd: while no agent runs here, cuts the power of guests that may be
      made elsewhere because nobody has confirmed them for too long (on_host_loss: replace).

  berth-agent --version
  berth-agent --help

Files
  /etc/berth/agent.yaml     configuration: what this host allows, whatever a controller says
  /var/lib/berth/agent/     state: key, identity, manifest, instances, images

Exit codes
  0 done or stopped as asked   1 failed   2 not understood   3 not joined yet
)";
}

}  // namespace berth::program

// SPDX-License-Identifier: Apache-2.0
#include <ostream>
#include <span>

#include "controller/cli/butane/butane_command.h"
#include "controller/cli/butane/ignition_validate_command.h"
#include "controller/cli/commands.h"

namespace berth::cli {

namespace {

/// The two that read their own arguments, untouched, as the programs do that they stand for.
std::optional<int> performDropIn(std::span<const std::string> arguments, World& world) {
  if (!arguments.empty() && arguments[0] == "butane") {
    const bool colours = world.errStyle.colour == show::Colour::on;
    return runButane(arguments.subspan(1), world.in, world.out, world.err,
                     colours ? ReportStyle::coloured : ReportStyle::plain);
  }
  if (arguments.size() > 1 && arguments[0] == "ignition" && arguments[1] == "validate") {
    return runIgnitionValidate(arguments.subspan(2), world.in, world.out, world.err);
  }
  return std::nullopt;
}

}  // namespace

int perform(const std::vector<std::string>& arguments, World& world) {
  if (const auto status = performDropIn(arguments, world)) return *status;
  auto parsed = parseArguments(arguments);
  if (const auto* said = std::get_if<Said>(&parsed)) {
    world.out << said->out << std::flush;
    world.err << said->err << std::flush;
    return static_cast<int>(said->exitCode);
  }
  const auto& invocation = std::get<Invocation>(parsed);
  Session session(world, invocation.globals);
  const ExitCode code =
      std::visit([&session](const auto& command) { return run(command, session); }, invocation.command);
  world.out.flush();
  world.err.flush();
  return static_cast<int>(code);
}

}  // namespace berth::cli

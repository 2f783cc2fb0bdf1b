// SPDX-License-Identifier: Apache-2.0
#include <ostream>

#include "controller/cli/butane/drop_in.h"
#include "controller/cli/commands.h"

namespace berth::cli {

int perform(const std::vector<std::string>& arguments, World& world) {
  const auto automatic = world.errStyle.colour == show::Colour::on ? ReportStyle::coloured : ReportStyle::plain;
  if (const auto status = performDropIn("berth", arguments, {world.in, world.out, world.err}, automatic))
    return *status;
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

// SPDX-License-Identifier: Apache-2.0
#include <ostream>

#include "controller/cli/commands.h"

namespace berth::cli {

ExitCode perform(const std::vector<std::string>& arguments, World& world) {
  auto parsed = parseArguments(arguments);
  if (const auto* said = std::get_if<Said>(&parsed)) {
    world.out << said->out << std::flush;
    world.err << said->err << std::flush;
    return said->exitCode;
  }
  const auto& invocation = std::get<Invocation>(parsed);
  Session session(world, invocation.globals);
  const ExitCode code =
      std::visit([&session](const auto& command) { return run(command, session); }, invocation.command);
  world.out.flush();
  world.err.flush();
  return code;
}

}  // namespace berth::cli

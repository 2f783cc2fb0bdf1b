// SPDX-License-Identifier: Apache-2.0
//
// The two drop-in commands and nothing else, for the runner of the conformance cases:
//
//   commands_under_test butane [options] [input-file]
//   commands_under_test validate config.ign
#include <iostream>
#include <string>
#include <vector>

#include "controller/cli/butane/butane_command.h"
#include "controller/cli/butane/ignition_validate_command.h"

int main(int argc, char** argv) {
  std::vector<std::string> args(argv + 1, argv + argc);
  if (args.empty()) return 2;
  std::string command = args.front();
  args.erase(args.begin());
  if (command == "butane") return berth::cli::runButane(args, std::cin, std::cout, std::cerr);
  if (command == "validate") return berth::cli::runIgnitionValidate(args, std::cin, std::cout, std::cerr);
  return 2;
}

// SPDX-License-Identifier: Apache-2.0
//
// The two drop-in commands and merging, for the runner of the conformance cases and for the judge of merging:
//
//   commands_under_test butane [options] [input-file]
//   commands_under_test validate config.ign
//   commands_under_test merge parent.ign child.ign
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "controller/cli/butane/butane_command.h"
#include "controller/cli/butane/ignition_validate_command.h"
#include "planner/ignition/read.h"
#include "planner/ignition/write.h"

namespace {

std::optional<berth::ignition::Config> load(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  auto parsed = berth::ignition::parse(text, name);
  for (const auto& each : parsed.findings) std::cerr << each.path << ": " << each.message << "\n";
  return parsed.config;
}

int merge(const std::vector<std::string>& names) {
  if (names.size() != 2) return 2;
  auto parent = load(names[0]);
  auto child = load(names[1]);
  if (!parent || !child) return 1;
  std::cout << berth::ignition::write(berth::ignition::merge(*parent, *child)) << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> args(argv + 1, argv + argc);
  if (args.empty()) return 2;
  std::string command = args.front();
  args.erase(args.begin());
  if (command == "butane") return berth::cli::runButane(args, std::cin, std::cout, std::cerr, {.program = "butane"});
  if (command == "validate") return berth::cli::runIgnitionValidate(args, std::cin, std::cout, std::cerr);
  if (command == "merge") return merge(args);
  return 2;
}

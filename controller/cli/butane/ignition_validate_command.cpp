// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/butane/ignition_validate_command.h"

#include <istream>
#include <ostream>

#include "controller/cli/butane/input.h"
#include "controller/cli/butane/report.h"
#include "planner/ignition/read.h"

namespace berth::cli {
namespace {

constexpr int kValid = 0;
constexpr int kInvalid = 1;
constexpr int kWrongUsage = 2;
constexpr std::string_view kUsage = "Usage: berth ignition validate config.ign\n\nA dash reads standard input.\n";

}  // namespace

int runIgnitionValidate(std::span<const std::string> args, std::istream& in, std::ostream& out, std::ostream& err) {
  if (args.size() == 1 && (args[0] == "-h" || args[0] == "--help")) return out << kUsage, kValid;
  if (args.size() != 1 || (args[0].starts_with('-') && args[0] != "-")) return err << kUsage, kWrongUsage;
  std::string text;
  if (args[0] == "-") {
    text = readInput(in);
  } else {
    auto read = readInputFile(args[0]);
    if (auto* why = std::get_if<source::Unreadable>(&read)) {
      err << "couldn't read config: " << why->reason << '\n';
      return kInvalid;
    }
    text = std::move(std::get<std::string>(read));
  }
  auto parsed = ignition::parse(text, args[0]);
  for (const ignition::Finding& each : parsed.findings) out << lineOf(each) << '\n';
  if (!parsed.refusal.empty()) err << "couldn't parse config: " << parsed.refusal << '\n';
  return parsed.config ? kValid : kInvalid;
}

}  // namespace berth::cli

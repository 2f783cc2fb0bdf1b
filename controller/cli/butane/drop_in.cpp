// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/butane/drop_in.h"

#include "controller/cli/butane/butane_command.h"
#include "controller/cli/butane/ignition_validate_command.h"

namespace berth::cli {

std::optional<int> performDropIn(std::string_view program, std::span<const std::string> arguments,
                                 const Streams& streams, ReportStyle automatic) {
  const auto& [in, out, err] = streams;
  const std::string_view name = program.substr(program.rfind('/') + 1);
  if (name == "butane") return runButane(arguments, in, out, err, {.program = "butane", .automatic = automatic});
  if (name == "ignition-validate") return runIgnitionValidate(arguments, in, out, err);
  if (!arguments.empty() && arguments[0] == "butane") {
    return runButane(arguments.subspan(1), in, out, err, {.automatic = automatic});
  }
  if (arguments.size() > 1 && arguments[0] == "ignition" && arguments[1] == "validate") {
    return runIgnitionValidate(arguments.subspan(2), in, out, err);
  }
  return std::nullopt;
}

}  // namespace berth::cli

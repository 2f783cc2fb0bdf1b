// SPDX-License-Identifier: Apache-2.0
//
// The program `berth`. Translating Butane takes less time than loading the libraries that talk to a controller: HTTP,
// ZeroMQ and Cap'n Proto bring forty with them. So what needs none of them is done here, and for all else this program
// becomes another one, libexec/berth/berth-cli, which lies beside the directory where this one lies.
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "controller/cli/butane/drop_in.h"

namespace berth::cli {

namespace {

/// As main.cpp has it for all other commands: colours where a person looks and did not forbid them.
ReportStyle styleOfErrors() {
  auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string_view(value == nullptr ? "" : value);
  };
  const bool isTerminal = ::isatty(STDERR_FILENO) == 1 && !variable("TERM").empty() && variable("TERM") != "dumb";
  return isTerminal && variable("NO_COLOR").empty() ? ReportStyle::coloured : ReportStyle::plain;
}

/// Does not return unless it cannot be.
int becomeTheRest(char** argv) {
  std::error_code failure;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
  const auto rest = self.parent_path().parent_path() / "libexec/berth/berth-cli";
  if (!failure) ::execv(rest.c_str(), argv);
  std::cerr << "error: cannot start " << rest.string() << ": " << std::strerror(errno)
            << "\n  It belongs to berth and is installed with it: install berth anew.\n";
  return 1;
}

int start(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  // A reader that has seen enough closes its end: that is no reason to die before the exit status is known.
  auto* before = std::signal(SIGPIPE, SIG_IGN);
  const auto status = performDropIn(argv[0], arguments, {std::cin, std::cout, std::cerr}, styleOfErrors());
  if (status) return *status;
  std::signal(SIGPIPE, before);
  return becomeTheRest(argv);
}

}  // namespace

}  // namespace berth::cli

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  try {
    return berth::cli::start(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n  This should not happen; please report it.\n";
    return 1;
  }
}

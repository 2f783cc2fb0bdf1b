// SPDX-License-Identifier: Apache-2.0
//
// The `berth` command: looks at what the terminal and the environment are like, hands them to perform(), and turns
// what must not happen into one line and exit code 1.
#include <algorithm>
#include <clocale>
#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "controller/cli/commands.h"

namespace berth::cli {

namespace {

std::map<std::string, std::string, std::less<>> environmentOf(char** entries) {
  std::map<std::string, std::string, std::less<>> environment;
  for (; *entries != nullptr; ++entries) {
    const std::string_view entry = *entries;
    const std::size_t equals = entry.find('=');
    if (equals != std::string_view::npos) environment.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return environment;
}

show::Screen screenNow() {
  winsize size{};
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
      return {size.ws_col, std::max<std::size_t>(size.ws_row, 1)};
  }
  return {};
}

/// A pipe whose reading end is closed, or a terminal that was hung up.
bool readerIsGone() {
  pollfd out{STDOUT_FILENO, 0, 0};
  return ::poll(&out, 1, 0) == 1 && (out.revents & (POLLERR | POLLHUP)) != 0;
}

IsTerminal terminalAt(int fd) { return ::isatty(fd) == 1 ? IsTerminal::yes : IsTerminal::no; }

/// A terminal that can do nothing but print lines is treated as no terminal where lines are painted again.
bool isDumb(const World& world) { return world.variable("TERM").value_or("dumb") == "dumb"; }

show::Style styleOf(const World& world, IsTerminal terminal) {
  show::Style style;
  const bool colours = terminal == IsTerminal::yes && !isDumb(world) && !world.variable("NO_COLOR");
  style.colour = colours ? show::Colour::on : show::Colour::off;
  std::string locale =
      world.variable("LC_ALL").value_or(world.variable("LC_CTYPE").value_or(world.variable("LANG").value_or("")));
  std::ranges::transform(locale, locale.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool utf8 = locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  style.signs = utf8 || terminal == IsTerminal::no ? show::Signs::unicode : show::Signs::ascii;
  return style;
}

int start(const std::vector<std::string>& arguments, char** environment) {
  const SystemClock clock;
  World world{std::cout,
              std::cerr,
              std::cin,
              clock,
              environmentOf(environment),
              terminalAt(STDOUT_FILENO),
              terminalAt(STDIN_FILENO),
              {},
              {},
              screenNow,
              readerIsGone};
  if (isDumb(world)) world.outIs = IsTerminal::no;
  world.outStyle = styleOf(world, terminalAt(STDOUT_FILENO));
  world.errStyle = styleOf(world, terminalAt(STDERR_FILENO));
  return perform(arguments, world);
}

}  // namespace

}  // namespace berth::cli

int main(int argc, char** argv) {
  using berth::cli::ExitCode;
  // A reader that has seen enough closes its end: that is no error, and no reason to die before the exit code is known.
  std::signal(SIGPIPE, SIG_IGN);
  std::ios::sync_with_stdio(false);
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    return berth::cli::start(arguments, environ);
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n  This should not happen; please report it.\n";
    return static_cast<int>(ExitCode::error);
  }
}

// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/controller/cli/berth_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

namespace berth::testing {

namespace {

constexpr auto kPatience = std::chrono::seconds(10);

std::vector<std::string> environmentOf(const ProcessOptions& options) {
  std::vector<std::string> entries = {std::string("PATH=") + BERTH_BIN + ":/usr/bin:/bin"};
  for (const auto& [name, value] : options.environment) entries.push_back(name + "=" + value);
  return entries;
}

std::vector<char*> pointersTo(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// In the child: becomes the program, or ends with 127.
[[noreturn]] void become(std::vector<std::string> words, const ProcessOptions& options) {
  if (!options.directory.empty() && ::chdir(options.directory.c_str()) != 0) ::_exit(127);
  std::vector<std::string> environment = environmentOf(options);
  ::execvpe(words.front().c_str(), pointersTo(words).data(), pointersTo(environment).data());
  ::_exit(127);
}

std::vector<std::string> commandLine(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {std::string(BERTH_BIN) + "/berth"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

int exitCodeOf(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool append(std::string& to, int fd) {
  std::array<char, 4096> piece{};
  const ssize_t got = ::read(fd, piece.data(), piece.size());
  if (got > 0) to.append(piece.data(), static_cast<std::size_t>(got));
  return got > 0;
}

Ended run(const std::vector<std::string>& words, const ProcessOptions& options) {
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int null = ::open("/dev/null", O_RDONLY);
    ::dup2(null, STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(err[1], STDERR_FILENO);
    become(words, options);
  }
  ::close(out[1]);
  ::close(err[1]);
  Ended ended;
  std::array<pollfd, 2> polled = {pollfd{out[0], POLLIN, 0}, pollfd{err[0], POLLIN, 0}};
  while (polled[0].fd >= 0 || polled[1].fd >= 0) {
    if (::poll(polled.data(), polled.size(), -1) < 0) continue;
    if (polled[0].revents != 0 && !append(ended.out, out[0])) polled[0].fd = -1;
    if (polled[1].revents != 0 && !append(ended.err, err[0])) polled[1].fd = -1;
  }
  ::close(out[0]);
  ::close(err[0]);
  ended.exitCode = exitCodeOf(pid);
  return ended;
}

}  // namespace

Ended runBerth(const std::vector<std::string>& arguments, const ProcessOptions& options) {
  return run(commandLine(arguments), options);
}

Ended runShell(const std::string& line, const ProcessOptions& options) {
  return run({"bash", "-c", "set -o pipefail; " + line}, options);
}

BerthOnATerminal::BerthOnATerminal(const std::vector<std::string>& arguments, const ProcessOptions& options) {
  winsize size{};
  size.ws_col = 80;
  size.ws_row = 24;
  pid_ = ::forkpty(&terminal_, nullptr, nullptr, &size);
  if (pid_ < 0) throw std::runtime_error("forkpty");
  if (pid_ == 0) become(commandLine(arguments), options);
}

BerthOnATerminal::~BerthOnATerminal() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    exitCodeOf(pid_);
  }
  ::close(terminal_);
}

bool BerthOnATerminal::readMore(std::chrono::milliseconds patience) {
  pollfd polled{terminal_, POLLIN, 0};
  if (::poll(&polled, 1, static_cast<int>(patience.count())) <= 0) return false;
  return append(shown_, terminal_);
}

bool BerthOnATerminal::shows(const std::string& text) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (shown_.find(text) == std::string::npos) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !readMore(left)) return false;
  }
  return true;
}

void BerthOnATerminal::type(const std::string& keys) const {
  if (::write(terminal_, keys.data(), keys.size()) < 0) throw std::runtime_error("write to the terminal");
}

int BerthOnATerminal::wait() {
  while (readMore(kPatience)) continue;
  const int code = exitCodeOf(pid_);
  pid_ = -1;
  return code;
}

}  // namespace berth::testing

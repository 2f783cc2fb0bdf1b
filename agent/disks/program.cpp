// SPDX-License-Identifier: Apache-2.0
#include "agent/disks/program.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/disks/file.h"

namespace berth::disks {
namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
  Descriptor read;
  Descriptor write;
};

std::optional<Pipe> makePipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

/// Starts it in a process group of its own, with default signals and its output in `output`. Returns 0 or the errno.
int spawn(const std::vector<std::string>& argv, int output, pid_t& pid) {
  std::vector<char*> arguments;
  arguments.reserve(argv.size() + 1);
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  std::string locale = "LC_ALL=C";
  std::array<char*, 2> environment{locale.data(), nullptr};

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  const int error = ::posix_spawn(&pid, arguments[0], &actions, &attributes, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return error;
}

enum class Ended : bool { no, yes };

/// Reads until the program closes its output, or until `deadline`, and keeps so many bytes.
Ended drain(int fd, Clock::time_point deadline, std::string& kept, std::size_t most) {
  std::array<char, 4096> piece{};
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return Ended::no;
    pollfd wait{fd, POLLIN, 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Ended::no;
    const ssize_t count = ::read(fd, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Ended::yes;
    kept.append(piece.data(), std::min(static_cast<std::size_t>(count), most - kept.size()));
  }
}

}  // namespace

Result<Finished> runProgram(const std::vector<std::string>& argv, std::chrono::milliseconds limit,
                            const std::stop_token& stop, std::size_t kept) {
  auto pipe = makePipe();
  if (!pipe) return Error::fromErrno("running", argv.at(0), errno);
  pid_t pid = -1;
  if (const int error = spawn(argv, pipe->write.get(), pid); error != 0) {
    return Error::fromErrno("running", argv[0], error);
  }
  pipe->write = Descriptor();  // the child's copy is now the only one: end of file means that it closed it

  Finished finished;
  const Ended ended = [&] {
    // Only while the process is there, and nobody else can have its number.
    const std::stop_callback end(stop, [pid] { ::kill(-pid, SIGKILL); });
    return drain(pipe->read.get(), Clock::now() + limit, finished.output, kept);
  }();
  if (ended == Ended::no) ::kill(-pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (ended == Ended::no) {
    return Error{Error::Kind::temporary, "running", argv[0],
                 "killed after " + std::to_string(limit.count()) + " ms without an end"};
  }
  finished.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return finished;
}

}  // namespace berth::disks

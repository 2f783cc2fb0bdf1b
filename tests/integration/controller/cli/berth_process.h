// SPDX-License-Identifier: Apache-2.0
//
// Runs the real `berth` with pipes, as a script does, or on a terminal of its own, as a person does.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

namespace berth::testing {

struct Ended {
  int exitCode = -1;
  std::string out;
  std::string err;
};

struct ProcessOptions {
  /// Beside PATH; nothing else of the test's own environment is passed on.
  std::map<std::string, std::string> environment;
  std::string directory;
};

/// Runs it to its end, with /dev/null as standard input.
[[nodiscard]] Ended runBerth(const std::vector<std::string>& arguments, const ProcessOptions& options);

/// Runs a line of bash in which `berth` is ours.
[[nodiscard]] Ended runShell(const std::string& line, const ProcessOptions& options);

/// On a pseudo-terminal of 80 columns and 24 rows.
class BerthOnATerminal {
public:
  BerthOnATerminal(const std::vector<std::string>& arguments, const ProcessOptions& options);
  ~BerthOnATerminal();
  BerthOnATerminal(const BerthOnATerminal&) = delete;
  BerthOnATerminal& operator=(const BerthOnATerminal&) = delete;

  /// Reads until `text` has been shown; false when it has not within ten seconds, or the program ended before.
  [[nodiscard]] bool shows(const std::string& text);
  void type(const std::string& keys) const;
  /// Waits for the end; the exit code.
  [[nodiscard]] int wait();
  /// All that has been shown, escape sequences included.
  [[nodiscard]] const std::string& shown() const { return shown_; }

private:
  [[nodiscard]] bool readMore(std::chrono::milliseconds patience);

  pid_t pid_ = -1;
  int terminal_ = -1;
  std::string shown_;
};

}  // namespace berth::testing

// SPDX-License-Identifier: Apache-2.0
//
// A guest whose first boot fails cannot say so over its readiness port: Ignition stops it in the initramfs, and all
// that is left is text on the serial console. This reads that text as it grows and recognises the ends that matter,
// so that a person sees the reason in the node's status instead of a time-out.
//
//   ConsoleWatch watch;
//   watch.feed(newBytes);
//   if (auto finding = watch.finding()) ...
//
// The text is the guest's and hostile: lines are cut, control characters and colours removed, memory is bounded.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::health {

enum class Trouble : std::uint8_t {
  ignitionFailed,  ///< Ignition did not accept or could not carry out the config
  emergencyMode,   ///< systemd gave up and offers a shell
  kernelPanic,
};
/// A sentence's beginning: "Ignition failed", "the guest is in emergency mode", "the kernel panicked".
[[nodiscard]] std::string_view toString(Trouble trouble);

struct Finding {
  Trouble trouble = Trouble::ignitionFailed;
  /// The line that says most about why, for the reason of the node's status; may be empty.
  std::string why;
  /// The lines that explain it, oldest first, with line ends; bounded by kFindingMax.
  std::string lines;

  bool operator==(const Finding&) const = default;
};

inline constexpr std::size_t kConsoleLineMax = 800;
/// Lines kept to explain a finding. Twenty hold Ignition's error and what systemd said around it.
inline constexpr std::size_t kFindingLines = 20;
inline constexpr std::size_t kFindingMax = kConsoleLineMax * kFindingLines;

class ConsoleWatch {
public:
  void feed(std::string_view piece);
  /// What has been found in the present boot; a new boot (the kernel's first line) forgets it.
  [[nodiscard]] std::optional<Finding> finding() const;
  /// The last lines, cleaned, oldest first.
  [[nodiscard]] std::string tail() const;

private:
  void line(std::string_view text);
  void beginBoot();

  std::string partial_;
  std::deque<std::string> recent_;
  /// Lines that explain, before the trouble is known and after.
  std::deque<std::string> telling_;
  /// The strongest of them.
  std::string why_;
  int whyRank_ = 0;
  std::optional<Trouble> trouble_;
};

}  // namespace berth::health

// SPDX-License-Identifier: Apache-2.0
//
// What Berth adds to a tool of its own accord: programs that nodes run by themselves, over their own loopback, so that
// no controller and no host has to reach them, and the units that start them.
//
//   Own own;
//   own.files.push_back(header(kDirectory, "management", "X-Nomad-Token", token, user));
//   own.units.push_back(waitingUnit({kUnit, "Wait for Nomad", "nomad.service", environment, program}));
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace berth::stack {

inline constexpr const char* kOwnDirectory = "/etc/berth/stack";

struct OwnFile {
  std::string path;
  std::string contents;
  /// Empty: root.
  std::string owner{};
  /// Others than the owner may read what has no secret in it.
  std::int64_t mode = 0600;
};
/// What starts a unit.
enum class Starts : std::uint8_t { atBoot, byAnother };
struct OwnUnit {
  std::string name;
  std::string contents;
  Starts starts = Starts::atBoot;
};
struct Own {
  std::vector<OwnFile> files;
  std::vector<OwnUnit> units;

  void add(Own more);
};

/// Below kOwnDirectory: {"consul", "acl"}.
[[nodiscard]] std::string ownPath(std::string_view directory, std::string_view file);
/// A header of HTTP for curl: NAME.header.
[[nodiscard]] OwnFile header(std::string_view directory, std::string_view name, std::string_view key,
                             const std::string& token, const std::string& owner = {});

/// "https://10.20.0.11:8200"; several with blanks between.
[[nodiscard]] std::string urlOf(const std::string& address, std::uint16_t port);
[[nodiscard]] std::string urlsOf(const std::vector<std::string>& addresses, std::uint16_t port);

/// Lines "Environment=", one for each; values may have blanks.
class Environment {
public:
  Environment& set(std::string_view name, std::string_view value);
  [[nodiscard]] const std::string& lines() const { return lines_; }

private:
  std::string lines_;
};

/// A unit that runs a program once at each boot.
struct Step {
  std::string name;
  std::string meaning;
  /// Where it cannot be started this one fails, and the node says so.
  std::string after;
  std::string environment;
  std::string program;
  /// Empty: root.
  std::string user{};
};
/// One that others wait for, and the node's being ready, and its updates.
[[nodiscard]] OwnUnit waitingUnit(const Step& step);
/// One that nothing waits for.
[[nodiscard]] OwnUnit backgroundUnit(const Step& step);

}  // namespace berth::stack

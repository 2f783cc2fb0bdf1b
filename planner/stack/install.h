// SPDX-License-Identifier: Apache-2.0
//
// How releases get onto a node: the host hands them over on a disk of their own, as one tar archive, and a unit unpacks
// them on the first boot, before whatever runs them. It compares their digests first, and leaves its mark last.
#pragma once

#include <string>
#include <vector>

#include "planner/spec/model.h"
#include "planner/stack/roles.h"

namespace berth::stack {

inline constexpr const char* kInstallUnit = "berth-stack-install.service";
inline constexpr const char* kInstallPath = "/etc/berth/stack/install";
inline constexpr const char* kDigestsPath = "/etc/berth/stack/releases.sha256";

/// What of the archive goes where.
enum class Unpack : std::uint8_t {
  program,  ///< the one of the same name, to /usr/local/bin
  driver,   ///< likewise, to Nomad's plugins
  plugins,  ///< everything, to /opt/cni/bin
};
struct Release {
  /// "consul": what the archive is called where the node finds it.
  std::string name;
  std::string program;
  Unpack unpack = Unpack::program;
  spec::Archive archive;
};
/// What the nodes of a pool with these roles unpack.
[[nodiscard]] std::vector<Release> releasesFor(const spec::Stack& stack, const Roles& roles);

[[nodiscard]] std::string installUnit(const std::vector<Release>& releases);
[[nodiscard]] std::string installScript(const std::vector<Release>& releases);
/// For sha256sum --check.
[[nodiscard]] std::string digestsOf(const std::vector<Release>& releases);

}  // namespace berth::stack

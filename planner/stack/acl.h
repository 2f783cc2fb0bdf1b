// SPDX-License-Identifier: Apache-2.0
//
// What a tool knows of its users only once it runs, and when a node of it may count as ready. Both is seen to by the
// nodes themselves, over their own loopback: no controller has to reach them. Policies and tokens are put again at
// every boot of a server, which does no harm; a unit that waits for the tool keeps the node from being ready.
#pragma once

#include <string>
#include <vector>

#include "planner/stack/native.h"

namespace berth::stack {

/// A file of a node that only root may read.
struct OwnFile {
  std::string path;
  std::string contents;
};
struct OwnUnit {
  std::string name;
  std::string contents;
};

inline constexpr const char* kConsulAclUnit = "berth-consul-acl.service";
inline constexpr const char* kConsulReadyUnit = "berth-consul-ready.service";
inline constexpr const char* kNomadAclUnit = "berth-nomad-acl.service";
inline constexpr const char* kNomadReadyUnit = "berth-nomad-ready.service";

[[nodiscard]] std::vector<OwnFile> consulFiles(const Writing& writing);
[[nodiscard]] std::vector<OwnUnit> consulUnits(const Writing& writing);
[[nodiscard]] std::vector<OwnFile> nomadFiles(const Writing& writing);
[[nodiscard]] std::vector<OwnUnit> nomadUnits(const Writing& writing);

}  // namespace berth::stack

// SPDX-License-Identifier: Apache-2.0
//
// Where the disks of volumes may lie, for tests that hold for each: in the state directory, in a pool that is a
// directory, and, where BERTH_TEST_GROUP names a volume group that is there for tests, in that. This takes device
// mapper and root, which not every machine has that runs the unit tests: tests/integration/agent/volumes runs them in a
// guest.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "agent/disks/file.h"
#include "agent/volumes/medium.h"
#include "agent/volumes/volumes.h"

namespace berth::volumes::testing {

enum class Where : std::uint8_t { stateDirectory, directoryPool, logicalPool };

inline std::string nameOf(Where where) {
  switch (where) {
    case Where::stateDirectory: return "InTheStateDirectory";
    case Where::directoryPool: return "InADirectoryPool";
    case Where::logicalPool: return "InALogicalPool";
  }
  return {};
}
inline void PrintTo(Where where, std::ostream* out) { *out << nameOf(where); }

/// Of this machine; empty when it has none for tests.
inline std::string testGroup() {
  const char* group = std::getenv("BERTH_TEST_GROUP");
  return group == nullptr ? "" : group;
}

inline std::vector<Where> places() {
  std::vector<Where> found{Where::stateDirectory, Where::directoryPool};
  if (!testGroup().empty()) found.push_back(Where::logicalPool);
  return found;
}

/// What a host's agent has: its state directory, and its part of the pool.
class Place {
public:
  /// `root` is there; `host` tells two of them apart.
  Place(Where where, const std::filesystem::path& root, const std::string& host, const Uuid& fleet)
      : layout(root / host / "state", poolIn(where, root / host, host, fleet)) {
    std::filesystem::create_directories(root / host / "state");
    if (!layout.pool()) return;
    if (!layout.isOnDevices()) std::filesystem::create_directories(layout.pool()->target);
    const auto failed = disks::failure(stamp(*layout.pool(), fleet, *HostName::parse(host)));
    EXPECT_FALSE(failed) << failed->str();
  }
  ~Place() {
    if (!layout.isOnDevices()) return;
    const auto all = disks::listLogical(layout.pool()->group);
    for (const auto& each : std::get<0>(all))
      if (each.isOurs) (void)disks::removeLogical(layout.pool()->group, each.name);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  [[nodiscard]] bool has(const std::filesystem::path& disk) const {
    const auto found = isThere(layout, disk);
    EXPECT_FALSE(disks::failure(found)) << disks::failure(found)->str();
    return !disks::failure(found) && std::get<bool>(found);
  }
  /// As somebody does who knows nothing of labels.
  void lose(const std::filesystem::path& disk) const {
    const auto failed = disks::failure(discard(layout, disk));
    EXPECT_FALSE(failed) << failed->str();
  }
  /// What a crash leaves of something that was being made.
  void begin(const std::filesystem::path& path) const {
    if (!layout.isOnDevices()) {
      std::ofstream(path) << "half";
      return;
    }
    const auto failed = disks::failure(makeArriving(layout, 1_MiB, path));
    EXPECT_FALSE(failed) << failed->str();
  }

  const Layout layout;

private:
  static std::optional<Pool> poolIn(Where where, const std::filesystem::path& home, const std::string& host,
                                    const Uuid& fleet) {
    switch (where) {
      case Where::stateDirectory: return std::nullopt;
      case Where::directoryPool: return Pool{"vms", "dir", home / "pool", {}};
      case Where::logicalPool:
        return Pool{
            "vms", "logical", "/dev/" + testGroup(), {testGroup(), disks::ownerTag(fleet, *HostName::parse(host))}};
    }
    return std::nullopt;
  }
};

}  // namespace berth::volumes::testing

// SPDX-License-Identifier: Apache-2.0
//
// Who was promised what. A host has what its capacity leaves after all reservations; it may be less than nothing when a
// host has shrunk, and then it takes nothing new.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "planner/layout/place.h"

namespace berth::layout {

/// The index of a host in the list that the ledger was made of.
using HostIndex = std::size_t;

class Ledger {
public:
  /// Refers to `hosts`, which must outlive it. Of two hosts of one name the first counts.
  explicit Ledger(const std::vector<Host>& hosts);

  [[nodiscard]] const Host& host(HostIndex index) const { return hosts_[index]; }
  [[nodiscard]] std::size_t size() const { return hosts_.size(); }
  [[nodiscard]] std::optional<HostIndex> find(const HostName& name) const;

  /// What can still be promised; nothing of a kind that is overdrawn.
  [[nodiscard]] Amount free(HostIndex index) const;
  [[nodiscard]] bool fits(HostIndex index, const Amount& needs) const;
  void reserve(HostIndex index, const Amount& amount);
  /// Free memory in millionths of the host's.
  [[nodiscard]] std::uint64_t freeMemoryShare(HostIndex index) const;

private:
  const std::vector<Host>& hosts_;
  std::vector<Amount> reserved_;
  std::unordered_map<HostName, HostIndex> byName_;
};

/// How much more `needs` is than `had`, of each kind.
[[nodiscard]] Amount growth(const Amount& had, const Amount& needs);
/// "2 vcpus, 4GiB of memory and 20GiB of disk"
[[nodiscard]] std::string str(const Amount& amount);

/// Why a host cannot have a node, whatever else is there; nothing when it can.
[[nodiscard]] std::optional<std::string> excludedBy(const Host& host, const Rules& rules);
[[nodiscard]] std::string_view toString(HostState state);

}  // namespace berth::layout

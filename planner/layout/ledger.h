// SPDX-License-Identifier: Apache-2.0
//
// Who was promised what. A host has what its capacity leaves after all reservations; it may be less than nothing when a
// host has shrunk, and then it takes nothing new.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "planner/layout/place.h"

namespace berth::layout {

/// The index of a host in the list that the ledger was made of.
using HostIndex = std::uint32_t;

/// Shares are in millionths, so that layouts do not depend on how a machine rounds.
inline constexpr std::uint32_t kWhole = 1'000'000;

/// What `amount` takes of this host, volumes where it has them.
[[nodiscard]] Amount onHost(const Host& host, const Amount& amount);

class Ledger {
public:
  /// Refers to `hosts`, which must outlive it. Of two hosts of one name the first counts.
  explicit Ledger(const std::vector<Host>& hosts);

  [[nodiscard]] const Host& host(HostIndex index) const { return hosts_[index]; }
  [[nodiscard]] std::size_t size() const { return hosts_.size(); }
  [[nodiscard]] std::optional<HostIndex> find(const HostName& name) const;

  /// What can still be promised; nothing of a kind that is overdrawn.
  [[nodiscard]] Amount free(HostIndex index) const;
  /// What `amount` takes of that host: of its volume pool, or of its disk for volumes too.
  [[nodiscard]] Amount onHost(HostIndex index, const Amount& amount) const {
    return layout::onHost(hosts_[index], amount);
  }
  [[nodiscard]] const Amount& reserved(HostIndex index) const { return reserved_[index]; }
  [[nodiscard]] bool fits(HostIndex index, const Amount& needs) const;
  void reserve(HostIndex index, const Amount& amount);
  /// Takes back what was reserved before.
  void release(HostIndex index, const Amount& amount);
  /// How much of the host is promised, of what it is shortest of. More than kWhole when it is overdrawn.
  [[nodiscard]] std::uint32_t usedShare(HostIndex index) const { return shareOf(index, reserved_[index]); }
  /// The same, once `more` is promised too.
  [[nodiscard]] std::uint32_t usedShareWith(HostIndex index, const Amount& more) const;
  /// Once `less` of it is promised no more.
  [[nodiscard]] std::uint32_t usedShareWithout(HostIndex index, const Amount& less) const;

private:
  [[nodiscard]] std::uint32_t shareOf(HostIndex index, const Amount& amount) const;

  const std::vector<Host>& hosts_;
  std::vector<Amount> reserved_;
  std::unordered_map<HostName, HostIndex> byName_;
};

/// How much more `needs` is than `had`, of each kind.
[[nodiscard]] Amount growth(const Amount& had, const Amount& needs);
[[nodiscard]] Amount operator+(const Amount& left, const Amount& right);
/// "2 vcpus, 4GiB of memory and 20GiB of disk"
[[nodiscard]] std::string str(const Amount& amount);

[[nodiscard]] std::string_view toString(HostState state);

}  // namespace berth::layout

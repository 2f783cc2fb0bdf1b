// SPDX-License-Identifier: Apache-2.0
//
// What is refused must be seen, and must not become a way to fill a disk: every drop is counted by port and reason,
// and logged once per peer and reason, however often it happens.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "protocol/transport/domain.h"

namespace berth::transport {

/// Why something from outside was not served.
enum class DropReason : std::uint8_t {
  unknownKey,   ///< the key was never admitted: the connection was refused
  revokedKey,   ///< a message from a key that is admitted no longer
  handshake,    ///< bytes that are no CURVE handshake, or one that did not end in time
  extraFrames,  ///< more or fewer frames than the one that a message is
  routingId,    ///< the peer chose its own routing id
  tooLarge,     ///< over the size limit of its port
  malformed,    ///< does not decode
  wrongRole,    ///< decodes, but this key may not ask for it
  overload,     ///< a queue was full
};
inline constexpr std::size_t kDropReasons = 9;
/// "unknown_key", "revoked_key", …: a label in metrics and a word in the log.
[[nodiscard]] std::string_view toString(DropReason reason);

/// Counts drops. Any thread may use it.
class Drops {
public:
  /// Called for what is to be logged, on the thread that dropped; must not call back.
  using Log = std::function<void(const std::string& line)>;

  explicit Drops(Log log) : log_(std::move(log)) {}
  Drops(const Drops&) = delete;
  Drops& operator=(const Drops&) = delete;

  /// `peer` is a key's Z85 text or an address; `detail` is for the log alone. The first drop of this peer for this
  /// reason is logged. Remembers at most kMaxPeers of them: beyond, drops are counted and no longer logged, and the
  /// last line says so.
  void count(Domain domain, DropReason reason, std::string_view peer, std::string_view detail = {});

  struct Count {
    Domain domain;
    DropReason reason;
    std::uint64_t drops;
  };
  /// Those that are not zero, for metrics.
  [[nodiscard]] std::vector<Count> counts() const;
  [[nodiscard]] std::uint64_t count(Domain domain, DropReason reason) const;

  static constexpr std::size_t kMaxPeers = 4096;

private:
  mutable std::mutex mutex_;
  Log log_;
  std::array<std::array<std::uint64_t, kDropReasons>, kDomains> counts_{};
  std::set<std::tuple<Domain, DropReason, std::string>> logged_;
  bool saidFull_ = false;
};

}  // namespace berth::transport

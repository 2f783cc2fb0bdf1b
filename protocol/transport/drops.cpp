// SPDX-License-Identifier: Apache-2.0
#include "protocol/transport/drops.h"

#include <algorithm>

namespace berth::transport {
namespace {

constexpr std::size_t kMaxDetail = 200;

/// What came from outside may hold anything; a log line holds printable characters.
std::string printable(std::string_view text) {
  std::string clean(text.substr(0, kMaxDetail));
  std::ranges::replace_if(
      clean, [](char c) { return c < ' ' || c == '\x7f'; }, '?');
  return clean;
}

}  // namespace

std::string_view toString(DropReason reason) {
  switch (reason) {
    case DropReason::unknownKey: return "unknown_key";
    case DropReason::revokedKey: return "revoked_key";
    case DropReason::handshake: return "handshake";
    case DropReason::extraFrames: return "extra_frames";
    case DropReason::routingId: return "routing_id";
    case DropReason::tooLarge: return "too_large";
    case DropReason::malformed: return "malformed";
    case DropReason::wrongRole: return "wrong_role";
    case DropReason::overload: return "overload";
  }
  return "unknown";
}

void Drops::count(Domain domain, DropReason reason, std::string_view peer, std::string_view detail) {
  std::string line;
  {
    const std::lock_guard lock(mutex_);
    ++counts_[static_cast<std::size_t>(domain)][static_cast<std::size_t>(reason)];
    if (logged_.size() >= kMaxPeers) {
      if (saidFull_) return;
      saidFull_ = true;
      line = "refused messages of more peers than are remembered: counting them, logging no more";
    } else {
      if (!logged_.emplace(domain, reason, peer).second) return;
      line = "refused on " + std::string(toString(domain)) + ": " + std::string(toString(reason)) + " from " +
             printable(peer);
      if (!detail.empty()) line += " (" + printable(detail) + ")";
      line += "; further ones are counted, not logged";
    }
  }
  if (log_) log_(line);
}

std::vector<Drops::Count> Drops::counts() const {
  const std::lock_guard lock(mutex_);
  std::vector<Count> result;
  for (std::size_t domain = 0; domain < kDomains; ++domain) {
    for (std::size_t reason = 0; reason < kDropReasons; ++reason) {
      if (const auto drops = counts_[domain][reason]) {
        result.push_back({static_cast<Domain>(domain), static_cast<DropReason>(reason), drops});
      }
    }
  }
  return result;
}

std::uint64_t Drops::count(Domain domain, DropReason reason) const {
  const std::lock_guard lock(mutex_);
  return counts_[static_cast<std::size_t>(domain)][static_cast<std::size_t>(reason)];
}

}  // namespace berth::transport

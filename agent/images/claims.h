// SPDX-License-Identifier: Apache-2.0
//
// Who works on what of the cache. Two that want the same thing at the same time get it by one download: the second one
// waits, and finds it there.
//
//   const Claims::Claim claim(claims, id, stop);
//   if (!claim) return …;                        // `stop` was requested meanwhile
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <stop_token>

#include "words/digest.h"

namespace berth::images {

class Claims {
public:
  class Claim {
  public:
    /// Waits until nobody else has it; empty-handed only when `stop` is requested.
    Claim(Claims& claims, const Digest& id, const std::stop_token& stop) : claims_(claims), id_(id) {
      std::unique_lock lock(claims_.mutex_);
      held_ = claims_.released_.wait(lock, stop, [&] { return !claims_.claimed_.contains(id_); });
      if (held_) claims_.claimed_.insert(id_);
    }
    ~Claim() {
      if (!held_) return;
      {
        const std::lock_guard lock(claims_.mutex_);
        claims_.claimed_.erase(id_);
      }
      claims_.released_.notify_all();
    }
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    explicit operator bool() const { return held_; }

  private:
    Claims& claims_;
    Digest id_;
    bool held_ = false;
  };

  /// Keeps others from claiming anything until it is unlocked.
  [[nodiscard]] std::unique_lock<std::mutex> standStill() { return std::unique_lock(mutex_); }
  /// Only while everything stands still.
  [[nodiscard]] bool contains(const Digest& id) const { return claimed_.contains(id); }

private:
  std::mutex mutex_;
  std::condition_variable_any released_;
  std::set<Digest> claimed_;
};

}  // namespace berth::images

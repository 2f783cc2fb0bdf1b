// SPDX-License-Identifier: Apache-2.0
//
// What libvirt's event loop notes down for the thread that reads it. Bounded: when the reader does not keep up, lines
// are dropped, and changes say only that everything may have changed.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <stop_token>
#include <string>
#include <variant>

#include "words/uuid.h"

namespace berth::hypervisor {

namespace note {

struct DomainChanged {
  Uuid instance;
};
struct Said {
  Uuid instance;
  std::string line;
};
/// `serial` tells which opening of the port ended: it may be open again by now.
struct PortEnded {
  Uuid instance;
  std::uint64_t serial = 0;
};
struct ConnectionBroke {};
struct Overflowed {};

using Note = std::variant<DomainChanged, Said, PortEnded, ConnectionBroke, Overflowed>;

}  // namespace note

inline constexpr std::size_t kInboxMax = 4096;

class Inbox {
public:
  void put(note::Note note) {
    {
      const std::lock_guard lock(mutex_);
      if (notes_.size() < kInboxMax) {
        notes_.push_back(std::move(note));
      } else {
        overflowed_ = true;
      }
    }
    filled_.notify_one();
  }

  /// All notes so far; waits up to `patience` for the first.
  [[nodiscard]] std::deque<note::Note> take(std::chrono::milliseconds patience, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    filled_.wait_for(lock, stop, patience, [this] { return !notes_.empty(); });
    std::deque<note::Note> taken;
    taken.swap(notes_);
    if (overflowed_) taken.emplace_back(note::Overflowed{});
    overflowed_ = false;
    return taken;
  }

private:
  std::mutex mutex_;
  std::condition_variable_any filled_;
  std::deque<note::Note> notes_;
  bool overflowed_ = false;
};

}  // namespace berth::hypervisor

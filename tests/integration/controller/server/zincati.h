// SPDX-License-Identifier: Apache-2.0
//
// What Zincati does about a reboot, over real HTTP: it asks until it may, and says that it is up until it is heard. All
// of a fleet at once, on threads of their own; the reboots themselves are the test's to do.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "words/name.h"

namespace berth::server {

struct HttpAnswer {
  /// 0: nobody answered.
  int status = 0;
  std::string body;
};
/// One request over one connection: `head` and `body` as they are.
[[nodiscard]] HttpAnswer exchange(const std::string& address, std::uint16_t port, const std::string& bytes);
/// As Zincati writes it.
[[nodiscard]] std::string lockRequest(const std::string& path, const std::string& id);

struct Zincati {
  NodeName node;
  std::string id;
  /// "/fleetlock/…/"
  std::string base;
  enum class State : std::uint8_t {
    wants,
    may,
    rebooting,
    back,  ///< up again, and not heard yet
    done,
  } state = State::wants;
};

class ZincatiFleet {
public:
  ZincatiFleet(std::string address, std::uint16_t port, std::vector<Zincati> clients);
  ~ZincatiFleet();

  /// Calls `use` with all of them, while none changes.
  template <class Use>
  auto with(Use use) {
    const std::lock_guard lock(mutex_);
    return use(clients_);
  }

private:
  void work(const std::stop_token& stop, std::size_t first);

  const std::string address_;
  const std::uint16_t port_;
  std::mutex mutex_;
  std::vector<Zincati> clients_;
  std::vector<std::jthread> threads_;
};

}  // namespace berth::server

// SPDX-License-Identifier: Apache-2.0
//
// libvirt's default event loop on a thread of its own. libvirt has one such loop for the whole process, and asks that
// it be there before the first connection is opened: so one EventLoop lives at a time, longer than all connections.
#pragma once

#include <thread>

namespace berth::hypervisor {

class EventLoop {
public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

private:
  int wake_ = -1;  ///< a timer of libvirt's, set only to end its wait
  std::jthread thread_;
};

}  // namespace berth::hypervisor

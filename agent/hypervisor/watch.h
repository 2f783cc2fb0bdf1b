// SPDX-License-Identifier: Apache-2.0
//
// Tells what happens at the hypervisor without being asked: domains that change, lines that guests say, and the
// connection itself coming and going. It has a connection of its own, since libvirtd serves only five requests of a
// connection at a time and events would wait behind slow calls; when libvirtd dies, it connects again, registers
// again and opens every port again.
//
// Two threads: libvirt's event loop only takes notes into an inbox, and a thread of ours reads them, asks libvirt and
// calls the Listener.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "agent/hypervisor/handles.h"
#include "agent/hypervisor/inbox.h"
#include "agent/hypervisor/port.h"

namespace berth::hypervisor {

class Watch {
public:
  /// An EventLoop must live as long.
  Watch(std::string uri, const Uuid& fleet, Listener listener);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

private:
  void run(const std::stop_token& stop);
  [[nodiscard]] bool connect();
  void disconnect();
  void takeStock();

  void read(const note::Note& note);
  void domainChanged(const Uuid& instance);
  void portEnded(const note::PortEnded& ended);
  void openMissingPorts();
  void closePort(const Uuid& instance);
  /// The domain, when it is there and bears the mark of our fleet.
  [[nodiscard]] Handle<virDomain> findOurs(const Uuid& instance);

  std::string uri_;
  Uuid fleet_;
  Listener listener_;
  /// Shared with libvirt's callbacks, which it may run a last time after they are deregistered.
  std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();

  // Of the thread alone.
  Handle<virConnect> connection_;
  std::vector<int> callbacks_;
  std::uint64_t serial_ = 0;
  std::set<Uuid> ours_;
  std::set<Uuid> wanted_;  ///< run, and have no open port
  struct OpenPort {
    std::shared_ptr<Port> port;  ///< shared with libvirt's callback (port.cpp)
    std::uint64_t serial = 0;
  };
  std::map<Uuid, OpenPort> ports_;

  std::jthread thread_;
};

}  // namespace berth::hypervisor

// SPDX-License-Identifier: Apache-2.0
//
// The readiness port of one running guest, open for reading. libvirt allows one reader at a time; we take the port
// over from whoever has it, since that can only be the connection of an agent that is no more.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agent/hypervisor/handles.h"
#include "agent/hypervisor/lines.h"

namespace berth::hypervisor {

/// A guest that writes more than this between two looks is cut off until the next one: libvirt's client library queues
/// without bound what a program does not read, and reading it all would cost the host a core. A signal has 200 bytes.
inline constexpr std::size_t kPortBudget = 64u << 10;

class Port {
public:
  /// Both are called on the event loop's thread, and must only take notes.
  struct Sink {
    std::function<void(std::string line)> said;
    /// The guest ended, the connection broke, or the guest wrote too much. Called once; nothing comes after it.
    std::function<void()> ended;
  };

  /// Empty when the port cannot be opened (now).
  [[nodiscard]] static std::shared_ptr<Port> open(virConnect* connection, virDomain* domain, Sink sink);

  /// Nothing comes any more. Must be called, once.
  void close();
  /// A new budget for the guest.
  void renew();

  Port(Handle<virStream> stream, Sink sink);

private:
  static void onEvent(virStreamPtr stream, int events, void* self);
  void ready(int events);
  /// False at the end of the stream.
  [[nodiscard]] bool readPiece();

  Handle<virStream> stream_;
  Sink sink_;
  /// What libvirt's callback has; it shares the port with the Watch that opened it.
  std::shared_ptr<Port>* shared_ = nullptr;
  std::mutex mutex_;
  LineSplitter lines_{kReadinessLineMax};
  std::size_t spent_ = 0;
  bool open_ = true;
};

}  // namespace berth::hypervisor

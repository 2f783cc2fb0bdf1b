// SPDX-License-Identifier: Apache-2.0
//
// One loop owns one state. Sockets, file descriptors, timers and what workers hand back all run on the loop's thread,
// one after the other, so that the state needs no lock. What blocks (libvirt, disks, hashing) goes to Workers.
//
//   Loop loop;
//   Signals signals({SIGTERM, SIGINT});
//   loop.onReadable(*server, [&] { if (auto message = server->receive()) … });
//   loop.every(1s, [&] { state.tick(loop.now()); });
//   loop.onReadable(signals.fd(), [&] { loop.stop(); });
//   loop.run();
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <stop_token>

#include "protocol/transport/client.h"
#include "protocol/transport/server.h"
#include "words/clock.h"

namespace berth::transport {

/// What the loop was asked to do, to be cancelled by.
enum class Watch : std::uint64_t {};

class Loop {
public:
  using Task = std::function<void()>;

  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // All but post() and stop() are for the loop's own thread (or before run()). An exception that leaves a task ends
  // run() and reaches its caller.

  /// Runs `task` again and again while there is something to read: it need not read everything at once. The server or
  /// client outlives its watch: cancel() before it goes.
  Watch onReadable(Server& server, Task task);
  /// Also runs when the link changes.
  Watch onReadable(Client& client, Task task);
  Watch onReadable(int fd, Task task);

  /// First after one interval. A tick that comes late is not made up for by a burst.
  Watch every(std::chrono::milliseconds interval, Task task);
  /// Once.
  Watch at(TimePoint due, Task task);
  Watch after(std::chrono::milliseconds delay, Task task);

  /// Nothing of it runs any more, even if it was due. Unknown and finished ones are ignored.
  void cancel(Watch watch);

  /// Runs `task` on the loop's thread, soon. Any thread may call it, the loop's too; tasks keep their order.
  void post(Task task);

  /// Until stop() is called or asked of the token.
  void run(const std::stop_token& stop = {});
  /// Ends run() soon: what is due and readable in this turn still runs. Any thread may call it.
  void stop();

  /// The time of this turn of the loop; the same for all that runs in it.
  [[nodiscard]] TimePoint now() const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Turns signals into something to read. Make it before any other thread, which inherits that they are blocked.
class Signals {
public:
  explicit Signals(std::initializer_list<int> signals);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  [[nodiscard]] int fd() const { return fd_; }
  /// The signal that came, or 0 when none did.
  [[nodiscard]] int take();

private:
  int fd_ = -1;
};

}  // namespace berth::transport

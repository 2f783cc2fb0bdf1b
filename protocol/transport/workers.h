// SPDX-License-Identifier: Apache-2.0
//
// What blocks must not block the loop. A worker runs a task on a thread of its own and hands back a function, which
// runs on the loop, where the state is:
//
//   workers.submit([spec](const std::stop_token& stop) -> Loop::Task {
//     auto outcome = define(spec, stop);                      // slow, on a worker
//     return [&state, outcome] { state.defined(outcome); };   // quick, on the loop
//   });
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "protocol/transport/loop.h"

namespace berth::transport {

enum class Submitted : bool { no, yes };

class Workers {
public:
  /// Heeds `stop`, which is asked for when the workers go. What it returns may be empty. An exception that leaves it
  /// is thrown again on the loop.
  using Job = std::function<Loop::Task(const std::stop_token& stop)>;

  /// `loop` outlives the workers. `queue` is how many jobs may wait at most: when more come, the caller must hear it.
  Workers(Loop& loop, std::size_t threads, std::size_t queue);
  /// Asks running jobs to stop, forgets waiting ones, and waits for the threads.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Any thread may call it. `no` when the queue is full.
  [[nodiscard]] Submitted submit(Job job);

private:
  void work(const std::stop_token& stop);

  Loop& loop_;
  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Job> waiting_;
  std::vector<std::jthread> threads_;
};

}  // namespace berth::transport

// SPDX-License-Identifier: Apache-2.0
#include "protocol/transport/workers.h"

#include <exception>

namespace berth::transport {

Workers::Workers(Loop& loop, std::size_t threads, std::size_t queue) : loop_(loop), limit_(queue) {
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
}

Workers::~Workers() {
  for (auto& thread : threads_) thread.request_stop();
  threads_.clear();  // joins, while the queue that the threads look at is still there
}

Submitted Workers::submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= limit_) return Submitted::no;
    waiting_.push_back(std::move(job));
  }
  wake_.notify_one();
  return Submitted::yes;
}

void Workers::work(const std::stop_token& stop) {
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, stop, [this] { return !waiting_.empty(); });
      if (stop.stop_requested()) return;
      job = std::move(waiting_.front());
      waiting_.pop_front();
    }
    try {
      if (auto done = job(stop)) loop_.post(std::move(done));
    } catch (...) {
      loop_.post([error = std::current_exception()] { std::rethrow_exception(error); });
    }
  }
}

}  // namespace berth::transport

// SPDX-License-Identifier: Apache-2.0
#include "protocol/transport/loop.h"

#include <atomic>
#include <csignal>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "protocol/transport/workers.h"

namespace berth::transport {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST(Loop, runsWhatOtherThreadsPostOnItsOwnThreadAndInTheirOrder) {
  Loop loop;
  std::vector<int> order;
  std::thread::id where;
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) loop.post([&, i] { order.push_back(i), where = std::this_thread::get_id(); });
    loop.stop();
  });
  loop.run();
  other.join();
  ASSERT_EQ(order.size(), 100u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(where, std::this_thread::get_id());
}

TEST(Loop, stopsEvenWhenItWasToldBeforeItRan) {
  Loop loop;
  loop.stop();
  loop.run();
}

TEST(Loop, endsWithItsStopToken) {
  Loop loop;
  std::stop_source source;
  loop.after(1ms, [&] { source.request_stop(); });
  loop.run(source.get_token());
}

TEST(Loop, runsTimersInTheOrderOfTheirTimeAndNeverEarly) {
  Loop loop;
  std::vector<int> order;
  const auto start = std::chrono::steady_clock::now();
  loop.at(start + 20ms, [&] {
    EXPECT_GE(loop.now(), start + 20ms);
    order.push_back(3);
    loop.stop();
  });
  loop.at(start + 10ms, [&] { order.push_back(2); });
  loop.at(start - 1h, [&] { order.push_back(1); });
  loop.run();
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

TEST(Loop, repeatsWhatIsToRunEveryIntervalUntilCancelled) {
  Loop loop;
  int ticks = 0;
  Watch watch{};
  watch = loop.every(1ms, [&] {
    if (++ticks == 5) loop.cancel(watch), loop.after(10ms, [&] { loop.stop(); });
  });
  loop.run();
  EXPECT_EQ(ticks, 5);
}

TEST(Loop, doesNotMakeUpForLateTicksByABurst) {
  Loop loop;
  int ticks = 0;
  loop.every(1ms, [&] { ++ticks; });
  loop.after(2ms, [] { std::this_thread::sleep_for(50ms); });  // a task that is far too slow
  loop.after(60ms, [&] { loop.stop(); });
  loop.run();
  EXPECT_LT(ticks, 30);
}

TEST(Loop, neverRunsWhatWasCancelledEvenIfItWasDue) {
  Loop loop;
  bool ran = false;
  Watch second{};
  loop.at(loop.now(), [&] { loop.cancel(second); });
  second = loop.at(loop.now(), [&] { ran = true; });
  loop.after(5ms, [&] { loop.stop(); });
  loop.run();
  EXPECT_FALSE(ran);
  loop.cancel(second);  // long gone: ignored
}

TEST(Loop, runsATaskAsLongAsThereIsSomethingToRead) {
  Loop loop;
  const int fd = ::eventfd(3, EFD_SEMAPHORE | EFD_NONBLOCK);
  int reads = 0;
  loop.onReadable(fd, [&] {
    std::uint64_t one = 0;
    ASSERT_EQ(::read(fd, &one, sizeof one), static_cast<ssize_t>(sizeof one));
    if (++reads == 3) loop.stop();
  });
  loop.run();
  EXPECT_EQ(reads, 3);
  ::close(fd);
}

TEST(Loop, letsATaskCancelAnotherThatIsReadable) {
  Loop loop;
  const int fd = ::eventfd(1, EFD_NONBLOCK);
  int runs = 0;
  Watch first{};
  Watch second{};
  const auto once = [&] { ++runs, loop.cancel(first), loop.cancel(second), loop.stop(); };
  first = loop.onReadable(fd, once);
  second = loop.onReadable(fd, once);
  loop.run();
  EXPECT_EQ(runs, 1);
  ::close(fd);
}

TEST(Loop, endsWithTheExceptionOfATask) {
  Loop loop;
  loop.post([] { throw std::runtime_error("out of ink"); });
  EXPECT_THROW(loop.run(), std::runtime_error);
}

TEST(Signals, arriveAsSomethingToRead) {
  Signals signals({SIGUSR1, SIGUSR2});
  Loop loop;
  std::vector<int> taken;
  loop.onReadable(signals.fd(), [&] {
    while (const int signal = signals.take()) taken.push_back(signal);
    if (taken.size() == 2) loop.stop();
  });
  loop.post([] { ::raise(SIGUSR1), ::raise(SIGUSR2); });
  loop.run();
  EXPECT_THAT(taken, testing::UnorderedElementsAre(SIGUSR1, SIGUSR2));
  EXPECT_EQ(signals.take(), 0);
}

TEST(Workers, runJobsElsewhereAndWhatTheyReturnOnTheLoop) {
  Loop loop;
  Workers workers(loop, 4, 100);
  const auto here = std::this_thread::get_id();
  int done = 0;
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(workers.submit([&, here](const std::stop_token&) -> Loop::Task {
      EXPECT_NE(std::this_thread::get_id(), here);
      return [&, here] {
        EXPECT_EQ(std::this_thread::get_id(), here);
        if (++done == 50) loop.stop();
      };
    }),
              Submitted::yes);
  }
  loop.run();
  EXPECT_EQ(done, 50);
}

TEST(Workers, sayWhenTheirQueueIsFull) {
  Loop loop;
  std::latch started(1);
  std::latch go(1);
  Workers workers(loop, 1, 2);
  const auto wait = [&](const std::stop_token&) -> Loop::Task { return started.count_down(), go.wait(), nullptr; };
  const auto nothing = [](const std::stop_token&) -> Loop::Task { return {}; };
  EXPECT_EQ(workers.submit(wait), Submitted::yes);
  started.wait();
  EXPECT_EQ(workers.submit(nothing), Submitted::yes);
  EXPECT_EQ(workers.submit(nothing), Submitted::yes);
  EXPECT_EQ(workers.submit(nothing), Submitted::no);
  go.count_down();
}

TEST(Workers, askRunningJobsToStopAndForgetWaitingOnesWhenTheyGo) {
  Loop loop;
  std::latch started(1);
  std::atomic<bool> second = false;
  {
    Workers workers(loop, 1, 2);
    ASSERT_EQ(workers.submit([&](const std::stop_token& stop) -> Loop::Task {
      started.count_down();
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable_any().wait(lock, stop, [] { return false; });
      return {};
    }),
              Submitted::yes);
    ASSERT_EQ(workers.submit([&](const std::stop_token&) -> Loop::Task { return second = true, nullptr; }),
              Submitted::yes);
    started.wait();
  }
  EXPECT_FALSE(second);
}

TEST(Workers, bringTheExceptionOfAJobToTheLoop) {
  Loop loop;
  Workers workers(loop, 1, 1);
  ASSERT_EQ(workers.submit([](const std::stop_token&) -> Loop::Task { throw std::runtime_error("disk on fire"); }),
            Submitted::yes);
  EXPECT_THROW(loop.run(), std::runtime_error);
}

}  // namespace
}  // namespace berth::transport

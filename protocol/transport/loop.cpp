// SPDX-License-Identifier: Apache-2.0
//
// Each turn: wait in zmq_poll for sockets, descriptors, the wake-up of post() and the first timer; then run what was
// posted, what is due, and what is readable. Tasks may add and cancel watches while they run, so a cancelled watch is
// only marked, and swept before the next wait.
#include "protocol/transport/loop.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <queue>
#include <system_error>
#include <vector>

#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.hpp>

#include "protocol/transport/state.h"

namespace berth::transport {

struct Loop::State {
  struct Source {
    void* socket = nullptr;
    int fd = -1;
    /// Of a server or client; read before the task runs.
    void* monitor = nullptr;
    Task observe;
    /// When to observe even if nothing is to be read.
    std::function<std::optional<TimePoint>()> due;
    Task task;
    bool cancelled = false;
  };
  struct Timer {
    Task task;
    /// Zero: once.
    std::chrono::milliseconds interval{0};
    bool cancelled = false;
  };
  using Due = std::pair<TimePoint, Watch>;

  std::map<Watch, Source> sources;
  std::map<Watch, Timer> timers;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due;
  std::uint64_t watches = 0;
  TimePoint now = std::chrono::steady_clock::now();
  bool stopping = false;

  /// What other threads touch.
  std::mutex mutex;
  std::vector<Task> posted;
  int wake = -1;

  Watch watch(Source source) {
    const auto id = Watch{++watches};
    sources.emplace(id, std::move(source));
    return id;
  }

  Watch schedule(TimePoint when, std::chrono::milliseconds interval, Task task) {
    const auto id = Watch{++watches};
    timers.emplace(id, Timer{std::move(task), interval, false});
    due.emplace(when, id);
    return id;
  }

  void sweep() {
    std::erase_if(sources, [](const auto& entry) { return entry.second.cancelled; });
    std::erase_if(timers, [](const auto& entry) { return entry.second.cancelled; });
    while (!due.empty() && !timers.contains(due.top().second)) due.pop();
  }

  /// Milliseconds until the first timer, rounded up, so that the wait never ends before it; -1 for none.
  [[nodiscard]] long patience() const {
    constexpr auto kNever = TimePoint::max();
    auto first = due.empty() ? kNever : due.top().first;
    for (const auto& [id, source] : sources) {
      if (source.due) first = std::min(first, source.due().value_or(kNever));
    }
    if (first == kNever) return -1;
    const auto left = first - std::chrono::steady_clock::now();
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    return static_cast<long>(std::clamp<std::int64_t>(ms, 0, std::numeric_limits<int>::max()));
  }

  void runPosted() {
    std::uint64_t count = 0;
    while (::read(wake, &count, sizeof count) < 0 && errno == EINTR) {
    }
    std::vector<Task> tasks;
    {
      const std::lock_guard lock(mutex);
      tasks.swap(posted);
    }
    for (auto& task : tasks) {
      if (task) task();
    }
  }

  void ring() const {
    const std::uint64_t one = 1;
    while (::write(wake, &one, sizeof one) < 0 && errno == EINTR) {
    }
  }

  /// Those that are due when it begins: a task that schedules one for now gets it in the next turn.
  void runDue() {
    std::vector<Watch> ready;
    while (!due.empty() && due.top().first <= now) {
      ready.push_back(due.top().second);
      due.pop();
    }
    for (const auto id : ready) {
      const auto found = timers.find(id);
      if (found == timers.end() || found->second.cancelled) continue;
      auto& timer = found->second;
      if (timer.interval.count() > 0) {
        due.emplace(now + timer.interval, id);
      } else {
        timer.cancelled = true;
      }
      timer.task();
    }
  }

  struct Polled {
    std::vector<zmq_pollitem_t> items;
    /// Whose item it is; the first is the wake-up.
    std::vector<Watch> owners;
  };

  [[nodiscard]] Polled pollItems() const {
    Polled polled;
    const auto add = [&polled](void* socket, int fd, Watch owner) {
      polled.items.push_back({socket, fd, ZMQ_POLLIN, 0});
      polled.owners.push_back(owner);
    };
    add(nullptr, wake, Watch{0});
    for (const auto& [id, source] : sources) {
      add(source.socket, source.fd, id);
      if (source.monitor != nullptr) add(source.monitor, -1, id);
    }
    return polled;
  }

  void runReadable(const Polled& polled) {
    Watch last{0};
    for (std::size_t i = 1; i < polled.items.size(); ++i) {
      const auto id = polled.owners[i];
      // A socket and its monitor stand side by side: their task runs once.
      if (id == last) continue;
      const auto found = sources.find(id);
      if (found == sources.end() || found->second.cancelled) continue;
      const auto own = found->second.due ? found->second.due() : std::nullopt;
      if (polled.items[i].revents == 0 && (!own || *own > now)) continue;
      last = id;
      if (found->second.observe) found->second.observe();
      found->second.task();
    }
  }

  void turn() {
    sweep();
    auto polled = pollItems();
    const auto count = static_cast<int>(polled.items.size());
    if (zmq_poll(polled.items.data(), count, patience()) < 0) {
      if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "zmq_poll");
      return;
    }
    now = std::chrono::steady_clock::now();
    if (polled.items.front().revents != 0) runPosted();
    runDue();
    runReadable(polled);
  }
};

Loop::Loop() : state_(std::make_unique<State>()) {
  state_->wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (state_->wake < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Loop::~Loop() { ::close(state_->wake); }

Watch Loop::onReadable(Server& server, Task task) {
  auto* state = server.state_.get();
  return state_->watch(
      {state->socket.handle(), -1, state->monitor.handle(), [state] { state->observe(); }, {}, std::move(task)});
}

Watch Loop::onReadable(Client& client, Task task) {
  auto* state = client.state_.get();
  return state_->watch({state->socket.handle(), -1, state->monitor.handle(), [state] { state->observe(); },
                        [state] { return state->retryAt; }, std::move(task)});
}

Watch Loop::onReadable(int fd, Task task) { return state_->watch({nullptr, fd, nullptr, {}, {}, std::move(task)}); }

Watch Loop::every(std::chrono::milliseconds interval, Task task) {
  const auto held = std::max(interval, std::chrono::milliseconds(1));
  return state_->schedule(std::chrono::steady_clock::now() + held, held, std::move(task));
}

Watch Loop::at(TimePoint due, Task task) {
  return state_->schedule(due, std::chrono::milliseconds(0), std::move(task));
}

Watch Loop::after(std::chrono::milliseconds delay, Task task) {
  return at(std::chrono::steady_clock::now() + delay, std::move(task));
}

void Loop::cancel(Watch watch) {
  if (const auto source = state_->sources.find(watch); source != state_->sources.end()) source->second.cancelled = true;
  if (const auto timer = state_->timers.find(watch); timer != state_->timers.end()) timer->second.cancelled = true;
}

void Loop::post(Task task) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->posted.push_back(std::move(task));
  }
  state_->ring();
}

void Loop::run(const std::stop_token& stop) {
  state_->stopping = false;
  const std::stop_callback wake(stop, [this] { this->stop(); });
  while (!state_->stopping) state_->turn();
}

void Loop::stop() {
  post([this] { state_->stopping = true; });
}

TimePoint Loop::now() const { return state_->now; }

}  // namespace berth::transport

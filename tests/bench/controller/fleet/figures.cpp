// SPDX-License-Identifier: Apache-2.0
//
// What 1,000 hosts with 10,000 nodes cost a controller: memory, processor time of a round of heartbeats, and of a
// rollout that replaces every node. The core and the SQLite store are the real ones, and each message is decoded, is a
// turn of its own, and what it brings about is encoded; sockets and CURVE are not in it. Agents are made up: they do at
// once what they are told, and tell of each phase in a message.
//
//   bench_controller_fleet [NODES] [HOSTS]        one JSON object a line, as tests/bench/run prints them
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <malloc.h>
#include <unistd.h>

#include "controller/server/core.h"
#include "controller/store/sqlite_store.h"
#include "protocol/message/envelope.h"
#include "tests/bench/controller/large_cluster.h"

namespace {

using namespace berth;
using namespace berth::bench;
using namespace std::chrono_literals;
using message::Phase;

constexpr fleet::Timing kTiming{2s, 10s};
/// Of the nodes of a rollout, how many at once.
constexpr std::uint32_t kMaxParallel = 100;
constexpr int kRounds = 5;

[[noreturn]] void die(const std::string& why) {
  std::cerr << "bench_controller_fleet: " << why << "\n";
  std::exit(1);
}

template <class Value>
Value sure(store::Result<Value> result) {
  if (auto* failure = std::get_if<store::Failure>(&result)) die(failure->message);
  return std::get<Value>(std::move(result));
}

double processorSeconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// What is allocated; what the process has besides, from earlier on, is not counted.
double usedMb() {
  const auto heap = mallinfo2();
  return static_cast<double>(heap.uordblks + heap.hblkhd) / (1 << 20);
}

HostName hostNamed(std::uint32_t index) { return *HostName::parse("h" + std::to_string(index)); }

/// One that does at once what it is told.
class Agent {
public:
  void hear(const message::ToAgent& body, Epoch epoch, std::vector<message::FromAgent>& says) {
    epoch_ = epoch;
    if (std::holds_alternative<message::Welcome>(body) || std::holds_alternative<message::ReportFully>(body)) {
      says.emplace_back(status(message::Status::Extent::full));
    }
    if (const auto* manifest = std::get_if<message::Manifest>(&body)) obey(*manifest, says);
  }

  [[nodiscard]] message::Hello hello() const {
    message::Hello hello;
    hello.agentVersion = "made up";
    hello.bootId = "boot";
    hello.capacity = {32, 64_GiB, 1000_GiB};
    hello.epoch = epoch_;
    hello.observed = hello.reached = generation_;
    return hello;
  }
  [[nodiscard]] message::Heartbeat heartbeat() const { return {generation_, generation_, sequence_}; }
  [[nodiscard]] Epoch epoch() const { return epoch_; }

private:
  void obey(const message::Manifest& manifest, std::vector<message::FromAgent>& says) {
    generation_ = std::max(generation_, manifest.generation);
    for (const auto& tombstone : manifest.tombstones) tell(tombstone.instance, Phase::gone, says);
    message::NeedSpecs lacks;
    for (const auto& entry : manifest.entries) {
      if (!instances_.contains(entry.instance.uuid)) lacks.digests.push_back(entry.spec);
    }
    if (!lacks.digests.empty()) says.emplace_back(std::move(lacks));
    for (const auto& entry : manifest.entries) {
      if (instances_.contains(entry.instance.uuid)) continue;
      for (const Phase phase : {Phase::creating, Phase::booting, Phase::ready}) tell(entry.instance, phase, says);
    }
  }

  void tell(const message::InstanceId& instance, Phase phase, std::vector<message::FromAgent>& says) {
    message::InstanceStatus& each = instances_[instance.uuid];
    each.instance = instance;
    each.phase = phase;
    message::Status news = status(message::Status::Extent::delta);
    news.instances = {each};
    says.emplace_back(std::move(news));
    if (phase == Phase::gone) instances_.erase(instance.uuid);
  }

  message::Status status(message::Status::Extent extent) {
    message::Status status;
    status.sequence = sequence_ = sequence_.next();
    status.extent = extent;
    status.observed = status.reached = generation_;
    if (extent == message::Status::Extent::full) {
      for (const auto& [uuid, each] : instances_) status.instances.push_back(each);
    }
    return status;
  }

  Epoch epoch_;
  Generation generation_;
  Sequence sequence_;
  std::map<Uuid, message::InstanceStatus> instances_;
};

class Bench {
public:
  Bench(std::uint32_t nodes, std::uint32_t hosts, const std::filesystem::path& directory)
      : nodes_(nodes), directory_(directory), agents_(hosts) {
    if (auto failure = store::SqliteStore::create(directory, Uuid::derive(Uuid(), "bench"))) die(failure->message);
    store_ = sure(store::SqliteStore::open(directory));
    store::Transaction first;
    for (std::uint32_t i = 0; i < hosts; ++i) {
      store::HostRecord record;
      record.name = hostNamed(i);
      std::array<std::uint8_t, 32> key{};
      key[0] = static_cast<std::uint8_t>(i);
      key[1] = static_cast<std::uint8_t>(i >> 8);
      key[31] = 1;
      record.key = *identity::PublicKey::fromBytes(key);
      first.emplace_back(record);
    }
    if (auto failure = store_->commit(first)) die(failure->message);
  }

  /// A controller that has only its store, and hears from every host.
  void begin() {
    core_.reset();
    core_ = sure(server::Core::begin(*store_, kTiming, moment()));
    for (std::uint32_t i = 0; i < agents_.size(); ++i) say(i, agents_[i].hello());
    settle();
  }
  void end() { core_.reset(); }

  /// Everything by a rollout: every node is made, or made anew.
  void rollOut(const std::string& setting) {
    const auto cluster = *ClusterName::parse("large");
    const auto submission = submissionFor(nodes_, kMaxParallel, setting);
    auto world = std::get<server::World>(server::look(*core_, cluster));
    auto proposed = server::propose(submission, world);
    if (const auto* error = std::get_if<server::Error>(&proposed)) die(error->message);
    const auto applied = server::accept(*core_, submission, std::get<server::Proposal>(std::move(proposed)), world,
                                        *OperatorName::parse("alice"), moment());
    if (!applied.rollout) die("nothing has to change");
    clear();
    const double begun = processorSeconds();
    turn();
    spent_ += processorSeconds() - begun;
    deliver();
    settle();
    const auto rollout = sure(store_->rollout(*applied.rollout));
    if (rollout->state != message::RolloutState::done) die("the rollout is not done: " + rollout->reason);
  }

  void beat() {
    clear();
    now_ += kTiming.heartbeat;
    for (std::uint32_t i = 0; i < agents_.size(); ++i) say(i, agents_[i].heartbeat());
    settle();
  }

  /// Since the last clear().
  [[nodiscard]] double spent() const { return spent_; }
  [[nodiscard]] double onTheWire() const { return wire_; }
  [[nodiscard]] std::size_t messages() const { return messages_; }
  [[nodiscard]] double storeMb() const {
    std::uintmax_t bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator(directory_)) bytes += file.file_size();
    return static_cast<double>(bytes) / (1 << 20);
  }

private:
  struct Letter {
    std::uint32_t host;
    message::Frame frame;
  };

  [[nodiscard]] fleet::Moment moment() const { return {now_, 1'700'000'000'000}; }
  void clear() {
    spent_ = wire_ = 0;
    messages_ = 0;
  }

  void say(std::uint32_t host, message::FromAgent body) {
    const message::Header header{message::kProtocolVersion, agents_[host].epoch(), Sequence(1), 0};
    letters_.push_back({host, message::encode(message::Message<message::FromAgent>{header, std::move(body)})});
  }

  void settle() {
    while (!letters_.empty()) {
      const Letter letter = std::move(letters_.front());
      letters_.pop_front();
      now_ += 1ms;
      const double begun = processorSeconds();
      auto decoded = message::decodeFromAgent(letter.frame);
      ++messages_;
      wire_ += processorSeconds() - begun;
      const auto* message = std::get_if<message::Message<message::FromAgent>>(&decoded);
      if (message == nullptr) die("a message cannot be read");
      core_->hear(hostNamed(letter.host), message->header, message->body, moment());
      turn();
      spent_ += processorSeconds() - begun;
      deliver();
    }
  }

  void turn() {
    if (now_ >= tickAt_) {
      core_->tick(moment());
      tickAt_ = now_ + 500ms;
    }
    auto finished = core_->finish(moment());
    if (const auto* failure = std::get_if<store::Failure>(&finished)) die(failure->message);
    (void)core_->takeNews();
    for (auto& each : std::get<fleet::Outbox>(finished)) {
      if (auto* one = std::get_if<fleet::Send>(&each)) send(one->host, std::move(one->body));
      if (const auto* specs = std::get_if<fleet::SendSpecs>(&each)) {
        message::Specs message;
        for (const Digest& digest : specs->digests) message.encoded.push_back(*sure(store_->spec(digest)));
        send(specs->host, std::move(message));
      }
    }
  }

  void send(const HostName& host, message::ToAgent body) {
    const double begun = processorSeconds();
    const message::Message<message::ToAgent> message{{1, core_->ledger().epoch(), Sequence(1), 0}, std::move(body)};
    bytes_ += message::encode(message).size();
    ++messages_;
    wire_ += processorSeconds() - begun;
    sent_.emplace_back(static_cast<std::uint32_t>(std::atoi(host.str().c_str() + 1)), message.body);
  }

  /// What the controller said reaches the agents, and they answer.
  void deliver() {
    for (const auto& [host, body] : std::exchange(sent_, {})) {
      std::vector<message::FromAgent> says;
      agents_[host].hear(body, core_->ledger().epoch(), says);
      for (auto& each : says) say(host, std::move(each));
    }
  }

  const std::uint32_t nodes_;
  const std::filesystem::path directory_;
  std::unique_ptr<store::SqliteStore> store_;
  std::unique_ptr<server::Core> core_;
  std::vector<Agent> agents_;
  std::deque<Letter> letters_;
  std::vector<std::pair<std::uint32_t, message::ToAgent>> sent_;
  TimePoint now_{1000s};
  TimePoint tickAt_{};
  double spent_ = 0;
  double wire_ = 0;
  std::size_t messages_ = 0;
  std::size_t bytes_ = 0;
};

/// A directory that is gone afterwards.
class Scratch {
public:
  Scratch() : path_((std::filesystem::temp_directory_path() / "berth-bench-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) die("no directory can be made in " + path_);
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] std::filesystem::path path() const { return path_; }

private:
  std::string path_;
};

}  // namespace

int main(int count, char** words) {
  const auto nodes = static_cast<std::uint32_t>(count > 1 ? std::atoi(words[1]) : 10'000);
  const auto hosts = static_cast<std::uint32_t>(count > 2 ? std::atoi(words[2]) : 1'000);
  const std::string size = std::to_string(hosts) + "_hosts_" + std::to_string(nodes) + "_nodes";
  const Scratch scratch;
  Bench bench(nodes, hosts, scratch.path() / "store");
  bench.begin();
  bench.rollOut("first");
  bench.end();

  const double before = usedMb();
  bench.begin();
  print("controller_memory_" + size + "_mb", usedMb() - before, "MB",
        "the files of its store: " + std::to_string(bench.storeMb()) + " MB");

  std::vector<std::pair<double, double>> rounds;
  for (int i = 0; i < kRounds; ++i) {
    bench.beat();
    rounds.emplace_back(bench.spent(), bench.onTheWire());
  }
  std::ranges::sort(rounds);
  const auto& [spent, wire] = rounds[rounds.size() / 2];
  print("controller_heartbeat_round_" + size + "_cpu_ms", spent * 1000, "ms",
        "decoding and encoding its messages alone: " + std::to_string(wire * 1000) + " ms");

  bench.rollOut("second");
  print("controller_rollout_" + size + "_cpu_s", bench.spent(), "s",
        "decoding and encoding its " + std::to_string(bench.messages()) +
            " messages alone: " + std::to_string(bench.onTheWire()) + " s");
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/controller_shell.h"

#include <utility>

namespace berth::simulation {
namespace {

using namespace std::chrono_literals;

/// What comes within this is one turn.
constexpr auto kTurn = 5ms;
constexpr std::size_t kBatch = 256;
/// A controller that has nothing to commit for so long is killed all the same.
constexpr auto kPatience = 5s;

}  // namespace

ControllerShell::ControllerShell(Parts parts, store::MemoryStore& disk, const Dice& dice)
    : parts_(std::move(parts)), disk_(disk), dice_(dice) {}

fleet::Moment ControllerShell::moment() const {
  return {parts_.agenda.now(), 1'700'000'000'000 + parts_.agenda.elapsed().count()};
}

void ControllerShell::say(const std::string& what) {
  if (parts_.timeline != nullptr) parts_.timeline->say(parts_.agenda.elapsed(), "controller", what);
}

ControllerShell::Process* ControllerShell::processOf(std::uint64_t life) {
  if (true_.core && true_.life == life) return &true_;
  return twin_.core && twin_.life == life ? &twin_ : nullptr;
}

// ---- life and death -------------------------------------------------------------------------------------------------

void ControllerShell::start() {
  if (lives()) return;
  ++starts_;
  true_ = {};
  true_.life = ++life_;
  const auto believesDown = [this](const store::TombstoneRecord& tombstone) {
    if (!lives()) return false;
    const auto standing = true_.core->fleet().standing(tombstone);
    return standing.known && !standing.isReady();
  };
  true_.store = std::make_unique<SimulatedStore>(
      disk_, parts_.plant,
      [this, believesDown](const store::Transaction& writes) { parts_.truth.committed(writes, believesDown); });
  auto begun = server::Core::begin(*true_.store, parts_.timing, moment(),
                                   parts_.plant == Plant::ignoreBudget ? std::nullopt : parts_.budget);
  true_.core = std::move(std::get<std::unique_ptr<server::Core>>(begun));
  true_.core->setLockServer(spec::LockServer{"http://controller.example:7403", "key"});
  diesWhileSending_ = false;
  startedAt_ = parts_.agenda.now();
  say("starts, epoch " + std::to_string(true_.core->ledger().epoch().value()));
  parts_.truth.began(*true_.core);
  parts_.listens(life_);
  tick(life_);
}

void ControllerShell::kill() {
  if (!lives()) return;
  say("is killed");
  true_.store->crash();
  true_ = {};
  diesWhileSending_ = false;
  parts_.listens(0);
}

void ControllerShell::startAfter(std::chrono::milliseconds delay) {
  parts_.agenda.after(delay, [this, starts = starts_] {
    if (starts == starts_) start();
  });
}

void ControllerShell::suffer(const Happening& happening) {
  if (happening.kind == Kind::storeFull) {
    ++storeFull_;
    disk_.failWith(store::Failure{store::Failure::Kind::full, "no space left on device", ""});
    return parts_.agenda.after(happening.lasts, [this] {
      if (storeFull_ > 0 && --storeFull_ == 0) disk_.failWith(std::nullopt);
    });
  }
  if (!lives()) return;
  downtime_ = happening.lasts;
  if (happening.kind == Kind::killBeforeCommit) true_.store->dieAt(SimulatedStore::Death::beforeCommit);
  if (happening.kind == Kind::killAfterCommit) true_.store->dieAt(SimulatedStore::Death::afterCommit);
  if (happening.kind == Kind::killWhileSending) diesWhileSending_ = true;
  parts_.agenda.after(kPatience, [this, life = life_] {
    if (!lives() || life != life_) return;
    kill();
    startAfter(downtime_);
  });
}

void ControllerShell::split(std::chrono::milliseconds lasts) {
  if (!lives() || true_.core->broken()) return;
  twin_ = std::exchange(true_, {});
  twin_.store->detach();
  twin_.turns = false;
  diesWhileSending_ = false;
  say("goes on as a twin over a copy of its store");
  parts_.listens(0);
  startAfter(200ms);
  parts_.agenda.after(lasts, [this, life = twin_.life] {
    if (twin_.life != life) return;
    twin_ = {};
    say("the twin is gone");
  });
}

void ControllerShell::heal() {
  storeFull_ = 0;
  disk_.failWith(std::nullopt);
  twin_ = {};
  diesWhileSending_ = false;
  if (lives()) {
    true_.store->dieAt(SimulatedStore::Death::none);
    ++starts_;
    return;
  }
  start();
}

// ---- turns ----------------------------------------------------------------------------------------------------------

void ControllerShell::hear(Letter letter) {
  for (Process* process : {&true_, &twin_}) {
    if (!process->core) continue;
    process->letters.push_back(letter);
    turnSoon(*process);
  }
}

void ControllerShell::ask(Errand errand) {
  if (!lives()) return;
  true_.errands.push_back(std::move(errand));
  turnSoon(true_);
}

void ControllerShell::askTwin(Errand errand) {
  if (!twin_.core) return;
  twin_.errands.push_back(std::move(errand));
  turnSoon(twin_);
}

void ControllerShell::tick(std::uint64_t life) {
  Process* process = processOf(life);
  if (process == nullptr) return;
  process->core->tick(moment());
  turn(*process);
  const auto every = std::max<std::chrono::milliseconds>(parts_.timing.heartbeat / 4, 50ms);
  parts_.agenda.after(every, [this, life] { tick(life); });
}

void ControllerShell::turnSoon(Process& process) {
  if (std::exchange(process.turns, true)) return;
  parts_.agenda.after(kTurn, [this, life = process.life] {
    Process* found = processOf(life);
    if (found == nullptr) return;
    found->turns = false;
    turn(*found);
    found = processOf(life);
    if (found != nullptr && !found->letters.empty()) turnSoon(*found);
  });
}

void ControllerShell::turn(Process& process) {
  auto& core = *process.core;
  for (std::size_t i = 0; i < kBatch && !process.letters.empty(); ++i) {
    const Letter letter = std::move(process.letters.front());
    process.letters.pop_front();
    process.routes[letter.host] = letter.connection;
    core.hear(hostNamed(letter.host), letter.message.header, letter.message.body, moment());
  }
  std::vector<std::function<void()>> answers;
  for (auto& errand : std::exchange(process.errands, {})) {
    // Nothing may be changed while the store cannot be written, and the operator is told so.
    if (core.broken() || !errand.decide(core, moment())) continue;
    if (parts_.plant == Plant::ackBeforeWrite && &process == &true_) errand.acknowledged();
    answers.push_back(std::move(errand.acknowledged));
  }
  if (parts_.plant == Plant::deleteMovedEarly) {
    const auto moved = core.ledger().moved();
    for (const auto& key : moved) core.ledger().condemn(store::VolumeRecord(core.ledger().volumes().at(key)));
  }
  const bool wasBroken = core.broken().has_value();
  auto finished = core.finish(moment());
  if (process.store->died()) {
    kill();
    return startAfter(downtime_);
  }
  for (const auto& event : core.takeNews())
    if (&process == &true_) say(event.subject + ": " + event.message);
  if (const auto* outbox = std::get_if<fleet::Outbox>(&finished)) {
    const auto life = process.life;
    tell(process, *outbox);
    if (processOf(life) == nullptr) return;
    if (&process == &true_)
      for (const auto& answer : answers) answer();
    return;
  }
  tell(process, core.takeSigns());
  if (&process != &true_ || wasBroken || !lives()) return;
  say("cannot write to its store");
  parts_.truth.began(core);
}

void ControllerShell::tell(Process& process, const fleet::Outbox& outbox) {
  const bool dies = diesWhileSending_ && &process == &true_ && !outbox.empty();
  const auto last = dies ? dice_.below(outbox.size() + 1) : outbox.size();
  for (std::size_t i = 0; i < last; ++i) {
    if (const auto* one = std::get_if<fleet::Send>(&outbox[i])) send(process, one->host, one->body);
    if (const auto* specs = std::get_if<fleet::SendSpecs>(&outbox[i])) sendSpecs(process, *specs);
  }
  if (!dies) return;
  kill();
  startAfter(downtime_);
}

/// As a planted bug has it.
message::Manifest ControllerShell::bent(const Process& process, const HostName& host,
                                        message::Manifest manifest) const {
  if (parts_.plant == Plant::skipTombstone) manifest.tombstones.clear();
  if (parts_.plant == Plant::startBeforeGone) {
    const auto& ledger = process.core->ledger();
    manifest.entries.clear();
    for (const NodeName& node : ledger.nodesOn(host))
      manifest.entries.push_back({ledger.node(node)->id(), ledger.node(node)->spec});
  }
  return manifest;
}

void ControllerShell::send(Process& process, const HostName& host, message::ToAgent body) {
  const auto index = indexOf(host);
  const auto route = process.routes.find(index);
  if (route == process.routes.end()) return;
  if (auto* manifest = std::get_if<message::Manifest>(&body)) {
    *manifest = bent(process, host, std::move(*manifest));
    if (&process == &true_)
      parts_.truth.sent(index, *manifest);
    else
      parts_.truth.sentByTwin(index, *manifest);
  }
  process.sequence = process.sequence.next();
  const message::Header header{message::kProtocolVersion, process.core->ledger().epoch(), process.sequence, 0};
  parts_.send(index, route->second, process.life, {header, std::move(body)});
}

void ControllerShell::sendSpecs(Process& process, const fleet::SendSpecs& specs) {
  message::Specs message;
  for (const Digest& digest : specs.digests) {
    auto read = std::get<std::optional<std::string>>(process.store->spec(digest));
    if (read) message.encoded.push_back(*std::move(read));
  }
  if (!message.encoded.empty()) send(process, specs.host, std::move(message));
}

}  // namespace berth::simulation

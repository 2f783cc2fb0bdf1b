// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/world.h"

#include <algorithm>

namespace berth::simulation {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr fleet::Timing kTiming{2s, 10s};
/// How often the controller looks whether a rollout wants to go back.
constexpr auto kRevertCheck = 500ms;
/// Between the end of all faults and the last wish of the operators: every host is heard again.
constexpr auto kCalm = 40s;
/// How long one batch of a rollout may take in good weather: shut down, fetch, make, boot, be watched.
constexpr auto kBatchTime = 75s;
/// How long everything else may take: back-offs, deadlines of what went wrong in the storm.
constexpr auto kSettleTime = 8min;
constexpr auto kRestCheck = 5s;

const Uuid kFleet = Uuid::derive(Uuid(), "a simulated fleet");

store::HostRecord recordOf(std::uint32_t index) {
  store::HostRecord record;
  record.name = hostNamed(index);
  std::array<std::uint8_t, 32> key{};
  key[0] = static_cast<std::uint8_t>(index);
  key[1] = static_cast<std::uint8_t>(index >> 8);
  key[31] = 1;
  record.key = *identity::PublicKey::fromBytes(key);
  return record;
}

/// Every third fleet has one, a fifteenth of its nodes.
std::optional<rollout::Budget> budgetOf(const Scenario& scenario) {
  if (scenario.seed % 3 != 0) return std::nullopt;
  return rollout::Budget{rollout::Budget::Of::count, std::max<std::uint32_t>(scenario.size.nodes / 15, 1)};
}

}  // namespace

World::World(Scenario scenario, Plant plant, Timeline* timeline)
    : scenario_(std::move(scenario)),
      timeline_(timeline),
      dice_(scenario_.seed ^ 0x5eedu),
      network_(agenda_, scenario_.size.hosts, dice_.branch(1)),
      truth_(agenda_, scenario_.size.hosts, [this](std::uint32_t host) { return reportsSince(host); }),
      ground_{agenda_, network_, truth_, timeline, plant, 0, {}, {}},
      disk_(kFleet),
      heard_(scenario_.size.hosts) {
  ground_.say = [this](auto host, auto connection, auto message) { fromHost(host, connection, std::move(message)); };
  ground_.peer = [this](std::uint32_t host) -> const AgentModel& { return hosts_[host]->model(); };
  store::Transaction first;
  for (std::uint32_t i = 0; i < scenario_.size.hosts; ++i) first.emplace_back(recordOf(i));
  (void)disk_.commit(first);
  const auto budget = budgetOf(scenario_);
  if (budget) truth_.bound(budget->amount);
  ControllerShell::Parts parts{agenda_, truth_, timeline, plant, kTiming, budget, {}, {}};
  parts.send = [this](auto host, auto connection, auto life, auto message) {
    toHost(host, connection, life, std::move(message));
  };
  parts.listens = [this](std::uint64_t life) { ground_.controller = life; };
  controller_ = std::make_unique<ControllerShell>(std::move(parts), disk_, dice_.branch(2));
  operators_ =
      std::make_unique<Operators>(*controller_, truth_, timeline, agenda_, plant, scenario_.size, dice_.branch(3));
  updaters_ = std::make_unique<Updaters>(*controller_, ground_, hosts_, dice_.branch(5));
  // Twice what is needed, unevenly.
  const auto perHost = scenario_.size.nodes / scenario_.size.hosts + 1;
  const Dice hostDice = dice_.branch(4);
  for (std::uint32_t i = 0; i < scenario_.size.hosts; ++i) {
    Dice dice = hostDice.branch(i);
    const auto room = static_cast<std::uint32_t>(perHost * 2 + 2 + dice.below(perHost + 2));
    // Volumes stay where they are, whatever becomes of their nodes: with them nobody could say how much will do.
    const auto rootDisks = perHost + 1 + dice.below(perHost + 2);
    const Bytes disk = operators_->areFrugal() ? Bytes((rootDisks * kRootDiskGiB) << 30) : 100'000_GiB;
    message::Capacity capacity{room, Bytes((std::uint64_t{room} * 2) << 30), disk};
    // Some have a pool for their volumes; there only root disks take of the disk, two for each place of a node.
    if (!operators_->areFrugal() && dice.branch(2).chance(400))
      capacity = {room, capacity.memory, Bytes((std::uint64_t{room} * 2 * kRootDiskGiB) << 30), 100'000_GiB};
    hosts_.push_back(std::make_unique<Host>(i, capacity, ground_, dice.branch(1)));
  }
}

Outcome World::run() {
  controller_->start();
  for (auto& host : hosts_) host->begin();
  agenda_.after(4s, [this] { operators_->begin(); });
  agenda_.after(kRevertCheck, [this] { mindReverts(); });
  updaters_->begin();
  for (const auto& happening : scenario_.happenings)
    agenda_.after(happening.at, [this, &happening] { happen(happening); });
  agenda_.after(scenario_.storm, [this] { endStorm(); });
  while (!truth_.violation() && !rests_ && agenda_.step()) {
  }

  Outcome outcome;
  outcome.violation = truth_.violation();
  outcome.events = agenda_.done();
  outcome.messages = messages_;
  outcome.transactions = truth_.transactions();
  outcome.applies = operators_->accepted();
  outcome.simulated = agenda_.elapsed();
  note(agenda_.done());
  outcome.print = print_;
  if (const auto last = std::get<store::Snapshot>(disk_.load()).lastRollout; true) outcome.rollouts = last.value();
  if (outcome.violation && timeline_ != nullptr) {
    timeline_->say(outcome.violation->at, outcome.violation->invariant, outcome.violation->what);
    describe();
  }
  return outcome;
}

// ---- the wires ------------------------------------------------------------------------------------------------------

void World::fromHost(std::uint32_t host, std::uint64_t connection, message::Message<message::FromAgent> message) {
  ++messages_;
  note(host * 8 + message.body.index());
  Letter letter{host, connection, std::move(message)};
  network_.carry(Towards::controller, host, [this, letter = std::move(letter)] { controller_->hear(letter); });
}

void World::toHost(std::uint32_t host, std::uint64_t connection, std::uint64_t life,
                   message::Message<message::ToAgent> message) {
  ++messages_;
  note(host * 8 + message.body.index() + 1'000'000);
  network_.carry(Towards::host, host, [this, host, connection, life, message = std::move(message)] {
    // A twin that reaches hosts before the true one does is nothing that an agent could see through: the store has to
    // keep two from having the lead. What it must see through is the one that it knows to be overtaken.
    const bool isTrue = life == controller_->life();
    if (!isTrue && heard_[host] <= life) return;
    hosts_[host]->hear(connection, message);
    // What came over a connection that is no more, or before the welcome, taught it nothing.
    if (isTrue && hosts_[host]->knows(message.header.epoch)) heard_[host] = life;
  });
}

// ---- what happens ---------------------------------------------------------------------------------------------------

void World::cutFor(std::uint32_t host, Towards towards, milliseconds lasts) {
  network_.cut(towards, host);
  agenda_.after(lasts, [this, host, towards] { network_.mend(towards, host); });
}

void World::cutMany(const Happening& happening) {
  Dice dice(happening.dice);
  const auto permille = 200 + dice.below(800);
  for (std::uint32_t i = 0; i < scenario_.size.hosts; ++i) {
    if (!dice.chance(permille)) continue;
    // One after the other, and not back in the same order.
    agenda_.after(dice.between(0s, 3s), [this, i, lasts = happening.lasts + dice.between(0s, 10s)] {
      if (!stormy_) return;
      cutFor(i, Towards::host, lasts);
      cutFor(i, Towards::controller, lasts);
    });
  }
}

void World::mindReverts() {
  operators_->revert();
  operators_->heal();
  operators_->tidy();
  agenda_.after(kRevertCheck, [this] { mindReverts(); });
}

void World::happen(const Happening& happening) {
  if (timeline_ != nullptr) timeline_->say(agenda_.elapsed(), "chance", simulation::describe(happening));
  const auto host = happening.host;
  switch (happening.kind) {
    case Kind::lost:
    case Kind::cut:
      cutFor(host, Towards::host, happening.lasts);
      return cutFor(host, Towards::controller, happening.lasts);
    case Kind::cutTowardsHost: return cutFor(host, Towards::host, happening.lasts);
    case Kind::cutTowardsController: return cutFor(host, Towards::controller, happening.lasts);
    case Kind::cutMany: return cutMany(happening);
    case Kind::lossy:
      network_.disturb(host);
      return agenda_.after(happening.lasts, [this, host] { network_.calm(host); });
    case Kind::osRelease: return updaters_->release(happening.dice);
    case Kind::twin:
      controller_->split(happening.lasts);
      return agenda_.after(happening.lasts / 2, [this, dice = happening.dice] { operators_->mislead(dice); });
    default: break;
  }
  switch (rowOf(happening.kind).of) {
    case KindRow::Of::host: return hosts_[host]->suffer(happening);
    case KindRow::Of::controller: return controller_->suffer(happening);
    case KindRow::Of::operators: return operators_->act(happening);
  }
}

std::optional<TimePoint> World::reportsSince(std::uint32_t host) const {
  const auto well = hosts_[host]->wellSince();
  const auto clear = network_.clearSince(host);
  if (!well || !clear || controller_->life() == 0) return std::nullopt;
  return std::max({*well, *clear, controller_->startedAt()});
}

// ---- afterwards -----------------------------------------------------------------------------------------------------

void World::endStorm() {
  stormy_ = false;
  if (timeline_ != nullptr) timeline_->say(agenda_.elapsed(), "chance", "all faults end");
  network_.heal();
  controller_->heal();
  for (auto& host : hosts_) host->heal();
  updaters_->settle();
  agenda_.after(kCalm, [this] {
    operators_->settle();
    const auto chain = static_cast<int>(operators_->longestChain(budgetOf(scenario_)));
    const auto deadline = agenda_.now() + kSettleTime + chain * kBatchTime;
    agenda_.after(kRestCheck, [this, deadline] { watchRest(deadline); });
  });
}

void World::watchRest(TimePoint deadline) {
  const auto why = unrest();
  rests_ = why.empty();
  if (rests_) {
    if (auto* core = controller_->core()) truth_.began(*core);
    return;
  }
  if (agenda_.now() >= deadline) return truth_.violate("I6", "the fleet does not come to rest: " + why);
  operators_->thaw();
  if (!operators_->isSettled()) operators_->settle();
  agenda_.after(kRestCheck, [this, deadline] { watchRest(deadline); });
}

std::string World::unrest() {
  auto* core = controller_->core();
  if (core == nullptr || core->broken()) return "the controller does not work";
  if (!operators_->isSettled()) return "what the operators want last is not accepted";
  if (!core->ledger().tombstones().empty()) return "instances wait for their removal";
  for (const auto& key : core->ledger().moved()) {
    // Of a node that is gone both stay, until somebody names them.
    if (core->ledger().node(key.node) != nullptr)
      return "what volume " + key.volume.str() + " of " + key.node.str() + " left behind is not deleted";
  }
  for (const auto& [key, volume] : core->ledger().volumes())
    if (volume.incoming) return "volume " + key.volume.str() + " of " + key.node.str() + " has not come";
  if (!core->ledger().locks().empty())
    return core->ledger().locks().begin()->first.str() + " may still reboot into a new release";
  if (!core->rollouts().toRevert().empty()) return "a rollout that failed waits for its way back";
  std::size_t nodes = 0;
  for (const auto& wish : operators_->wishes()) {
    const auto* record = core->ledger().cluster(wish.name);
    if (const auto* running = core->rollouts().running(wish.name))
      return "rollout " + std::to_string(running->id.value()) +
             " is running: " + core->rollouts().waitingFor(running->id);
    if (record == nullptr) continue;
    for (const auto& pool : wish.pools) nodes += pool.count;
  }
  if (core->ledger().nodes().size() != nodes)
    return "there are " + std::to_string(core->ledger().nodes().size()) + " nodes, and operators want " +
           std::to_string(nodes);
  for (std::uint32_t i = 0; i < hosts_.size(); ++i)
    if (auto why = unrestOf(i); !why.empty()) return hostNamed(i).str() + " " + why;
  return "";
}

/// I9: exactly what should be there is there.
std::string World::unrestOf(std::uint32_t host) {
  const auto& model = hosts_[host]->model();
  const auto manifest = controller_->core()->ledger().manifest(hostNamed(host));
  if (!controller_->core()->fleet().isDriven(hostNamed(host))) return "is not driven";
  if (manifest.entries.size() != model.guests.size()) return "has more or fewer domains than it should";
  if (model.files.size() != model.guests.size()) return "has files left over";
  if (!model.arriving.empty()) return "has a volume left over that came half way";
  if (!model.retired.empty()) return "has a root disk left over that was kept";
  if (const auto left = model.configLeft(); !left.empty()) return "has the Ignition config of " + left + " left over";
  for (const auto& entry : manifest.entries) {
    const auto guest = model.guests.find(entry.instance.uuid);
    if (guest == model.guests.end()) return "lacks " + entry.instance.node.str();
    const bool isUp =
        guest->second.domain.power == hypervisor::Power::running && guest->second.saidAt != TimePoint::min();
    if (!isUp) return "has " + entry.instance.node.str() + ", and it is not up";
    if (guest->second.domain.mark.spec != entry.spec) return "has " + entry.instance.node.str() + " as it was";
    const auto* node = controller_->core()->ledger().node(entry.instance.node);
    if (node == nullptr || !controller_->core()->fleet().standing(*node).isReady())
      return "has " + entry.instance.node.str() + " up, and the controller does not know";
  }
  return "";
}

void World::describe() {
  const auto tell = [&](const std::string& who, const std::string& what) {
    timeline_->say(agenda_.elapsed(), who, what);
  };
  for (const auto& host : hosts_)
    if (hosts_.size() <= 60 || !unrestOf(indexOf(host->name())).empty()) tell("in the end", host->describe());
  const auto* core = controller_->core();
  if (core == nullptr) return tell("in the end", "there is no controller");
  for (const auto& [uuid, tombstone] : core->ledger().tombstones())
    tell("in the end",
         "to be removed: " + tombstone.was.name.str() + " " + uuid.str() + " on " + tombstone.host().str());
  for (const auto& wish : operators_->wishes())
    if (const auto* running = core->rollouts().running(wish.name))
      tell("in the end", "rollout " + std::to_string(running->id.value()) + " of " + wish.name.str() + ": " +
                             core->rollouts().waitingFor(running->id));
}

}  // namespace berth::simulation

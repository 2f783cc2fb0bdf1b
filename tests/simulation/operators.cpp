// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/operators.h"

#include <algorithm>
#include <array>
#include <memory>

#include "controller/server/draining.h"
#include "controller/server/relocation.h"
#include "controller/server/revisions.h"
#include "controller/server/volume_orders.h"

namespace berth::simulation {
namespace {

const OperatorName kPerson = *OperatorName::parse("alice");

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string textOf(const PoolWish& pool) {
  std::string text = "  " + pool.name + ":\n    count: " + number(pool.count) +
                     "\n    resources: { vcpus: " + number(pool.vcpus) + ", memory: " + number(pool.memoryMiB) +
                     "MiB, disk: " + number(kRootDiskGiB) + "GiB }\n    butane: [" + pool.name + ".bu]\n";
  if (pool.quorum) text += "    quorum: true\n";
  if (pool.takesLeave) text += "    before_stop: [{ http: \"http://127.0.0.1/drain\", deadline: 20s }]\n";
  if (pool.drift != "heal") text += "    drift: " + pool.drift + "\n";
  if (pool.maxSurge != 0 && !pool.quorum && pool.volume == 0) text += "    max_surge: " + number(pool.maxSurge) + "\n";
  if (pool.lossGrace != 0 && pool.volume == 0)
    text += "    on_host_loss: replace\n    host_loss_grace: " + number(pool.lossGrace) + "s\n";
  if (pool.volume != 0)
    text += "    volumes:\n      data: { size: " + number(pool.volume) + "GiB, mount: /var/lib/data }\n";
  return text;
}

std::string butaneOf(const PoolWish& pool) {
  return "variant: fcos\nversion: 1.4.0\nstorage:\n  files:\n    - path: /etc/flavour\n      contents: { inline: "
         "flavour-" +
         number(pool.flavour) + " }\n    - path: /etc/fate\n      contents: { inline: " + pool.fate + " }\n";
}

PoolWish& any(ClusterWish& wish, Dice& dice) { return wish.pools[dice.below(wish.pools.size())]; }

// ---- the deeds: what becomes of a wish; false when there is nothing to do

bool changeMachines(ClusterWish& wish, Dice& dice) {
  ++any(wish, dice).flavour;
  if (dice.chance(300)) ++wish.pools.front().flavour;
  for (auto& pool : wish.pools) pool.fate = "fate-well";
  return true;
}

bool breakMachines(ClusterWish& wish, Dice& dice) {
  static const char* const fates[] = {"fate-mute", "fate-ignition", "fate-crashes"};
  any(wish, dice).fate = fates[dice.below(3)];
  return true;
}

bool waver(ClusterWish& wish, Dice& dice) {
  return dice.chance(600) ? breakMachines(wish, dice) : changeMachines(wish, dice);
}

bool scale(ClusterWish& wish, Dice& dice) {
  PoolWish& pool = any(wish, dice);
  // Sometimes far more than there is room for.
  pool.count = static_cast<std::uint32_t>(dice.below(dice.chance(250) ? pool.usual * 8 + 8 : pool.usual * 2 + 2));
  return true;
}

bool resize(ClusterWish& wish, Dice& dice) {
  PoolWish& pool = any(wish, dice);
  pool.memoryMiB = 2048 + 512 * static_cast<std::uint32_t>(dice.below(5));
  if (dice.chance(300)) pool.vcpus = 1 + static_cast<std::uint32_t>(dice.below(2));
  return true;
}

bool growVolumes(ClusterWish& wish, Dice& dice) {
  PoolWish& pool = any(wish, dice);
  pool.volume += 1 + static_cast<std::uint32_t>(dice.below(4));
  return true;
}

bool changeNothing(ClusterWish&, Dice&) { return true; }

}  // namespace

const std::vector<Operators::Deed>& Operators::deeds() {
  static const std::vector<Deed> table{
      {Kind::apply, changeMachines},
      {Kind::applyBad, breakMachines},
      {Kind::changeOfMind, waver},
      {Kind::scale, scale},
      {Kind::resize, resize},
      {Kind::growVolumes, growVolumes},
      {Kind::replaceOne, changeNothing},
      {Kind::destroy, changeNothing},
      {Kind::applyAgain, changeNothing},
      {Kind::steer, changeNothing},
      {Kind::drain, changeNothing},
      {Kind::open, changeNothing},
      {Kind::power, changeNothing},
      {Kind::deleteOrphans, changeNothing},
      {Kind::moveVolumes, changeNothing},
  };
  return table;
}

message::Submission submissionOf(const ClusterWish& wish) {
  message::Submission files;
  files.specPath = "cluster.yaml";
  std::string text = "cluster: " + wish.name.str() +
                     "\nimage: { file: /images/a.qcow2 }\nos_updates: { strategy: fleet_lock }\n"
                     "network: { bridge: br0, dhcp: true }\nupdate: { max_parallel: " +
                     number(wish.maxParallel) + ", min_healthy_time: " + number(wish.minHealthySeconds) +
                     "s, healthy_deadline: " + number(wish.healthyDeadlineSeconds) +
                     "s, canary: " + number(wish.canary) + (wish.autoPromote ? ", auto_promote: true" : "") +
                     (wish.autoRevert ? ", auto_revert: true" : "") +
                     (wish.keepOldDisk ? "" : ", keep_old_disk: false") + " }\npools:\n";
  for (const auto& pool : wish.pools) {
    text += textOf(pool);
    files.files[pool.name + ".bu"].bytes = butaneOf(pool);
  }
  files.files["cluster.yaml"].bytes = text;
  files.image.source = "https://images.example/a.qcow2";
  files.image.contentDigest = Digest::of("an image");
  return files;
}

Operators::Operators(ControllerShell& controller, Truth& truth, Timeline* timeline, Agenda& agenda, Plant plant,
                     Size size, const Dice& dice)
    : controller_(controller),
      truth_(truth),
      timeline_(timeline),
      agenda_(agenda),
      plant_(plant),
      dice_(dice),
      frugal_(dice.branch(1).chance(300)),
      tidies_(plant == Plant::deleteMovedByName) {
  const auto clusters = std::clamp<std::uint32_t>(size.nodes / 60, 1 + static_cast<std::uint32_t>(dice_.below(2)), 12);
  for (std::uint32_t i = 0; i < clusters; ++i) {
    ClusterWish& wish = wishes_.emplace_back();
    wish.name = ClusterName::parse("c" + number(i)).value();
    const auto nodes = size.nodes / clusters;
    const auto servers = std::min<std::uint32_t>(nodes, 3 + 2 * static_cast<std::uint32_t>(dice_.below(2)));
    const auto batch = std::max<std::uint32_t>(1, nodes / 8);
    wish.maxParallel = dice_.chance(300) && nodes < 40 ? 1 : 1 + static_cast<std::uint32_t>(dice_.below(batch));
    wish.maxParallel = std::max(wish.maxParallel, nodes / 20);
    wish.minHealthySeconds = static_cast<std::uint32_t>(dice_.below(5));
    wish.healthyDeadlineSeconds = 60 + static_cast<std::uint32_t>(dice_.below(60));
    wish.canary = dice_.chance(300) ? 1 + static_cast<std::uint32_t>(dice_.below(2)) : 0;
    wish.autoPromote = dice_.chance(600);
    wish.autoRevert = dice_.chance(500);
    wish.keepOldDisk = dice_.chance(900);
    wish.pools.push_back({"server", servers, servers, 1, 2048, 0, dice_.chance(700), 0, "heal"});
    if (dice_.chance(600) && !frugal_) wish.pools.front().volume = 1 + static_cast<std::uint32_t>(dice_.below(20));
    if (nodes > servers)
      wish.pools.push_back({"client", nodes - servers, nodes - servers, 1, 2048, 0, false, 0, "heal"});
    for (PoolWish& pool : wish.pools) {
      pool.takesLeave = dice_.chance(300);
      if (dice_.chance(500)) pool.lossGrace = 180 + static_cast<std::uint32_t>(dice_.below(120));
      if (dice_.chance(300)) pool.drift = dice_.chance(600) ? "alert" : "freeze";
      if (dice_.chance(500)) pool.maxSurge = 1 + static_cast<std::uint32_t>(dice_.below(wish.maxParallel + 1));
    }
  }
}

std::size_t Operators::longestChain(const std::optional<rollout::Budget>& budget) const {
  std::size_t longest = 0;
  std::size_t all = 0;
  for (const auto& wish : wishes_) {
    std::size_t nodes = 0;
    // Nodes that are to go have to go, too.
    for (const auto& pool : wish.pools) nodes += 3 * std::max(pool.count, pool.usual) + 2 * pool.maxSurge;
    longest = std::max(longest, nodes / wish.maxParallel + 1);
    all += nodes;
  }
  // Under a budget clusters wait for each other.
  return budget ? std::max(longest, all / budget->amount + wishes_.size()) : longest;
}

void Operators::say(const std::string& what) {
  if (timeline_ != nullptr) timeline_->say(agenda_.elapsed(), "alice", what);
}

void Operators::begin() {
  for (const auto& wish : wishes_) apply(wish, {}, To::controller);
}

void Operators::act(const Happening& happening) {
  Dice dice(happening.dice);
  ClusterWish& wish = wishes_[dice.below(wishes_.size())];
  if (happening.kind == Kind::growVolumes && frugal_) return;
  const auto before = wish.pools;
  const auto deed = std::ranges::find(deeds(), happening.kind, &Deed::kind);
  if (deed == deeds().end() || !deed->change(wish, dice)) return;
  say(std::string(rowOf(happening.kind).name) + ": " + wish.name.str());
  if (happening.kind == Kind::destroy) return destroy(wish.name);
  if (happening.kind == Kind::steer) return steer(wish.name, dice);
  if (happening.kind == Kind::power) {
    // A few are stopped, and whoever was stopped before is started.
    return setPower([seed = dice.next()](const store::NodeRecord& node) {
      const bool isChosen = (seed ^ node.instance.bytes()[0]) % 8 == 0;
      return isChosen && node.power == message::Power::on ? message::Power::off : message::Power::on;
    });
  }
  if (happening.kind == Kind::deleteOrphans) {
    tidies_ = true;
    return deleteOrphans();
  }
  if (happening.kind == Kind::open) return openAll();
  if (happening.kind == Kind::drain) return drain(hostNamed(happening.host), dice);
  // By hand: the host says that it is to be emptied, and this plan alone lets volumes follow.
  if (happening.kind == Kind::moveVolumes) drain(hostNamed(happening.host), dice);
  message::PlanOptions options;
  if (happening.kind == Kind::moveVolumes) options.volumes = message::PlanOptions::Volumes::move;
  if (happening.kind == Kind::replaceOne) {
    const PoolWish& pool = any(wish, dice);
    if (pool.count == 0) return;
    const auto node = NodeName::parse(wish.name.str() + "-" + pool.name + "-" + number(dice.below(pool.count))).value();
    (dice.chance(500) ? options.replace : options.restart) = {node};
  }
  apply(wish, options, To::controller);
  if (happening.kind != Kind::changeOfMind) return;
  agenda_.after(happening.lasts, [this, name = wish.name, before] { takeBack(name, before); });
}

void Operators::takeBack(const ClusterName& name, const std::vector<PoolWish>& before) {
  if (settling_) return;
  ClusterWish& wish = *std::ranges::find(wishes_, name, &ClusterWish::name);
  for (std::size_t at = 0; at < wish.pools.size(); ++at) {
    wish.pools[at].flavour = before[at].flavour;
    wish.pools[at].fate = before[at].fate;
  }
  say("takes back what " + name.str() + " was to become");
  apply(wish, {}, To::controller);
}

void Operators::mislead(std::uint64_t chosen) {
  Dice dice(chosen);
  ClusterWish wish = wishes_[dice.below(wishes_.size())];
  wish.pools.back().flavour += 1000;
  if (dice.chance(500)) wish.pools.back().count /= 2;
  apply(std::move(wish), {}, To::twin);
}

void Operators::settle() {
  if (!std::exchange(settling_, true)) {
    for (auto& wish : wishes_) {
      unsettled_.insert(wish.name);
      // Nobody is there any more to promote anything.
      wish.canary = 0;
      wish.autoRevert = false;
      for (auto& pool : wish.pools) {
        pool.count = std::min(pool.count, pool.usual);
        pool.vcpus = 1;
        pool.memoryMiB = 2048;
        pool.fate = "fate-well";
        pool.drift = "heal";
        // One that no node ever had, so that all of them are made anew: what is taken back may have been lost on its
        // way.
        pool.flavour += 1'000'000;
      }
    }
  }
  auto* core = controller_.core();
  if (core == nullptr) return;
  openAll();
  setPower([](const store::NodeRecord&) { return message::Power::on; });
  for (const auto& wish : wishes_) {
    const auto* record = core->ledger().cluster(wish.name);
    const bool isGone = record == nullptr || record->state == store::ClusterState::destroying;
    if (isGone) unsettled_.erase(wish.name);
    if (unsettled_.contains(wish.name) && !thawing_.contains(wish.name))
      apply(wish, {}, To::controller, [this, name = wish.name] { unsettled_.erase(name); });
  }
}

void Operators::thaw() {
  auto* core = controller_.core();
  if (core == nullptr) return;
  for (const auto& wish : wishes_) {
    const bool isBusy = core->rollouts().running(wish.name) != nullptr;
    // What the plan for a few has put aside is wanted again once they are gone.
    if (!isBusy && thawing_.erase(wish.name) != 0) unsettled_.insert(wish.name);
    if (thawing_.contains(wish.name)) continue;
    message::PlanOptions options;
    for (const auto* node : core->ledger().nodesOf(wish.name)) {
      const auto pool = std::ranges::find(wish.pools, node->pool.str(), &PoolWish::name);
      const bool isWanted = pool != wish.pools.end() && node->index < pool->count;
      if (!isWanted && core->fleet().standing(*node).status.left == message::Drift::freeze)
        options.targets.push_back(node->name.str());
    }
    if (options.targets.empty()) continue;
    apply(wish, options, To::controller, [this, name = wish.name] { thawing_.insert(name); });
  }
}

void Operators::apply(ClusterWish wish, message::PlanOptions options, To to, std::function<void()> accepted) {
  const auto applied = std::make_shared<message::reply::Applied>();
  const auto decide = [this, wish, options, to, applied](server::Core& core, const fleet::Moment& moment) {
    const auto* record = core.ledger().cluster(wish.name);
    if (record != nullptr && record->state == store::ClusterState::destroying) return false;
    auto world = std::get<server::World>(server::look(core, wish.name));
    if (plant_ == Plant::overPromise)
      for (auto& host : world.hosts)
        host.capacity.vcpus *= 4, host.capacity.memory = Bytes(host.capacity.memory.count() * 4);
    const auto submission = submissionOf(wish);
    auto proposed = server::propose(submission, world, options);
    if (const auto* error = std::get_if<server::Error>(&proposed)) {
      say("is refused: " + error->message + (error->findings.empty() ? "" : ": " + error->findings.front().message));
      return false;
    }
    auto& proposal = std::get<server::Proposal>(proposed);
    if (plant_ == Plant::ignoreMaxParallel) {
      proposal.pace.maxParallel = 1000;
      for (auto& change : proposal.changes) change.wave = 0;
    }
    if (plant_ == Plant::standInLate) {
      for (auto& change : proposal.changes) {
        if (change.target.standsIn) change.wave += static_cast<std::uint32_t>(proposal.changes.size());
      }
    }
    Limits limits{wish.maxParallel, {}};
    for (const auto& pool : wish.pools)
      if (pool.quorum) limits.quorum.insert(PoolName::parse(pool.name).value());
    if (to == To::controller) truth_.specified(wish.name, proposal.row.to, std::move(limits));
    *applied = server::accept(core, submission, std::move(proposal), world, kPerson, moment);
    if (to == To::controller) truth_.accepted(core);
    return true;
  };
  Errand errand{
      decide, [this, wish, applied, accepted] {
        ++accepted_;
        say("is told that revision " + number(applied->plan.to.value()) + " of " + wish.name.str() + " is accepted");
        truth_.acknowledged(wish.name, applied->plan.to, applied->rollout);
        if (accepted) accepted();
      }};
  if (to == To::twin) return controller_.askTwin(std::move(errand));
  controller_.ask(std::move(errand));
}

void Operators::steer(const ClusterName& cluster, Dice& dice) {
  using Verb = message::request::SteerRollout::Verb;
  constexpr std::array kVerbs{Verb::pause, Verb::resume, Verb::resume, Verb::promote, Verb::promote, Verb::abort};
  const Verb verb = kVerbs[dice.below(kVerbs.size())];
  controller_.ask({[cluster, verb](server::Core& core, const fleet::Moment& moment) {
                     return !core.rollouts().steer(cluster, verb, "operator alice", moment);
                   },
                   [] {}});
}

void Operators::setPower(std::function<message::Power(const store::NodeRecord&)> powerOf) {
  controller_.ask({[powerOf](server::Core& core, const fleet::Moment&) {
                     std::vector<store::NodeRecord> changed;
                     for (const auto& [name, node] : core.ledger().nodes()) {
                       // Nobody may while a rollout is at it.
                       if (core.rollouts().isChanging(node)) continue;
                       if (powerOf(node) != node.power) changed.push_back(node);
                     }
                     for (auto& node : changed) {
                       node.power = powerOf(node);
                       core.ledger().put(std::move(node));
                     }
                     return !changed.empty();
                   },
                   [] {}});
}

void Operators::tidy() {
  constexpr std::chrono::seconds kPause{5};
  if (!tidies_ || controller_.core() == nullptr || agenda_.now() - tidiedAt_ < kPause) return;
  tidiedAt_ = agenda_.now();
  deleteOrphans();
}

void Operators::deleteOrphans() {
  const auto decide = [this](server::Core& core, const fleet::Moment& moment) {
    bool any = false;
    for (const auto& row : core.fleet().volumes()) {
      const bool isOrphan = row.state == message::VolumeState::orphan;
      const bool isLeft = row.state == message::VolumeState::moved;
      // Now and then one that a node has, which must be refused; and what such a one left behind may be.
      if (!dice_.chance(isOrphan ? 700 : isLeft ? 300 : 10)) continue;
      const auto why =
          server::deleteVolumes(core, {{{row.node, row.volume.name, row.host, {}}}}, "operator alice", moment);
      if (why && isLeft && plant_ == Plant::deleteMovedByName)
        core.ledger().condemn(*core.ledger().volume({row.node, row.volume.name, row.host}));
      else if (why)
        continue;
      if (row.state == message::VolumeState::attached || row.state == message::VolumeState::awaited)
        truth_.violate("I2", "a volume that a node has may be deleted: " + row.node.str());
      truth_.named(indexOf(row.host), row.node, row.volume.name, core.ledger().host(row.host)->generation);
      say("deletes volume " + row.volume.name.str() + " of " + row.node.str() + " on " + row.host.str());
      any = true;
    }
    return any;
  };
  controller_.ask({decide, [] {}});
}

void Operators::drain(const HostName& host, Dice& dice) {
  message::request::SetDuty set{host, message::Duty::draining};
  if (dice.chance(500)) set.deadline = std::chrono::seconds(30 + dice.below(300));
  constexpr std::array kVolumes{message::DrainVolumes::skip, message::DrainVolumes::wait, message::DrainVolumes::move};
  set.volumes = kVolumes[dice.below(kVolumes.size())];
  controller_.ask({[set](server::Core& core, const fleet::Moment& moment) {
                     server::setDuty(core, set, kPerson, moment);
                     return true;
                   },
                   [] {}});
}

void Operators::openAll() {
  controller_.ask({[](server::Core& core, const fleet::Moment& moment) {
                     std::vector<HostName> closed;
                     for (const auto& [name, host] : core.ledger().hosts()) {
                       if (host.duty != message::Duty::open) closed.push_back(name);
                     }
                     for (const HostName& host : closed)
                       server::setDuty(core, {host, message::Duty::open}, kPerson, moment);
                     return !closed.empty();
                   },
                   [] {}});
}

void Operators::revert() {
  auto* core = controller_.core();
  if (core == nullptr || core->broken()) return;
  for (const auto& failed : core->rollouts().toRevert()) {
    controller_.ask(
        {[this, id = failed.id](server::Core& asked, const fleet::Moment& moment) { return goBack(asked, id, moment); },
         [] {}});
  }
}

bool Operators::goBack(server::Core& core, RolloutId id, const fleet::Moment& moment) {
  const auto wanted = core.rollouts().toRevert();
  const auto failed = std::ranges::find(wanted, id, &store::RolloutRecord::id);
  if (failed == wanted.end()) return false;
  const ClusterName cluster = failed->cluster;
  const auto good =
      std::get<std::optional<Revision>>(server::lastGood(core, cluster, core.ledger().cluster(cluster)->revision));
  const auto submission = server::submissionOf(core, cluster, {message::RevisionChoice::Which::lastGood, {}});
  const auto giveUp = [&] {
    core.rollouts().endRevert(cluster, {message::RolloutState::failed, "there is no way back"}, moment);
    return true;
  };
  const auto* found = std::get_if<message::Submission>(&submission);
  if (found == nullptr || !good) return giveUp();
  auto world = std::get<server::World>(server::look(core, cluster));
  auto proposed = server::propose(*found, world);
  auto* proposal = std::get_if<server::Proposal>(&proposed);
  if (proposal == nullptr) return giveUp();
  truth_.specified(cluster, proposal->row.to, truth_.limitsOf(cluster, *good));
  (void)server::accept(core, *found, std::move(*proposal), world, kPerson, moment, {server::Cause::Kind::wayBack, id});
  truth_.accepted(core);
  return true;
}

void Operators::heal() {
  auto* core = controller_.core();
  if (core == nullptr || core->broken()) return;
  for (const server::Relocation& relocation : relocator_.due(*core, controller_.moment())) {
    controller_.ask({[this, relocation](server::Core& asked, const fleet::Moment& moment) {
                       return makeElsewhere(asked, relocation, moment);
                     },
                     [] {}});
  }
}

bool Operators::makeElsewhere(server::Core& core, const server::Relocation& relocation, const fleet::Moment& moment) {
  if (!server::Relocator::isWanted(core, relocation, moment)) return false;
  const auto submission = server::submissionOf(core, relocation.cluster, relocation.choice());
  const auto* found = std::get_if<message::Submission>(&submission);
  if (found == nullptr) return false;
  auto world = std::get<server::World>(server::look(core, relocation.cluster));
  server::asOf(world, relocation, *found);
  auto proposed = server::propose(*found, world, relocation.options());
  auto* proposal = std::get_if<server::Proposal>(&proposed);
  if (proposal == nullptr) return false;
  const auto reply = server::relocated(core, relocation, *found, std::move(*proposal), world, moment);
  truth_.accepted(core);
  return std::holds_alternative<message::reply::Applied>(reply);
}

void Operators::destroy(const ClusterName& cluster) {
  const auto applied = std::make_shared<message::reply::Applied>();
  controller_.ask({[cluster, applied](server::Core& core, const fleet::Moment& moment) {
                     const auto* record = core.ledger().cluster(cluster);
                     if (record == nullptr || record->state == store::ClusterState::destroying) return false;
                     *applied = server::acceptDestroy(core, cluster, kPerson, moment);
                     return true;
                   },
                   [this, cluster, applied] {
                     ++accepted_;
                     say("is told that " + cluster.str() + " is being destroyed");
                     truth_.acknowledged(cluster, applied->plan.to, applied->rollout);
                   }});
}

}  // namespace berth::simulation

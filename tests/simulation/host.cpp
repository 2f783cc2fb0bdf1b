// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/host.h"

#include <algorithm>

#include "agent/reconcile/step.h"

namespace berth::simulation {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
namespace effect = reconcile::effect;
namespace event = reconcile::event;

constexpr auto kTick = 1s;
constexpr auto kPublishDelay = 50ms;
constexpr auto kMeasureTime = 200ms;

reconcile::Policy policyOf(const message::Capacity& capacity) {
  reconcile::Policy policy;
  policy.capacity = capacity;
  return policy;
}

/// A host that was switched on some time ago, so that no two clocks agree.
milliseconds clockOffsetOf(Dice dice) { return dice.between(1h, 1000h); }

/// A hundredth either way: far more than any clock that is looked after.
int clockDriftOf(Dice dice) { return static_cast<int>(dice.below(21)) - 10; }

Flaw flawOf(Plant plant) {
  switch (plant) {
    case Plant::loseVolume: return Flaw::losesVolumes;
    case Plant::reformatVolume: return Flaw::reformatsVolumes;
    case Plant::leaveRunning: return Flaw::leavesRunning;
    case Plant::forgetManifest: return Flaw::forgetsManifests;
    case Plant::noRestart: return Flaw::startsNothing;
    case Plant::ignoreDrift: return Flaw::healsAlways;
    case Plant::restartForEver: return Flaw::startsForEver;
    case Plant::skipFence: return Flaw::fencesNothing;
    case Plant::slowFence: return Flaw::fencesLate;
    case Plant::deleteNamedWrong: return Flaw::deletesAnotherVolume;
    case Plant::startUncompared: return Flaw::comparesNothing;
    case Plant::reviveAnew: return Flaw::revivesNothing;
    case Plant::keepForEver: return Flaw::dropsNothing;
    case Plant::hoardRetired: return Flaw::measuresTooMuch;
    case Plant::removeConfigFirst: return Flaw::removesConfigFirst;
    default: return Flaw::none;
  }
}

}  // namespace

Host::Host(std::uint32_t index, const message::Capacity& capacity, Ground& ground, const Dice& dice)
    : index_(index),
      name_(hostNamed(index)),
      ground_(ground),
      dice_(dice),
      clockOffset_(clockOffsetOf(dice.branch(1))),
      clockDrift_(clockDriftOf(dice.branch(2))),
      model_(policyOf(capacity), now(), *this) {
  model_.flaw = flawOf(ground.plant);
  model_.bootTime = dice_.between(2s, 20s);
  model_.failHook = [this](const message::StopHook&) {
    return dice_.chance(300) ? std::optional<std::string>("refused") : std::nullopt;
  };
  model_.failAct = [this](const effect::Act&) -> std::optional<reconcile::Failure> {
    if (operationsFail_ == 0 || !dice_.chance(400)) return std::nullopt;
    return reconcile::Failure{reconcile::Failure::Kind::temporary, "the operation failed"};
  };
  model_.failDrop = [this] { return operationsFail_ != 0 && dice_.chance(400); };
  model_.readPeer = [this](const message::VolumeMove& move) { return readPeer(move); };
  model_.spoilsPiece = [this] { return dice_.chance(5); };
  model_.writes = [this](const auto& name, std::uint64_t seen) { return ground_.truth.boots(index_, name, seen); };
  model_.failImage = [this](const message::Image&) -> std::optional<reconcile::Failure> {
    if (imagesFail_ == 0) return std::nullopt;
    return reconcile::Failure{reconcile::Failure::Kind::temporary, "no route to the image"};
  };
}

reconcile::Now Host::now() const {
  const auto drift = ground_.agenda.elapsed() * clockDrift_ / 1000;
  return {ground_.agenda.now() + clockOffset_ + drift,
          1'700'000'000'000 + ground_.agenda.elapsed().count() + wallOffsetMs_};
}

/// Over the wire between two hosts, which is cut when either has lost the controller, and now and then by itself.
std::optional<std::uint64_t> Host::readPeer(const message::VolumeMove& move) {
  const auto peer = indexOf(move.peer);
  const bool isOpen = ground_.network.isOpen(index_) && ground_.network.isOpen(peer) && !dice_.chance(20);
  return isOpen ? ground_.peer(peer).giveTo(move) : std::nullopt;
}

void Host::say(const std::string& what) {
  if (ground_.timeline != nullptr) ground_.timeline->say(ground_.agenda.elapsed(), name_.str(), what);
}

// ---- the agent's process --------------------------------------------------------------------------------------------

void Host::begin() {
  startAgent();
  // Not all of them at once.
  ground_.agenda.after(dice_.between(0ms, kTick), [this] { tick(); });
}

void Host::startAgent() {
  ++process_;
  const auto process = process_;
  message::Hello self;
  self.agentVersion = "simulated";
  self.bootId = name_.str() + "-" + std::to_string(boots_);
  self.zone = "z" + std::to_string(index_ % 3);
  self.peers = "tcp://" + name_.str() + ":7404";
  self.artifacts = true;
  if (model_.policy.capacity.volumes != Bytes()) self.volumePool = "vms (dir)";
  session_.emplace(self);
  events_ = state::Events(keptEvents_);
  wantedSpecs_.clear();
  connected_ = false;
  connectAt_ = ground_.agenda.now() + dice_.between(50ms, 2s);
  model_.setTime(now());
  model_.begin();
  ground_.agenda.after(kMeasureTime, [this, process] {
    if (process != process_ || !model_.agentRuns()) return;
    const auto& capacity = model_.policy.capacity;
    model_.setTime(now());
    model_.happen(event::HostMeasured{capacity});
    follow(session_->measured(capacity, true, outline(), now().at));
    minded();
  });
  minded();
}

void Host::stopAgent() {
  ++process_;
  model_.stop();
  connected_ = false;
}

void Host::tick() {
  ground_.agenda.after(kTick, [this] { tick(); });
  model_.passTo(now());
  if (model_.agentRuns()) {
    tend();
    follow(session_->tick(outline(), now().at));
    keptEvents_ = events_.all();
  }
  minded();
}

/// The connection: lost when the controller is another one or has been silent for the transport's patience, made when
/// there is somebody to make it with.
void Host::tend() {
  const auto present = ground_.agenda.now();
  const bool open = ground_.controller != 0 && ground_.network.isOpen(index_);
  if (open)
    deafSince_.reset();
  else if (!deafSince_)
    deafSince_ = present;
  const bool isReset = open && connected_ && connectedTo_ != ground_.controller;
  const bool isSilent = deafSince_ && present - *deafSince_ > 8s;
  if (connected_ && (isReset || isSilent)) {
    disconnect();
    session_->disconnected();
  }
  if (connected_ || !open || present < connectAt_) return;
  connected_ = true;
  connectedTo_ = ground_.controller;
  ++connection_;
  say("connects");
  follow(session_->connected(outline(), now().at));
}

void Host::disconnect() {
  say("has lost the controller");
  connected_ = false;
  connectAt_ = ground_.agenda.now() + dice_.between(100ms, 5s);
}

/// After anything that the mind was told: what it wants done is put off by what it takes, and the truth is looked at.
void Host::minded() {
  if (!model_.idle() && !working_) {
    working_ = true;
    const auto pace = slow_ != 0 ? dice_.between(300ms, 3s) : dice_.between(3ms, 60ms);
    ground_.agenda.after(pace, [this] { work(); });
  }
  if (lookedAt_ == model_.touched()) return;
  lookedAt_ = model_.touched();
  ground_.truth.look(index_, model_);
}

void Host::work() {
  working_ = false;
  // What hangs neither succeeds nor fails.
  if (hangs_ == 0) {
    model_.setTime(now());
    model_.workOn(dice_.next());
  }
  minded();
}

// ---- the mind's words -----------------------------------------------------------------------------------------------

void Host::ask(const std::vector<Digest>& digests) {
  wantedSpecs_ = digests;
  if (session_->state() == program::Session::State::welcomed) say(message::NeedSpecs{digests});
}

void Host::happened(const message::InstanceId& instance, const std::string& what) {
  events_.add(instance, what, now().wallMs);
  if (ground_.timeline != nullptr) say(instance.node.str() + ": " + what);
  publish();
}

void Host::publish() {
  if (std::exchange(publishing_, true)) return;
  ground_.agenda.after(kPublishDelay, [this, process = process_] {
    publishing_ = false;
    if (process != process_ || !model_.agentRuns()) return;
    follow(session_->publish(picture(), events_));
  });
}

void Host::acts(const effect::Act& act) {
  if (ground_.timeline == nullptr) return;
  say(std::string(toString(act.step)) + " " + act.instance.node.str() + " (" + act.instance.uuid.str().substr(0, 8) +
      ")");
}

program::Picture Host::outline() const {
  const auto& mind = model_.mind();
  return {mind.epoch(), mind.observed(), mind.reached(), mind.hasLooked(), {}, mind.conditions(), {}, {}};
}

program::Picture Host::picture() const {
  auto whole = outline();
  whole.instances = model_.mind().instances();
  whole.volumes = model_.mind().volumes();
  whole.carriedOut = model_.mind().carriedOut();
  whole.volumeMoves = model_.mind().volumeMoves();
  return whole;
}

// ---- the talk with the controller -----------------------------------------------------------------------------------

void Host::hear(std::uint64_t connection, const message::Message<message::ToAgent>& message) {
  if (!model_.agentRuns() || !connected_ || connection != connection_) return;
  model_.setTime(now());
  if (ground_.plant == Plant::ignoreReportFully && std::holds_alternative<message::ReportFully>(message.body)) return;
  if (ground_.timeline != nullptr) {
    if (const auto* manifest = std::get_if<message::Manifest>(&message.body))
      say("hears generation " + std::to_string(manifest->generation.value()) + " of epoch " +
          std::to_string(message.header.epoch.value()) + ": " + std::to_string(manifest->entries.size()) +
          " entries, " + std::to_string(manifest->tombstones.size()) + " tombstones");
  }
  if (ground_.plant == Plant::forgetEpoch && message.header.epoch < model_.mind().epoch()) {
    auto obeyed = message;
    obeyed.header.epoch = model_.mind().epoch();
    follow(session_->heard(obeyed, picture(), events_, now().at));
  } else {
    follow(session_->heard(message, picture(), events_, now().at));
  }
  minded();
}

bool Host::knows(Epoch epoch) const { return model_.agentRuns() && model_.mind().epoch() >= epoch; }

void Host::follow(const program::Outcome& outcome) {
  if (outcome.acknowledged) {
    events_.acknowledged(*outcome.acknowledged);
    if (!events_.after(*outcome.acknowledged).empty()) publish();
  }
  for (const auto& saying : outcome.say) say(saying.body, saying.correlation);
  for (const auto& event : outcome.events) model_.happen(event);
  for (const auto& specs : outcome.specs) keepSpecs(specs);
  if (ground_.timeline != nullptr)
    for (const auto& line : outcome.log) say(line);
  if (outcome.reconnect) disconnect();
}

void Host::keepSpecs(const message::Specs& specs) {
  std::map<Digest, message::NodeSpec> kept;
  for (const auto& encoded : specs.encoded) {
    const auto digest = Digest::of(encoded);
    if (std::ranges::find(wantedSpecs_, digest) == wantedSpecs_.end()) continue;
    auto decoded = message::decodeSpec(encoded);
    if (auto* spec = std::get_if<message::NodeSpec>(&decoded)) kept[digest] = std::move(*spec);
  }
  model_.specsCame(kept);
}

void Host::say(message::FromAgent body, std::uint64_t correlation) {
  if (!connected_) return;
  if (auto* beat = std::get_if<message::Heartbeat>(&body)) ground_.truth.saysObserved(index_, model_, beat->observed);
  if (auto* status = std::get_if<message::Status>(&body)) {
    ground_.truth.saysObserved(index_, model_, status->observed);
    if (ground_.plant == Plant::goneTooEarly)
      for (auto& instance : status->instances)
        if (instance.phase == message::Phase::stopping) instance.phase = message::Phase::gone;
    if (ground_.plant == Plant::ignoreStack)
      for (auto& instance : status->instances) instance.tools.clear();
  }
  sequence_ = sequence_.next();
  message::Header header;
  header.epoch = model_.mind().epoch();
  header.sequence = sequence_;
  header.correlation = correlation;
  ground_.say(index_, connection_, {header, std::move(body)});
}

}  // namespace berth::simulation

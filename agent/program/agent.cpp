// SPDX-License-Identifier: Apache-2.0
#include "agent/program/agent.h"

#include <spdlog/spdlog.h>

#include "agent/program/peers.h"
#include "agent/reconcile/move_work.h"
#include "agent/reconcile/volume_work.h"
#include "protocol/message/words.h"

namespace berth::program {
namespace {

using namespace std::chrono_literals;
namespace effect = reconcile::effect;
namespace event = reconcile::event;

/// Several changes within this become one status.
constexpr auto kPublishDelay = 50ms;

message::Hello helloOf(const state::Identity& identity, const Config& config, const std::string& bootId,
                       const std::string& version, const TakenPool& taken) {
  message::Hello hello;
  hello.agentVersion = version;
  hello.bootId = bootId;
  hello.fleet = identity.fleet;
  hello.zone = config.zone.empty() ? identity.zone : config.zone;
  hello.labels = identity.labels;
  hello.artifacts = true;
  if (taken.pool) hello.volumePool = taken.pool->str();
  for (const auto& [key, value] : config.labels) hello.labels[key] = value;
  return hello;
}

state::Told recall(const state::Directory& directory, const std::string& bootId) {
  auto told = directory.told();
  // No guest is as it was before the host went down.
  if (told.bootId != bootId) told.instances.clear();
  told.bootId = bootId;
  return told;
}

}  // namespace

class Agent::Inbox {
public:
  Inbox(transport::Loop& loop, std::function<void()> drain) : loop_(loop), drain_(std::move(drain)) {}

  void stir() { add({}, {}); }
  void said(const Uuid& instance, std::string line) { add(instance, std::move(line)); }
  [[nodiscard]] std::map<Uuid, std::string> take(bool& stirred) {
    const std::lock_guard lock(mutex_);
    stirred = std::exchange(stirred_, false);
    posted_ = false;
    return std::exchange(lines_, {});
  }

private:
  void add(std::optional<Uuid> instance, std::string line) {
    {
      const std::lock_guard lock(mutex_);
      if (instance)
        lines_[*instance] = std::move(line);
      else
        stirred_ = true;
      if (std::exchange(posted_, true)) return;
    }
    loop_.post(drain_);
  }

  transport::Loop& loop_;
  const std::function<void()> drain_;
  std::mutex mutex_;
  std::map<Uuid, std::string> lines_;
  bool stirred_ = false;
  bool posted_ = false;
};

Agent::Agent(Parts parts, const Connect& connect)
    : parts_(std::move(parts)),
      told_(recall(parts_.state, parts_.bootId)),
      events_(told_.events),
      mind_(parts_.config.policy, {parts_.state.manifest(), told_.instances, parts_.state.confirmed(parts_.bootId)}),
      session_(helloOf(parts_.identity, parts_.config, parts_.bootId, parts_.version, parts_.volumePool)),
      drops_([](const std::string& line) { spdlog::warn("{}", line); }),
      context_(drops_),
      jitter_(std::random_device{}()),
      inbox_(std::make_unique<Inbox>(parts_.loop, [this] { drainInbox(); })) {
  hypervisor_ = connect({[this](const Uuid&) { inbox_->stir(); },
                         [this](const Uuid& instance, std::string line) { inbox_->said(instance, std::move(line)); },
                         [this] { inbox_->stir(); }});
  hands_ = std::make_unique<Hands>(
      Hands::Tools{parts_.loop, *hypervisor_, parts_.images, parts_.state, parts_.layout, parts_.qemuImg,
                   parts_.identity.fleet, parts_.key, volumes::Layout(parts_.layout.root(), parts_.volumePool.pool),
                   parts_.volumePool.room},
      [this](const reconcile::Event& event) { feed(event); },
      [this](const message::Capacity& machine, bool kvm) {
        const reconcile::Policy& policy = parts_.config.policy;
        follow(session_.measured(reconcile::offered(machine, policy.overcommit, policy.capacity), kvm, outline(),
                                 parts_.clock.now()));
      });
  feed(event::SpecsKept{parts_.state.specs()});
  feed(event::Tick{});
  openClient();
  timers_.push_back(parts_.loop.every(1s, [this] { tick(); }));
}

Agent::~Agent() {
  for (const auto timer : timers_) parts_.loop.cancel(timer);
  closeClient();
  hands_.reset();
  // What is known now, so that the next process need not find it out.
  if (toldStale_ && mind_.hasLooked()) {
    told_.instances = mind_.instances();
    told_.events = events_.all();
    (void)parts_.state.keepTold(told_);
  }
}

reconcile::Now Agent::now() const {
  const auto wall = std::chrono::duration_cast<std::chrono::milliseconds>(parts_.clock.wall().time_since_epoch());
  return {parts_.clock.now(), wall.count()};
}

Picture Agent::outline() const {
  return {mind_.epoch(), mind_.observed(), mind_.reached(), mind_.hasLooked(), {}, mind_.conditions(), {}, {}};
}

Picture Agent::picture() const {
  auto whole = outline();
  whole.instances = mind_.instances();
  whole.volumes = mind_.volumes();
  whole.carriedOut = mind_.carriedOut();
  whole.volumeMoves = mind_.volumeMoves();
  return whole;
}

std::string Agent::summary() const {
  const bool welcomed = session_.state() == Session::State::welcomed;
  return std::to_string(mind_.instances().size()) + " instances, generation " +
         std::to_string(mind_.reached().value()) + " reached of " + std::to_string(mind_.observed().value()) +
         (welcomed ? "; controller connected" : "; controller away");
}

// ---- between mind and hands -----------------------------------------------------------------------------------------

void Agent::feed(const reconcile::Event& event) {
  for (const auto& effect : mind_.on(event, now())) perform(effect);
}

void Agent::perform(const reconcile::Effect& effect) {
  if (const auto* need = std::get_if<effect::NeedSpecs>(&effect)) {
    wantedSpecs_ = need->digests;
    if (session_.state() == Session::State::welcomed) say(message::NeedSpecs{need->digests}, 0);
  } else if (const auto* happened = std::get_if<effect::Happened>(&effect)) {
    spdlog::info("{}: {}", happened->instance.node.str(), happened->message);
    events_.add(happened->instance, happened->message, now().wallMs);
    publishSoon();
  } else if (std::holds_alternative<effect::Publish>(effect)) {
    publishSoon();
  } else if (const auto* confirmed = std::get_if<effect::KeepConfirmed>(&effect)) {
    // Into the page cache and no further: nothing that could keep the loop waiting.
    if (auto error = disks::failure(parts_.state.keepConfirmed(parts_.bootId, confirmed->at)))
      spdlog::warn("{}", error->str());
  } else {
    if (const auto* act = std::get_if<effect::Act>(&effect))
      spdlog::info("{}: {} {}", act->instance.node.str(), toString(act->step), act->instance.uuid.str());
    if (const auto* order = std::get_if<effect::CarryOut>(&effect))
      spdlog::info("{}: as ordered, {}", order->order.node.str(), reconcile::inWords(order->order));
    if (const auto* wanted = std::get_if<effect::TakeVolume>(&effect))
      spdlog::info("{}: {}", wanted->move.node.str(), reconcile::inWords(wanted->move));
    hands_->perform(effect);
  }
}

void Agent::drainInbox() {
  bool stirred = false;
  for (const auto& [instance, line] : inbox_->take(stirred)) feed(event::GuestSaid{instance, line});
  if (stirred) feed(event::HypervisorStirred{});
}

void Agent::publishSoon() {
  if (std::exchange(publishing_, true)) return;
  parts_.loop.after(kPublishDelay, [this] { publish(); });
}

void Agent::publish() {
  publishing_ = false;
  toldStale_ = true;
  follow(session_.publish(picture(), events_));
}

void Agent::rememberTold() {
  if (!toldStale_) return;
  toldStale_ = false;
  // Before the first look what was told last is the best that is known.
  if (mind_.hasLooked()) told_.instances = mind_.instances();
  told_.events = events_.all();
  hands_->keepTold(told_);
}

void Agent::tick() {
  feed(event::Tick{});
  rememberTold();
  if (client_) listen();
  follow(session_.tick(outline(), parts_.clock.now()));
}

// ---- the controller -------------------------------------------------------------------------------------------------

void Agent::openClient() {
  auto opened = transport::Client::open(
      context_, {parts_.identity.endpoint, parts_.key, parts_.identity.controller, transport::Domain::agents});
  if (const auto* error = std::get_if<transport::TransportError>(&opened)) {
    spdlog::error("{}", error->message);
    parts_.loop.after(5s, [this] { openClient(); });
    return;
  }
  client_ = std::move(std::get<std::unique_ptr<transport::Client>>(opened));
  clientSession_ = 0;
  clientWatch_ = parts_.loop.onReadable(*client_, [this] { listen(); });
}

void Agent::closeClient() {
  if (!client_) return;
  parts_.loop.cancel(clientWatch_);
  client_.reset();
  session_.disconnected();
  linkUp_ = false;
}

void Agent::listen() {
  const bool up = client_->link() == transport::Link::up;
  if (up && clientSession_ != client_->session()) {
    clientSession_ = client_->session();
    const auto peers = peersAt(parts_.config, client_->here());
    session_.reachableAt(peers ? peers->announce.str() : std::string());
    hands_->comeIn(peers ? std::optional(peers->listen) : std::nullopt);
    spdlog::info("connected to the controller at {}", parts_.identity.endpoint.str());
    follow(session_.connected(outline(), parts_.clock.now()));
  } else if (!up && linkUp_) {
    spdlog::warn("the controller at {} is away; the nodes of this host are kept running",
                 parts_.identity.endpoint.str());
    session_.disconnected();
  }
  linkUp_ = up;
  while (client_) {
    const auto bytes = client_->receive();
    if (!bytes) return;
    hear(*bytes);
  }
}

void Agent::hear(const std::vector<std::uint8_t>& bytes) {
  const auto decoded = message::decodeToAgent(bytes);
  if (const auto* malformed = std::get_if<message::Malformed>(&decoded)) {
    drops_.count(transport::Domain::agents, transport::DropReason::malformed, parts_.identity.controller.str(),
                 malformed->detail);
    return;
  }
  const auto& message = std::get<message::Message<message::ToAgent>>(decoded);
  follow(session_.heard(message, picture(), events_, parts_.clock.now()));
}

void Agent::follow(const Outcome& outcome) {
  for (const auto& line : outcome.log) spdlog::info("{}", line);
  if (outcome.acknowledged) {
    events_.acknowledged(*outcome.acknowledged);
    // Those that were too many for one status follow now.
    if (!events_.after(*outcome.acknowledged).empty()) publishSoon();
  }
  for (const auto& saying : outcome.say) say(saying.body, saying.correlation);
  for (const auto& event : outcome.events) feed(event);
  for (const auto& specs : outcome.specs) hands_->keepSpecs(specs, wantedSpecs_);
  for (const auto& question : outcome.questions)
    hands_->readConsole(question.what, [this, correlation = question.correlation](const message::Console& console) {
      say(console, correlation);
    });
  if (!outcome.reconnect) return;
  closeClient();
  // Not all agents of a fleet at once.
  const std::chrono::milliseconds delay(500 + jitter_() % 4500);
  parts_.loop.after(delay, [this] { openClient(); });
}

void Agent::say(const message::FromAgent& body, std::uint64_t correlation) {
  if (!client_) return;
  sequence_ = sequence_.next();
  message::Header header;
  header.epoch = mind_.epoch();
  header.sequence = sequence_;
  header.correlation = correlation;
  const auto sent = client_->send(message::encode(message::Message<message::FromAgent>{header, body}));
  // Nothing hangs on it: what matters is said again, by the hello, the heartbeat or the next full status.
  if (sent != transport::Sent::sent) spdlog::debug("could not send {}", message::nameOf(body));
}

}  // namespace berth::program

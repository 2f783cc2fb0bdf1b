// SPDX-License-Identifier: Apache-2.0
#include "controller/server/service.h"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "controller/server/enrol.h"
#include "protocol/message/words.h"

namespace berth::server {

using message::Reply;
using message::reply::ErrorCode;
using transport::Domain;
using transport::DropReason;

namespace {

/// Messages of one door in one turn: enough for one commit to serve many, few enough that the other doors are served.
constexpr int kBatch = 256;
/// Plans that wait for a worker; whoever asks beyond is told to come back.
constexpr std::size_t kPlanQueue = 32;
constexpr std::size_t kPlanThreads = 2;
/// Questions for consoles that are under way.
constexpr std::size_t kMaxRelays = 1000;
constexpr std::chrono::seconds kRelayTime{10};
/// Node specs in one message: half of what a message may hold.
constexpr std::size_t kSpecsBytes = message::kMaxMessageBytes / 2;

/// True when the reply says that something was written; and of a secret, that it was shown must be.
bool isWritten(const Reply& reply) {
  using namespace message::reply;
  return std::holds_alternative<Applied>(reply) || std::holds_alternative<Token>(reply) ||
         std::holds_alternative<Done>(reply) || std::holds_alternative<Secret>(reply);
}

bool writes(const message::Request& request) {
  using namespace message::request;
  return std::holds_alternative<Apply>(request) || std::holds_alternative<ApplySaved>(request) ||
         std::holds_alternative<Destroy>(request) || std::holds_alternative<ApplyRevision>(request) ||
         std::holds_alternative<SteerRollout>(request) || std::holds_alternative<SetDuty>(request) ||
         std::holds_alternative<SetPower>(request) || std::holds_alternative<CreateToken>(request) ||
         std::holds_alternative<RemoveHost>(request) || std::holds_alternative<AddOperator>(request) ||
         std::holds_alternative<RemoveOperator>(request) || std::holds_alternative<DeleteVolumes>(request) ||
         std::holds_alternative<SnapshotVolume>(request) || std::holds_alternative<RestoreVolume>(request) ||
         std::holds_alternative<ReadSecret>(request) || std::holds_alternative<SetSecret>(request) ||
         std::holds_alternative<RotateSecret>(request) || std::holds_alternative<DeleteSecret>(request) ||
         std::holds_alternative<ReleaseLock>(request);
}

void sync(transport::KeyRing& ring, std::vector<identity::PublicKey>& before, std::vector<identity::PublicKey> now) {
  std::ranges::sort(now);
  for (const auto& key : before) {
    if (!std::ranges::binary_search(now, key)) ring.revoke(key);
  }
  for (const auto& key : now) {
    if (!std::ranges::binary_search(before, key)) ring.admit(key);
  }
  before = std::move(now);
}

}  // namespace

// ---- beginning and end ------------------------------------------------------------------------------------------

Service::Service(const Ground& ground) : ground_(ground) {}

Service::~Service() {
  closing_ = true;
  http_.reset();
  workers_.reset();
  for (const auto watch : watches_) ground_.loop.cancel(watch);
  if (wake_) ground_.loop.cancel(*wake_);
}

std::variant<std::unique_ptr<Service>, std::string> Service::open(const Settings& settings, const Ground& ground) {
  std::unique_ptr<Service> service(new Service(ground));
  if (auto failed = service->start(settings)) return std::move(*failed);
  return service;
}

fleet::Moment Service::moment() const {
  const auto wall = ground_.clock.wall().time_since_epoch();
  return {ground_.clock.now(), std::chrono::duration_cast<std::chrono::milliseconds>(wall).count()};
}

std::optional<std::string> Service::start(const Settings& settings) {
  auto begun = Core::begin(ground_.store, settings.timing, moment(), settings.disruptionBudget);
  if (auto* failed = std::get_if<store::Failure>(&begun)) return failed->message + "\n  = " + failed->hint;
  core_ = std::move(std::get<std::unique_ptr<Core>>(begun));
  syncKeys();

  const auto bind = [&](const Door& door, Domain domain, const transport::Admission& admission,
                        std::unique_ptr<transport::Server>& server) -> std::optional<std::string> {
    auto opened = transport::Server::open(ground_.context, {door.listen, ground_.key, domain, admission});
    if (auto* failed = std::get_if<transport::TransportError>(&opened)) return failed->message;
    server = std::move(std::get<std::unique_ptr<transport::Server>>(opened));
    return std::nullopt;
  };
  if (auto failed = bind(settings.agents, Domain::agents, hosts_, agents_)) return failed;
  if (auto failed = bind(settings.operators, Domain::operators, people_, operators_)) return failed;
  if (auto failed = bind(settings.enrolment, Domain::enrolment, anybody_, enrolment_)) return failed;

  // Where the kernel chose the port, what was asked for is nothing to tell anybody.
  const auto told = [](const Door& door, const transport::Server& server) {
    return door.announce.isConnectable() ? door.announce : server.endpoint();
  };
  agentEndpoint_ = told(settings.agents, *agents_);
  operatorEndpoint_ = told(settings.operators, *operators_);
  vault_.emplace(ground_.masterKey, settings.certificateLifetime);
  premises_ = {ground_.key.publicKey(), {told(settings.enrolment, *enrolment_)}, &ground_.key, &*vault_};

  if (settings.http) {
    if (auto failed = openHttp(*settings.http)) return failed;
  }
  workers_ = std::make_unique<transport::Workers>(ground_.loop, kPlanThreads, kPlanQueue);
  watches_.push_back(ground_.loop.onReadable(*agents_, [this] { onAgents(); }));
  watches_.push_back(ground_.loop.onReadable(*operators_, [this] { onOperators(); }));
  watches_.push_back(ground_.loop.onReadable(*enrolment_, [this] { onEnrolment(); }));
  const auto tick = std::clamp<std::chrono::milliseconds>(settings.timing.heartbeat / 4, std::chrono::milliseconds(50),
                                                          std::chrono::milliseconds(500));
  watches_.push_back(ground_.loop.every(tick, [this] { onTick(); }));
  return std::nullopt;
}

void Service::syncKeys() {
  if (keysVersion_ == core_->ledger().keysVersion()) return;
  keysVersion_ = core_->ledger().keysVersion();
  std::vector<identity::PublicKey> hosts;
  for (const auto& [name, host] : core_->ledger().hosts()) hosts.push_back(host.key);
  sync(hosts_, hostKeys_, std::move(hosts));
  std::vector<identity::PublicKey> people;
  for (const auto& [name, person] : core_->ledger().operators()) people.push_back(person.key);
  sync(people_, peopleKeys_, std::move(people));
}

// ---- agents -----------------------------------------------------------------------------------------------------

void Service::onAgents() {
  const auto now = moment();
  for (int i = 0; i < kBatch; ++i) {
    const auto received = agents_->receive();
    if (!received) break;
    hearAgent(*received, now);
  }
  finish(now);
}

void Service::hearAgent(const transport::Received& received, const fleet::Moment& now) {
  const auto* record = core_->ledger().hostOfKey(received.sender);
  auto& drops = ground_.context.drops();
  if (record == nullptr) return drops.count(Domain::agents, DropReason::revokedKey, received.sender.str());
  const HostName host = record->name;
  auto decoded = message::decodeFromAgent(received.bytes);
  if (const auto* malformed = std::get_if<message::Malformed>(&decoded)) {
    return drops.count(Domain::agents, DropReason::malformed, received.sender.str(),
                       "host " + host.str() + ": " + malformed->detail);
  }
  routes_[host] = received.peer;
  const auto& message = std::get<message::Message<message::FromAgent>>(decoded);
  if (const auto* console = std::get_if<message::Console>(&message.body)) hearConsole(host, message.header, *console);
  core_->hear(host, message.header, message.body, now);
}

void Service::hearConsole(const HostName& host, const message::Header& header, const message::Console& console) {
  const auto found = relays_.find(header.correlation);
  // Only the host that was asked may answer.
  if (found == relays_.end() || found->second.host != host) return;
  reply(found->second.asker, message::reply::Log{console});
  relays_.erase(found);
}

void Service::send(const HostName& host, const message::ToAgent& body, std::uint64_t correlation) {
  const auto route = routes_.find(host);
  if (route == routes_.end()) return;
  sequence_ = sequence_.next();
  const message::Header header{message::kProtocolVersion, core_->ledger().epoch(), sequence_, correlation};
  const auto sent = agents_->send(route->second, message::encode(message::Message<message::ToAgent>{header, body}));
  // Whatever was lost is said again after the next heartbeat; only what can never be sent must be seen.
  if (sent == transport::Sent::tooLarge) {
    spdlog::error("host {}: a message ({}) is too large to be sent", host.str(), message::nameOf(body));
  }
}

void Service::sendSpecs(const fleet::SendSpecs& specs) {
  message::Specs message;
  std::size_t bytes = 0;
  const auto flush = [&] {
    if (!message.encoded.empty()) send(specs.host, std::exchange(message, {}));
    bytes = 0;
  };
  for (const Digest& digest : specs.digests) {
    auto read = core_->store().spec(digest);
    auto* encoded = std::get_if<std::optional<std::string>>(&read);
    if (encoded == nullptr || !*encoded) {
      spdlog::error("host {}: node spec {} cannot be read from the store", specs.host.str(), digest.shortHex());
      continue;
    }
    if (bytes + (*encoded)->size() > kSpecsBytes) flush();
    bytes += (*encoded)->size();
    message.encoded.push_back(*std::move(*encoded));
  }
  flush();
}

// ---- operators --------------------------------------------------------------------------------------------------

void Service::onOperators() {
  const auto now = moment();
  for (int i = 0; i < kBatch; ++i) {
    const auto received = operators_->receive();
    if (!received) break;
    hearOperator(*received, now);
  }
  finish(now);
}

void Service::hearOperator(const transport::Received& received, const fleet::Moment& now) {
  auto& drops = ground_.context.drops();
  const auto* found = core_->ledger().operatorOfKey(received.sender);
  if (found == nullptr) return drops.count(Domain::operators, DropReason::revokedKey, received.sender.str());
  const store::OperatorRecord person = *found;
  auto decoded = message::decodeRequest(received.bytes);
  if (const auto* malformed = std::get_if<message::Malformed>(&decoded)) {
    return drops.count(Domain::operators, DropReason::malformed, received.sender.str(),
                       "operator " + person.name.str() + ": " + malformed->detail);
  }
  auto& message = std::get<message::Message<message::Request>>(decoded);
  const Asker asker{received.sender, received.peer, message.header.correlation};
  if (person.role < message::roleFor(message.body)) {
    drops.count(Domain::operators, DropReason::wrongRole, received.sender.str(),
                "operator " + person.name.str() + " asked for " + std::string(message::nameOf(message.body)));
    return reply(asker, forbidden(person, message.body));
  }
  if (core_->broken() && writes(message.body)) return reply(asker, refusal(*core_->broken()));

  auto answered = answer(*core_, premises_, person, std::move(message.body), now);
  if (auto* ready = std::get_if<Reply>(&answered)) return reply(asker, std::move(*ready));
  if (auto* work = std::get_if<Relay>(&answered)) return relay(asker, *work, now);
  if (auto* work = std::get_if<Foresight>(&answered)) return foresee(asker, std::move(*work));
  plan(std::make_shared<PlanJob>(PlanJob{asker, std::get<Planning>(std::move(answered)), 0}));
}

void Service::relay(const Asker& asker, const Relay& work, const fleet::Moment& now) {
  if (relays_.size() >= kMaxRelays) {
    return reply(asker, refusal(ErrorCode::unavailable, "too many consoles are being read", "try again"));
  }
  const std::uint64_t id = nextRelay_++;
  relays_.emplace(id, Relayed{asker, work.host, now.now + kRelayTime});
  send(work.host, work.question, id);
}

void Service::expireRelays(const fleet::Moment& now) {
  for (auto each = relays_.begin(); each != relays_.end();) {
    if (now.now < each->second.deadline) {
      ++each;
      continue;
    }
    reply(each->second.asker,
          refusal(ErrorCode::unavailable, "host " + each->second.host.str() + " did not answer in time", "try again"));
    each = relays_.erase(each);
  }
}

// ---- enrolment --------------------------------------------------------------------------------------------------

void Service::onEnrolment() {
  const auto now = moment();
  for (int i = 0; i < kBatch; ++i) {
    const auto received = enrolment_->receive();
    if (!received) break;
    hearStranger(*received, now);
  }
  finish(now);
}

void Service::hearStranger(const transport::Received& received, const fleet::Moment& now) {
  auto& drops = ground_.context.drops();
  auto decoded = message::decodeJoin(received.bytes);
  if (const auto* malformed = std::get_if<message::Malformed>(&decoded)) {
    return drops.count(Domain::enrolment, DropReason::malformed, received.sender.str(), malformed->detail);
  }
  const auto& join = std::get<message::Message<message::Join>>(decoded);
  if (core_->broken()) {
    message::Joined later;
    later.error = "the controller cannot write to its store at present; try again later";
    joined_.emplace_back(received.peer, std::move(later));
    return;
  }
  const Enrolment enrolled = enrol(core_->ledger(), received.sender, join.body, agentEndpoint_->str(), now);
  if (!enrolled.refusedBecause.empty()) {
    drops.count(Domain::enrolment, DropReason::wrongRole, received.sender.str(),
                "host " + join.body.host.str() + " may not join: " + enrolled.refusedBecause);
  }
  joined_.emplace_back(received.peer, enrolled.reply);
}

// ---- the end of each turn ---------------------------------------------------------------------------------------

void Service::onTick() {
  const auto now = moment();
  core_->tick(now);
  dropExpiredTokens(core_->ledger(), now);
  expireRelays(now);
  revert();
  relocate();
  sweep(now);
  finish(now);
}

void Service::sweep(const fleet::Moment& now) {
  const std::uint64_t version = core_->ledger().version();
  if (core_->broken() || std::exchange(sweptAt_, version) == version) return;
  sweepSecrets(*core_, now);
}

void Service::finish(const fleet::Moment& now) {
  auto finished = core_->finish(now);
  if (const auto* failure = std::get_if<store::Failure>(&finished)) {
    // The ledger that comes of it is another one, which counts from the beginning.
    keysVersion_.reset();
    locks_ = {};
    tell(core_->takeSigns());
    fail(*failure);
  } else {
    // Admission follows the ledger at once, in both directions.
    syncKeys();
    saidBroken_ = false;
    tell(std::get<fleet::Outbox>(finished));
  }
  for (const auto& pending : std::exchange(replies_, {})) sendReply(pending);
  for (const auto& each : std::exchange(lockAnswers_, {})) each.asker->set_value(each.response);
  for (const auto& [peer, joined] : std::exchange(joined_, {})) {
    message::Header header;
    header.epoch = core_->ledger().epoch();
    const message::Message<message::Joined> message{header, joined};
    (void)enrolment_->send(peer, message::encode(message));
  }
  logNews();
  if (wake_) ground_.loop.cancel(*wake_);
  wake_.reset();
  if (const auto due = core_->rollouts().due()) wake_ = ground_.loop.at(*due, [this] { onTick(); });
}

void Service::tell(const fleet::Outbox& outbox) {
  for (const auto& each : outbox) {
    if (const auto* message = std::get_if<fleet::Send>(&each)) send(message->host, message->body);
    if (const auto* specs = std::get_if<fleet::SendSpecs>(&each)) sendSpecs(*specs);
  }
}

/// Nothing of this turn has happened: nobody may be told that it has.
void Service::fail(const store::Failure& failure) {
  for (auto& pending : replies_) {
    if (isWritten(pending.reply)) pending.reply = refusal(failure);
  }
  for (auto& [peer, joined] : joined_) {
    if (joined.error.empty()) joined.error = "the controller cannot write to its store at present; try again later";
  }
  for (auto& each : lockAnswers_) {
    if (each.response.status == 200) each.response = refusedLock(503, "store_unavailable", failure.message);
  }
  if (!std::exchange(saidBroken_, true)) {
    spdlog::error("{}: nothing is changed until it works again ({})", failure.message, failure.hint);
  }
  const bool passes = failure.kind == store::Failure::Kind::full || failure.kind == store::Failure::Kind::busy;
  if (passes || fatal_) return;
  // After a failed fsync nobody knows what is on the disk; only reading it anew tells.
  fatal_ = failure.message;
  ground_.loop.stop();
}

void Service::sendReply(const Pending& pending) {
  sequence_ = sequence_.next();
  const message::Header header{message::kProtocolVersion, core_->ledger().epoch(), sequence_,
                               pending.asker.correlation};
  const auto sent =
      operators_->send(pending.asker.peer, message::encode(message::Message<Reply>{header, pending.reply}));
  if (sent != transport::Sent::tooLarge) return;
  const Reply instead = refusal(ErrorCode::internal, "the answer is too large for one message", "ask for less at once");
  (void)operators_->send(pending.asker.peer, message::encode(message::Message<Reply>{header, instead}));
}

void Service::logNews() {
  for (const auto& event : core_->takeNews()) spdlog::info("{}: {}", event.subject, event.message);
}

}  // namespace berth::server

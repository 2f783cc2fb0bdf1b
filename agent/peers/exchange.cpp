// SPDX-License-Identifier: Apache-2.0
#include "agent/peers/exchange.h"

#include <algorithm>
#include <deque>
#include <future>

#include <spdlog/spdlog.h>

#include "protocol/message/envelope.h"
#include "protocol/transport/client.h"
#include "protocol/transport/server.h"

namespace berth::peers {
namespace {

using namespace std::chrono_literals;
using message::VolumeMove;
using transport::Domain;

/// How often it is seen whether something was lost.
constexpr auto kTick = 250ms;
/// How often it is told how far a volume is.
constexpr auto kTellEvery = 1s;
/// Until a door that could not be opened is tried again.
constexpr auto kDoorRetry = 5s;

}  // namespace

struct Exchange::State {
  State(Settings wanted, Tell teller)
      : settings(std::move(wanted)),
        tell(std::move(teller)),
        drops([](const std::string& line) { spdlog::warn("{}", line); }),
        context(drops),
        giver(settings.layout, settings.fleet, settings.inUse, settings.qemuImg) {
    loop.every(kTick, [this] { tick(); });
  }

  /// One volume that is on its way here, and the connection that it comes over.
  struct Fetch {
    Fetch(const VolumeMove& move, const Settings& settings) : taker(move, settings.layout, settings.fleet) {}

    Taker taker;
    std::unique_ptr<transport::Client> client{};
    transport::Watch watch{};
    std::uint64_t session = 0;
    TimePoint toldAt{};
    Progress told{};
  };

  // ---- giving
  void give(const std::vector<VolumeMove>& moves) {
    giver.permit(moves);
    for (const auto& key : admitted)
      if (!giver.keys().contains(key)) ring.revoke(key);
    for (const auto& key : giver.keys()) ring.admit(key);
    admitted = giver.keys();
    if (admitted.empty()) return closeDoor();
    if (!server) openDoor();
  }

  void listenAt(const std::optional<identity::Endpoint>& endpoint) {
    if (endpoint == listen) return;
    closeDoor();
    listen = endpoint;
    if (!admitted.empty()) openDoor();
  }

  void openDoor() {
    if (!listen) return;
    auto opened = transport::Server::open(context, {*listen, settings.key, Domain::peers, ring});
    if (const auto* error = std::get_if<transport::TransportError>(&opened)) {
      spdlog::warn("volumes cannot be handed over: {}", error->message);
      doorAt = loop.now() + kDoorRetry;
      return;
    }
    doorAt.reset();
    server = std::move(std::get<std::unique_ptr<transport::Server>>(opened));
    serverWatch = loop.onReadable(*server, [this] { answer(); });
  }

  void closeDoor() {
    doorAt.reset();
    if (!server) return;
    loop.cancel(serverWatch);
    server.reset();
  }

  void answer() {
    const auto received = server->receive();
    if (!received) return;
    const auto decoded = message::decodePeerAsk(received->bytes);
    const auto* asked = std::get_if<message::Message<message::PeerAsk>>(&decoded);
    if (asked == nullptr) {
      drops.count(Domain::peers, transport::DropReason::malformed, received->sender.str(),
                  std::get<message::Malformed>(decoded).detail);
      return;
    }
    message::Header header;
    header.correlation = asked->header.correlation;
    const message::Message<message::PeerAnswer> reply{header, giver.answer(received->sender, asked->body)};
    // What is lost is asked for again.
    (void)server->send(received->peer, message::encode(reply));
  }

  // ---- taking
  [[nodiscard]] Fetch* fetchOf(const VolumeMove& move) {
    const auto found = std::ranges::find_if(fetches, [&](const auto& each) { return each->taker.move() == move; });
    return found == fetches.end() ? nullptr : found->get();
  }

  void take(const VolumeMove& move) {
    waiting.push_back(move);
    beginNext();
  }

  void beginNext() {
    while (fetches.size() < kTakenAtOnce && !waiting.empty()) {
      const VolumeMove move = waiting.front();
      waiting.pop_front();
      fetches.push_back(std::make_unique<Fetch>(move, settings));
      Fetch& fetch = *fetches.back();
      if (fetch.taker.end())
        endOf(fetch);
      else
        connect(fetch);
    }
  }

  void connect(Fetch& fetch) {
    const auto& move = fetch.taker.move();
    const auto endpoint = identity::Endpoint::parse(move.peerEndpoint);
    const auto key = identity::PublicKey::parse(move.peerKey);
    if (!endpoint || !key) {
      return end(fetch, Failure{Failure::Kind::permanent,
                                "host " + move.peer.str() + " cannot be asked at " + move.peerEndpoint});
    }
    auto opened = transport::Client::open(context, {*endpoint, settings.key, *key, Domain::peers});
    if (const auto* error = std::get_if<transport::TransportError>(&opened))
      return end(fetch, Failure{Failure::Kind::temporary, error->message});
    fetch.client = std::move(std::get<std::unique_ptr<transport::Client>>(opened));
    fetch.watch = loop.onReadable(*fetch.client, [this, &fetch] { hearFrom(fetch); });
  }

  void hearFrom(Fetch& fetch) {
    follow(fetch);
    // A few at a time: another fetch may have something to do as well.
    for (std::size_t i = 0; i < kPiecesAhead && !fetch.taker.end(); ++i) {
      const auto bytes = fetch.client->receive();
      if (!bytes) break;
      hear(fetch, *bytes);
    }
    goOn(fetch);
  }

  void hear(Fetch& fetch, const std::vector<std::uint8_t>& bytes) {
    const auto decoded = message::decodePeerAnswer(bytes);
    if (const auto* malformed = std::get_if<message::Malformed>(&decoded)) {
      drops.count(Domain::peers, transport::DropReason::malformed, fetch.taker.move().peerKey, malformed->detail);
      return;
    }
    const auto& reply = std::get<message::Message<message::PeerAnswer>>(decoded);
    fetch.taker.heard(reply.header.correlation, reply.body, loop.now());
  }

  /// After a reconnect nothing that was asked stands.
  void follow(Fetch& fetch) {
    if (fetch.client->link() != transport::Link::up || fetch.session == fetch.client->session()) return;
    fetch.session = fetch.client->session();
    fetch.taker.forgetAsked();
  }

  /// `fetch` may be gone afterwards.
  void goOn(Fetch& fetch) {
    if (fetch.client->link() == transport::Link::up) {
      for (const auto& question : fetch.taker.ask(loop.now())) {
        message::Header header;
        header.correlation = question.correlation;
        const auto frame = message::encode(message::Message<message::PeerAsk>{header, question.ask});
        if (fetch.client->send(frame) == transport::Sent::sent) continue;
        fetch.taker.forgetAsked();
        break;
      }
    } else {
      // It does not ask, but it knows when it has waited long enough.
      (void)fetch.taker.ask(loop.now());
      fetch.taker.forgetAsked();
    }
    if (fetch.taker.end()) return endOf(fetch);
    const Progress now{fetch.taker.copied(), fetch.taker.compared(), fetch.taker.total()};
    if (now == fetch.told || loop.now() - fetch.toldAt < kTellEvery) return;
    fetch.told = now;
    fetch.toldAt = loop.now();
    tell(fetch.taker.move(), now);
  }

  void endOf(Fetch& fetch) {
    const auto outcome = *fetch.taker.end();
    std::visit([&](const auto& how) { end(fetch, how); }, outcome);
  }

  void end(Fetch& fetch, const News& how) {
    const VolumeMove move = fetch.taker.move();
    if (fetch.client) loop.cancel(fetch.watch);
    std::erase_if(fetches, [&](const auto& each) { return each.get() == &fetch; });
    tell(move, how);
    loop.post([this] { beginNext(); });
  }

  void leave(const VolumeMove& move) {
    const Failure given{Failure::Kind::temporary, "it is not wanted here any more"};
    if (Fetch* fetch = fetchOf(move)) return end(*fetch, given);
    if (std::erase(waiting, move) != 0) tell(move, given);
  }

  void tick() {
    if (doorAt && loop.now() >= *doorAt) openDoor();
    std::vector<Fetch*> all;
    for (const auto& each : fetches) all.push_back(each.get());
    for (Fetch* fetch : all) {
      if (!fetch->client) continue;
      follow(*fetch);
      goOn(*fetch);
    }
  }

  const Settings settings;
  const Tell tell;
  transport::Drops drops;
  transport::Context context;
  transport::Loop loop;
  Giver giver;
  std::optional<identity::Endpoint> listen;
  transport::KeyRing ring;
  std::set<identity::PublicKey> admitted;
  std::unique_ptr<transport::Server> server;
  transport::Watch serverWatch{};
  std::optional<TimePoint> doorAt;
  std::deque<VolumeMove> waiting;
  std::vector<std::unique_ptr<Fetch>> fetches;
};

Exchange::Exchange(Settings settings, Tell tell)
    : state_(std::make_unique<State>(std::move(settings), std::move(tell))) {
  thread_ = std::jthread([this](const std::stop_token& stop) { state_->loop.run(stop); });
}

Exchange::~Exchange() {
  thread_.request_stop();
  state_->loop.stop();
  thread_.join();
}

void Exchange::listenAt(std::optional<identity::Endpoint> endpoint) {
  state_->loop.post([this, endpoint = std::move(endpoint)] { state_->listenAt(endpoint); });
}
void Exchange::give(std::vector<VolumeMove> moves) {
  state_->loop.post([this, moves = std::move(moves)] { state_->give(moves); });
}
void Exchange::take(VolumeMove move) {
  state_->loop.post([this, move = std::move(move)] { state_->take(move); });
}
void Exchange::leave(VolumeMove move) {
  state_->loop.post([this, move = std::move(move)] { state_->leave(move); });
}

std::optional<identity::Endpoint> Exchange::door() {
  std::promise<std::optional<identity::Endpoint>> answer;
  state_->loop.post(
      [&] { answer.set_value(state_->server ? std::optional(state_->server->endpoint()) : std::nullopt); });
  return answer.get_future().get();
}

}  // namespace berth::peers

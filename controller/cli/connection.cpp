// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/connection.h"

#include <csignal>

#include "controller/cli/show/humanise.h"
#include "protocol/message/envelope.h"
#include "protocol/message/words.h"

namespace berth::cli {

namespace {

/// How often the state of the link is looked at, besides when something happens: a bound on what a missed wake-up
/// costs.
constexpr auto kLook = std::chrono::milliseconds(100);

bool onlyReads(const message::Request& request) { return message::roleFor(request) == message::Role::viewer; }

Trouble unreadable(const message::Malformed& malformed) {
  if (malformed.kind == message::Malformed::Kind::version) {
    return {"the controller speaks another version of the protocol: " + malformed.detail,
            "Use the berth of the controller's own release; berth version --client shows this one's."};
  }
  return {"the controller's answer makes no sense: " + malformed.detail,
          "Is its version the same as this one's? Compare: berth version --client"};
}

}  // namespace

struct Connection::Exchange {
  message::Frame frame;
  std::uint64_t correlation = 0;
  bool onlyReads = true;
  /// The session in which it was sent.
  std::optional<std::uint64_t> sentIn;
  std::optional<Result<message::Reply>> answer;
};

Connection::Connection(const identity::Context& context, std::string name)
    : context_(context), name_(std::move(name)), drops_([](const std::string&) {}), zmq_(drops_) {}

Result<std::unique_ptr<Connection>> Connection::open(const identity::Context& context, std::string name) {
  std::unique_ptr<Connection> connection(new Connection(context, std::move(name)));
  auto client = transport::Client::open(
      connection->zmq_, {context.endpoint, context.key, context.controller, transport::Domain::operators});
  if (auto* error = std::get_if<transport::TransportError>(&client)) {
    return Trouble{error->message, "Check the address: berth context show"};
  }
  connection->client_ = std::move(std::get<std::unique_ptr<transport::Client>>(client));
  return connection;
}

Trouble Connection::noAnswer(std::chrono::milliseconds timeout) {
  const std::string where = context_.endpoint.str();
  if (client_->link() == transport::Link::up) {
    return {"the controller at " + where + " did not answer within " + show::duration(timeout),
            "It is connected but busy; wait longer with --timeout, or look at its log.", Trouble::Kind::unreachable};
  }
  return {"no answer from a controller at " + where + " within " + show::duration(timeout),
          "Is it running (systemctl status berth-controller)? Is the address right (berth context show)?",
          Trouble::Kind::unreachable};
}

Trouble Connection::notAdmitted() const {
  return {"the controller at " + context_.endpoint.str() + " refused the key of context \"" + name_ + "\"",
          "It is not admitted, or not any more. An admin admits a key with: berth user add",
          Trouble::Kind::unreachable};
}

Trouble Connection::stranger() const {
  return {
      "what answers at " + context_.endpoint.str() + " does not have the controller's key of context \"" + name_ + "\"",
      "Is it another controller, or something between? If the controller was set up anew, you need a new context.",
      Trouble::Kind::unreachable};
}

void Connection::receive(Exchange& exchange) {
  while (auto bytes = client_->receive()) {
    auto decoded = message::decodeReply(*bytes);
    if (auto* malformed = std::get_if<message::Malformed>(&decoded)) {
      exchange.answer = unreadable(*malformed);
      return;
    }
    auto& reply = std::get<message::Message<message::Reply>>(decoded);
    // An answer to an earlier question that was given up on is not this one's.
    if (reply.header.correlation != exchange.correlation) continue;
    exchange.answer = std::move(reply.body);
    return;
  }
}

/// One look at the link; true when the exchange is over.
bool Connection::advance(Exchange& exchange) {
  receive(exchange);
  if (exchange.answer) return true;
  switch (client_->link()) {
    case transport::Link::connecting: return false;
    case transport::Link::refused: exchange.answer = notAdmitted(); return true;
    case transport::Link::stranger: exchange.answer = stranger(); return true;
    case transport::Link::up: break;
  }
  if (exchange.sentIn == client_->session()) return false;
  if (exchange.sentIn && !exchange.onlyReads) {
    exchange.answer = Trouble{"the connection broke before the controller answered; it may have accepted the request",
                              "See what it did: berth rollout status", Trouble::Kind::unreachable};
    return true;
  }
  switch (client_->send(exchange.frame)) {
    case transport::Sent::sent: exchange.sentIn = client_->session(); return false;
    case transport::Sent::unreachable:
    case transport::Sent::full: return false;
    case transport::Sent::tooLarge:
      exchange.answer = Trouble{
          "the files of the spec are too large to send: " + std::to_string(exchange.frame.size()) + " bytes in all",
          "Large things do not belong into a node's config: let it fetch them by url."};
      return true;
  }
  return false;
}

void Connection::run(std::chrono::milliseconds span, const std::function<bool()>& step) {
  if (interrupted_ || step()) return;
  const auto look = [this, &step] {
    if (step()) loop_.stop();
  };
  std::vector<transport::Watch> watches = {loop_.onReadable(*client_, look), loop_.every(kLook, look),
                                           loop_.after(span, [this] { loop_.stop(); })};
  if (signals_) {
    watches.push_back(loop_.onReadable(signals_->fd(), [this] {
      if (signals_->take() == 0) return;
      interrupted_ = true;
      loop_.stop();
    }));
  }
  loop_.run();
  for (const transport::Watch watch : watches) loop_.cancel(watch);
}

Result<message::Reply> Connection::ask(const message::Request& request, std::chrono::milliseconds timeout) {
  Exchange exchange;
  exchange.correlation = ++asked_;
  exchange.onlyReads = onlyReads(request);
  message::Header header;
  header.sequence = Sequence(exchange.correlation);
  header.correlation = exchange.correlation;
  exchange.frame = message::encode(message::Message<message::Request>{header, request});
  run(timeout, [&] { return advance(exchange); });
  if (exchange.answer) return std::move(*exchange.answer);
  if (interrupted_) return Trouble{"interrupted", "", Trouble::Kind::interrupted};
  return noAnswer(timeout);
}

void Connection::pause(std::chrono::milliseconds span) {
  run(span, [this] {
    // What comes meanwhile answers a question that was given up on.
    while (client_->receive()) continue;
    return false;
  });
}

void Connection::heedInterrupts() {
  if (!signals_) signals_ = std::make_unique<transport::Signals>(std::initializer_list<int>{SIGINT, SIGTERM});
}

Trouble troubleFrom(const message::Reply& reply) {
  if (const auto* error = std::get_if<message::reply::Error>(&reply)) {
    const bool mayPass = error->code == message::reply::ErrorCode::unavailable;
    const bool forbidden = error->code == message::reply::ErrorCode::forbidden;
    return {(forbidden ? "not allowed: " : "") + error->message, error->hint,
            mayPass ? Trouble::Kind::unreachable : Trouble::Kind::refused, error->findings};
  }
  return {"the controller answered something else than was asked: " + std::string(message::nameOf(reply)),
          "Is its version the same as this one's? Compare: berth version"};
}

}  // namespace berth::cli

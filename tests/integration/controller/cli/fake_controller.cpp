// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/controller/cli/fake_controller.h"

#include <future>
#include <stdexcept>

#include "protocol/message/envelope.h"
#include "protocol/transport/context.h"
#include "protocol/transport/drops.h"
#include "protocol/transport/loop.h"
#include "protocol/transport/server.h"

namespace berth::testing {

FakeController::FakeController(Answer answer, std::string endpoint)
    : answer_(std::move(answer)), endpoint_(identity::Endpoint::parse(endpoint).value()) {
  start();
}

FakeController::~FakeController() { stop(); }

void FakeController::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void FakeController::start() {
  std::promise<identity::Endpoint> bound;
  auto where = bound.get_future();
  thread_ = std::jthread([this, &bound](const std::stop_token& stop) {
    serve(stop, [&bound](identity::Endpoint endpoint) { bound.set_value(std::move(endpoint)); });
  });
  endpoint_ = where.get();
}

void FakeController::serve(const std::stop_token& stop, const std::function<void(identity::Endpoint)>& bound) {
  transport::Drops drops([](const std::string&) {});
  transport::Context context(drops);
  auto opened = transport::Server::open(context, {endpoint_, key_, transport::Domain::operators, admitted_});
  if (auto* error = std::get_if<transport::TransportError>(&opened)) throw std::runtime_error(error->message);
  auto& server = *std::get<std::unique_ptr<transport::Server>>(opened);
  transport::Loop loop;
  const auto watch = loop.onReadable(server, [&] {
    while (auto received = server.receive()) {
      const auto decoded = message::decodeRequest(received->bytes);
      const auto* request = std::get_if<message::Message<message::Request>>(&decoded);
      if (request == nullptr) continue;
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request->body);
      }
      message::Header header;
      header.correlation = request->header.correlation;
      const auto frame = message::encode(message::Message<message::Reply>{header, answer_(request->body)});
      (void)server.send(received->peer, frame);
    }
  });
  bound(server.endpoint());
  loop.run(stop);
  loop.cancel(watch);
}

std::vector<message::Request> FakeController::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

}  // namespace berth::testing

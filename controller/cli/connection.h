// SPDX-License-Identifier: Apache-2.0
//
// One conversation with the controller: a question, and its answer or the trouble that there is none. A connection
// mends itself: when the controller has been away and is back, the next ask() works.
//
//   auto opened = Connection::open(context, "prod");
//   auto answer = connection->ask(request::GetHosts{}, 10s);       // Result<Reply>
//   auto hosts = expect<reply::Hosts>(std::move(answer));          // Result<reply::Hosts>
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "controller/cli/trouble.h"
#include "protocol/identity/context_file.h"
#include "protocol/message/operator.h"
#include "protocol/transport/client.h"
#include "protocol/transport/context.h"
#include "protocol/transport/drops.h"
#include "protocol/transport/loop.h"

namespace berth::cli {

class Connection {
public:
  /// `context` outlives the connection. `name` is what errors call it.
  [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const identity::Context& context, std::string name);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// What the controller answers within `timeout`. A question that only reads is asked again when the connection
  /// breaks meanwhile; one that changes something is not, since nobody knows whether it arrived: the trouble says so.
  [[nodiscard]] Result<message::Reply> ask(const message::Request& request, std::chrono::milliseconds timeout);

  /// From now on Ctrl-C ends ask() and pause(), instead of the program.
  void heedInterrupts();
  [[nodiscard]] bool interrupted() const { return interrupted_; }
  /// Waits; less when interrupted.
  void pause(std::chrono::milliseconds span);

private:
  Connection(const identity::Context& context, std::string name);
  [[nodiscard]] Trouble noAnswer(std::chrono::milliseconds timeout);
  [[nodiscard]] Trouble notAdmitted() const;
  [[nodiscard]] Trouble stranger() const;
  /// Runs the loop until `step` says that it is over, `span` is over, or Ctrl-C comes.
  void run(std::chrono::milliseconds span, const std::function<bool()>& step);
  struct Exchange;
  [[nodiscard]] bool advance(Exchange& exchange);
  void receive(Exchange& exchange);

  const identity::Context& context_;
  std::string name_;
  transport::Drops drops_;
  transport::Context zmq_;
  transport::Loop loop_;
  std::unique_ptr<transport::Signals> signals_;
  std::unique_ptr<transport::Client> client_;
  std::uint64_t asked_ = 0;
  bool interrupted_ = false;
};

/// The reply of the kind that was wanted; an Error becomes Trouble.
[[nodiscard]] Trouble troubleFrom(const message::Reply& reply);
template <class Wanted>
[[nodiscard]] Result<Wanted> expect(Result<message::Reply> answer) {
  if (auto* trouble = std::get_if<Trouble>(&answer)) return std::move(*trouble);
  auto& reply = std::get<message::Reply>(answer);
  if (auto* wanted = std::get_if<Wanted>(&reply)) return std::move(*wanted);
  return troubleFrom(reply);
}

}  // namespace berth::cli

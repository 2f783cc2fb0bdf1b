// SPDX-License-Identifier: Apache-2.0
//
// What the CLI talks to in its tests: a real server with real keys, whose answers the test decides. Everything else
// (sockets, CURVE, admission, encoding) is what the controller uses.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "protocol/identity/endpoint.h"
#include "protocol/identity/keys.h"
#include "protocol/message/operator.h"
#include "protocol/transport/admission.h"

namespace berth::testing {

class FakeController {
public:
  /// Called on the controller's thread, for one request after the other.
  using Answer = std::function<message::Reply(const message::Request&)>;

  /// Listens on `endpoint`, or on a port of its own.
  explicit FakeController(Answer answer, std::string endpoint = "tcp://127.0.0.1:*");
  ~FakeController();
  FakeController(const FakeController&) = delete;
  FakeController& operator=(const FakeController&) = delete;

  /// Nobody answers any more; the key and the address stay.
  void stop();
  /// Answers again, where it did before.
  void start();

  [[nodiscard]] const identity::Endpoint& endpoint() const { return endpoint_; }
  [[nodiscard]] identity::PublicKey key() const { return key_.publicKey(); }
  void admit(const identity::PublicKey& key) { admitted_.admit(key); }

  /// All that were decoded so far.
  [[nodiscard]] std::vector<message::Request> requests() const;
  template <class Wanted>
  [[nodiscard]] std::vector<Wanted> requestsOf() const {
    std::vector<Wanted> found;
    for (const auto& request : requests()) {
      if (const auto* wanted = std::get_if<Wanted>(&request)) found.push_back(*wanted);
    }
    return found;
  }

private:
  void serve(const std::stop_token& stop, const std::function<void(identity::Endpoint)>& bound);

  Answer answer_;
  identity::Endpoint endpoint_;
  identity::KeyPair key_ = identity::KeyPair::generate();
  transport::KeyRing admitted_;
  mutable std::mutex mutex_;
  std::vector<message::Request> requests_;
  std::jthread thread_;
};

}  // namespace berth::testing

// SPDX-License-Identifier: Apache-2.0
//
// Where connections are admitted or refused: the ZAP handler of a context (ZeroMQ RFC 27), on a thread of its own, so
// that a busy loop keeps nobody waiting in a handshake. It fails closed: every server names a domain and sets
// ZMQ_ZAP_ENFORCE_DOMAIN, without which libzmq 4.3 lets anybody in when no handler answers.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <zmq.hpp>

#include "protocol/transport/admission.h"
#include "protocol/transport/domain.h"
#include "protocol/transport/drops.h"

namespace berth::transport {

class Gate {
public:
  /// Bound when this returns.
  Gate(zmq::context_t& context, Drops& drops);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// Opens a way in and gives it the name by which a server's ZMQ_ZAP_DOMAIN refers to it.
  [[nodiscard]] std::string open(Domain domain, const Admission& admission);
  /// After this `admission` is not asked any more.
  void close(const std::string& name);

private:
  struct Way {
    Domain domain;
    const Admission* admission;
  };

  void serve();
  void answer();
  /// The User-Id to admit as, or nothing to refuse.
  [[nodiscard]] std::string judge(const std::vector<std::string>& request);

  Drops& drops_;
  std::mutex mutex_;
  std::map<std::string, Way> ways_;
  unsigned opened_ = 0;
  /// An eventfd that ends the thread.
  int end_ = -1;
  zmq::socket_t socket_;
  std::jthread thread_;
};

}  // namespace berth::transport

// SPDX-License-Identifier: Apache-2.0
//
// Who may come in. A server asks twice: when a peer connects (through ZAP) and again for every message, because
// ZeroMQ keeps the connection of a key that has been revoked since.
#pragma once

#include <cstdint>
#include <mutex>
#include <set>

#include "protocol/identity/keys.h"

namespace berth::transport {

/// Asked from the gate's thread and from the server's: implementations are thread-safe and quick.
class Admission {
public:
  virtual ~Admission() = default;
  [[nodiscard]] virtual bool admits(const identity::PublicKey& key) const = 0;
};

/// The keys of one domain. Starts empty: nobody gets in until somebody is admitted.
class KeyRing final : public Admission {
public:
  void admit(const identity::PublicKey& key);
  /// From this call on nothing that `key` says is heard, connected or not.
  void revoke(const identity::PublicKey& key);
  [[nodiscard]] bool admits(const identity::PublicKey& key) const override;

private:
  mutable std::mutex mutex_;
  std::set<identity::PublicKey> keys_;
};

/// For enrolment alone: a key that nobody knows yet may knock.
class AnyKey final : public Admission {
public:
  [[nodiscard]] bool admits(const identity::PublicKey&) const override { return true; }
};

}  // namespace berth::transport

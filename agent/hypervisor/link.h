// SPDX-License-Identifier: Apache-2.0
//
// The connection that calls go through. It is opened when it is needed; one that broke is opened anew and the call made
// once more, which is right because every call of ours is idempotent.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "agent/hypervisor/handles.h"

namespace berth::hypervisor {

class Link {
public:
  explicit Link(std::string uri) : uri_(std::move(uri)) {}

  /// Makes `call(virConnect*)`, which returns a Result<T>. `attempted` and `object` are for the Error when libvirtd
  /// cannot be reached. Any thread; several calls run side by side.
  template <class T, class Call>
  [[nodiscard]] Result<T> with(const std::string& attempted, const std::string& object, Call&& call) {
    for (int attempt = 1;; ++attempt) {
      std::string reason;
      const auto connection = current(&reason);
      if (!connection) return Error{Error::Kind::unavailable, attempted, object, reason};
      Result<T> result = call(connection.get());
      auto* error = std::get_if<Error>(&result);
      if (error == nullptr || virConnectIsAlive(connection.get()) == 1) return result;
      error->kind = Error::Kind::unavailable;
      forget(connection);
      if (attempt == 2) return result;
    }
  }

private:
  /// Shared by the calls that are under way: the last one closes it.
  using Shared = std::shared_ptr<virConnect>;

  [[nodiscard]] Shared current(std::string* reason) {
    const std::lock_guard lock(mutex_);
    if (connection_ && virConnectIsAlive(connection_.get()) == 1) return connection_;
    connection_ = openConnection(uri_, reason);
    return connection_;
  }
  void forget(const Shared& broken) {
    const std::lock_guard lock(mutex_);
    if (connection_ == broken) connection_.reset();
  }

  std::string uri_;
  std::mutex mutex_;
  Shared connection_;
};

}  // namespace berth::hypervisor

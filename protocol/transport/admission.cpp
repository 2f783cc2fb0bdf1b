// SPDX-License-Identifier: Apache-2.0
#include "protocol/transport/admission.h"

namespace berth::transport {

void KeyRing::admit(const identity::PublicKey& key) {
  const std::lock_guard lock(mutex_);
  keys_.insert(key);
}

void KeyRing::revoke(const identity::PublicKey& key) {
  const std::lock_guard lock(mutex_);
  keys_.erase(key);
}

bool KeyRing::admits(const identity::PublicKey& key) const {
  const std::lock_guard lock(mutex_);
  return keys_.contains(key);
}

}  // namespace berth::transport

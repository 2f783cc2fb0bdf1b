// SPDX-License-Identifier: Apache-2.0
//
// Where a test's server listens when clients look for it while it is away.
#pragma once

#include <string>

#include <unistd.h>

namespace berth::loopback {

/// A loopback address of this process alone. On 127.0.0.1 a client that tries a port again and again where nobody
/// listens may one day be given that very port as its own, and is then connected to itself, and the port taken; here
/// its own address is another.
inline std::string ownAddress() {
  const auto pid = static_cast<unsigned>(::getpid());
  return "127." + std::to_string(1 + (pid >> 16U) % 254) + "." + std::to_string((pid >> 8U) & 255U) + "." +
         std::to_string(1 + (pid & 255U) % 254);
}

}  // namespace berth::loopback

// SPDX-License-Identifier: Apache-2.0
//
// How a host joins a fleet: it makes its key, shows the controller that it holds the token, and notes whom it joined.
// The token names the controller's key, so from the first byte on nobody else is talked to. Interrupted at any point,
// it can be run again (with a new token, if the old one was used up): the identity is written last.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <variant>

#include "agent/state/directory.h"
#include "protocol/identity/token.h"

namespace berth::program {

inline constexpr std::chrono::seconds kJoinTimeout{15};

struct JoinError {
  std::string message;
};

struct JoinWishes {
  std::string zone;
  std::map<std::string, std::string> labels;
  std::chrono::milliseconds timeout = kJoinTimeout;
};

[[nodiscard]] std::variant<state::Identity, JoinError> join(state::Directory& directory,
                                                            const identity::JoinToken& token, const JoinWishes& wishes);

/// A directory that root made for another user's service belongs to that user, and so does what is in it: gives the
/// files of `root` that join wrote to the owner of `root`. Does nothing when this process is not root.
void handOver(const std::filesystem::path& root);

}  // namespace berth::program

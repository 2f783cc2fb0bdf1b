// SPDX-License-Identifier: Apache-2.0
//
// The controller has three doors and an agent has one, each with its own list of who may come in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace berth::transport {

enum class Domain : std::uint8_t {
  agents,     ///< keys of hosts that have joined
  operators,  ///< keys of people and programs that use the CLI
  enrolment,  ///< any key, but only tiny messages: who comes in here can do nothing but show a join token
  peers,      ///< of an agent: keys of the agents that take a volume from it at this moment
};
inline constexpr std::size_t kDomains = 4;
/// "agents", "operators", "enrolment", "peers"
[[nodiscard]] std::string_view toString(Domain domain);

/// The largest message that a server or client of this domain takes or sends, in bytes.
[[nodiscard]] std::size_t maxMessageBytes(Domain domain);

}  // namespace berth::transport

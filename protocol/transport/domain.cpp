// SPDX-License-Identifier: Apache-2.0
#include "protocol/transport/domain.h"

#include "protocol/message/limits.h"

namespace berth::transport {

std::string_view toString(Domain domain) {
  switch (domain) {
    case Domain::agents: return "agents";
    case Domain::operators: return "operators";
    case Domain::enrolment: return "enrolment";
    case Domain::peers: return "peers";
  }
  return "unknown";
}

std::size_t maxMessageBytes(Domain domain) {
  switch (domain) {
    case Domain::agents:
    case Domain::operators: return message::kMaxMessageBytes;
    case Domain::enrolment: return message::kMaxJoinBytes;
    case Domain::peers: return message::kMaxPeerBytes;
  }
  return 0;
}

}  // namespace berth::transport

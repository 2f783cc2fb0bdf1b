// SPDX-License-Identifier: Apache-2.0
#include "protocol/transport/domain.h"

#include "protocol/message/limits.h"

namespace berth::transport {

std::string_view toString(Domain domain) {
  switch (domain) {
    case Domain::agents: return "agents";
    case Domain::operators: return "operators";
    case Domain::enrolment: return "enrolment";
  }
  return "unknown";
}

std::size_t maxMessageBytes(Domain domain) {
  return domain == Domain::enrolment ? message::kMaxJoinBytes : message::kMaxMessageBytes;
}

}  // namespace berth::transport

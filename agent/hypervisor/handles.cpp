// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/handles.h"

#include <array>

namespace berth::hypervisor {
namespace {

/// Three unanswered questions, five seconds apart: libvirtd hangs. Without this a call would wait for ever.
constexpr int kKeepAliveSeconds = 5;
constexpr unsigned kKeepAliveCount = 3;

}  // namespace

Handle<virConnect> openConnection(const std::string& uri, std::string* reason) {
  Handle<virConnect> connection(virConnectOpen(uri.c_str()));
  if (!connection) {
    if (reason != nullptr) *reason = lastReason();
    return nullptr;
  }
  // Not every transport can; those that cannot notice a dead peer by themselves.
  (void)virConnectSetKeepAlive(connection.get(), kKeepAliveSeconds, kKeepAliveCount);
  return connection;
}

Uuid uuidOf(virDomain* domain) {
  Uuid::Bytes bytes{};
  if (virDomainGetUUID(domain, bytes.data()) != 0) return {};
  return Uuid(bytes);
}

std::string nameOf(virDomain* domain) {
  const char* name = virDomainGetName(domain);
  return name == nullptr ? "" : name;
}

std::optional<FoundMark> markOf(virDomain* domain) {
  const Handle<char> xml(virDomainGetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, kMarkNamespace, 0));
  if (!xml) return std::nullopt;
  return parseMark(xml.get(), uuidOf(domain), nameOf(domain));
}

Handle<virDomain> lookUp(virConnect* connection, const Uuid& uuid) {
  return Handle<virDomain>(virDomainLookupByUUID(connection, uuid.bytes().data()));
}

int lastCode() {
  const virErrorPtr error = virGetLastError();
  return error == nullptr ? VIR_ERR_OK : error->code;
}

std::string lastReason() {
  const virErrorPtr error = virGetLastError();
  return error == nullptr || error->message == nullptr ? "libvirt gives no reason" : error->message;
}

}  // namespace berth::hypervisor

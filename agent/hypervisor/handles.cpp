// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/handles.h"

#include <array>

namespace berth::hypervisor {
namespace {

/// Three unanswered questions, five seconds apart: libvirtd hangs. Without this a call would wait for ever.
constexpr int kKeepAliveSeconds = 5;
constexpr unsigned kKeepAliveCount = 3;

std::optional<FoundMark> markIn(virDomain* domain, unsigned flags) {
  const Handle<char> xml(virDomainGetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, kMarkNamespace, flags));
  if (!xml) return std::nullopt;
  return parseMark(xml.get(), uuidOf(domain), nameOf(domain));
}

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
  auto found = markIn(domain, VIR_DOMAIN_AFFECT_CONFIG);
  // A domain that somebody undefined while it runs has no definition any more, and is ours all the same.
  if (!found && lastCode() == VIR_ERR_OPERATION_INVALID) found = markIn(domain, VIR_DOMAIN_AFFECT_LIVE);
  return found;
}

std::optional<FoundMark> runningMarkOf(virDomain* domain) { return markIn(domain, VIR_DOMAIN_AFFECT_LIVE); }

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

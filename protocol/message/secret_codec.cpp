// SPDX-License-Identifier: Apache-2.0
#include "protocol/message/secret_codec.h"

#include <algorithm>

namespace berth::message {

static_assert(static_cast<int>(SecretKind::given) == static_cast<int>(schema::Secret::Kind::GIVEN));

static constexpr std::size_t kLongestName = 128;

std::optional<SecretName> SecretName::parse(std::string_view text) {
  const auto isLetter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '/';
  };
  const bool isBounded = !text.empty() && text.size() <= kLongestName && text.front() != '/' && text.back() != '/';
  if (!isBounded || !std::ranges::all_of(text, isLetter) || text.find("//") != std::string_view::npos) {
    return std::nullopt;
  }
  return SecretName(std::string(text));
}

void write(schema::SecretChoice::Builder to, const ClusterName& cluster, const SecretName& name,
           std::uint32_t version) {
  to.setCluster(text(cluster.str()));
  to.setName(text(name.str()));
  to.setVersion(version);
}

void write(schema::SetSecret::Builder to, const request::SetSecret& from) {
  write(to.initWhat(), from.cluster, from.name);
  to.setValue(bytes(from.value));
}

void write(schema::Secret::Builder to, const SecretRow& from) {
  to.setName(text(from.name.str()));
  to.setKind(static_cast<schema::Secret::Kind>(from.kind));
  to.setVersion(from.version);
  to.setInForce(from.inForce);
  to.setNode(text(from.node.str()));
  to.setMadeMs(from.madeMs);
  to.setBy(text(from.by.str()));
  to.setExpiresMs(from.expiresMs);
}

SecretName readSecretName(capnp::Text::Reader from) {
  const auto name = SecretName::parse({from.begin(), from.size()});
  if (!name) bad("secret", "is not a name");
  return *name;
}

request::ReadSecret readReadSecret(schema::SecretChoice::Reader from) {
  auto read = readSecretChoice<request::ReadSecret>(from);
  read.version = from.getVersion();
  return read;
}

request::SetSecret read(schema::SetSecret::Reader from) {
  auto set = readSecretChoice<request::SetSecret>(from.getWhat());
  set.value = readBytes(from.getValue(), kMaxSecret, "value");
  return set;
}

SecretRow read(schema::Secret::Reader from) {
  return {readSecretName(from.getName()),
          readEnum(from.getKind(), SecretKind::given, "kind"),
          from.getVersion(),
          from.getInForce(),
          readNameIfAny<NodeName>(from.getNode(), "node").value_or(NodeName()),
          from.getMadeMs(),
          readName<OperatorName>(from.getBy(), "operator"),
          from.getExpiresMs()};
}

}  // namespace berth::message

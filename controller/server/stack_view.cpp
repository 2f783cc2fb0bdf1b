// SPDX-License-Identifier: Apache-2.0
#include "controller/server/stack_view.h"

#include "controller/secrets/certificates.h"
#include "controller/server/revisions.h"
#include "planner/stack/roles.h"
#include "planner/stack/vault.h"

namespace berth::server {

using message::Reply;
using message::StackToolRow;
using message::ToolKind;
using message::reply::ErrorCode;

namespace {

/// The version that the nodes have; null when there is none.
const store::SecretRecord* inForce(const Core& core, const ClusterName& cluster, const std::string& name) {
  for (const auto* each : core.ledger().secretsOf(cluster, name)) {
    if (each->inForce) return each;
  }
  return nullptr;
}

StackToolRow rowOf(ToolKind kind, const spec::Tool& tool, const store::SecretRecord* token) {
  StackToolRow row{kind, tool.version->str(), *tool.servers};
  if (token == nullptr) return row;
  row.token = message::SecretName::parse(token->name);
  row.tokenVersion = token->version;
  return row;
}

}  // namespace

Reply describeStack(Core& core, const Vault& vault, const message::request::DescribeStack& asked) {
  const ClusterName& cluster = asked.cluster;
  auto submission = submissionOf(core, cluster, {});
  if (auto* error = std::get_if<message::reply::Error>(&submission)) return std::move(*error);
  const auto spec = specOf(std::get<message::Submission>(submission));
  if (!spec) {
    return refusal(ErrorCode::conflict, "the spec in force of cluster " + cluster.str() + " does not read any more",
                   "apply one that does");
  }
  if (!spec->stack) {
    return refusal(ErrorCode::notFound, "cluster " + cluster.str() + " has no stack",
                   "declare one in its spec; see: berth explain stack");
  }
  const spec::Stack& stack = *spec->stack;
  message::reply::Stack view;
  if (stack.consul) {
    view.tools.push_back(rowOf(ToolKind::consul, *stack.consul, inForce(core, cluster, stack::kConsulManagement)));
  }
  if (stack.nomad)
    view.tools.push_back(rowOf(ToolKind::nomad, *stack.nomad, inForce(core, cluster, stack::kNomadManagement)));
  if (stack.vault) {
    const auto kind = stack.vault->isOpenBao ? ToolKind::openbao : ToolKind::vault;
    // There is one only where Berth has begun their cluster.
    view.tools.push_back(rowOf(kind, *stack.vault, inForce(core, cluster, stack::managementOf(*stack.vault))));
  }
  if (const auto* authority = inForce(core, cluster, stack::kAuthority)) {
    const auto value = vault.open(*authority);
    const auto pair = value ? secrets::split(*value) : std::nullopt;
    if (!pair) {
      return refusal(ErrorCode::internal,
                     "secret \"" + authority->name + "\" in the store is not what was sealed there",
                     "restore a copy of the store");
    }
    view.authority = pair->certificate;
  }
  return view;
}

}  // namespace berth::server

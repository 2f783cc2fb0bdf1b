// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/acl.h"

#include "planner/stack/nomad.h"

namespace berth::stack {
namespace {

constexpr std::string_view kConsulAcl =
    R"script(# Written by Berth: puts this cluster's policies and tokens into Consul.
set -u
export LC_ALL=C
own=/etc/berth/stack/consul
api=http://127.0.0.1:8500/v1

ask() { curl --silent --fail --max-time 10 --header "@$own/management.header" "$@"; }
put() { ask --request PUT --data "@$2" "$api/$1" > /dev/null; }

policy() {
  local name id
  name=$(jq -r .Name "$1")
  id=$(ask "$api/acl/policies" | jq -r --arg name "$name" '.[] | select(.Name == $name) | .ID') || return 1
  put "acl/policy${id:+/$id}" "$1"
}

token() {
  local id
  id=$(jq -r .AccessorID "$1")
  if ask "$api/acl/token/$id" > /dev/null; then put "acl/token/$id" "$1"; else put acl/token "$1"; fi
}

everything() {
  local file
  [[ $(ask "$api/status/leader") == '"'?*'"' ]] || return 1
  for file in "$own"/policies/*.json; do policy "$file" || return 1; done
  for file in "$own"/tokens/*.json; do token "$file" || return 1; done
}

until everything; do sleep 2; done
)script";

// Asked of the node itself, whose answers about the servers are the leader's. That its own identity is meant, and not
// that of the machine whose name and address it has, is what keeps it from being taken for ready by the health of its
// predecessor.
constexpr std::string_view kConsulReady =
    R"script(# Written by Berth: waits until this node serves as the Consul that it is meant to be.
# NODE, DATA_DIR and ROLE come from the unit.
set -u
export LC_ALL=C
own=/etc/berth/stack/consul
api=http://127.0.0.1:8500/v1
rounds=5

ask() { curl --silent --fail --max-time 10 --header "@$own/$token.header" "$@"; }

# The leader answers; of all servers, this one is a voter and well, and so are the others.
is_voter() {
  ask "$api/operator/autopilot/health" | jq -e --arg id "$id" \
    '.Healthy and any(.Servers[]; .ID == $id and .Healthy and .Voter)' > /dev/null
}

# A name stays with the machine that had it last, until somebody takes it away from that one.
is_in_catalog() {
  local known
  known=$(ask "$api/catalog/node/$NODE" | jq -r '.Node.ID // empty') || return 1
  [[ $known == "$id" ]] && return 0
  [[ -n $known ]] || return 1
  printf '{"Node":"%s"}' "$NODE" | ask --request PUT --data @- "$api/catalog/deregister" > /dev/null
  return 1
}

is_well() {
  id=$(< "$DATA_DIR/node-id") || return 1
  [[ $(ask "$api/status/leader") == '"'?*'"' ]] || return 1
  is_in_catalog || return 1
  [[ $ROLE != server ]] || is_voter
}

token=agent
[[ $ROLE != server ]] || token=management
well=0
while ((well < rounds)); do
  if is_well 2> /dev/null; then well=$((well + 1)); else well=0; fi
  sleep 2
done
)script";

constexpr std::string_view kNomadAcl = R"script(# Written by Berth: gives Nomad its first token.
set -u
export LC_ALL=C
own=/etc/berth/stack/nomad
api=https://127.0.0.1:4646/v1

ask() { curl --silent --fail --max-time 10 --cacert /etc/nomad.d/tls/ca.pem "$@"; }

# It can be given once; whether that was done is seen by what it may do.
is_known() { ask --header "@$own/management.header" "$api/acl/token/self" > /dev/null; }

until is_known; do
  ask --request POST --data "@$own/bootstrap.json" "$api/acl/bootstrap" > /dev/null || sleep 2
done
)script";

constexpr std::string_view kNomadReady = R"script(# Written by Berth: waits until this node serves as a part of Nomad.
# ROLE comes from the unit.
set -u
export LC_ALL=C
own=/etc/berth/stack/nomad
api=https://127.0.0.1:4646/v1
rounds=5

ask() { curl --silent --fail --max-time 10 --cacert /etc/nomad.d/tls/ca.pem "$@"; }

is_well() {
  ask "$api/agent/health?type=$ROLE" > /dev/null || return 1
  [[ $ROLE != server ]] || ask --header "@$own/management.header" "$api/operator/autopilot/health" > /dev/null
}

well=0
while ((well < rounds)); do
  if is_well; then well=$((well + 1)); else well=0; fi
  sleep 2
done
)script";

constexpr const char* kConsulOwn = "/etc/berth/stack/consul";
constexpr const char* kNomadOwn = "/etc/berth/stack/nomad";

// Accessors are no secrets: by them a token is known when it is put again.
constexpr const char* kAgentAccessor = "62657274-6800-4000-8000-000000000001";
constexpr const char* kNomadAccessor = "62657274-6800-4000-8000-000000000002";
constexpr const char* kAnonymousAccessor = "00000000-0000-0000-0000-000000000002";

std::string path(const char* directory, std::string_view file) {
  return std::string(directory) + "/" + std::string(file);
}

OwnFile policyFile(std::string_view name, std::string_view meaning, std::string_view rules) {
  const Json policy = {{"Name", name}, {"Description", meaning}, {"Rules", rules}};
  return {path(kConsulOwn, "policies/" + std::string(name) + ".json"), policy.dump(2) + "\n"};
}

/// Without a secret where there is one already.
OwnFile tokenFile(std::string_view name, const char* accessor, std::string_view meaning, std::string_view policy,
                  const std::string& secret) {
  Json token = {
      {"AccessorID", accessor}, {"Description", meaning}, {"Policies", Json::array({{{"Name", std::string(policy)}}})}};
  if (!secret.empty()) token["SecretID"] = secret;
  return {path(kConsulOwn, "tokens/" + std::string(name) + ".json"), token.dump(2) + "\n"};
}

OwnFile header(const char* directory, std::string_view name, std::string_view key, const std::string& token) {
  return {path(directory, std::string(name) + ".header"), std::string(key) + ": " + token + "\n"};
}

/// One that waits; what is ordered behind it waits as well. Where `after` cannot be started it fails, and the node says
/// so.
OwnUnit waitingUnit(const char* name, std::string_view meaning, std::string_view after, const std::string& environment,
                    const std::string& script) {
  return {name, "# Written by Berth.\n[Unit]\nDescription=" + std::string(meaning) + "\nAfter=" + std::string(after) +
                    "\nRequires=" + std::string(after) +
                    "\n\n[Service]\nType=oneshot\nRemainAfterExit=yes\nTimeoutStartSec=infinity\n" + environment +
                    "ExecStart=/bin/bash " + script + "\n\n[Install]\nWantedBy=multi-user.target\n"};
}

}  // namespace

std::vector<OwnFile> consulFiles(const Writing& writing) {
  const std::string agent = writing.secrets.of(kConsulAgent);
  std::vector<OwnFile> files{{path(kConsulOwn, "ready"), std::string(kConsulReady)}};
  if (writing.roles.consul == Role::client) {
    files.push_back(header(kConsulOwn, "agent", "X-Consul-Token", agent));
    return files;
  }
  files.push_back({path(kConsulOwn, "acl"), std::string(kConsulAcl)});
  files.push_back(header(kConsulOwn, "management", "X-Consul-Token", writing.secrets.of(kConsulManagement)));
  files.push_back(policyFile("berth-agent", "what the agents of nodes may do",
                             R"(node_prefix "" { policy = "write" })"
                             "\n"
                             R"(service_prefix "" { policy = "read" })"
                             "\n"
                             R"(agent_prefix "" { policy = "read" })"
                             "\n"));
  files.push_back(policyFile("berth-dns", "what everybody may look up",
                             R"(node_prefix "" { policy = "read" })"
                             "\n"
                             R"(service_prefix "" { policy = "read" })"
                             "\n"));
  files.push_back(tokenFile("agent", kAgentAccessor, "Agents of nodes", "berth-agent", agent));
  files.push_back(tokenFile("anonymous", kAnonymousAccessor, "Anonymous Token", "berth-dns", ""));
  if (!writing.stack.nomad) return files;
  files.push_back(policyFile("berth-nomad", "what the agents of Nomad may do",
                             R"(agent_prefix "" { policy = "read" })"
                             "\n"
                             R"(node_prefix "" { policy = "read" })"
                             "\n"
                             R"(service_prefix "" { policy = "write" })"
                             "\n"));
  files.push_back(
      tokenFile("nomad", kNomadAccessor, "Agents of Nomad", "berth-nomad", writing.secrets.of(kConsulForNomad)));
  return files;
}

std::vector<OwnUnit> consulUnits(const Writing& writing) {
  const bool isServer = writing.roles.consul == Role::server;
  const std::string environment = "Environment=NODE=" + writing.node.name +
                                  " DATA_DIR=" + *writing.stack.consul->dataDir +
                                  " ROLE=" + wordOf(writing.roles.consul) + "\n";
  std::vector<OwnUnit> units;
  if (isServer) {
    units.push_back(
        waitingUnit(kConsulAclUnit, "Policies and tokens of Consul", "consul.service", "", path(kConsulOwn, "acl")));
  }
  units.push_back(waitingUnit(kConsulReadyUnit, "Wait for Consul", isServer ? kConsulAclUnit : "consul.service",
                              environment, path(kConsulOwn, "ready")));
  return units;
}

std::vector<OwnFile> nomadFiles(const Writing& writing) {
  std::vector<OwnFile> files{{path(kNomadOwn, "ready"), std::string(kNomadReady)}};
  if (writing.roles.nomad != Role::server) return files;
  const std::string token = writing.secrets.of(kNomadManagement);
  files.push_back({path(kNomadOwn, "acl"), std::string(kNomadAcl)});
  files.push_back({path(kNomadOwn, "bootstrap.json"), Json{{"BootstrapSecret", token}}.dump() + "\n"});
  files.push_back(header(kNomadOwn, "management", "X-Nomad-Token", token));
  return files;
}

std::vector<OwnUnit> nomadUnits(const Writing& writing) {
  const bool isServer = writing.roles.nomad == Role::server;
  std::vector<OwnUnit> units;
  if (isServer) {
    units.push_back(waitingUnit(kNomadAclUnit, "First token of Nomad", "nomad.service", "", path(kNomadOwn, "acl")));
  }
  units.push_back(waitingUnit(kNomadReadyUnit, "Wait for Nomad", isServer ? kNomadAclUnit : "nomad.service",
                              "Environment=ROLE=" + wordOf(writing.roles.nomad) + "\n", path(kNomadOwn, "ready")));
  return units;
}

}  // namespace berth::stack

// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/report.h"

#include "planner/stack/vault.h"

namespace berth::stack {
namespace {

constexpr const char* kReportScriptPath = "/etc/berth/stack/report";

constexpr std::string_view kReport = R"script(# Written by Berth: says how the stack of this node is.
# CONSUL, NOMAD and VAULT (server, client, or nothing), what else they need, and REPORT come from the unit.
set -u
export LC_ALL=C
own=/etc/berth/stack
interval=15

ask() { curl --silent --max-time 5 "$@"; }
status_of() { ask --output /dev/null --write-out '%{http_code}' "$@"; }

# "10.20.0.11" of "10.20.0.11:8300", '"[fe80::1]:4647"' and "https://10.20.0.11:8200".
host_of() {
  local text=${1//[\"\[\]]/}
  text=${text#https://}
  printf %s "${text%:*}"
}

# Whether the node's own token is taken, by an address that tells what it is.
acl_by() {
  case $(status_of "$@") in
    200) printf accepted ;;
    401 | 403) printf refused ;;
    *) printf %s - ;;
  esac
}

# The first line of every tool's `version` is like "Consul v1.22.4".
version_of() {
  local line
  line=$("$1" version 2> /dev/null) && [[ $line =~ v([0-9][0-9A-Za-z.+~_-]*) ]] && printf %s "${BASH_REMATCH[1]}"
}

declare -A version=()
tell() {
  local tool=$1 program=$2
  shift 2
  [[ -n ${version[$tool]:-} ]] || version[$tool]=$(version_of "$program")
  local IFS=/
  printf '%s/%s/%s\n' "$tool" "${version[$tool]:--}" "$*"
}

# How the servers are: by the answer of the leader's autopilot, and the id or name by which it knows this one.
judge() {
  jq -r --arg me "$2" '
    def mine: .ID == $me or .Name == $me;
    [.Servers[]? | select(.Voter)] as $voters
    | if any(.Servers[]?; mine and .Healthy and .Voter) | not then "unwell"
      elif .Healthy then "well" else "degraded" end
    | "\(.) \($voters | length)"' <<< "$1" 2> /dev/null || echo 'unwell -'
}

of_consul() {
  local api=http://127.0.0.1:8500/v1 token=agent part=$CONSUL leader state=well voters=- acl id=
  [[ $CONSUL != server ]] || token=management
  [[ $part == client ]] || part=follower
  if ! leader=$(ask --fail "$api/status/leader"); then
    tell consul consul "$part" silent - - -
    return
  fi
  acl=$(acl_by --header "@$own/consul/$token.header" "$api/acl/token/self")
  leader=$(host_of "$leader")
  if [[ -z $leader ]]; then
    state=no-leader
  elif [[ $part != client ]]; then
    [[ $leader != "$ADDRESS" ]] || part=leader
    read -r id < "$CONSUL_DATA/node-id"
    read -r state voters < <(judge "$(ask --header "@$own/consul/$token.header" "$api/operator/autopilot/health")" "$id")
  fi
  tell consul consul "$part" "$state" "$voters" "${leader:--}" "$acl"
}

of_nomad() {
  local api=https://127.0.0.1:4646/v1 ca=/etc/nomad.d/tls/ca.pem part=$NOMAD leader state=well voters=- acl=- health
  [[ $part == client ]] || part=follower
  leader=$(host_of "$(ask --fail --cacert "$ca" "$api/status/leader")")
  health=$(status_of --cacert "$ca" "$api/agent/health?type=$NOMAD")
  if [[ $health == 000 ]]; then
    state=silent
  elif [[ -z $leader ]]; then
    state=no-leader
  elif [[ $health != 200 ]]; then
    state=unwell
  elif [[ $part != client ]]; then
    [[ $leader != "$ADDRESS" ]] || part=leader
    acl=$(acl_by --cacert "$ca" --header "@$own/nomad/management.header" "$api/acl/token/self")
    read -r state voters < <(judge "$(ask --cacert "$ca" --header "@$own/nomad/management.header" \
      "$api/operator/autopilot/health")" "$NODE.global")
  fi
  tell nomad nomad "$part" "$state" "$voters" "${leader:--}" "$acl"
}

of_vault() {
  local api=https://127.0.0.1:8200/v1 ca=$VAULT_DIRECTORY/tls/ca.pem part=follower state=unwell leader
  case $(status_of --cacert "$ca" "$api/sys/health") in
    000) state=silent ;;
    200) part=leader state=well ;;
    429 | 472 | 473) state=well ;;
    474) state=no-leader ;;
    501) state=uninitialized ;;
    503) state=sealed ;;
  esac
  leader=$(host_of "$(ask --cacert "$ca" "$api/sys/leader" | jq -r '.leader_address // empty' 2> /dev/null)")
  tell "$VAULT" "$VAULT_PROGRAM" "$part" "$state" - "${leader:--}" -
}

while :; do
  line=
  for tool in ${CONSUL:+consul} ${NOMAD:+nomad} ${VAULT:+vault}; do line+=${line:+,}$("of_$tool"); done
  read -r uptime _ < /proc/uptime
  printf '%s %s\n' "${uptime%.*}" "$line" > "$REPORT"
  sleep "$interval"
done
)script";

}  // namespace

OwnFile reportFile() { return {kReportScriptPath, std::string(kReport)}; }

OwnUnit reportUnit(const Writing& writing) {
  std::string environment =
      "NODE=" + writing.node.name + " ADDRESS=" + writing.node.address + " REPORT=" + kStackReportPath;
  if (writing.roles.consul != Role::none) {
    environment += " CONSUL=" + wordOf(writing.roles.consul) + " CONSUL_DATA=" + *writing.stack.consul->dataDir;
  }
  if (writing.roles.nomad != Role::none) environment += " NOMAD=" + wordOf(writing.roles.nomad);
  if (writing.roles.vault != Role::none) {
    const spec::Vault& vault = *writing.stack.vault;
    environment += " VAULT=" + vaultName(vault) + " VAULT_DIRECTORY=" + vaultDirectory(vault) +
                   " VAULT_PROGRAM=" + (vault.isOpenBao ? "bao" : "vault");
  }
  return {kReportUnit,
          "# Written by Berth.\n[Unit]\nDescription=Say how the stack of this node is\n"
          "\n[Service]\nEnvironment=" +
              environment + "\nExecStart=/bin/bash " + kReportScriptPath +
              "\nRuntimeDirectory=berth\nRuntimeDirectoryPreserve=yes\nNice=5\nRestart=always\nRestartSec=10\n"
              "\n[Install]\nWantedBy=multi-user.target\n"};
}

}  // namespace berth::stack

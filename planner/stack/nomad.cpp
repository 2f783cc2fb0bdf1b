// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/nomad.h"

#include "planner/stack/consul.h"

namespace berth::stack {
namespace {

using spec::ToolVersion;

constexpr ToolVersion kClientIntroduction{1, 11, 0};
constexpr const char* kRpcPort = ":4647";

Json joinOf(const Writing& writing) {
  Json servers = Json::array();
  for (const std::string& each : serversToJoin(writing.roster, *writing.stack.nomad->servers)) {
    servers.push_back(each + kRpcPort);
  }
  // Without a limit: the others may come up much later.
  return {{"retry_join", servers}, {"retry_max", 0}, {"retry_interval", "5s"}};
}

Json identity(const char* audience) { return {{"aud", Json::array({audience})}, {"ttl", "1h"}}; }

void addServer(Json& config, const Writing& writing) {
  const spec::Nomad& nomad = *writing.stack.nomad;
  const std::uint32_t servers = *writing.spec.find(*nomad.servers)->count;
  config["server"] = {{"enabled", true},
                      {"bootstrap_expect", bootstrapSize(servers)},
                      {"encrypt", writing.secrets.of(kNomadGossip)},
                      {"server_join", joinOf(writing)}};
  if (*nomad.version >= kClientIntroduction) config["server"]["client_introduction"] = {{"enforcement", "warn"}};
  config["autopilot"] = {{"cleanup_dead_servers", true}, {"min_quorum", bootstrapSize(servers)}};
}

void addClient(Json& config, const Writing& writing) {
  config["client"] = {{"enabled", true},
                      {"server_join", joinOf(writing)},
                      {"cni_path", "/opt/cni/bin"},
                      {"cni_config_dir", "/opt/cni/config"},
                      {"options", {{"driver.denylist", "docker,qemu,java"}}}};
  config["plugin_dir"] = kNomadPlugins;
  // Without a section of its own a plugin is not even started. SELinux keeps containers from files that are not
  // labelled for them.
  Json driver = {{"socket_path", "unix:///run/podman/podman.sock"},
                 {"volumes", {{"enabled", true}, {"selinuxlabel", "z"}}},
                 {"extra_labels", Json::array({"job_name", "task_name", "node_name"})}};
  if (writing.roles.consul != Role::none) driver["dns_servers"] = Json::array({writing.node.address});
  config["plugin"] = {{"nomad-driver-podman", {{"config", driver}}}};
}

void addConsul(Json& config, const Writing& writing) {
  Json consul = {{"address", "127.0.0.1:8500"}, {"token", writing.secrets.of(kConsulForNomad)}};
  if (*writing.stack.consul->version >= kConsulGrpcTls) {
    consul["grpc_address"] = "127.0.0.1:8503";
    consul["grpc_ca_file"] = caPath(kNomadDirectory);
  }
  if (writing.roles.nomad == Role::server) {
    consul["service_identity"] = identity("consul.io");
    consul["task_identity"] = identity("consul.io");
  }
  config["consul"] = std::move(consul);
}

void addVault(Json& config, const Writing& writing) {
  const auto servers = serversToJoin(writing.roster, *writing.stack.vault->servers);
  if (servers.empty()) return;
  config["vault"] = {
      {"enabled", true}, {"address", "https://" + servers.front() + ":8200"}, {"ca_file", caPath(kNomadDirectory)}};
  if (writing.roles.nomad == Role::server) config["vault"]["default_identity"] = identity("vault.io");
}

}  // namespace

std::string nomadConfig(const Writing& writing) {
  const spec::Nomad& nomad = *writing.stack.nomad;
  const std::string& address = writing.node.address;
  Json config = {
      {"datacenter", *writing.stack.datacenter},
      {"name", writing.node.name},
      {"data_dir", *nomad.dataDir},
      {"bind_addr", "0.0.0.0"},
      {"advertise", {{"http", address}, {"rpc", address}, {"serf", address}}},
      {"disable_update_check", true},
      {"acl", {{"enabled", true}}},
      {"tls",
       {{"http", true},
        {"rpc", true},
        {"ca_file", caPath(kNomadDirectory)},
        {"cert_file", certificatePath(kNomadDirectory)},
        {"key_file", keyPath(kNomadDirectory)},
        {"verify_server_hostname", true},
        {"verify_https_client", false}}},
      {"telemetry",
       {{"publish_allocation_metrics", true}, {"publish_node_metrics", true}, {"prometheus_metrics", true}}}};
  if (writing.roles.nomad == Role::server) addServer(config, writing);
  if (writing.roles.nomad == Role::client) addClient(config, writing);
  if (writing.stack.consul) addConsul(config, writing);
  if (writing.stack.vault) addVault(config, writing);
  return withNative(std::move(config), nomad, writing.roles.nomad);
}

}  // namespace berth::stack

// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/consul.h"

namespace berth::stack {
namespace {

using spec::ToolVersion;

constexpr ToolVersion kUiConfig{1, 9, 0};
constexpr ToolVersion kInitialManagement{1, 11, 0};
constexpr ToolVersion kTlsBlock{1, 12, 0};

/// Peers prove who they are in either direction. Whoever calls the API over HTTPS shows a token instead of a
/// certificate.
void addTls(Json& config, const ToolVersion& version) {
  const std::string ca = caPath(kConsulDirectory);
  const std::string certificate = certificatePath(kConsulDirectory);
  const std::string key = keyPath(kConsulDirectory);
  if (version < kTlsBlock) {
    config.update({{"ca_file", ca},
                   {"cert_file", certificate},
                   {"key_file", key},
                   {"verify_incoming_rpc", true},
                   {"verify_outgoing", true},
                   {"verify_server_hostname", true}});
    return;
  }
  config["tls"] = {{"defaults",
                    {{"ca_file", ca},
                     {"cert_file", certificate},
                     {"key_file", key},
                     {"verify_incoming", true},
                     {"verify_outgoing", true}}},
                   {"internal_rpc", {{"verify_server_hostname", true}}},
                   {"https", {{"verify_incoming", false}}},
                   {"grpc", {{"verify_incoming", false}}}};
}

void addServer(Json& config, const Writing& writing, const ToolVersion& version) {
  const std::uint32_t servers = *writing.spec.find(*writing.stack.consul->servers)->count;
  config["server"] = true;
  config["bootstrap_expect"] = bootstrapSize(servers);
  // The voters stay the same when a machine reboots.
  config["leave_on_terminate"] = false;
  config["autopilot"] = {{"cleanup_dead_servers", true},
                         {"min_quorum", bootstrapSize(servers)},
                         {"last_contact_threshold", "1s"},
                         {"server_stabilization_time", "10s"}};
  config["connect"] = {{"enabled", true}};
  if (version < kUiConfig) {
    config["ui"] = true;
  } else {
    config["ui_config"] = {{"enabled", true}};
  }
  const char* management = version < kInitialManagement ? "master" : "initial_management";
  config["acl"]["tokens"][management] = writing.secrets.of(kConsulManagement);
}

}  // namespace

std::string consulConfig(const Writing& writing) {
  const spec::Consul& consul = *writing.stack.consul;
  const ToolVersion& version = *consul.version;
  Json config = {{"datacenter", *writing.stack.datacenter},
                 {"node_name", writing.node.name},
                 {"data_dir", *consul.dataDir},
                 {"bind_addr", "0.0.0.0"},
                 {"advertise_addr", writing.node.address},
                 // Without TLS on the node itself alone.
                 {"client_addr", "127.0.0.1"},
                 {"addresses", {{"https", "0.0.0.0"}}},
                 {"retry_join", serversToJoin(writing.roster, *consul.servers)},
                 {"retry_interval", "5s"},
                 {"encrypt", writing.secrets.of(kConsulGossip)},
                 {"disable_update_check", true},
                 {"leave_on_terminate", true},
                 {"ports", {{"http", 8500}, {"https", kConsulHttps}, {"serf_wan", -1}}},
                 {"acl",
                  {{"enabled", true},
                   {"default_policy", "deny"},
                   {"enable_token_persistence", true},
                   {"tokens", {{"agent", writing.secrets.of(kConsulAgent)}}}}},
                 {"performance", {{"raft_multiplier", 1}}}};
  // Containers cannot reach the loopback of their host.
  const bool hasContainers = writing.roles.nomad == Role::client;
  config["addresses"]["dns"] = hasContainers ? "127.0.0.1 " + writing.node.address : "127.0.0.1";
  if (version < kConsulGrpcTls) {
    config["ports"]["grpc"] = 8502;
  } else {
    config["ports"]["grpc"] = -1;
    config["ports"]["grpc_tls"] = 8503;
  }
  addTls(config, version);
  if (writing.roles.consul == Role::server) addServer(config, writing, version);
  return withNative(std::move(config), consul, writing.roles.consul);
}

}  // namespace berth::stack

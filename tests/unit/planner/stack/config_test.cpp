// SPDX-License-Identifier: Apache-2.0
//
// Each tool's configuration in each of its ways to be written, byte by byte: testdata/NAME.json.
// tests/integration/stack hands those of Consul to a real Consul.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/stack/consul.h"
#include "planner/stack/nomad.h"
#include "planner/stack/service.h"
#include "planner/stack/vault.h"
#include "tests/unit/controller/cli/golden.h"
#include "tests/unit/planner/stack/stack_spec.h"

namespace berth::stack {
namespace {

using berth::testing::expectGolden;
using testing::Written;

std::string consulStack(const std::string& version, const std::string& more = "") {
  return "stack:\n  consul:\n    version: " + version + "\n    servers: server\n" + more;
}
std::string nomadStack(const std::string& version) {
  return consulStack("1.22.0") + "  nomad:\n    version: " + version + "\n    servers: server\n    clients: client\n";
}

/// The last release of each way to write it, and the first of the next.
class ConsulRelease : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, ConsulRelease,
                         ::testing::Values("1.8.7", "1.9.0", "1.10.12", "1.11.0", "1.12.0", "1.13.9", "1.14.0",
                                           "1.22.4", "2.1.0"));

TEST_P(ConsulRelease, HasServersThatAreWrittenItsWay) {
  const Written written(consulStack(GetParam()), "server");
  expectGolden(std::string("consul-server-") + GetParam() + ".json", consulConfig(written.writing()));
}

TEST_P(ConsulRelease, HasClientsThatAreWrittenItsWay) {
  const Written written(consulStack(GetParam()), "client");
  expectGolden(std::string("consul-client-") + GetParam() + ".json", consulConfig(written.writing()));
}

class NomadRelease : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, NomadRelease, ::testing::Values("1.8.4", "1.11.0", "2.0.5"));

TEST_P(NomadRelease, HasServersThatAreWrittenItsWay) {
  const Written written(nomadStack(GetParam()), "server");
  expectGolden(std::string("nomad-server-") + GetParam() + ".json", nomadConfig(written.writing()));
}

TEST_P(NomadRelease, HasClientsThatAreWrittenItsWay) {
  const Written written(nomadStack(GetParam()), "client");
  expectGolden(std::string("nomad-client-") + GetParam() + ".json", nomadConfig(written.writing()));
}

TEST(NomadConfig, LeavesDrainsToAUnitOfOurs) {
  const Written written(nomadStack("1.11.0"), "client");
  const Json config = Json::parse(nomadConfig(written.writing()));
  EXPECT_FALSE(config["client"].contains("drain_on_shutdown"));
  EXPECT_FALSE(config.contains("leave_on_terminate"));
}

TEST(VaultConfig, UnsealsOpenBaoByAKeyOfTheClusters) {
  const Written written("stack:\n  openbao: { version: 2.6.2, servers: server }\n", "server");
  expectGolden("openbao-2.6.2.json", vaultConfig(written.writing()));
}

TEST(VaultConfig, TakesTheSealOfVaultFromThePerson) {
  const Written written(
      "stack:\n  vault:\n    version: 1.21.0\n    servers: server\n"
      "    server_config: { seal: { awskms: { region: eu-west-1, kms_key_id: alias/vault } } }\n",
      "server");
  expectGolden("vault-1.21.0.json", vaultConfig(written.writing()));
}

TEST(VaultConfig, HasTheSealThatTheSpecNames) {
  const auto sealOf = [](const std::string& tool, const std::string& seal) {
    const Written written("stack:\n  " + tool + ": { version: 2.0.0, servers: server, seal: " + seal + " }\n",
                          "server");
    const Json config = Json::parse(vaultConfig(written.writing()));
    return config.contains("seal") ? config["seal"].dump() : "none";
  };
  for (const char* tool : {"vault", "openbao"}) {
    EXPECT_EQ(sealOf(tool, "controller"), "none");
    EXPECT_EQ(sealOf(tool, "manual"), "none");
    EXPECT_EQ(sealOf(tool, "{ transit: { address: \"https://vault.example\", key_name: k, mount_path: transit/ } }"),
              R"({"transit":{"address":"https://vault.example","key_name":"k","mount_path":"transit/"}})");
  }
}

TEST(VaultConfig, RegistersVaultInTheConsulOfItsNode) {
  Written written(consulStack("1.22.0") + "  vault: { version: 1.21.0, servers: server }\n", "server");
  written.secrets().set("consul/token/vault", "TOKEN");
  const Json config = Json::parse(vaultConfig(written.writing()));
  EXPECT_EQ(config["service_registration"]["consul"]["token"], "TOKEN");
  const Written alone("stack:\n  vault: { version: 1.21.0, servers: server }\n", "server");
  EXPECT_FALSE(Json::parse(vaultConfig(alone.writing())).contains("service_registration"));
}

TEST(VaultConfig, HasOpenBaoInTheConsulOfItsNode) {
  const Written written(consulStack("1.22.0") + "  openbao: { version: 2.6.2, servers: server }\n", "server");
  expectGolden("openbao-service.json", openbaoService(written.writing()));
}

TEST(NativeSettings, AreLaidOverWhatBerthWrites) {
  const std::string native =
      "    server_config: { log_level: debug, ports: { dns: 53 } }\n"
      "    client_config: { log_level: warn }\n";
  const Written server(consulStack("1.22.0", native), "server");
  const Json config = Json::parse(consulConfig(server.writing()));
  EXPECT_EQ(config["log_level"], "debug");
  EXPECT_EQ(config["ports"]["dns"], 53);
  EXPECT_EQ(config["ports"]["http"], 8500);
  const Written client(consulStack("1.22.0", native), "client");
  EXPECT_EQ(Json::parse(consulConfig(client.writing()))["log_level"], "warn");
}

TEST(ConsulConfig, HoldsTheSecretsThatAreMeant) {
  Written server(consulStack("1.22.0"), "server");
  server.secrets().set(kConsulGossip, "GOSSIP");
  server.secrets().set(kConsulManagement, "MANAGEMENT");
  server.secrets().set(kConsulAgent, "AGENT");
  const Json config = Json::parse(consulConfig(server.writing()));
  EXPECT_EQ(config["encrypt"], "GOSSIP");
  EXPECT_EQ(config["acl"]["tokens"]["initial_management"], "MANAGEMENT");
  EXPECT_EQ(config["acl"]["tokens"]["agent"], "AGENT");

  Written client(consulStack("1.22.0"), "client");
  client.secrets().set(kConsulManagement, "MANAGEMENT");
  EXPECT_THAT(consulConfig(client.writing()), ::testing::Not(::testing::HasSubstr("MANAGEMENT")));
}

}  // namespace
}  // namespace berth::stack

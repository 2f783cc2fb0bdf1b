// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/roles.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/stack/install.h"
#include "tests/unit/planner/stack/stack_spec.h"

namespace berth::stack {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::parse;
using testing::pool;
using testing::roster;
using testing::specOf;
using testing::specText;

constexpr const char* kAll =
    "stack:\n"
    "  consul: { version: 1.22.0, servers: server }\n"
    "  nomad: { version: 1.11.0, servers: server, clients: client }\n"
    "  openbao: { version: 2.6.2, servers: server }\n";

const secret::Wanted* find(const std::vector<secret::Wanted>& wanted, const std::string& name) {
  const auto found = std::ranges::find(wanted, name, &secret::Wanted::name);
  return found == wanted.end() ? nullptr : &*found;
}

/// The messages of what was found.
std::vector<std::string> toldOf(const std::string& stack, const std::string& further = "") {
  std::vector<std::string> told;
  for (const auto& each : parse(specText(stack, further)).findings) told.push_back(each.message);
  return told;
}

TEST(StackRoles, AreThoseThatTheSpecGivesThePool) {
  const spec::Spec spec = specOf(specText(kAll));
  const Roles server = rolesOf(spec, pool("server"));
  EXPECT_EQ(server.consul, Role::server);
  EXPECT_EQ(server.nomad, Role::server);
  EXPECT_EQ(server.vault, Role::server);
  const Roles client = rolesOf(spec, pool("client"));
  EXPECT_EQ(client.consul, Role::client);
  EXPECT_EQ(client.nomad, Role::client);
  EXPECT_EQ(client.vault, Role::none);
}

TEST(StackRoles, APoolThatIsNotNamedHasNone) {
  const spec::Spec spec = specOf(specText("stack:\n  consul: { version: 1.22.0, servers: server, clients: [] }\n"));
  EXPECT_FALSE(rolesOf(spec, pool("client")).any());
}

TEST(StackRoles, ServersLiveByTheirMajority) {
  const spec::Spec spec = specOf(specText(kAll));
  EXPECT_TRUE(spec.find(pool("server"))->quorum);
  EXPECT_FALSE(spec.find(pool("client"))->quorum);
}

TEST(StackServers, ThoseToJoinStayTheSameWhenTheClusterGrows) {
  Roster grown = roster();
  grown[pool("server")].push_back({NodeName::parse("prod-server-3").value(), "10.20.0.14"});
  EXPECT_EQ(serversToJoin(grown, pool("server")), serversToJoin(roster(), pool("server")));
  EXPECT_THAT(serversToJoin(grown, pool("server")), ElementsAre("10.20.0.11", "10.20.0.12", "10.20.0.13"));
}

TEST(StackServers, ThoseThatMustHaveNothingBeforeABirthStayTheSameWhenTheClusterGrows) {
  EXPECT_THAT(firstServers(roster(), pool("server"), bootstrapSize(3)),
              ElementsAre("10.20.0.11", "10.20.0.12", "10.20.0.13"));
  EXPECT_EQ(bootstrapSize(3), bootstrapSize(5));
  EXPECT_EQ(firstServer(roster(), pool("server")), "prod-server-0");
  EXPECT_EQ(firstServer({}, pool("server")), "");
}

TEST(StackServers, TwoSetsOfThemNeverFormAClusterApart) {
  for (std::uint32_t servers = 1; servers < 30; ++servers) {
    EXPECT_LE(bootstrapSize(servers), servers);
    EXPECT_GT(2 * bootstrapSize(servers), servers);
  }
  EXPECT_EQ(bootstrapSize(5), bootstrapSize(3));
}

TEST(StackSecrets, AreAllThatTheToolsNeed) {
  const auto wanted = wantedFor(specOf(specText(kAll)), roster());
  std::set<std::string> names;
  for (const auto& each : wanted) EXPECT_TRUE(names.insert(each.name).second) << each.name;
  EXPECT_EQ(names, (std::set<std::string>{"tls", "consul/gossip", "consul/token/management", "consul/token/agent",
                                          "consul/token/nomad", "consul/token/openbao", "nomad/gossip",
                                          "nomad/token/management", "openbao/seal", "openbao/token/management",
                                          "tls/prod-server-0", "tls/prod-server-1", "tls/prod-server-2",
                                          "tls/prod-client-0", "tls/prod-client-1"}));
}

TEST(StackSecrets, AVaultHasATokenOfOursWhereItUnsealsItselfAndAKeyWhereTheControllerHoldsIt) {
  const auto has = [](const std::string& secret, const std::string& lines) {
    const auto wanted =
        wantedFor(specOf(specText("stack:\n  vault: { version: 1.21.0, servers: server" + lines + " }\n")), roster());
    return find(wanted, secret) != nullptr;
  };
  const std::string token = "vault/token/management";
  EXPECT_TRUE(has(token, ""));
  EXPECT_FALSE(has(token, ", seal: manual"));
  EXPECT_TRUE(has(token, ", server_config: { seal: { awskms: { region: eu-west-1 } } }"));
  const auto openbao =
      wantedFor(specOf(specText("stack:\n  openbao: { version: 2.6.2, servers: server, server_config: { "
                                "seal: { static: { previous_key_id: \"0\" } } } }\n")),
                roster());
  EXPECT_NE(find(openbao, "openbao/seal"), nullptr);
  EXPECT_TRUE(has("vault/unseal", ", server_config: { ui: false }"));
  EXPECT_TRUE(has("vault/unseal", ", seal: controller"));
  EXPECT_FALSE(has("vault/unseal", ", seal: manual"));
  EXPECT_FALSE(has("vault/unseal", ", server_config: { seal: { awskms: { region: eu-west-1 } } }"));
}

TEST(StackSecrets, WhatSealsIsNeverMadeAnew) {
  EXPECT_TRUE(isSeal("openbao/seal") && isSeal("vault/unseal") && isSeal("openbao/unseal"));
  EXPECT_FALSE(isSeal("vault/token/management"));
}

TEST(StackSecrets, ACertificateIsForTheRoleOfItsNodeAlone) {
  const auto wanted = wantedFor(specOf(specText(kAll)), roster());
  const auto* server = find(wanted, "tls/prod-server-0");
  ASSERT_NE(server, nullptr);
  EXPECT_THAT(server->domains, ElementsAre("prod-server-0", "server.dc1.consul", "server.global.nomad",
                                           "openbao.service.consul", "active.openbao.service.consul", "localhost"));
  EXPECT_THAT(server->addresses, ElementsAre("10.20.0.11", "127.0.0.1"));
  EXPECT_EQ(server->authority, "tls");
  const auto* client = find(wanted, "tls/prod-client-0");
  ASSERT_NE(client, nullptr);
  EXPECT_THAT(client->domains, Not(Contains(HasSubstr("server."))));
}

TEST(StackReleases, AreThoseOfTheRole) {
  const std::string archive = "archive: { url: https://example.org/a.zip, sha256: " + std::string(64, 'a') + " }";
  const spec::Spec spec = specOf(
      specText("stack:\n  nomad:\n    version: 1.11.0\n    servers: server\n    clients: client\n    " + archive +
               "\n    podman_driver" + archive.substr(7) + "\n    cni_plugins" + archive.substr(7) + "\n"));
  const auto namesOf = [&](const char* name) {
    std::vector<std::string> names;
    for (const Release& each : releasesFor(*spec.stack, rolesOf(spec, pool(name)))) names.push_back(each.name);
    return names;
  };
  EXPECT_THAT(namesOf("server"), ElementsAre("nomad"));
  EXPECT_THAT(namesOf("client"), ElementsAre("nomad", "nomad-driver-podman", "cni-plugins"));
}

TEST(StackRules, EveryMistakeIsToldAtOnce) {
  EXPECT_THAT(toldOf("stack:\n  consul: { version: 3.1.0, servers: serve, archive: { url: ftp://x, sha256: " +
                     std::string(64, 'a') + " } }\n"),
              AllOf(Contains(HasSubstr("the settings of Consul 3.1.0 are not known")),
                    Contains("there is no pool \"serve\""), Contains(HasSubstr("does not begin with https://"))));
  EXPECT_THAT(toldOf("stack:\n  consul: { version: one, servers: server }\n"), Contains("\"one\" is not a version"));
  EXPECT_THAT(toldOf("stack: {}\n"), Contains(HasSubstr("\"consul\", \"nomad\", \"vault\" or \"openbao\"")));
  EXPECT_THAT(toldOf("stack:\n  vault: { version: 1.21.0, servers: server }\n"
                     "  openbao: { version: 2.6.2, servers: server }\n"),
              Contains(HasSubstr("exclude each other")));
}

TEST(StackRules, NomadNeedsAConsulOfItsOwnNode) {
  EXPECT_THAT(toldOf("stack:\n  consul: { version: 1.22.0, servers: server, clients: [] }\n"
                     "  nomad: { version: 1.11.0, servers: server, clients: client }\n"),
              Contains("Nomad needs a Consul on its nodes, and pool \"client\" has none"));
}

TEST(StackRules, SettingsOfTheirOwnAreTheSameForAllNodes) {
  EXPECT_THAT(toldOf("stack:\n  consul:\n    version: 1.22.0\n    servers: server\n"
                     "    server_config: { node_meta: { a: \"${{ node.name }}\" } }\n"),
              Contains(HasSubstr("node and nodes() are not known here")));
  EXPECT_THAT(toldOf("stack:\n  consul: { version: 1.22.0, servers: server, server_config: [a] }\n"),
              Contains(HasSubstr("expected a mapping")));
}

TEST(StackRules, StateOnTheRootDiskIsAWarning) {
  EXPECT_THAT(toldOf("stack:\n  consul: { version: 1.22.0, servers: client, clients: [] }\n"),
              AllOf(Contains(HasSubstr("lies on their root disks")), Contains(HasSubstr("bear no more failures"))));
}

TEST(StackRules, ASealIsOneThatTheToolHasAndWhole) {
  const auto told = [](const std::string& seal, const std::string& tool = "vault") {
    return toldOf("stack:\n  " + tool + ": { version: 2.0.0, servers: server" + seal + " }\n");
  };
  EXPECT_THAT(told(", seal: manual"), Contains(HasSubstr("with seal: manual somebody has to initialise it")));
  for (const char* well : {"", ", seal: controller", ", seal: { awskms: { kms_key_id: a } }",
                           ", server_config: { seal: { awskms: { region: eu-west-1 } } }"}) {
    EXPECT_THAT(told(well), Not(Contains(HasSubstr("seal")))) << well;
  }
  EXPECT_THAT(told(", seal: static"), Contains("Vault has no static seal"));
  EXPECT_THAT(told(", seal: static", "openbao"), Not(Contains(HasSubstr("seal"))));
  for (const char* wrong : {", seal: magic", ", seal: { magic: {} }", ", seal: [controller]",
                            ", seal: { awskms: { kms_key_id: a }, gcpckms: {} }"}) {
    EXPECT_THAT(told(wrong), Contains("not a seal that is known")) << wrong;
  }
  EXPECT_THAT(told(", seal: { gcpckms: { project: a, region: b } }"),
              AllOf(Contains("gcpckms lacks key_ring"), Contains("gcpckms lacks crypto_key")));
  EXPECT_THAT(told(", seal: { awskms: { kms_key_id: a, secret_key: b } }"),
              Contains("a secret has no place in a spec"));
  EXPECT_THAT(told(", seal: { awskms: on }"), Contains(HasSubstr("expected a mapping")));
  EXPECT_THAT(told(", seal: controller, server_config: { seal: { awskms: {} } }"),
              Contains("there is a seal in server_config as well"));
}

TEST(ToolVersions, AreTwoOrThreeNumbers) {
  EXPECT_EQ(spec::ToolVersion::parse("1.22.4"), (spec::ToolVersion{1, 22, 4}));
  EXPECT_EQ(spec::ToolVersion::parse("1.22"), (spec::ToolVersion{1, 22, 0}));
  for (const char* wrong : {"", "1", "1.", ".1", "1.2.3.4", "v1.2.3", "1.2.3-rc1", "1.02.3", "1.2.99999999999"}) {
    EXPECT_FALSE(spec::ToolVersion::parse(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace berth::stack

// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/layer.h"

#include <map>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/ignition/data_url.h"
#include "planner/ignition/validate.h"
#include "planner/ignition/write.h"
#include "planner/stack/install.h"
#include "planner/stack/report.h"
#include "planner/stack/shutdown.h"
#include "tests/unit/planner/stack/stack_spec.h"

namespace berth::stack {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::pool;
using testing::specOf;
using testing::specText;
using testing::Written;

const std::string kArchive = "{ url: https://example.org/a.zip, sha256: " + std::string(64, 'a') + " }";
const std::string kAll = "stack:\n  consul: { version: 1.22.0, servers: server, archive: " + kArchive +
                         " }\n  nomad: { version: 1.11.0, servers: server, clients: client, archive: " + kArchive +
                         ", podman_driver: " + kArchive + ", cni_plugins: " + kArchive +
                         " }\n  openbao: { version: 2.6.2, servers: server, archive: " + kArchive + " }\n";

/// A config as a node finds it.
struct Found {
  struct File {
    std::int64_t mode = 0;
    std::string owner;
    std::string contents;
  };
  std::map<std::string, File> files;
  std::map<std::string, std::string> units;
  std::vector<std::string> masked;
  ignition::Config config;

  explicit Found(const Written& written) : config(stackLayer(written.writing())) {
    const Json all = Json::parse(ignition::write(config));
    for (const Json& file : all["storage"]["files"]) {
      const auto bytes = ignition::decodeDataUrl(file["contents"]["source"].get<std::string>());
      const std::string owner = file.contains("user") ? file["user"]["name"].get<std::string>() : "root";
      const auto* text = std::get_if<std::string>(&bytes);
      files[file["path"]] = {file["mode"].get<std::int64_t>(), owner, text != nullptr ? *text : "NO DATA URL"};
    }
    for (const Json& unit : all["systemd"]["units"]) {
      units[unit["name"]] = unit.value("contents", "");
      if (unit.value("mask", false)) masked.push_back(unit["name"]);
    }
  }
};

TEST(StackLayer, WouldBeTakenByIgnition) {
  for (const char* pool : {"server", "client"}) {
    const Found found(Written(kAll, pool));
    for (const auto& each : ignition::asDiagnostics(ignition::validate(found.config))) ADD_FAILURE() << each.message;
  }
}

TEST(StackLayer, WhatHoldsASecretIsForItsOwnerAlone) {
  Written written(kAll, "server");
  const std::vector<const char*> secrets{
      kConsulGossip,    kConsulManagement,          kConsulAgent,          kConsulForNomad, kNomadGossip,
      kNomadManagement, "openbao/token/management", "consul/token/openbao"};
  for (const char* each : secrets) written.secrets().set(each, std::string("value-of-") + each);
  std::size_t seen = 0;
  for (const auto& [path, file] : Found(written).files) {
    const bool holds = file.contents.find("value-of-") != std::string::npos ||
                       file.contents.find("PRIVATE-KEY") != std::string::npos || path.ends_with("seal.key");
    seen += holds ? 1 : 0;
    EXPECT_TRUE(!holds || file.mode == 0600) << path;
  }
  EXPECT_GT(seen, 12U);
}

TEST(StackLayer, ToolsOwnTheirFiles) {
  const auto files = Found(Written(kAll, "server")).files;
  EXPECT_EQ(files.at("/etc/consul.d/berth.json").owner, "consul");
  EXPECT_EQ(files.at("/etc/consul.d/tls/node.key").owner, "consul");
  EXPECT_EQ(files.at("/etc/nomad.d/tls/node.key").owner, "nomad");
  EXPECT_EQ(files.at("/etc/openbao.d/seal.key").owner, "openbao");
  // Clients of Nomad run as root.
  EXPECT_EQ(Found(Written(kAll, "client")).files.at("/etc/nomad.d/tls/node.key").owner, "root");
}

TEST(StackLayer, AClientHoldsNoTokenThatManages) {
  Written written(kAll, "client");
  written.secrets().set(kConsulManagement, "MANAGES-CONSUL");
  written.secrets().set(kNomadManagement, "MANAGES-NOMAD");
  for (const auto& [path, file] : Found(written).files) EXPECT_THAT(file.contents, Not(HasSubstr("MANAGES"))) << path;
}

TEST(StackLayer, NothingStartsBeforeItIsInstalled) {
  const auto units = Found(Written(kAll, "server")).units;
  for (const char* each : {"consul.service", "nomad.service", "openbao.service"}) {
    EXPECT_THAT(units.at(each), HasSubstr("Requires=berth-stack-install.service\n")) << each;
  }
  const std::string bare = "stack:\n  consul: { version: 1.22.0, servers: server }\n";
  const auto inImage = Found(Written(bare, "server")).units;
  EXPECT_FALSE(inImage.contains(kInstallUnit));
  EXPECT_THAT(inImage.at("consul.service"), Not(HasSubstr("install.service")));
}

TEST(StackLayer, UnitsRunWhatIsThere) {
  std::size_t programs = 0;
  for (const char* pool : {"server", "client"}) {
    const auto found = Found(Written(kAll, pool));
    for (const auto& [unit, text] : found.units) {
      const std::regex line("Exec(?:Start|Stop)=/bin/bash ([^ \n]*)");
      for (std::sregex_iterator each(text.begin(), text.end(), line), end; each != end; ++each) {
        ++programs;
        EXPECT_TRUE(found.files.contains((*each)[1])) << unit << ": " << (*each)[1];
      }
    }
  }
  EXPECT_EQ(programs, 23U);
}

TEST(StackLayer, UnitsHaveNoSecretInTheirText) {
  for (const char* pool : {"server", "client"}) {
    for (const auto& [unit, text] : Found(Written(kAll, pool)).units)
      EXPECT_THAT(text, Not(HasSubstr("secret:"))) << unit;
  }
}

TEST(StackLayer, WhatAToolsOwnUserRunsItMayRead) {
  const auto found = Found(Written(kAll, "server"));
  for (const char* tool : {"consul", "nomad", "openbao"}) {
    const std::string& unit = found.units.at("berth-" + std::string(tool) + "-last-snapshot.service");
    EXPECT_THAT(unit, HasSubstr("User=" + std::string(tool) + "\n"));
    EXPECT_THAT(unit, HasSubstr("ExecStop=/bin/bash /etc/berth/stack/snapshot\n"));
    EXPECT_EQ(found.files.at("/etc/berth/stack/" + std::string(tool) + "/management.header").owner, tool);
  }
  EXPECT_EQ(found.files.at("/etc/berth/stack/snapshot").mode, 0644);
}

TEST(StackLayer, SnapshotsAreTheServersAffair) {
  for (const auto& [unit, text] : Found(Written(kAll, "client")).units) {
    EXPECT_THAT(unit, Not(HasSubstr("snapshot")));
  }
}

TEST(StackLayer, OnlyClientsOfNomadDrain) {
  EXPECT_FALSE(Found(Written(kAll, "server")).units.contains("berth-nomad-drain.service"));
  const std::string unit = Found(Written(kAll, "client")).units.at("berth-nomad-drain.service");
  EXPECT_THAT(unit, HasSubstr("After=nomad.service"));
  EXPECT_THAT(unit, HasSubstr("Environment=\"DEADLINE=300\"\n"));
  EXPECT_THAT(unit, HasSubstr("TimeoutStopSec=360\n"));
}

TEST(StackShutdown, HasTimeForWhatItsUnitsDo) {
  const spec::Spec spec = specOf(specText(kAll));
  EXPECT_EQ(timeToStop(*spec.stack, rolesOf(spec, pool("server"))), std::chrono::seconds(50))
      << "a snapshot, and then another server of OpenBao becomes the active one";
  EXPECT_EQ(timeToStop(*spec.stack, rolesOf(spec, pool("client"))), std::chrono::seconds(360));
  EXPECT_EQ(timeToStop(*spec.stack, {}), std::chrono::seconds(0));
  EXPECT_THAT(Found(Written(kAll, "server")).units.at("berth-consul-last-snapshot.service"),
              HasSubstr("TimeoutStopSec=30\n"));
}

const std::string kVault = "stack:\n  vault: { version: 1.21.0, servers: server";

TEST(StackLayer, AVaultUnsealsItselfWithAKeyOfTheControllers) {
  Written written(kVault + " }\n", "server");
  written.secrets().set("vault/unseal", "KEY");
  const Found found(written);
  EXPECT_EQ(found.files.at("/etc/berth/stack/vault/unseal.key").contents, "KEY\n");
  EXPECT_EQ(found.files.at("/etc/berth/stack/vault/unseal.key").mode, 0600);
  EXPECT_THAT(found.units.at("berth-vault-unseal.service"),
              AllOf(HasSubstr("ExecStart=/bin/bash /etc/berth/stack/vault/unseal\n"), HasSubstr("Restart=always\n"),
                    Not(HasSubstr("KEY"))));
  EXPECT_THAT(found.units.at("berth-vault-init.service"), HasSubstr("UNSEALS=yes"));
  EXPECT_THAT(found.files.at("/etc/berth/stack/vault/init.json").contents, HasSubstr("\"secret_shares\": 1"));
  const Found byService(Written(kVault + ", seal: { awskms: { kms_key_id: a } } }\n", "server"));
  EXPECT_FALSE(byService.units.contains("berth-vault-unseal.service"));
  EXPECT_THAT(byService.files.at("/etc/berth/stack/vault/init.json").contents, HasSubstr("\"recovery_shares\": 1"));
}

TEST(StackLayer, TheActiveServerStepsDownOnceThereIsASnapshot) {
  const auto unit = Found(Written(kAll, "server")).units.at("berth-openbao-step-down.service");
  EXPECT_THAT(unit, AllOf(HasSubstr("After=openbao.service\nBefore=berth-openbao-last-snapshot.service\n"),
                          HasSubstr("ExecStop=/bin/bash /etc/berth/stack/openbao/step-down\n")));
}

TEST(StackLayer, AVaultThatAPersonUnsealsIsLeftToThem) {
  const auto units = Found(Written(kVault + ", seal: manual }\n", "server")).units;
  for (const auto& [unit, text] : units) EXPECT_THAT(unit, Not(HasSubstr("berth-vault"))) << unit;
}

TEST(StackLayer, OpenBaoIsAServiceWhereItsNodeRunsConsul) {
  const std::string path = "/etc/consul.d/openbao-service.json";
  EXPECT_EQ(Found(Written(kAll, "server")).files.at(path).owner, "consul");
  const std::string alone = "stack:\n  openbao: { version: 2.6.2, servers: server }\n";
  EXPECT_FALSE(Found(Written(alone, "server")).files.contains(path));
}

TEST(StackLayer, ClientsOfNomadRunContainersWithPodmanAlone) {
  const auto found = Found(Written(kAll, "client"));
  EXPECT_TRUE(found.units.contains("podman.socket"));
  EXPECT_THAT(found.masked, ::testing::UnorderedElementsAre("docker.service", "docker.socket"));
}

TEST(StackLayer, UpdatesOfTheSystemWaitUntilItServes) {
  const auto units = Found(Written(kAll, "server")).units;
  for (const char* each : {"berth-consul-ready.service", "berth-nomad-ready.service", "berth-openbao-ready.service"}) {
    EXPECT_THAT(units.at(each), HasSubstr("Before=zincati.service\n")) << each;
  }
}

TEST(StackReport, IsOfWhatTheNodeHas) {
  const std::string server = Found(Written(kAll, "server")).units.at(kReportUnit);
  for (const char* each :
       {"ADDRESS=10.20.0.11", "REPORT=/run/berth/stack", "CONSUL=server", "CONSUL_DATA=/var/lib/consul", "NOMAD=server",
        "VAULT=openbao", "VAULT_CA=/etc/openbao.d/tls/ca.pem", "VAULT_PROGRAM=bao"}) {
    EXPECT_THAT(server, HasSubstr("Environment=\"" + std::string(each) + "\"\n"));
  }
  const std::string client = Found(Written(kAll, "client")).units.at(kReportUnit);
  EXPECT_THAT(client, HasSubstr("Environment=\"CONSUL=client\"\n"));
  EXPECT_THAT(client, HasSubstr("Environment=\"NOMAD=client\"\n"));
  EXPECT_THAT(client, Not(HasSubstr("VAULT")));
}

TEST(StackInstallation, ComparesDigestsFirst) {
  const auto files = Found(Written(kAll, "client")).files;
  EXPECT_THAT(files.at(kDigestsPath).contents, HasSubstr(std::string(64, 'a') + "  consul\n"));
  const std::string& script = files.at(kInstallPath).contents;
  EXPECT_LT(script.find("sha256sum --check"), script.find("program consul consul /usr/local/bin\n"));
  EXPECT_THAT(script, HasSubstr("program nomad-driver-podman nomad-driver-podman /usr/local/lib/nomad/plugins\n"));
  EXPECT_THAT(script, HasSubstr("plugins cni-plugins\n"));
}

}  // namespace
}  // namespace berth::stack

// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/layer.h"

#include <cstdio>
#include <map>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/ignition/data_url.h"
#include "planner/ignition/validate.h"
#include "planner/ignition/write.h"
#include "planner/stack/install.h"
#include "planner/stack/report.h"
#include "tests/unit/planner/stack/stack_spec.h"

namespace berth::stack {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
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

/// Whether bash takes it for a script.
bool isScript(const std::string& text) {
  FILE* bash = popen("bash -n 2> /dev/null", "w");
  if (bash == nullptr) return false;
  std::fwrite(text.data(), 1, text.size(), bash);
  return pclose(bash) == 0;
}

TEST(StackLayer, WouldBeTakenByIgnition) {
  for (const char* pool : {"server", "client"}) {
    const Found found(Written(kAll, pool));
    for (const auto& each : ignition::asDiagnostics(ignition::validate(found.config))) ADD_FAILURE() << each.message;
  }
}

TEST(StackLayer, WhatHoldsASecretIsForItsOwnerAlone) {
  Written written(kAll, "server");
  const std::vector<const char*> secrets{kConsulGossip,   kConsulManagement, kConsulAgent,
                                         kConsulForNomad, kNomadGossip,      kNomadManagement};
  for (const char* each : secrets) written.secrets().set(each, std::string("value-of-") + each);
  std::size_t seen = 0;
  for (const auto& [path, file] : Found(written).files) {
    const bool holds = file.contents.find("value-of-") != std::string::npos ||
                       file.contents.find("PRIVATE-KEY") != std::string::npos || path.ends_with("seal.key");
    seen += holds ? 1 : 0;
    EXPECT_TRUE(!holds || file.mode == 0600) << path;
  }
  EXPECT_GT(seen, 8U);
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

TEST(StackLayer, ScriptsAreScripts) {
  std::size_t scripts = 0;
  for (const char* pool : {"server", "client"}) {
    const auto found = Found(Written(kAll, pool));
    for (const auto& [unit, text] : found.units) {
      std::smatch match;
      if (!std::regex_search(text, match, std::regex("ExecStart=/bin/bash (.*)"))) continue;
      ++scripts;
      EXPECT_TRUE(isScript(found.files.at(match[1]).contents)) << unit;
    }
  }
  EXPECT_EQ(scripts, 10U);
  EXPECT_FALSE(isScript("if"));
}

TEST(StackLayer, ClientsOfNomadRunContainersWithPodmanAlone) {
  const auto found = Found(Written(kAll, "client"));
  EXPECT_TRUE(found.units.contains("podman.socket"));
  EXPECT_THAT(found.masked, ::testing::UnorderedElementsAre("docker.service", "docker.socket"));
  EXPECT_THAT(found.units.at("nomad.service"), HasSubstr("TimeoutStopSec=330\n"));
}

TEST(StackReport, IsOfWhatTheNodeHas) {
  const std::string server = Found(Written(kAll, "server")).units.at(kReportUnit);
  EXPECT_THAT(server, HasSubstr("Environment=NODE=prod-server-0 ADDRESS=10.20.0.11 REPORT=/run/berth/stack "
                                "CONSUL=server CONSUL_DATA=/var/lib/consul NOMAD=server VAULT=openbao "
                                "VAULT_DIRECTORY=/etc/openbao.d VAULT_PROGRAM=bao\n"));
  const std::string client = Found(Written(kAll, "client")).units.at(kReportUnit);
  EXPECT_THAT(client, HasSubstr("CONSUL=client CONSUL_DATA=/var/lib/consul NOMAD=client\n"));
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

// SPDX-License-Identifier: Apache-2.0
#include "planner/import/harbor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/source/files.h"
#include "planner/spec/parse.h"
#include "tests/unit/controller/cli/golden.h"

namespace berth::import {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

const ClusterName kCluster = ClusterName::parse("edge").value();

constexpr const char* kTfvars = R"(nomad_version         = "1.4.3"
consul_version        = "1.14.1"
driver_podman_version = "0.4.1"
cni_version           = "1.1.1"
ssh_key_path          = "~/.ssh/id_ed25519.pub"

kvm = {
  networks = {
    lan = { mode = "nat", address = "10.17.3.1/24", domain = "edge.lan", dns_forwarder = "9.9.9.9" }
  }
  masters = {
    alpha = { network = "lan", vcpu = 2, memoryMB = 2048, diskSize = 21474836480 }
    beta  = { network = "lan", vcpu = 2, memoryMB = 2048, diskSize = 21474836480 }
    gamma = { network = "lan", vcpu = 4, memoryMB = 4096, diskSize = 21474836480 }
  }
  slaves = {
    one = { network = "lan", vcpu = 4, memoryMB = 8192, diskSize = 40, meta = { rack = "r1", ssd = true } }
    two = { network = "lan", vcpu = 4, memoryMB = 8192, diskSize = 40, meta = {} }
  }
}
barebones = { networks = {}, masters = {}, slaves = { metal = { network = "x", meta = {} } } }
)";

Imported importedFrom(const std::string& text) {
  auto imported = importHarbor(text, "prod.tfvars", kCluster);
  if (const auto* findings = std::get_if<source::Findings>(&imported)) {
    for (const auto& each : *findings) ADD_FAILURE() << each.message;
    return {};
  }
  return std::get<Imported>(imported);
}

/// "3:12: what is wrong (the way out)"
std::vector<std::string> problemsOf(const std::string& text) {
  std::vector<std::string> problems;
  auto imported = importHarbor(text, "prod.tfvars", kCluster);
  if (const auto* findings = std::get_if<source::Findings>(&imported)) {
    for (const auto& each : *findings) {
      EXPECT_EQ(each.where.file, "prod.tfvars");
      problems.push_back(std::to_string(each.where.line) + ":" + std::to_string(each.where.column) + ": " +
                         each.message + " (" + each.hint + ")");
    }
  }
  return problems;
}

TEST(ImportHarbor, WritesASpecThatAPersonCanRead) {
  const Imported imported = importedFrom(kTfvars);
  berth::testing::expectGolden("edge.yaml", imported.spec);
  berth::testing::expectGolden("edge.bu", imported.butane);
  std::string notes;
  for (const std::string& each : imported.notes) notes += each + "\n";
  berth::testing::expectGolden("edge.notes", notes);
}

TEST(ImportHarbor, WhatItWritesIsASpec) {
  const Imported imported = importedFrom(kTfvars);
  const source::Bundle content{{"cluster.yaml", {imported.spec}}, {"base.bu", {imported.butane}}};
  const source::BundleFiles files(content);
  const std::string digest(64, 'a');
  const spec::Givens givens{{"ssh_key", "ssh-ed25519 AAAA"},  {"releases", "https://example.org"},
                            {"consul_sha256", digest},        {"nomad_sha256", digest},
                            {"podman_driver_sha256", digest}, {"cni_plugins_sha256", digest}};
  const auto parsed = spec::parse("cluster.yaml", files, givens);
  for (const auto& each : parsed.findings) {
    EXPECT_NE(each.severity, source::Severity::error) << each.message << " at line " << each.where.line;
  }
  ASSERT_TRUE(parsed.spec);
  EXPECT_EQ(parsed.spec->pools.size(), 2U);
  EXPECT_EQ(*parsed.spec->pools[0].resourcesOf(0).memory, Bytes(std::uint64_t{2} << 30));
  EXPECT_EQ(*parsed.spec->pools[0].resourcesOf(2).memory, Bytes(std::uint64_t{4} << 30));
  EXPECT_EQ(parsed.spec->pools[1].metaOf(0).at("rack"), "r1");
  EXPECT_EQ(*parsed.spec->pools[1].resourcesOf(0).disk, Bytes(std::uint64_t{40} << 30));
}

TEST(ImportHarbor, TellsAllMistakesAtOnceEachAtItsPlaceWithAWayOut) {
  const auto problems = problemsOf(
      "consul_version = \"latest\"\n"
      "nomad_version = [1]\n"
      "driver_podman_version = { a = 1 }\n"
      "cni_version = true\n"
      "ssh_key_path = []\n"
      "kvm = {\n"
      "  networks = { lan = { address = \"10.1\" }, odd = 3 }\n"
      "  masters = { a = { network = \"lam\", vcpu = \"many\", meta = { rack = [] } }, b = {} }\n"
      "  slaves = [1]\n"
      "}\n");
  EXPECT_THAT(
      problems,
      ::testing::UnorderedElementsAre(
          "1:18: consul_version: \"latest\" is no version (write it as 1.22.0)",
          "2:17: nomad_version: expected text (write one value, in quotes)",
          "3:25: driver_podman_version: expected text (write one value, in quotes)",
          "4:15: cni_version: \"true\" is no version (write it as 1.22.0)",
          "5:16: ssh_key_path: expected text (write one value, in quotes)",
          "7:34: kvm.networks.lan.address: \"10.1\" is no subnet of a network (write it as 10.17.3.0/24)",
          "7:50: kvm.networks.odd: expected a network (such as { mode = \"nat\", address = \"10.17.3.0/24\" })",
          "8:31: kvm.masters.a.network: there is no network \"lam\" under kvm.networks (did you mean \"lan\"?)",
          "8:45: kvm.masters.a.vcpu: \"many\" is not a size that a node can have (a whole number from 1 to 1024)",
          "8:69: kvm.masters.a.meta.rack: expected text (write one value, in quotes)",
          "8:81: kvm.masters.b: network is missing (name one of kvm.networks)",
          "9:12: kvm.slaves: expected machines by name (write them between { and })"));
}

TEST(ImportHarbor, DropsNothingForBeingWrittenAsANumber) {
  std::string text = kTfvars;
  const std::string quotedVersion = "\"0.4.1\"";
  text.replace(text.find(quotedVersion), quotedVersion.size(), "0.4");
  EXPECT_THAT(importedFrom(text).spec, HasSubstr("nomad-driver-podman_0.4_linux_amd64.zip"));
}

TEST(ImportHarbor, NeedsAMachineOnKvm) {
  EXPECT_THAT(problemsOf("consul_version = \"1.14.1\"\n"), Contains(HasSubstr("there is no machine")));
}

TEST(ImportHarbor, SaysWhereAFileCannotBeRead) {
  const auto imported = importHarbor("kvm = [\n", "prod.tfvars", kCluster);
  const auto& findings = std::get<source::Findings>(imported);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].where.file, "prod.tfvars");
  EXPECT_EQ(findings[0].where.line, 2U);
}

}  // namespace
}  // namespace berth::import

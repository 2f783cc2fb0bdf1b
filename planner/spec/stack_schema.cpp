// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/stack_schema.h"

#include <array>

namespace berth::spec {
namespace {

using std::string_view;

constexpr auto kRequired = Presence::required;
constexpr auto kOptional = Presence::optional;

constexpr Shape kText{.type = Type::text};
constexpr Shape kNative{.type = Type::any};
constexpr Shape kPoolName{.type = Type::name};
constexpr Shape kPoolNames{.type = Type::oneOrList, .element = &kPoolName, .most = 100};
constexpr Shape kDatacenter{.type = Type::name};
constexpr Shape kDigest{.type = Type::digest};
constexpr Shape kDirectory{.type = Type::mountPoint};
constexpr Shape kDrainDeadline{.type = Type::duration, .least = 0, .most = 3600};

constexpr std::array kArchiveFields{
    Field{"url", &kText, kRequired, "", "where the release can be had, by http or https",
          "url: https://example.org/consul_1.22.0_linux_amd64.zip"},
    Field{"sha256", &kDigest, kRequired, "", "of the archive, as its makers have published it", "sha256: 5d41…"},
};
constexpr Shape kArchive{.type = Type::mapping, .fields = kArchiveFields};

constexpr Field versionField(string_view example) {
  return {"version", &kText, kRequired, "", "the release, whose settings are written", example};
}
constexpr Field kArchiveField{"archive",
                              &kArchive,
                              kOptional,
                              "the program is in the image",
                              "the release, which hosts fetch once and nodes unpack on their first boot",
                              "archive: { url: https://…, sha256: … }"};
constexpr Field kServersField{"servers", &kPoolName, kRequired, "", "the pool that has the servers", "servers: server"};
constexpr Field dataDirField(string_view fallback) {
  return {"data_dir",
          &kDirectory,
          kOptional,
          fallback,
          "where it keeps what it knows; on a volume the node keeps it when it is replaced",
          "data_dir: /var/lib/data/consul"};
}
constexpr Field kServerConfigField{"server_config",
                                   &kNative,
                                   kOptional,
                                   "none",
                                   "settings of the servers in the tool's own words, laid over those that Berth writes",
                                   "server_config: { log_level: debug }"};
constexpr Field kClientConfigField{
    "client_config", &kNative, kOptional, "none", "likewise, of the clients", "client_config: { log_level: debug }"};

constexpr std::array kConsulFields{
    versionField("version: 1.22.0"),
    kArchiveField,
    kServersField,
    Field{"clients", &kPoolNames, kOptional, "all other pools", "the pools whose nodes run a client",
          "clients: [client]"},
    dataDirField("/var/lib/consul"),
    kServerConfigField,
    kClientConfigField,
};
constexpr Shape kConsul{.type = Type::mapping, .fields = kConsulFields};

constexpr std::array kNomadFields{
    versionField("version: 1.11.0"),
    kArchiveField,
    kServersField,
    Field{"clients", &kPoolNames, kOptional, "none", "the pools whose nodes run jobs", "clients: [client]"},
    dataDirField("/var/lib/nomad"),
    Field{"podman_driver", &kArchive, kOptional, "it is in the image", "the release of nomad-driver-podman",
          "podman_driver: { url: https://…, sha256: … }"},
    Field{"cni_plugins", &kArchive, kOptional, "they are in the image", "the release of the CNI plugins",
          "cni_plugins: { url: https://…, sha256: … }"},
    Field{"drain_deadline", &kDrainDeadline, kOptional, "5m", "how long jobs may take to leave a client that stops",
          "drain_deadline: 2m"},
    kServerConfigField,
    kClientConfigField,
};
constexpr Shape kNomad{.type = Type::mapping, .fields = kNomadFields};

constexpr Field sealField(string_view fallback) {
  return {
      "seal",
      &kNative,
      kOptional,
      fallback,
      "how servers open what they have sealed: controller, manual, static (OpenBao), or a service that keeps the key",
      "seal: { awskms: { region: eu-west-1, kms_key_id: alias/vault } }"};
}
constexpr std::array kVaultFields{
    versionField("version: 1.21.0"), kArchiveField,           kServersField,
    dataDirField("/var/lib/vault"),  sealField("controller"), kServerConfigField,
};
constexpr Shape kVault{.type = Type::mapping, .fields = kVaultFields};
constexpr std::array kOpenBaoFields{
    versionField("version: 2.6.2"),   kArchiveField,       kServersField,
    dataDirField("/var/lib/openbao"), sealField("static"), kServerConfigField,
};
constexpr Shape kOpenBao{.type = Type::mapping, .fields = kOpenBaoFields};

constexpr std::array<string_view, 2> kVaults{"vault", "openbao"};
constexpr std::array<string_view, 4> kTools{"consul", "nomad", "vault", "openbao"};
constexpr std::array kStackChoices{Choice{kVaults, kOptional}, Choice{kTools, kRequired, Together::allowed}};
constexpr std::array kStackFields{
    Field{"datacenter", &kDatacenter, kOptional, "dc1", "what the tools call the place that the cluster is in",
          "datacenter: eu1"},
    Field{"consul", &kConsul, kOptional, "none", "Consul: services, their health, and key-value pairs",
          "consul: { version: 1.22.0, servers: server }"},
    Field{"nomad", &kNomad, kOptional, "none", "Nomad: jobs",
          "nomad: { version: 1.11.0, servers: server, clients: client }"},
    Field{"vault", &kVault, kOptional, "none", "Vault: secrets", "vault: { version: 1.21.0, servers: server }"},
    Field{"openbao", &kOpenBao, kOptional, "none", "OpenBao in place of Vault",
          "openbao: { version: 2.6.2, servers: server }"},
};

}  // namespace

const Shape kStackShape{.type = Type::mapping, .fields = kStackFields, .choices = kStackChoices};

}  // namespace berth::spec

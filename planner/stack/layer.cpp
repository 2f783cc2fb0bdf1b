// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/layer.h"

#include "planner/ignition/data_url.h"
#include "planner/stack/acl.h"
#include "planner/stack/birth.h"
#include "planner/stack/consul.h"
#include "planner/stack/drain.h"
#include "planner/stack/gate.h"
#include "planner/stack/identity.h"
#include "planner/stack/install.h"
#include "planner/stack/nomad.h"
#include "planner/stack/report.h"
#include "planner/stack/service.h"
#include "planner/stack/snapshot.h"
#include "planner/stack/step_down.h"
#include "planner/stack/unseal.h"
#include "planner/stack/vault.h"

namespace berth::stack {

using ignition::Config;
using ignition::UnitState;
using ignition::Value;

namespace {

constexpr std::string_view kConsulDns = R"(# Written by Berth.
[Resolve]
DNS=127.0.0.1:8600
DNSSEC=false
Domains=~consul
)";

// Fedora's kernel packs its modules in a way that Nomad does not look for.
constexpr std::string_view kBridgeModules = "# Written by Berth.\nbridge\nbr_netfilter\n";
// Ports from 20000 to 32000 are Nomad's to give.
constexpr std::string_view kBridgeSettings = R"(# Written by Berth.
net.bridge.bridge-nf-call-arptables = 1
net.bridge.bridge-nf-call-ip6tables = 1
net.bridge.bridge-nf-call-iptables = 1
net.ipv4.ip_forward = 1
net.ipv4.ip_local_port_range = 49152 65535
)";

/// A tool as systemd runs it.
struct Service {
  std::string unit;
  std::string meaning;
  /// Empty: root.
  std::string user;
  std::string command;
  std::string dataDir;
  /// Units that must have done their work, and that it cannot do without.
  std::vector<std::string> needs;
  /// Likewise, and that it can do without.
  std::vector<std::string> after;
  /// Further lines of [Service].
  std::string lines;
};

std::string unitText(const Service& service) {
  std::string text = "# Written by Berth.\n[Unit]\nDescription=" + service.meaning +
                     "\nWants=network-online.target\nAfter=network-online.target";
  for (const std::string& each : service.needs) text += " " + each;
  for (const std::string& each : service.after) text += " " + each;
  text += "\n";
  for (const std::string& each : service.needs) text += "Requires=" + each + "\n";
  text += "RequiresMountsFor=" + service.dataDir + "\n\n[Service]\n" + service.lines;
  const std::string owner = service.user.empty() ? "root" : service.user;
  if (!service.user.empty()) text += "User=" + service.user + "\n";
  text += "ExecStartPre=+/usr/bin/install -d -m 0700 -o " + owner + " -g " + owner + " " + service.dataDir + "\n";
  text += "ExecStart=" + service.command + "\n";
  return text +
         "ExecReload=/bin/kill -HUP $MAINPID\n"
         "KillMode=process\n"
         "KillSignal=SIGTERM\n"
         "LimitNOFILE=65536\n"
         "Restart=on-failure\n"
         "RestartSec=5\n"
         "TimeoutStartSec=infinity\n"
         "\n[Install]\nWantedBy=multi-user.target\n";
}

/// One call of stackLayer().
class Layer {
public:
  explicit Layer(const Writing& writing) : writing_(writing), config_(ignition::SpecVersion::v3_0) {
    releases_ = releasesFor(writing.stack, writing.roles);
  }

  Config build() && {
    if (!releases_.empty()) addInstallation();
    if (writing_.roles.consul != Role::none) addConsul();
    if (writing_.roles.nomad != Role::none) addNomad();
    if (writing_.roles.nomad == Role::client) addContainers();
    if (writing_.roles.vault != Role::none) addVault();
    if (writing_.roles.any()) {
      addOwn({{gateFile(), snapshotFile()}, {}});
      addOwn(stackReport(writing_));
    }
    return std::move(config_);
  }

private:
  void addInstallation() {
    addFile(kDigestsPath, digestsOf(releases_), 0644);
    addFile(kInstallPath, installScript(releases_), 0755);
    config_.addUnit(kInstallUnit, installUnit(releases_), UnitState::enabled);
  }

  void addConsul() {
    addUser("consul");
    addConfig(kConsulDirectory, consulConfig(writing_), "consul");
    addFile("/etc/systemd/resolved.conf.d/consul.conf", kConsulDns, 0644);
    Service service{"consul.service",
                    "Consul",
                    "consul",
                    "consul agent -config-dir=/etc/consul.d",
                    *writing_.stack.consul->dataDir,
                    {},
                    {},
                    "Type=notify\n"};
    addService(std::move(service), "consul");
    addOwn(consulGate(writing_));
    if (writing_.roles.consul != Role::server) return;
    addOwn(consulAcl(writing_));
    addOwn(consulSnapshots(writing_));
  }

  void addNomad() {
    // Clients make namespaces and mounts for the jobs.
    const bool isClient = writing_.roles.nomad == Role::client;
    const std::string user = isClient ? "" : "nomad";
    if (!isClient) addUser(user);
    addConfig(kNomadDirectory, nomadConfig(writing_), user);
    std::string lines = "Type=notify\n";
    if (isClient) lines += "OOMScoreAdjust=-1000\nTasksMax=infinity\n";
    std::vector<std::string> after;
    if (writing_.roles.consul != Role::none) after.emplace_back(kConsulReadyUnit);
    Service service{
        "nomad.service",  "Nomad",         user, "nomad agent -config=/etc/nomad.d", *writing_.stack.nomad->dataDir, {},
        std::move(after), std::move(lines)};
    addService(std::move(service), "nomad");
    addOwn(nomadGate(writing_));
    if (isClient) {
      addOwn(nomadDrain(writing_));
    } else {
      addOwn(nomadAcl(writing_));
      addOwn(nomadSnapshots(writing_));
    }
  }

  void addContainers() {
    addFile("/etc/modules-load.d/berth-nomad.conf", kBridgeModules, 0644);
    addFile("/etc/sysctl.d/90-berth-nomad.conf", kBridgeSettings, 0644);
    config_.addUnit("podman.socket", "", UnitState::enabled);
    // Two engines that both change the rules of the firewall get into each other's way.
    for (const char* each : {"docker.service", "docker.socket"}) {
      config_.addUnit(each, "", UnitState::asPreset).put("mask", Value::ofBoolean(true, {}));
    }
  }

  void addVault() {
    const spec::Vault& vault = *writing_.stack.vault;
    const std::string name = vaultName(vault);
    addUser(name);
    addConfig(vaultDirectory(vault), vaultConfig(writing_), name);
    if (vault.seal.kind == spec::Seal::Kind::fixed) {
      Value& key = config_.addFileOver(sealKeyPath(vault), writing_.secrets.of(kOpenBaoSeal), 0600);
      // The secret is the key in base64, which a URL can carry as it is; a stand-in is not.
      if (const std::string* seal = writing_.secrets.find(kOpenBaoSeal)) {
        key.ensure("contents").put("source", Value::ofText("data:application/octet-stream;base64," + *seal, {}));
      }
      own(key, name);
    }
    if (vault.isOpenBao && writing_.roles.consul != Role::none) {
      addFile(std::string(kConsulDirectory) + "/openbao-service.json", openbaoService(writing_), 0600, "consul");
    }
    const std::string program = vault.isOpenBao ? "bao" : "vault";
    Service service{name + ".service",
                    toolName(vault),
                    name,
                    program + " server -config=" + vaultDirectory(vault),
                    *vault.dataDir,
                    {},
                    {},
                    "Type=notify\n"};
    addService(std::move(service), name);
    if (!vault.unsealsItself()) return;
    addOwn(vaultBirth(writing_));
    if (vault.seal.kind == spec::Seal::Kind::controller) addOwn(vaultUnseal(writing_));
    addOwn(vaultGate(writing_));
    addOwn(vaultSnapshots(writing_));
    addOwn(vaultStepDown(writing_));
    if (writing_.stack.nomad) addOwn(vaultLogin(writing_));
  }

  void addService(Service service, std::string_view release) {
    const auto isIt = [&](const Release& each) { return each.name == release; };
    if (std::ranges::any_of(releases_, isIt)) service.needs.emplace_back(kInstallUnit);
    config_.addUnit(service.unit, unitText(service), UnitState::enabled);
  }

  void addConfig(std::string_view directory, const std::string& text, const std::string& user) {
    addFile(std::string(directory) + "/berth.json", text, 0600, user);
    addFile(caPath(directory), writing_.secrets.of(secret::certificateOf(kAuthority)), 0644, user);
    addFile(certificatePath(directory), writing_.node.certificate, 0644, user);
    addFile(keyPath(directory), writing_.node.privateKey, 0600, user);
  }

  void addOwn(const Own& own) {
    for (const OwnFile& each : own.files) addFile(each.path, each.contents, each.mode, each.owner);
    for (const OwnUnit& each : own.units) {
      const bool atBoot = each.starts == Starts::atBoot;
      config_.addUnit(each.name, each.contents, atBoot ? UnitState::enabled : UnitState::asPreset);
    }
  }

  void addUser(const std::string& name) {
    Value& user = config_.addUser(name, {});
    user.put("system", Value::ofBoolean(true, {}));
    user.put("noCreateHome", Value::ofBoolean(true, {}));
    user.put("shell", Value::ofText("/usr/sbin/nologin", {}));
  }

  void addFile(std::string_view path, std::string_view contents, std::int64_t mode, const std::string& user = {}) {
    own(config_.addFileOver(path, contents, mode), user);
  }

  static void own(Value& file, const std::string& user) {
    if (user.empty()) return;
    file.ensure("user").put("name", Value::ofText(user, {}));
    file.ensure("group").put("name", Value::ofText(user, {}));
  }

  const Writing& writing_;
  Config config_;
  std::vector<Release> releases_;
};

}  // namespace

Config stackLayer(const Writing& writing) { return Layer(writing).build(); }

}  // namespace berth::stack

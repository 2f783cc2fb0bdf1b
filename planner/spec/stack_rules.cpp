// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/stack_rules.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "planner/spec/fetched.h"

namespace berth::spec {

using source::error;
using source::Findings;
using source::Located;
using source::warning;

namespace {

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

/// Releases whose settings are known: from the first to the end of a major version.
struct Releases {
  std::string_view tool;
  ToolVersion first;
  std::uint32_t lastMajor = 0;
};
constexpr Releases kConsul{"Consul", kOldestConsul, 2};
constexpr Releases kNomad{"Nomad", kOldestNomad, 2};
constexpr Releases kVault{"Vault", {1, 14, 0}, 2};
constexpr Releases kOpenBao{"OpenBao", {2, 0, 0}, 2};

/// One call of checkStack().
class StackRules {
public:
  StackRules(const Spec& spec, bool byDhcp, Findings& findings)
      : spec_(spec), stack_(*spec.stack), byDhcp_(byDhcp), findings_(findings) {}

  void run() {
    if (stack_.consul) {
      checkTool(*stack_.consul, kConsul);
      if (stack_.consul->clients) checkClients(*stack_.consul, *stack_.consul->clients);
    }
    if (stack_.nomad) {
      checkTool(*stack_.nomad, kNomad);
      checkClients(*stack_.nomad, stack_.nomad->clients);
      if (stack_.nomad->podmanDriver) checkArchive(*stack_.nomad->podmanDriver);
      if (stack_.nomad->cniPlugins) checkArchive(*stack_.nomad->cniPlugins);
      if (stack_.consul) checkNomadBesideConsul();
    }
    if (stack_.vault) {
      checkTool(*stack_.vault, stack_.vault->isOpenBao ? kOpenBao : kVault);
      checkSeal(*stack_.vault);
    }
  }

private:
  void checkTool(const Tool& tool, const Releases& releases) {
    checkVersion(tool, releases);
    if (tool.archive) checkArchive(*tool.archive);
    if (!tool.dataDir->starts_with("/var/")) {
      findings_.push_back(error(tool.dataDir.mark, quoted(*tool.dataDir) + " cannot be written to on Fedora CoreOS",
                                "what belongs to a node lies below /var"));
    }
    const Pool* pool = poolAt(tool.servers);
    if (pool == nullptr) return;
    if (byDhcp_) {
      findings_.push_back(error(
          tool.servers.mark,
          std::string(releases.tool) + " needs nodes with addresses that are known, and the network has dhcp: true",
          "such as subnet: 10.20.0.0/24, and addresses: in each pool"));
      return;
    }
    checkServers(tool, releases, *pool);
  }

  void checkServers(const Tool& tool, const Releases& releases, const Pool& pool) {
    if (!pool.count.mark.known()) return;
    if (pool.count.value == 0) {
      findings_.push_back(error(tool.servers.mark, std::string(releases.tool) + " needs a server, and pool " +
                                                       quoted(pool.name->str()) + " has none"));
    } else if (pool.count.value % 2 == 0) {
      findings_.push_back(warning(tool.servers.mark,
                                  std::to_string(pool.count.value) + " servers of " + std::string(releases.tool) +
                                      " bear no more failures than " + std::to_string(pool.count.value - 1),
                                  "make their number odd"));
    }
    const auto holdsData = [&](const Volume& volume) {
      return volume.mount && (*tool.dataDir == **volume.mount || tool.dataDir->starts_with(**volume.mount + "/"));
    };
    if (std::ranges::any_of(pool.volumes, holdsData)) return;
    findings_.push_back(warning(tool.servers.mark,
                                "what servers of " + std::string(releases.tool) +
                                    " know lies on their root disks: a server that is replaced begins with nothing",
                                "give pool " + quoted(pool.name->str()) + " a volume with mount: " + *tool.dataDir));
  }

  void checkSeal(const Vault& vault) {
    if (vault.unsealsItself()) return;
    findings_.push_back(warning(
        vault.mark, "with seal: manual somebody has to initialise it, and to unseal each server after every boot",
        "with seal: controller servers open what they have by themselves"));
  }

  void checkVersion(const Tool& tool, const Releases& releases) {
    if (!tool.version.mark.known()) return;
    const ToolVersion& version = *tool.version;
    const std::string range = releases.first.str() + " to " + std::to_string(releases.lastMajor) + ".x";
    if (version >= releases.first && version.major <= releases.lastMajor) return;
    findings_.push_back(error(tool.version.mark,
                              "the settings of " + std::string(releases.tool) + " " + version.str() +
                                  " are not known to this version of Berth",
                              "it knows " + range));
  }

  void checkArchive(const Archive& archive) { checkFetched(archive.url, {}, findings_); }

  void checkClients(const Tool& tool, const std::vector<Located<PoolName>>& clients) {
    std::set<PoolName> seen;
    for (const auto& each : clients) {
      if (poolAt(each) == nullptr) continue;
      if (*each == *tool.servers) {
        findings_.push_back(error(each.mark, "the nodes of pool " + quoted(each->str()) + " are servers already",
                                  "work that must not disturb them is better kept away: name other pools"));
      } else if (!seen.insert(*each).second) {
        findings_.push_back(error(each.mark, quoted(each->str()) + " is already in the list"));
      }
    }
  }

  /// Nomad asks the Consul of its own node.
  void checkNomadBesideConsul() {
    const Consul& consul = *stack_.consul;
    if (!consul.clients) return;
    std::vector<Located<PoolName>> needing = stack_.nomad->clients;
    needing.push_back(stack_.nomad->servers);
    for (const auto& each : needing) {
      const auto isIt = [&](const Located<PoolName>& client) { return *client == *each; };
      if (*each == *consul.servers || std::ranges::any_of(*consul.clients, isIt)) continue;
      if (spec_.find(*each) == nullptr) continue;
      findings_.push_back(error(each.mark,
                                "Nomad needs a Consul on its nodes, and pool " + quoted(each->str()) + " has none",
                                "name it under clients: of consul"));
    }
  }

  /// Null, and a finding, where there is none of that name.
  const Pool* poolAt(const Located<PoolName>& name) {
    if (!name.mark.known()) return nullptr;
    if (const Pool* pool = spec_.find(*name)) return pool;
    std::vector<std::string> known;
    for (const Pool& each : spec_.pools) known.push_back(each.name->str());
    const auto near = source::nearest(name->str(), known);
    findings_.push_back(
        error(name.mark, "there is no pool " + quoted(name->str()), near ? "did you mean " + quoted(*near) + "?" : ""));
    return nullptr;
  }

  const Spec& spec_;
  const Stack& stack_;
  bool byDhcp_;
  Findings& findings_;
};

}  // namespace

void checkStack(const Spec& spec, bool byDhcp, Findings& findings) {
  if (spec.stack) StackRules(spec, byDhcp, findings).run();
}

}  // namespace berth::spec

// SPDX-License-Identifier: Apache-2.0
#include "planner/import/harbor.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "planner/import/tfvars.h"
#include "planner/spec/address.h"
#include "planner/spec/scalar.h"
#include "planner/spec/stack.h"
#include "planner/template/json.h"

namespace berth::import {

using source::error;
using source::Findings;
using templates::Value;

namespace {

/// What Harbor calls a machine, and what it has.
struct Machine {
  std::string name;
  std::string network;
  std::int64_t vcpus = 2;
  std::int64_t memoryMiB = 2048;
  std::int64_t diskGiB = 20;
  std::map<std::string, std::string> meta;

  [[nodiscard]] auto size() const { return std::tuple(vcpus, memoryMiB, diskGiB); }
};

struct Network {
  std::string mode = "nat";
  std::optional<spec::Subnet> subnet;
  std::string domain;
};

const Value* member(const Value* of, std::string_view key) {
  if (of == nullptr || !of->isMap()) return nullptr;
  const auto found = of->map().find(std::string(key));
  return found == of->map().end() || found->second.isNull() ? nullptr : &found->second;
}

/// As it can stand in YAML, whatever is in it.
std::string quoted(const std::string& text) { return templates::jsonOf(Value::of(text)); }

/// One call of importHarbor().
class Importer {
public:
  Importer(std::string_view text, Tfvars read, const std::string& file, const ClusterName& cluster)
      : text_(text),
        values_(Value::of(std::move(read.values))),
        places_(std::move(read.places)),
        file_(file),
        cluster_(cluster) {}

  std::variant<Imported, Findings> run() {
    const Value* kvm = mapAt(&values_, "kvm", "", "{ networks = …, masters = …, slaves = … }");
    readNetworks(mapAt(kvm, "networks", "kvm", "networks by name"));
    masters_ = machinesOf(mapAt(kvm, "masters", "kvm", kMachines), "kvm.masters");
    slaves_ = machinesOf(mapAt(kvm, "slaves", "kvm", kMachines), "kvm.slaves");
    if (masters_.empty() && slaves_.empty() && findings_.empty()) {
      tell("kvm", "there is no machine under kvm.masters or kvm.slaves", "only machines on KVM become nodes");
    }
    chooseNetwork();
    readVersion("consul", spec::kOldestConsul);
    readVersion("nomad", spec::kOldestNomad);
    driver_ = releaseAt("driver_podman_version");
    plugins_ = releaseAt("cni_version");
    keyPath_ = textAt(&values_, "ssh_key_path", "");
    if (!findings_.empty()) return std::move(findings_);
    Imported imported;
    imported.spec = spec();
    imported.butane = butane();
    addNotes();
    imported.notes = std::move(notes_);
    return imported;
  }

private:
  // ---- what Harbor has been told

  void readNetworks(const Value* networks) {
    if (networks == nullptr) return;
    for (const auto& [name, value] : networks->map()) {
      Network& network = networks_[name];
      const std::string path = "kvm.networks." + name;
      if (!value.isMap()) {
        tell(path, "expected a network", "such as { mode = \"nat\", address = \"10.17.3.0/24\" }");
        continue;
      }
      network.mode = textAt(&value, "mode", path).value_or("nat");
      network.domain = textAt(&value, "domain", path).value_or("");
      const auto address = textAt(&value, "address", path);
      if (!address) continue;
      network.subnet = subnetOf(*address);
      if (!network.subnet)
        tell(path + ".address", "\"" + *address + "\" is no subnet of a network", "write it as 10.17.3.0/24");
    }
  }

  /// Terraform takes an address within the subnet for the subnet.
  static std::optional<spec::Subnet> subnetOf(const std::string& text) {
    const auto slash = text.find('/');
    if (slash == std::string::npos) return std::nullopt;
    const auto address = spec::Ipv4::parse(text.substr(0, slash));
    const auto prefix = templates::parseNumber(text.substr(slash + 1));
    if (!address || !prefix || !prefix->isWhole() || prefix->whole() < 8 || prefix->whole() > 28) return std::nullopt;
    return spec::Subnet::around(*address, static_cast<std::uint8_t>(prefix->whole()));
  }

  std::vector<Machine> machinesOf(const Value* machines, const std::string& path) {
    std::vector<Machine> all;
    if (machines == nullptr) return all;
    for (const auto& [name, value] : machines->map()) {
      const std::string here = path + "." + name;
      if (!value.isMap()) {
        tell(here, "expected a machine", "such as { network = \"default\", vcpu = 2 }");
        continue;
      }
      Machine& machine = all.emplace_back();
      machine.name = name;
      machine.network = textAt(&value, "network", here).value_or("");
      if (machine.network.empty() && member(&value, "network") == nullptr)
        tell(here, "network is missing", "name one of kvm.networks");
      if (!machine.network.empty() && !networks_.contains(machine.network)) {
        tell(here + ".network", "there is no network \"" + machine.network + "\" under kvm.networks", nearest(machine));
      }
      machine.vcpus = numberAt(&value, "vcpu", here, 1, 1024).value_or(machine.vcpus);
      machine.memoryMiB = numberAt(&value, "memoryMB", here, 64, 1 << 26).value_or(machine.memoryMiB);
      if (const auto disk = numberAt(&value, "diskSize", here, 1, std::int64_t{1} << 50))
        machine.diskGiB = giBOf(*disk);
      if (const Value* meta = mapAt(&value, "meta", here, "texts by name")) readMeta(*meta, here + ".meta", machine);
    }
    return all;
  }

  void readMeta(const Value& meta, const std::string& path, Machine& machine) {
    for (const auto& [key, value] : meta.map()) {
      if (value.isNull()) continue;
      if (auto text = textAt(&meta, key, path)) machine.meta.emplace(key, *std::move(text));
    }
  }

  std::string nearest(const Machine& machine) const {
    std::vector<std::string> names;
    for (const auto& [name, network] : networks_) names.push_back(name);
    const auto near = source::nearest(machine.network, names);
    return near ? "did you mean \"" + *near + "\"?" : "declare it there";
  }

  /// libvirt's provider counts bytes; whoever writes 40 does not mean 40 of these.
  static std::int64_t giBOf(std::int64_t size) {
    constexpr std::int64_t kGiB = std::int64_t{1} << 30;
    return size < 1'000'000 ? size : std::max<std::int64_t>((size + kGiB - 1) / kGiB, 1);
  }

  static std::string joined(const std::string& path, std::string_view key) {
    return path.empty() ? std::string(key) : path + "." + std::string(key);
  }

  std::optional<std::string> textAt(const Value* of, std::string_view key, const std::string& path) {
    const Value* value = member(of, key);
    if (value == nullptr) return std::nullopt;
    const auto text = templates::textOf(*value);
    if (!text) tell(joined(path, key), "expected text", "write one value, in quotes");
    return text;
  }

  /// Null where there is none, or something else, which is told.
  const Value* mapAt(const Value* of, std::string_view key, const std::string& path, const std::string& shape) {
    const Value* value = member(of, key);
    if (value == nullptr || value->isMap()) return value;
    tell(joined(path, key), "expected " + shape, "write them between { and }");
    return nullptr;
  }

  std::optional<std::int64_t> numberAt(const Value* of, std::string_view key, const std::string& path,
                                       std::int64_t least, std::int64_t most) {
    const auto text = textAt(of, key, path);
    if (!text) return std::nullopt;
    const auto number = templates::parseNumber(*text);
    const bool isRight = number && number->isWhole() && number->whole() >= least && number->whole() <= most;
    if (isRight) return number->whole();
    tell(joined(path, key), "\"" + *text + "\" is not a size that a node can have",
         "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return std::nullopt;
  }

  /// What is older than Berth writes settings for is brought up to the oldest that it does.
  void readVersion(const std::string& tool, const spec::ToolVersion& oldest) {
    const auto text = releaseAt(tool + "_version");
    if (!text) return;
    const auto version = spec::ToolVersion::parse(*text);
    versions_[tool] = std::max(*version, oldest).str();
    if (*version >= oldest) return;
    notes_.push_back("Berth writes settings for " + tool + " " + oldest.str() +
                     " and later, which stands in place of " + *text + ".");
  }

  /// As it was written.
  std::optional<std::string> releaseAt(const std::string& key) {
    auto text = textAt(&values_, key, "");
    if (!text || spec::ToolVersion::parse(*text)) return text;
    tell(key, "\"" + *text + "\" is no version", "write it as 1.22.0");
    return std::nullopt;
  }

  /// At the value of that path, or at the next one around it that is there.
  void tell(const std::string& path, const std::string& message, std::string hint) {
    auto found = places_.find(path);
    for (std::string outer = path; found == places_.end() && outer.find('.') != std::string::npos;) {
      outer.resize(outer.rfind('.'));
      found = places_.find(outer);
    }
    findings_.push_back(error(markAt(text_, found == places_.end() ? 0 : found->second, file_), path + ": " + message,
                              std::move(hint)));
  }

  /// All nodes of a cluster are on the same networks.
  void chooseNetwork() {
    std::set<std::string> used;
    for (const auto* machines : {&masters_, &slaves_}) {
      for (const Machine& each : *machines) used.insert(each.network);
    }
    if (used.empty()) return;
    network_ = *used.begin();
    if (used.size() == 1) return;
    std::string names;
    for (const std::string& each : used) names += (names.empty() ? "" : ", ") + each;
    notes_.push_back("The machines are on several networks (" + names +
                     "). Berth puts all nodes of a cluster on the same ones; " + network_ + " was taken.");
  }

  // ---- the spec

  std::string spec() {
    std::string text = "# Made of a Harbor configuration by `berth import harbor`.\ncluster: " + cluster_.str() +
                       "\n\n" + variables() + "image: { stream: stable }\n" + network() +
                       "os_updates: { strategy: \"off\" }\n"
                       "update: { max_parallel: 1, min_healthy_time: 10s, healthy_deadline: 15m }\n\n";
    text += stack() + "pools:\n";
    if (!masters_.empty()) text += pool("server", masters_, 11);
    if (!slaves_.empty())
      text += pool("client", slaves_, static_cast<std::uint32_t>(std::max<std::size_t>(31, 21 + masters_.size())));
    return text;
  }

  /// Harbor proves none of what it downloads; Berth installs nothing else.
  std::string variables() {
    std::string text =
        "variables:\n  ssh_key: { type: string, description: public key of whoever may log in as core }\n";
    if (hasStack()) text += "  releases: { type: string, description: where the releases are }\n";
    for (const auto& [tool, version] : releases()) {
      text += "  " + tool + "_sha256: { type: string, description: of the archive of " + tool + " " + version + " }\n";
    }
    return text + "\n";
  }

  [[nodiscard]] bool hasStack() const { return !masters_.empty(); }

  /// Name and version.
  std::vector<std::pair<std::string, std::string>> releases() {
    std::vector<std::pair<std::string, std::string>> all;
    if (!hasStack()) return all;
    for (const char* tool : {"consul", "nomad"}) {
      if (versions_.contains(tool)) all.emplace_back(tool, versions_[tool]);
    }
    if (slaves_.empty()) return all;
    if (driver_) all.emplace_back("podman_driver", *driver_);
    if (plugins_) all.emplace_back("cni_plugins", *plugins_);
    return all;
  }

  std::string network() {
    const Network& network = networks_[network_];
    const bool isBridge = network.mode == "bridge";
    std::string text = std::string("network:\n  ") + (isBridge ? "bridge: " : "libvirt: ") + quoted(network_) + "\n";
    const spec::Subnet subnet = subnetOrDefault();
    text += "  subnet: " + subnet.str() + "\n  gateway: " + at(1) + "\n  dns: [" + at(1) + "]\n";
    if (!network.domain.empty()) text += "  search: [" + quoted(network.domain) + "]\n";
    return text;
  }

  spec::Subnet subnetOrDefault() {
    const auto& subnet = networks_[network_].subnet;
    return subnet ? *subnet : spec::Subnet::parse("10.20.0.0/24").value();
  }

  /// The address that is so far into the subnet.
  std::string at(std::uint32_t offset) { return spec::Ipv4(subnetOrDefault().first().bits() + offset).str(); }

  std::string archive(const std::string& tool, const std::string& file) {
    return "{ url: \"${{ var.releases }}/" + file + "\", sha256: \"${{ var." + tool + "_sha256 }}\" }";
  }

  std::string stack() {
    if (!hasStack() || versions_.empty()) return "";
    const std::string consul = versions_["consul"];
    const std::string nomad = versions_["nomad"];
    std::string text = "stack:\n";
    if (!consul.empty()) {
      text += "  consul:\n    version: " + consul +
              "\n    archive: " + archive("consul", "consul_" + consul + "_linux_amd64.zip") +
              "\n    servers: server\n";
    }
    if (nomad.empty()) return text + "\n";
    text += "  nomad:\n    version: " + nomad +
            "\n    archive: " + archive("nomad", "nomad_" + nomad + "_linux_amd64.zip") + "\n    servers: server\n";
    if (slaves_.empty()) return text + "\n";
    text += "    clients: client\n";
    if (driver_) {
      text += "    podman_driver: " + archive("podman_driver", "nomad-driver-podman_" + *driver_ + "_linux_amd64.zip") +
              "\n";
    }
    if (plugins_) {
      text += "    cni_plugins: " + archive("cni_plugins", "cni-plugins-linux-amd64-v" + *plugins_ + ".tgz") + "\n";
    }
    return text + "\n";
  }

  static std::string resources(const Machine& machine) {
    return "{ vcpus: " + std::to_string(machine.vcpus) + ", memory: " + std::to_string(machine.memoryMiB) +
           "MiB, disk: " + std::to_string(machine.diskGiB) + "GiB }";
  }

  std::string pool(const std::string& name, const std::vector<Machine>& machines, std::uint32_t first) {
    const Machine& usual = usualOf(machines);
    std::string text = "  " + name + ":\n    count: " + std::to_string(machines.size()) +
                       "\n    resources: " + resources(usual) + "\n    addresses: " + range(machines.size(), first) +
                       "\n    spread: [zone, host]\n    butane: [base.bu]\n";
    std::string own;
    for (std::size_t i = 0; i < machines.size(); ++i) {
      const Machine& each = machines[i];
      own += "      # " + cluster_.str() + "-" + name + "-" + std::to_string(i) + " was " + quoted(each.name) + "\n";
      std::string members;
      if (each.size() != usual.size()) members += "resources: " + resources(each);
      if (const std::string meta = metaOf(each); !meta.empty()) members += (members.empty() ? "" : ", ") + meta;
      if (!members.empty()) own += "      " + std::to_string(i) + ": { " + members + " }\n";
    }
    // Without any of these the key would have no value.
    const bool hasOwn = own.find(": {") != std::string::npos;
    return text + (hasOwn ? "    nodes:\n" : "") + own;
  }

  /// What most of them have.
  static const Machine& usualOf(const std::vector<Machine>& machines) {
    const auto countOf = [&](const Machine& machine) {
      return std::ranges::count_if(machines, [&](const Machine& each) { return each.size() == machine.size(); });
    };
    return *std::ranges::max_element(machines, {}, countOf);
  }

  /// From the one that is so far into the subnet, with room for some more.
  std::string range(std::size_t count, std::uint32_t first) {
    constexpr std::size_t kSpare = 9;
    return at(first) + "-" + at(static_cast<std::uint32_t>(first + count + kSpare - 1));
  }

  std::string metaOf(const Machine& machine) {
    std::string text;
    for (const auto& [key, word] : machine.meta) text += (text.empty() ? "" : ", ") + quoted(key) + ": " + quoted(word);
    return text.empty() ? "" : "meta: { " + text + " }";
  }

  static std::string butane() {
    return "# What each node becomes on its first boot, besides what Berth adds for the stack.\n"
           "variant: fcos\n"
           "version: 1.4.0\n"
           "passwd:\n"
           "  users:\n"
           "    - name: core\n"
           "      ssh_authorized_keys: [\"${{ var.ssh_key }}\"]\n";
  }

  void addNotes() {
    if (keyPath_) {
      notes_.push_back("ssh_key: the content of " + *keyPath_ + ", such as -v ssh_key=\"$(cat FILE.pub)\".");
    }
    if (!releases().empty()) {
      notes_.push_back(
          "releases and the digests: Harbor downloads releases and proves none of them; Berth installs what "
          "has the digest that you give. Their makers publish both.");
    }
    if (networks_[network_].mode != "bridge") {
      notes_.push_back("Network " + network_ +
                       " is one that libvirt routes or translates on a single host. Nodes on several "
                       "hosts reach each other over a bridge: network: { bridge: br0, … }.");
    }
    if (!networks_[network_].subnet) notes_.push_back("No subnet was given: 10.20.0.0/24 stands in its place.");
    notes_.push_back(
        "ACLs deny by default and all connections have certificates, which Harbor had switched off: clients need "
        "a token (berth secret get " +
        cluster_.str() + " consul/token/management).");
    if (const Value* bare = member(&values_, "barebones"); bare != nullptr && bare->isMap() && hasMachines(*bare)) {
      notes_.push_back(
          "Machines under barebones are not on KVM and were left out; `berth render --platform metal` writes configs "
          "for machines of your own.");
    }
    notes_.push_back(
        "What the servers know lies on their root disks. Give pool server a volume with mount: /var/lib/consul to "
        "keep it when they are replaced.");
  }

  static bool hasMachines(const Value& bare) {
    for (const char* key : {"masters", "slaves"}) {
      const Value* machines = member(&bare, key);
      if (machines != nullptr && machines->isMap() && !machines->map().empty()) return true;
    }
    return false;
  }

  static constexpr const char* kMachines = "machines by name";

  std::string_view text_;
  Value values_;
  std::map<std::string, std::size_t, std::less<>> places_;
  const std::string& file_;
  const ClusterName& cluster_;
  std::map<std::string, Network> networks_;
  std::vector<Machine> masters_;
  std::vector<Machine> slaves_;
  std::string network_;
  std::optional<std::string> driver_;
  std::optional<std::string> plugins_;
  std::optional<std::string> keyPath_;
  Findings findings_;
  std::vector<std::string> notes_;
  /// Of the tools.
  std::map<std::string, std::string> versions_;
};

}  // namespace

std::variant<Imported, Findings> importHarbor(std::string_view text, const std::string& file,
                                              const ClusterName& cluster) {
  auto read = readTfvars(text, file);
  if (auto* problem = std::get_if<source::Diagnostic>(&read)) return Findings{std::move(*problem)};
  return Importer(text, std::get<Tfvars>(std::move(read)), file, cluster).run();
}

}  // namespace berth::import

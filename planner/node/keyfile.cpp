// SPDX-License-Identifier: Apache-2.0
#include "planner/node/keyfile.h"

#include "words/digest.h"

namespace berth::node {
namespace {

enum class WayOut { allowed, elsewhere };

std::string pathOf(const std::string& id) { return "/etc/NetworkManager/system-connections/" + id + ".nmconnection"; }

/// The profile of a VLAN names the one that it lies on by this. It need be unique only within the machine, so that the
/// same for all nodes does.
std::string profileUuid(const std::string& id) {
  std::string hex = Digest::of("berth profile\n" + id).hex().substr(0, 32);
  // Version 8, variant 10: a UUID of one's own making (RFC 9562).
  hex[12] = '8';
  hex[16] = 'a';
  for (const std::size_t at : {20, 16, 12, 8}) hex.insert(at, "-");
  return hex;
}

std::string ethernet(const spec::Network& network, const std::string& mac) {
  std::string text = "[ethernet]\n";
  if (!mac.empty()) text += "mac-address=" + mac + "\n";
  if (network.mtu) text += "mtu=" + std::to_string(*network.mtu) + "\n";
  return text;
}

std::string ip(const spec::Network& network, const std::string& address, WayOut wayOut) {
  std::string text = "\n[ipv4]\n";
  if (const auto& addressing = network.addressing) {
    text += "method=manual\naddress1=" + address + "/" + std::to_string(addressing->subnet->prefix());
    if (addressing->gateway) text += "," + (*addressing->gateway)->str();
    text += "\n";
    if (!addressing->dns.empty()) text += "dns=";
    for (const auto& server : addressing->dns) text += server->str() + ";";
    if (!addressing->dns.empty()) text += "\n";
  } else {
    text += "method=auto\n";
  }
  if (!network.search.empty()) text += "dns-search=";
  for (const std::string& domain : network.search) text += domain + ";";
  if (!network.search.empty()) text += "\n";
  if (wayOut == WayOut::elsewhere) text += "never-default=true\n";
  text += "may-fail=false\n\n[ipv6]\nmethod=auto\n";
  if (wayOut == WayOut::elsewhere) text += "never-default=true\n";
  return text;
}

/// Which network leads out: the one with a gateway, or else the first that DHCP may name one for.
std::size_t wayOutOf(const spec::Spec& spec) {
  std::size_t byDhcp = spec.networks.size();
  for (std::size_t i = 0; i < spec.networks.size(); ++i) {
    const auto& addressing = spec.networks[i].addressing;
    if (addressing && addressing->gateway) return i;
    if (!addressing && byDhcp == spec.networks.size()) byDhcp = i;
  }
  return byDhcp;
}

}  // namespace

std::string keyfilePath(std::size_t network) { return pathOf("berth-" + std::to_string(network)); }

std::vector<Keyfile> keyfiles(const spec::Spec& spec, const Words& words) {
  std::vector<Keyfile> files;
  const std::size_t wayOut = wayOutOf(spec);
  for (std::size_t i = 0; i < spec.networks.size(); ++i) {
    const spec::Network& network = spec.networks[i];
    const Words::Nic& nic = words.nics[i];
    const std::string id = "berth-" + std::to_string(i);
    const std::string addressed =
        ip(network, nic.address, i == wayOut || spec.networks.size() == 1 ? WayOut::allowed : WayOut::elsewhere);
    std::string head = "# Written by Berth.\n[connection]\nid=" + id + "\n";
    if (!network.vlan) {
      files.push_back({pathOf(id), head + "type=ethernet\n\n" + ethernet(network, nic.mac) + addressed});
      continue;
    }
    head += "uuid=" + profileUuid(id) + "\ntype=ethernet\n\n";
    files.push_back({pathOf(id), head + ethernet(network, nic.mac) + "\n[ipv4]\nmethod=disabled\n\n[ipv6]\n" +
                                     "method=disabled\n"});
    const std::string tag = std::to_string(**network.vlan);
    const std::string vlanId = id + "-vlan";
    std::string text = "# Written by Berth.\n[connection]\nid=" + vlanId + "\ntype=vlan\ninterface-name=vlan" + tag +
                       (i == 0 ? "" : "." + std::to_string(i)) + "\n\n";
    text += "[vlan]\nid=" + tag + "\nparent=" + profileUuid(id) + "\n";
    if (network.mtu) text += "\n[ethernet]\nmtu=" + std::to_string(*network.mtu) + "\n";
    files.push_back({pathOf(vlanId), text + addressed});
  }
  return files;
}

}  // namespace berth::node

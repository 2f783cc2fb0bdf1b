// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/reservation.h"

#include <functional>
#include <sstream>

#include <pugixml.hpp>

namespace berth::hypervisor {
namespace {

using Node = pugi::xml_node;

std::string attribute(Node host, const char* name) { return host.attribute(name).value(); }

std::string textOf(Node host) {
  std::ostringstream text;
  host.print(text, "", pugi::format_raw);
  return text.str();
}

std::string hostXml(const message::Nic& nic, const NodeName& node) {
  pugi::xml_document document;
  Node host = document.append_child("host");
  host.append_attribute("mac").set_value(nic.mac.c_str());
  host.append_attribute("name").set_value(node.str().c_str());
  host.append_attribute("ip").set_value(nic.address.c_str());
  return textOf(host);
}

/// Calls `visit` with each <ip> that serves DHCP, and its place among all <ip>.
void forEachServed(const pugi::xml_document& network, const std::function<void(Node ip, int place)>& visit) {
  int place = 0;
  for (const Node ip : network.child("network").children("ip")) {
    if (ip.child("dhcp")) visit(ip, place);
    ++place;
  }
}

bool isOfFamily(Node ip, const std::string& address) {
  const bool wantsV6 = address.find(':') != std::string::npos;
  return (attribute(ip, "family") == "ipv6") == wantsV6;
}

}  // namespace

std::vector<HostEdit> editsToReserve(std::string_view networkXml, const message::Nic& nic, const NodeName& node) {
  pugi::xml_document network;
  if (nic.address.empty() || !network.load_buffer(networkXml.data(), networkXml.size())) return {};
  std::vector<HostEdit> edits;
  int home = -1;
  bool done = false;
  forEachServed(network, [&](Node ip, int place) {
    // Several <ip> of a family are rare, and DHCP is served on one of them.
    if (home == -1 && isOfFamily(ip, nic.address)) home = place;
    for (const Node host : ip.child("dhcp").children("host")) {
      const bool sameMac = attribute(host, "mac") == nic.mac;
      const bool sameAddress = attribute(host, "ip") == nic.address;
      if (sameMac && sameAddress && attribute(host, "name") == node.str())
        done = true;
      else if (sameMac || (attribute(host, "name") == node.str() && sameAddress))
        edits.push_back({HostEdit::Kind::remove, place, textOf(host)});
    }
  });
  if (home == -1) return {};
  if (!done) edits.push_back({HostEdit::Kind::add, home, hostXml(nic, node)});
  return edits;
}

std::vector<HostEdit> editsToRelease(std::string_view networkXml, const NodeName& node) {
  pugi::xml_document network;
  if (!network.load_buffer(networkXml.data(), networkXml.size())) return {};
  std::vector<HostEdit> edits;
  forEachServed(network, [&](Node ip, int place) {
    for (const Node host : ip.child("dhcp").children("host"))
      if (attribute(host, "name") == node.str()) edits.push_back({HostEdit::Kind::remove, place, textOf(host)});
  });
  return edits;
}

bool carryOut(virNetwork* network, const std::vector<HostEdit>& edits) {
  unsigned flags = VIR_NETWORK_UPDATE_AFFECT_LIVE;
  if (virNetworkIsPersistent(network) == 1) flags |= VIR_NETWORK_UPDATE_AFFECT_CONFIG;
  bool all = true;
  for (const HostEdit& edit : edits) {
    const unsigned command =
        edit.kind == HostEdit::Kind::add ? VIR_NETWORK_UPDATE_COMMAND_ADD_LAST : VIR_NETWORK_UPDATE_COMMAND_DELETE;
    all = virNetworkUpdate(network, command, VIR_NETWORK_SECTION_IP_DHCP_HOST, edit.parent, edit.xml.c_str(), flags) ==
              0 &&
          all;
  }
  return all;
}

}  // namespace berth::hypervisor

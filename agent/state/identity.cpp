// SPDX-License-Identifier: Apache-2.0
#include "agent/state/identity.h"

namespace berth::state {

std::string writeIdentity(const Identity& identity) {
  std::string text;
  const auto line = [&text](std::string_view word, std::string_view value) {
    text.append(word).append(" ").append(value).append("\n");
  };
  line("host", identity.host.str());
  line("fleet", identity.fleet.str());
  line("controller", identity.controller.str());
  line("endpoint", identity.endpoint.str());
  if (!identity.zone.empty()) line("zone", identity.zone);
  for (const auto& [key, value] : identity.labels) line("label", std::string(key).append("=").append(value));
  return text;
}

std::optional<Identity> readIdentity(std::string_view text) {
  std::optional<HostName> host;
  std::optional<Uuid> fleet;
  std::optional<identity::PublicKey> controller;
  std::optional<identity::Endpoint> endpoint;
  std::string zone;
  std::map<std::string, std::string> labels;
  while (!text.empty()) {
    const auto end = text.find('\n');
    // The last line has its end too, or it was cut.
    if (end == std::string_view::npos) return std::nullopt;
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const auto space = line.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    const auto word = line.substr(0, space);
    const auto value = line.substr(space + 1);
    if (word == "host" && !host) {
      host = HostName::parse(value);
      if (!host) return std::nullopt;
    } else if (word == "fleet" && !fleet) {
      fleet = Uuid::parse(value);
      if (!fleet || fleet->isNil()) return std::nullopt;
    } else if (word == "controller" && !controller) {
      controller = identity::PublicKey::parse(value);
      if (!controller) return std::nullopt;
    } else if (word == "endpoint" && !endpoint) {
      endpoint = identity::Endpoint::parse(value);
      if (!endpoint) return std::nullopt;
    } else if (word == "zone" && zone.empty()) {
      zone = value;
    } else if (word == "label" && value.find('=') != std::string_view::npos) {
      labels.emplace(value.substr(0, value.find('=')), value.substr(value.find('=') + 1));
    } else {
      return std::nullopt;
    }
  }
  if (!host || !fleet || !controller || !endpoint) return std::nullopt;
  return Identity{*host, *fleet, *controller, *endpoint, zone, labels};
}

}  // namespace berth::state

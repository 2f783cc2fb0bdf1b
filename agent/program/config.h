// SPDX-License-Identifier: Apache-2.0
//
// The agent's configuration file: what the owner of a host decides, whatever any controller says. YAML, small and
// strict: an unknown key or a value of the wrong kind is an error with its line, and the agent does not start.
//
//   state_dir: /var/lib/berth/agent
//   libvirt: qemu:///system
//   zone: a
//   labels: { rack: "7" }
//   networks: [br0, default]
//   image_directories: [/srv/images]
//   image_hosts: [builds.coreos.fedoraproject.org]
//   image_http: false
//   max_vcpus: 16
//   max_memory: 64GiB
//   max_disk: 500GiB
//   volumes: { pool: vms }
//   max_volumes: 2TiB
//   overcommit: { vcpus: 4, memory: 1.2 }
//   peers: { listen: "tcp://*:7404", announce: tcp://vh1.example:7404 }
//   log: info
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "agent/reconcile/policy.h"
#include "protocol/identity/endpoint.h"

namespace berth::program {

inline constexpr const char* kDefaultConfig = "/etc/berth/agent.yaml";
inline constexpr const char* kDefaultStateDirectory = "/var/lib/berth/agent";

enum class LogLevel : std::uint8_t { debug, info, warn, error };

struct Config {
  std::filesystem::path stateDirectory = kDefaultStateDirectory;
  std::string libvirt = "qemu:///system";
  /// Empty: as said when the host joined.
  std::string zone;
  std::map<std::string, std::string> labels;
  reconcile::Policy policy;
  /// The storage pool of libvirt's that volumes lie in; empty: they are files in the state directory.
  std::string volumePool{};
  /// Where other agents may ask this one for volumes, while one is to be handed over, and where they are told to ask.
  /// Empty: at the address from which this agent reaches its controller (peers.h).
  std::optional<identity::Endpoint> peersListen{};
  std::optional<identity::Endpoint> peersAnnounce{};
  LogLevel log = LogLevel::info;
};

/// "agent.yaml:3: unknown key 'netwroks'; did you mean 'networks'?"
struct ConfigError {
  std::string message;
};

/// `name` is what the file is called in messages.
[[nodiscard]] std::variant<Config, ConfigError> parseConfig(std::string_view text, const std::string& name);
/// Without a `path` the default one, which may be absent.
[[nodiscard]] std::variant<Config, ConfigError> loadConfig(const std::optional<std::filesystem::path>& path);

}  // namespace berth::program

// SPDX-License-Identifier: Apache-2.0
//
// Where the controller listens, what it tells others of that, and how patient it is. From a YAML file, and from flags,
// which win:
//
//   address: 192.0.2.10          # what agents and operators are told
//   listen: "*"                  # the address that is bound
//   agent_endpoint: tcp://…      # one port by itself; each is both bound and told
//   operator_endpoint: ipc://…
//   enrolment_endpoint: tcp://…
//   heartbeat: 2s
//   lease: 10s
//   lost_share: 50              # percent
//   disruption_budget: 10%      # of all nodes, or a number of them
//   secrets:
//     master_key_file: /etc/berth/master.key
//     certificate_lifetime: 8760h
//   http:                       # answers nodes that ask before they reboot; without it nobody does
//     listen: "*:7403"
//     url: https://…            # what nodes are told; else http://ADDRESS:PORT
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>

#include "controller/fleet/fleet.h"
#include "controller/http/listener.h"
#include "controller/rollout/budget.h"
#include "controller/secrets/provide.h"
#include "planner/source/diagnostic.h"
#include "protocol/identity/endpoint.h"

namespace berth::server {

inline constexpr const char* kStateDirectory = "/var/lib/berth/controller";
inline constexpr const char* kConfigFile = "/etc/berth/controller.yaml";
inline constexpr std::uint16_t kOperatorPort = 7400;
inline constexpr std::uint16_t kAgentPort = 7401;
inline constexpr std::uint16_t kEnrolmentPort = 7402;

/// What a file or the flags say; empty where they say nothing.
struct Wishes {
  std::optional<std::string> address;
  std::optional<std::string> listen;
  std::optional<std::string> agentEndpoint;
  std::optional<std::string> operatorEndpoint;
  std::optional<std::string> enrolmentEndpoint;
  std::optional<std::chrono::milliseconds> heartbeat;
  std::optional<std::chrono::milliseconds> lease;
  /// In hundredths of the hosts (fleet::Timing::lostShare).
  std::optional<std::uint32_t> lostShare;
  std::optional<rollout::Budget> disruptionBudget;
  std::optional<std::string> masterKeyFile;
  std::optional<std::chrono::milliseconds> certificateLifetime;
  std::optional<std::string> httpListen;
  std::optional<std::string> httpUrl;
};

/// `over` wins where it says something.
[[nodiscard]] Wishes overlaid(const Wishes& under, const Wishes& over);
/// Makes findings for what it does not understand.
[[nodiscard]] Wishes readWishes(std::string_view yaml, const std::string& file, source::Findings& findings);
/// As a file that readWishes() reads.
[[nodiscard]] std::string writeWishes(const Wishes& wishes);
/// "50" or "50%"; 0 to 100.
[[nodiscard]] std::optional<std::uint32_t> parseShare(std::string_view text);
/// "5" or "10%"; at least 1, and no more than 100%.
[[nodiscard]] std::optional<rollout::Budget> parseBudget(std::string_view text);
/// "500ms", "2s", "5m", "12h", "30d".
[[nodiscard]] std::optional<std::chrono::milliseconds> parseInterval(std::string_view text);

/// One port: where it is bound, and what others are told.
struct Door {
  identity::Endpoint listen;
  identity::Endpoint announce;
};

/// Where nodes are answered.
struct HttpDoor {
  http::Address listen;
  /// What they are told, without a slash at its end; empty: http, `host`, and the port that is bound.
  std::string url;
  std::string host;
};

struct Settings {
  Door agents;
  Door operators;
  Door enrolment;
  fleet::Timing timing;
  /// Empty: only what each cluster says of itself counts.
  std::optional<rollout::Budget> disruptionBudget{};
  /// Empty: where init.h looks for it.
  std::filesystem::path masterKeyFile{};
  std::chrono::seconds certificateLifetime = secrets::kCertificateLifetime;
  std::optional<HttpDoor> http{};
};

/// The settings, or what is wrong with the wishes and what to do.
[[nodiscard]] std::variant<Settings, std::string> settle(const Wishes& wishes);

}  // namespace berth::server

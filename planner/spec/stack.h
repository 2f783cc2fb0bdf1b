// SPDX-License-Identifier: Apache-2.0
//
// What a spec says under `stack:`: which of the tools Consul, Nomad and Vault or OpenBao the nodes run, in which
// release, and what of their settings is not as Berth would write it (planner/stack writes them).
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/source/located.h"
#include "words/digest.h"
#include "words/name.h"

namespace berth::spec {

/// 1.21.3: settings of a tool differ from release to release.
struct ToolVersion {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::uint32_t patch = 0;

  /// Three numbers, or two.
  [[nodiscard]] static std::optional<ToolVersion> parse(std::string_view text);
  [[nodiscard]] std::string str() const;
  auto operator<=>(const ToolVersion&) const = default;
};

// The oldest releases whose settings are known.
inline constexpr ToolVersion kOldestConsul{1, 8, 0};
inline constexpr ToolVersion kOldestNomad{1, 8, 0};

/// A release of a tool as its makers offer it, which hosts fetch and nodes unpack.
struct Archive {
  source::Located<std::string> url;
  source::Located<Digest> sha256;
  bool operator==(const Archive&) const = default;
};

/// What a spec says of every tool.
struct Tool {
  source::Located<ToolVersion> version;
  /// Without one, the program is in the image.
  std::optional<Archive> archive;
  /// Absolute. What the servers know lies there.
  source::Located<std::string> dataDir;
  source::Located<PoolName> servers;
  /// Objects of JSON in the tool's own words, laid over what Berth writes; empty for none.
  std::string serverConfig;
  std::string clientConfig;
  /// Where the tool's section stands.
  source::Mark mark;
};

struct Consul : Tool {
  /// Nothing: all pools but `servers`.
  std::optional<std::vector<source::Located<PoolName>>> clients;
};

struct Nomad : Tool {
  std::vector<source::Located<PoolName>> clients;
  /// The driver for Podman, and the CNI plugins; without one it is in the image.
  std::optional<Archive> podmanDriver;
  std::optional<Archive> cniPlugins;
  /// How long work may take to leave a client that is shut down.
  std::chrono::seconds drainDeadline{300};
};

/// How servers of Vault or OpenBao open what they have sealed.
struct Seal {
  enum class Kind : std::uint8_t {
    fixed,       ///< OpenBao's static seal: by a key that the controller made
    controller,  ///< by a key that the tool made, which is itself sealed with one that the controller made
    service,     ///< by what somebody else keeps
    manual,      ///< somebody does it, after each boot
  } kind = Kind::controller;
  /// What the tool calls the service: "awskms". Empty where server_config names it.
  std::string service{};
  /// Of the service, in the tool's own words: an object of JSON.
  std::string settings{};

  /// As a spec names it: "static", "awskms"; "server_config" where that names it.
  [[nodiscard]] std::string_view word() const;
};

struct Vault : Tool {
  /// OpenBao, and not Vault.
  bool isOpenBao = false;
  Seal seal;

  /// A cluster of servers that open what they have by themselves begins by itself as well.
  [[nodiscard]] bool unsealsItself() const { return seal.kind != Seal::Kind::manual; }
};

struct Stack {
  source::Located<std::string> datacenter;
  std::optional<Consul> consul;
  std::optional<Nomad> nomad;
  std::optional<Vault> vault;
  source::Mark mark;

  [[nodiscard]] bool hasServers(const PoolName& pool) const;
  /// Those of the tools that are there.
  [[nodiscard]] std::vector<const Tool*> tools() const;
};

}  // namespace berth::spec

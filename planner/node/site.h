// SPDX-License-Identifier: Apache-2.0
//
// Where machines run. On a host of Berth's, an agent hands over archives, has readiness told to it, and gives disks
// their names. Elsewhere nobody does, and the same node is made from a config that asks for none of that.
//
//   Site site{.platform = platformNamed("aws"), .disks = {{data, "/dev/nvme1n1"}}};
//   node::compose(spec, files, image, {}, {}, site);
//   for (const std::string& each : leftToOthers(spec, site)) …           // "volume data is left out: …"
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "words/name.h"

namespace berth::ignition {
class Config;
}
namespace berth::spec {
struct Spec;
}
namespace berth::stack {
struct Release;
}

namespace berth::node {

/// What is known of a platform of Fedora CoreOS.
struct Platform {
  /// Who says which address a machine has.
  enum class Addresses : std::uint8_t {
    bySpec,      ///< the spec, where it allots any
    byPlatform,  ///< the platform, over DHCP; others do not get through
  };
  /// By what a guest knows a disk.
  enum class Disks : std::uint8_t {
    bySerial,  ///< virtio disks whose serial number whoever makes the machine can choose, as on hosts of Berth's
    byName,    ///< Google's disks have a name of their own
    unknown,
  };

  /// Ignition's own word for it.
  std::string_view id;
  Addresses addresses = Addresses::byPlatform;
  Disks disks = Disks::unknown;
  /// How large user data may be, in bytes; 0: nothing is known.
  std::size_t userData = 0;
  /// The limit is one of what comes out in base64.
  bool inBase64 = false;
};

/// All that Berth knows, by name.
[[nodiscard]] std::span<const Platform> platforms();
/// Null when there is no such platform.
[[nodiscard]] const Platform* platformNamed(std::string_view id);
/// How many bytes of the platform's limit a config takes.
[[nodiscard]] std::size_t sizeOn(const Platform& platform, std::size_t bytes);

struct Site {
  /// Null: a host of Berth's.
  const Platform* platform = nullptr;
  /// Devices of volumes that no rule tells, as they are called in the guest.
  std::map<VolumeName, std::string> disks{};

  [[nodiscard]] bool isOurs() const { return platform == nullptr; }
  /// As whoever wrote it knows it; nothing where the volume cannot be found.
  [[nodiscard]] std::optional<std::string> deviceOf(const VolumeName& volume) const;
  /// Nodes are given the addresses of the spec by their configs.
  [[nodiscard]] bool keepsAddresses() const { return isOurs() || platform->addresses == Platform::Addresses::bySpec; }
};

/// Where Ignition puts the archives that no host hands over.
inline constexpr const char* kFetchedArchives = "/var/lib/berth/artifacts";
inline constexpr const char* kOfferPath = "/etc/berth/offer-artifacts";
inline constexpr const char* kOfferUnit = "berth-artifacts.service";
/// Has Ignition fetch and prove the archives, and offers them to the node under the name of the disk that a host of
/// Berth's would attach: what unpacks them need not know where it runs.
void addArchives(ignition::Config& layer, const std::vector<stack::Release>& releases);

/// What nodes of the spec lack there, or whoever makes the machines has to see to; sentences for people.
[[nodiscard]] std::vector<std::string> leftToOthers(const spec::Spec& spec, const Site& site);

}  // namespace berth::node

// SPDX-License-Identifier: Apache-2.0
#include "planner/node/site.h"

#include <algorithm>
#include <array>

#include "planner/ignition/config.h"
#include "planner/spec/model.h"
#include "planner/stack/install.h"
#include "planner/stack/roles.h"

namespace berth::node {

using ignition::Config;
using ignition::Value;

namespace {

using Addresses = Platform::Addresses;
using Disks = Platform::Disks;

// The limits are those of the platforms' own references; Azure's, and OpenStack's in base64, are one byte below 64 KiB.
constexpr std::array kPlatforms{
    Platform{"aliyun"},
    Platform{"aws", Addresses::byPlatform, Disks::unknown, 16384},
    Platform{"azure", Addresses::byPlatform, Disks::unknown, 65535},
    Platform{"azurestack", Addresses::byPlatform, Disks::unknown, 65535},
    Platform{"digitalocean", Addresses::byPlatform, Disks::unknown, 65536},
    Platform{"exoscale"},
    Platform{"gcp", Addresses::byPlatform, Disks::byName, 262144},
    Platform{"hetzner", Addresses::byPlatform, Disks::unknown, 32768},
    Platform{"hyperv", Addresses::bySpec},
    Platform{"ibmcloud"},
    Platform{"kubevirt", Addresses::byPlatform, Disks::bySerial},
    Platform{"metal", Addresses::bySpec},
    Platform{"nutanix", Addresses::bySpec},
    Platform{"openstack", Addresses::byPlatform, Disks::unknown, 65535, true},
    Platform{"oraclecloud"},
    Platform{"proxmoxve", Addresses::bySpec, Disks::bySerial},
    Platform{"qemu", Addresses::bySpec, Disks::bySerial},
    Platform{"virtualbox", Addresses::bySpec},
    Platform{"vmware", Addresses::bySpec},
    Platform{"vultr"},
};

constexpr std::string_view kOfferUnitText = R"(# Written by Berth.
[Unit]
Description=Offer the archives that Ignition fetched as a host of Berth's does
Before=berth-stack-install.service
RequiresMountsFor=/var/lib/berth

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/bash /etc/berth/offer-artifacts

[Install]
WantedBy=multi-user.target
)";

// Everything that differs is the list of names, which are the files of the directory.
constexpr std::string_view kOfferScript =
    R"script(# Written by Berth: the archives of this node as one disk, which is where what unpacks them looks.
set -euo pipefail
disk=/dev/disk/by-id/virtio-berth-artifacts
all=/var/lib/berth/artifacts.tar
if [[ ! -e $all ]]; then
  (cd /var/lib/berth/artifacts && tar -cf "$all.new" -- *)
  mv -f "$all.new" "$all"
fi
mkdir -p "${disk%/*}"
ln -sfn "$(losetup --find --show --read-only "$all")" "$disk"
)script";

/// What the nodes of any pool unpack.
bool hasArchives(const spec::Spec& spec) {
  return spec.stack && std::ranges::any_of(spec.pools, [&](const spec::Pool& pool) {
           return !stack::releasesFor(*spec.stack, stack::rolesOf(spec, *pool.name)).empty();
         });
}

std::string aboutNetworks(const spec::Spec& spec, const Site& site) {
  const bool allots = std::ranges::any_of(spec.networks, [](const auto& each) { return each.addressing.has_value(); });
  if (!site.keepsAddresses()) {
    return allots ? "addresses come from the platform: give each machine the one that its node has in the spec" : "";
  }
  if (spec.networks.size() < 2) return "";
  return "networks are told apart by the MAC addresses in the configs: give the machines these";
}

/// The volumes of all pools, each name once.
std::vector<const spec::Volume*> volumesOf(const spec::Spec& spec) {
  std::vector<const spec::Volume*> volumes;
  for (const spec::Pool& pool : spec.pools) {
    for (const spec::Volume& volume : pool.volumes) {
      const auto isIt = [&](const spec::Volume* each) { return *each->name == *volume.name; };
      if (std::ranges::none_of(volumes, isIt)) volumes.push_back(&volume);
    }
  }
  return volumes;
}

std::string aboutVolume(const spec::Volume& volume, const Site& site) {
  const std::string name = "volume " + volume.name->str();
  if (const auto device = site.deviceOf(*volume.name)) {
    return name + " is a disk that you attach: the guest looks for it at " + *device;
  }
  return name + " is left out, so that what its nodes write there goes to the root disk; to have it: --disk " +
         volume.name->str() + "=DEVICE";
}

}  // namespace

std::span<const Platform> platforms() { return kPlatforms; }

const Platform* platformNamed(std::string_view id) {
  const auto* const found = std::ranges::find(kPlatforms, id, &Platform::id);
  return found == kPlatforms.end() ? nullptr : found;
}

std::size_t sizeOn(const Platform& platform, std::size_t bytes) {
  return platform.inBase64 ? (bytes + 2) / 3 * 4 : bytes;
}

std::optional<std::string> Site::deviceOf(const VolumeName& volume) const {
  if (const auto given = disks.find(volume); given != disks.end()) return given->second;
  const auto by = isOurs() ? Disks::bySerial : platform->disks;
  switch (by) {
    case Disks::bySerial: return "/dev/disk/by-id/virtio-" + volume.str();
    case Disks::byName: return "/dev/disk/by-id/google-" + volume.str();
    case Disks::unknown: return std::nullopt;
  }
  return std::nullopt;
}

void addArchives(Config& layer, const std::vector<stack::Release>& releases) {
  if (releases.empty()) return;
  for (const stack::Release& each : releases) {
    Value& file = layer.addFileOver(std::string(kFetchedArchives) + "/" + each.name, "", 0600);
    Value& contents = file.ensure("contents");
    contents.put("source", Value::ofText(*each.archive.url, {}));
    contents.ensure("verification").put("hash", Value::ofText("sha256-" + each.archive.sha256->hex(), {}));
  }
  layer.addFileOver(kOfferPath, kOfferScript, 0755);
  layer.addUnit(kOfferUnit, kOfferUnitText, ignition::UnitState::enabled);
}

std::vector<std::string> leftToOthers(const spec::Spec& spec, const Site& site) {
  std::vector<std::string> notes;
  if (site.isOurs()) return notes;
  notes.emplace_back("nobody is told when a node is ready, and nothing brings one back");
  if (std::string text = aboutNetworks(spec, site); !text.empty()) notes.push_back(std::move(text));
  for (const spec::Volume* volume : volumesOf(spec)) notes.push_back(aboutVolume(*volume, site));
  if (hasArchives(spec)) {
    notes.emplace_back(
        "Ignition fetches the archives of the stack at the first boot: they, and a network, must be there by then");
  }
  if (spec.osUpdates && spec.osUpdates->asksFirst())
    notes.emplace_back(
        "nodes do not update themselves: with fleet_lock they would ask a controller that knows none of them");
  if (spec.stack)
    notes.emplace_back("keys, tokens and certificates of the stack are stand-ins: offline nobody knows them");
  return notes;
}

}  // namespace berth::node

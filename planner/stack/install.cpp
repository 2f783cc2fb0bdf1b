// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/install.h"

#include "planner/stack/nomad.h"
#include "planner/stack/vault.h"

namespace berth::stack {
namespace {

constexpr std::string_view kScriptHead = R"script(# Written by Berth: unpacks the releases that the host hands over.
set -euo pipefail
export LC_ALL=C
disk=/dev/disk/by-id/virtio-berth-artifacts
udevadm settle --timeout=60 --exit-if-exists="$disk" || true
if [[ ! -b $disk ]]; then
  echo "there is no disk $disk: does the host's berth-agent know of artifacts?" >&2
  exit 1
fi
mkdir -p /var/lib/berth/stack /usr/local/bin
work=$(mktemp -d /var/lib/berth/stack/unpack.XXXXXX)
trap 'rm -rf "$work"' EXIT
tar -xf "$disk" -C "$work"
(cd "$work" && sha256sum --check --quiet --strict /etc/berth/stack/releases.sha256)

# What is moved keeps its label, and SELinux runs nothing that has a wrong one.
relabel() { if command -v restorecon > /dev/null; then restorecon -RF "$@"; fi; }

program() {
  local release=$1 member=$2 into=$3
  mkdir -p "$into"
  bsdtar -xf "$work/$release" -C "$work" "$member"
  install -m 0755 "$work/$member" "$into/.$member.new"
  mv -f "$into/.$member.new" "$into/$member"
  relabel "$into/$member"
}

plugins() {
  mkdir -p /opt/cni/bin
  bsdtar -xf "$work/$1" -C /opt/cni/bin
  relabel /opt/cni
}

)script";

/// Names the set: another one is unpacked anew.
std::string stampPath(const std::vector<Release>& releases) {
  return "/var/lib/berth/stack/unpacked-" + Digest::of(digestsOf(releases)).hex().substr(0, 16);
}

Release releaseOf(std::string name, std::string program, const spec::Archive& archive) {
  return {std::move(name), std::move(program), Unpack::program, archive};
}

}  // namespace

std::vector<Release> releasesFor(const spec::Stack& stack, const Roles& roles) {
  std::vector<Release> releases;
  if (roles.consul != Role::none && stack.consul->archive) {
    releases.push_back(releaseOf("consul", "consul", *stack.consul->archive));
  }
  if (roles.nomad != Role::none && stack.nomad->archive) {
    releases.push_back(releaseOf("nomad", "nomad", *stack.nomad->archive));
  }
  if (roles.nomad == Role::client && stack.nomad->podmanDriver) {
    const std::string driver = "nomad-driver-podman";
    releases.push_back({driver, driver, Unpack::driver, *stack.nomad->podmanDriver});
  }
  if (roles.nomad == Role::client && stack.nomad->cniPlugins) {
    releases.push_back({"cni-plugins", "", Unpack::plugins, *stack.nomad->cniPlugins});
  }
  if (roles.vault != Role::none && stack.vault->archive) {
    releases.push_back(
        releaseOf(vaultName(*stack.vault), stack.vault->isOpenBao ? "bao" : "vault", *stack.vault->archive));
  }
  return releases;
}

std::string installUnit(const std::vector<Release>& releases) {
  return std::string("# Written by Berth.\n") +
         "[Unit]\n"
         "Description=Unpack the releases that the host hands over\n"
         "ConditionPathExists=!" +
         stampPath(releases) +
         "\n"
         "RequiresMountsFor=/var/lib/berth /usr/local /opt\n"
         "\n"
         "[Service]\n"
         "Type=oneshot\n"
         "RemainAfterExit=yes\n"
         "ExecStart=/bin/bash " +
         kInstallPath +
         "\n"
         "TimeoutStartSec=15min\n"
         "\n"
         "[Install]\n"
         "WantedBy=multi-user.target\n";
}

std::string installScript(const std::vector<Release>& releases) {
  std::string script(kScriptHead);
  for (const Release& each : releases) {
    if (each.unpack == Unpack::plugins) {
      script += "plugins " + each.name + "\n";
      continue;
    }
    const char* into = each.unpack == Unpack::driver ? kNomadPlugins : "/usr/local/bin";
    script += "program " + each.name + " " + each.program + " " + into + "\n";
  }
  return script + "\nsync\ntouch " + stampPath(releases) + "\n";
}

std::string digestsOf(const std::vector<Release>& releases) {
  std::string text;
  for (const Release& each : releases) text += each.archive.sha256->hex() + "  " + each.name + "\n";
  return text;
}

}  // namespace berth::stack

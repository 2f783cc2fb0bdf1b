// SPDX-License-Identifier: Apache-2.0
#include "planner/node/layer.h"

#include "planner/ignition/data_url.h"
#include "planner/node/keyfile.h"
#include "planner/node/volume_config.h"
#include "planner/node/zincati.h"

namespace berth::node {

using ignition::Config;
using ignition::Value;

namespace {

constexpr std::string_view kUnitText = R"(# Written by Berth.
[Unit]
Description=Report to the host when this machine is ready

[Service]
ExecStart=/bin/bash /etc/berth/report-readiness
Restart=always
RestartSec=5
TimeoutStopSec=2

[Install]
WantedBy=multi-user.target
)";

// Under emulation each process costs 30 to 50 ms, so everything that bash can do by itself it does: a round costs one
// call of systemctl, a second one only while units have failed, and one of stat while a release waits for a boot.
// Waiting is a read from a pipe that stays silent, since sleep is a process too. A write blocks while no agent listens;
// what was true before is then said anew.
constexpr std::string_view kScript =
    R"script(# Written by Berth: says to the host, over a virtio-serial port, how this machine is.
export LC_ALL=C
port=/dev/virtio-ports/org.berth.ready
about=/etc/os-release
deployed=/run/ostree/staged-deployment
interval=10
settling=120
exec {silence}<> <(:)

pause() { read -r -t "$1" -u "$silence"; }

failed_units() {
  local list= unit rest
  while read -r unit rest; do
    [[ -n $unit && ${#list} -lt 2000 ]] && list+=${list:+,}$unit
  done < <(systemctl list-units --state=failed --plain --no-legend --no-pager)
  failed=${list:--}
}

addresses() {
  local list= word address prefix scope rest i group text
  local -A seen=()
  while read -r word address; do
    # In the kernel's tree of routes the line after an address says what it is.
    if [[ $word == '|--' ]]; then
      text=$address
    elif [[ $word == /32 && $address == 'host LOCAL' && $text != 127.* && -z ${seen[$text]} &&
      ${#list} -lt 1000 ]]; then
      seen[$text]=1
      list+=${list:+,}$text
    fi
  done < /proc/net/fib_trie
  if [[ -r /proc/net/if_inet6 ]]; then
    while read -r address rest prefix scope rest; do
      [[ $scope == 00 && ${#list} -lt 1000 ]] || continue
      text=
      for ((i = 0; i < 32; i += 4)); do
        printf -v group %x "0x${address:i:4}"
        text+=${text:+:}$group
      done
      list+=${list:+,}$text
    done < /proc/net/if_inet6
  fi
  addresses=${list:--}
}

# What another unit found out about the stack, unless that was long ago.
stack_tells() {
  local at list up rest
  [[ -r /run/berth/stack ]] || return
  read -r at list < /run/berth/stack && [[ $at =~ ^[0-9]+$ ]] && told=$at stack=${list:0:1000}
  read -r up rest < /proc/uptime
  ((${up%.*} - told <= 60)) || stack=
}

is_release() { [[ $1 =~ ^[0-9A-Za-z.+~_-]{1,64}$ ]]; }

# A system that updates itself has a release of its own.
running_release() {
  local key value
  [[ -r $about ]] || return
  while IFS== read -r key value; do
    value=${value//[\"\']/}
    [[ $key != OSTREE_VERSION ]] || ! is_release "$value" || os=$value
  done < "$about"
}

# The release that has been laid beside it. rpm-ostree is asked anew only when another one has.
staged_release() {
  local seen=
  [[ -z $os || ! -e $deployed ]] || seen=$(stat --format=%i.%Y "$deployed")
  [[ $seen != "$asked" ]] || return
  asked=$seen staged=
  [[ -z $seen ]] || staged=$(rpm-ostree status --json |
    jq --raw-output 'first(.deployments[] | select(.staged)).version // empty')
  is_release "$staged" || staged=
  [[ -n $staged ]] || asked=
}

say() {
  printf 'berth-ready 1 boot=%s state=%s failed=%s addresses=%s%s\n' "$boot" "$1" "$failed" "$addresses" \
    "${os:+ os=$os}${staged:+ staged=$staged}${stack:+ stack=$stack}" >&3
}

read -r boot < /proc/sys/kernel/random/boot_id
failed=- addresses=- stack= told=0 os= staged= asked=
running_release
until [[ -c $port ]]; do pause 1; done
exec 3> "$port" || exit 1
trap 'say stopping; exit 0' TERM

state=$(systemctl is-system-running --wait)
while :; do
  failed=-
  [[ $state == running ]] || failed_units
  addresses
  stack_tells
  staged_release
  before=$SECONDS
  say "${state:-unknown}" || exit 1
  # The first word is often said before the network is up; the address should not be late by a whole interval.
  wait=$interval
  [[ $addresses == - ]] && ((SECONDS < settling)) && wait=1
  ((SECONDS - before > 1)) || pause "$wait"
  state=$(systemctl is-system-running)
done
)script";

bool uses(const Config& config, std::string_view path) {
  for (const std::string_view list : {"files", "directories", "links"}) {
    for (const Value& each : config.entries("storage", list)) {
      if (each.textOr("path") == path) return true;
    }
  }
  return false;
}

/// Elsewhere MAC addresses are not Berth's to give; of several interfaces they alone say which is which.
Words onAnyInterface(Words words) {
  if (words.nics.size() == 1) words.nics.front().mac.clear();
  return words;
}

/// Elsewhere no controller would know who asks.
spec::OsUpdates updatesAt(const Site& site, spec::OsUpdates updates) {
  if (!site.isOurs() && updates.asksFirst()) updates.strategy.value = spec::OsUpdates::Strategy::off;
  return updates;
}

void addUpdates(Config& layer, const Config& user, const spec::OsUpdates& updates, const PoolName& pool,
                const Words& words) {
  if (!uses(user, kZincatiPath)) layer.addFileOver(kZincatiPath, zincatiConfig(updates, pool), 0644);
  // Zincati has a user of its own.
  if (updates.asksFirst() && !uses(user, kFleetLockPath))
    layer.addFileOver(kFleetLockPath, fleetLockConfig(updates, words.lock), 0644);
}

}  // namespace

std::string reportScript() { return std::string(kScript); }

Config berthLayer(const Config& user, const spec::Spec& spec, const spec::Pool& pool, const Words& words,
                  const Site& site) {
  Config layer(ignition::SpecVersion::v3_0);
  if (!uses(user, kHostnamePath)) layer.addFileOver(kHostnamePath, words.name + "\n", 0644);
  if (site.keepsAddresses()) {
    for (const Keyfile& each : keyfiles(spec, site.isOurs() ? words : onAnyInterface(words))) {
      if (!uses(user, each.path)) layer.addFileOver(each.path, each.text, 0600);
    }
  }
  if (site.isOurs() && !uses(user, kReportPath)) layer.addFileOver(kReportPath, kScript, 0755);
  if (spec.osUpdates) addUpdates(layer, user, updatesAt(site, *spec.osUpdates), *pool.name, words);
  if (site.isOurs()) layer.addUnit(kReadyUnit, kUnitText, ignition::UnitState::enabled);
  addVolumes(layer, pool.volumes, site);
  return layer;
}

}  // namespace berth::node

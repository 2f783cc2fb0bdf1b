#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The test guest under libvirt on two virtual hosts: one with a static address by a NetworkManager keyfile, one by
# DHCP. Both become ready, and reach each other over the hosts' bridges. Takes about a minute under emulation.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/integration/deploy/checks.sh
source "$here/checks.sh"
deploy=$(readlink -f "$here/../../../deploy")

scratch=$(mktemp -d /tmp/vgt.XXXXXX)
hosts() { "$deploy/virtual-hosts" --state "$scratch/s" "$@"; }
clean_up() {
  hosts down
  rm -rf "$scratch"
}
trap clean_up EXIT
readonly boot_deadline=400 # seconds, for both guests on a busy machine; 40 suffice on a quiet one

domain() { # NAME DIRECTORY MAC
  cat <<XML
<domain type='qemu'>
  <name>$1</name>
  <memory unit='MiB'>256</memory>
  <vcpu>1</vcpu>
  <sysinfo type='fwcfg'><entry name='opt/com.coreos/config' file='$2/$1.ign'/></sysinfo>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <features><acpi/></features>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' cache='unsafe'/><source file='$2/$1.qcow2'/><target dev='vda' bus='virtio'/>
    </disk>
    <controller type='usb' model='none'/>
    <interface type='bridge'><source bridge='br0'/><mac address='$3'/><model type='virtio'/></interface>
    <serial type='file'><source path='$2/$1.console'/></serial>
    <channel type='file'><source path='$2/$1.ready'/><target type='virtio' name='org.berth.ready'/></channel>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
    <memballoon model='none'/>
  </devices>
</domain>
XML
}

start_guest() { # HOST NAME MAC [OPTION OF reference-config…]
  local host=$1 name=$2 mac=$3 directory
  shift 3
  directory=$(hosts path "$host")
  qemu-img create -q -f qcow2 -b "$image" -F qcow2 "$directory/$name.qcow2" 3G
  "$deploy/guest/reference-config" "$name" "$scratch/key.pub" "$@" >"$directory/$name.ign"
  domain "$name" "$directory" "$mac" >"$directory/$name.xml"
  hosts exec "$host" virsh -q create "$directory/$name.xml"
}

await_ready() { # HOST NAME
  local directory
  directory=$(hosts path "$1")
  until grep -q '^ready' "$directory/$2.ready" 2>/dev/null; do
    ((SECONDS < boot_deadline)) || {
      tail -n 30 "$directory/$2.console"
      echo "$2 is not ready after $boot_deadline s"
      exit 1
    }
    sleep 0.2
  done
  expect_equal "$2 is ready (after $SECONDS s)" "ready state=running host=$2" "$(head -n 1 "$directory/$2.ready")"
}

in_guest() { # ADDRESS COMMAND…
  local address=$1
  shift
  hosts lan ssh -q -i "$scratch/key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
    -o ConnectTimeout=20 "core@$address" "$@"
}

# Ready says that the boot is complete; NetworkManager goes on in the background.
await_login() { # ADDRESS
  until in_guest "$1" true; do
    ((SECONDS < boot_deadline)) || { echo "no login at $1 after $boot_deadline s" && exit 1; }
    sleep 0.5
  done
}

image=$("$deploy/guest/build")
ssh-keygen -q -t ed25519 -N '' -f "$scratch/key"
hosts up 2 --dhcp

SECONDS=0
readonly static_mac=52:54:00:be:00:01 dhcp_mac=52:54:00:be:00:02 static_address=10.77.0.51
start_guest vh1 one "$static_mac" --mac "$static_mac" --address "$static_address/24" --gateway 10.77.0.1
start_guest vh2 two "$dhcp_mac"
await_ready vh1 one
await_ready vh2 two
leases=$(hosts path lan)/../leases
until leased_address=$(awk -v mac="$dhcp_mac" '$2 == mac { print $3 }' "$leases") && [[ -n $leased_address ]]; do
  ((SECONDS < boot_deadline)) || { echo "no lease for two after $boot_deadline s" && exit 1; }
  sleep 0.2
done
await_login "$static_address"
await_login "$leased_address"

expect_equal "static address by keyfile"  "one" "$(in_guest "$static_address" hostname)"
expect_equal "route and name server of the keyfile" "10.77.0.1 10.77.0.1" \
  "$(in_guest "$static_address" "ip route | awk '/^default/ { printf \$3 \" \" }'; awk '/^nameserver/ { print \$2 }' /etc/resolv.conf")"
expect_equal "address by DHCP"            "two" "$(in_guest "$leased_address" hostname)"
expect "guests on different hosts reach each other" \
  in_guest "$static_address" "bash -c 'exec 3<>/dev/tcp/$leased_address/22 && read -t 10 -u 3 banner && [[ \$banner == SSH-* ]]'"
finish

#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
#
# DHCP in the initramfs, for configs that refer to something outside. udhcpc calls this script back
# with what it was given.
busybox=/bin/busybox

take_lease() {
  # shellcheck disable=SC2154  # udhcpc's variables
  case $1 in
    bound | renew)
      $busybox ip address flush dev "$interface"
      $busybox ip address add "$ip/${mask:-24}" dev "$interface"
      [ -z "$router" ] || $busybox ip route replace default via "${router%% *}"
      for server in $dns; do echo "nameserver $server"; done >/etc/resolv.conf
      ;;
  esac
}

ask_for_lease() {
  local name round
  modprobe -a virtio_net af_packet
  if [ -S /run/udev/control ]; then
    udevadm trigger --action=add --subsystem-match=net
    udevadm settle --timeout=5
  fi
  for round in 1 2 3 4 5 6 7 8 9 10; do
    for name in /sys/class/net/*; do
      name=${name##*/}
      [ "$name" = lo ] && continue
      $busybox ip link set "$name" up
      $busybox udhcpc -i "$name" -n -q -f -t 8 -T 1 -s /usr/sbin/berth-guest-network && return 0
    done
    $busybox sleep 0.2
  done
  echo "no DHCP lease after $round rounds"
  return 1
}

if [ -n "$interface" ]; then take_lease "$1"; else ask_for_lease; fi

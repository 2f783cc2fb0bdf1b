#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
#
# First process of the guest's initramfs. There are three ways on, all with the real Ignition:
#
#   later boots           mount the root and go there
#   first boot, usual     run Ignition's fetch and files stages from this script
#   first boot, storage   start systemd and udev and let Ignition's own units run: with disks, file
#                         systems, raid or luks in the config, Ignition talks to both of them
#
# The first two need neither systemd nor udev, which saves several seconds under emulation. The
# kernel argument berth.initramfs=systemd forces the third.
#
# When a stage fails, its log goes to the console in the form in which Fedora CoreOS shows it, and
# systemd starts in emergency mode: see emergency.sh.

busybox=/bin/busybox
export PATH=/usr/bin:/usr/sbin:/bin:/sbin

# Where Ignition's stages leave their log; the guest keeps it as /var/log/ignition.log.
ignition_log=/run/ignition.log

# Reports go through the kernel's log, so that they get its time stamps, reach the console, and are
# in the journal later. Level 5 (notice) is what the guest's console shows; 2 is critical.
report() { echo "<$1>$2" >/dev/kmsg; }

# The value of a kernel argument, "1" for one without value, nothing if it is not there.
argument() {
  local word
  for word in $command_line; do
    case $word in
      "$1="*) echo "${word#*=}" && return ;;
      "$1") echo 1 && return ;;
    esac
  done
}

mount_kernel_filesystems() {
  $busybox mount -t devtmpfs dev /dev 2>/dev/null
  $busybox mount -t proc proc /proc
  $busybox mount -t sysfs sysfs /sys
  read -r command_line </proc/cmdline
  # Otherwise the kernel drops all but the first few lines that programs write to its log.
  echo on >/proc/sys/kernel/printk_devkmsg
}

start_systemd() { # [ARGUMENT…]
  $busybox umount /sys /proc
  exec /usr/lib/systemd/systemd "$@"
}

emergency() {
  report 2 "berth-guest: $1"
  # What is mounted stays, for whoever looks into it.
  start_systemd --unit=emergency.target
}

# An Ignition log line starts with its severity. Others are continuations, among them the config
# itself with all its secrets, which has no place on a console; only errors are shown in full.
show_log() { # PID of the stage
  local line in_error=no
  while IFS= read -r line; do
    case $line in
      *'failed to log systemd journal entry'*) ;; # there is no journal yet
      'CRITICAL '* | 'ERROR '* | 'EMERGENCY '*) in_error=yes && report 2 "ignition[$1]: $line" ;;
      'WARNING '* | 'NOTICE '* | 'INFO '*) in_error=no && report 5 "ignition[$1]: $line" ;;
      'DEBUG '*) in_error=no ;;
      *) [ $in_error = no ] || report 2 "ignition[$1]: $line" ;;
    esac
  done <"$ignition_log.stage"
}

ignition() { # STAGE
  local pid status
  report 5 "ignition: stage $1"
  /usr/bin/ignition --root=/sysroot --platform="$platform" --log-to-stdout --stage="$1" >"$ignition_log.stage" 2>&1 &
  pid=$!
  wait $pid
  status=$?
  show_log $pid
  $busybox cat "$ignition_log.stage" >>"$ignition_log"
  [ $status = 0 ] || emergency "ignition-$1 failed with status $status"
}

# Ignition asks for the network by a file, and only if the config refers to something outside.
network_up() {
  [ -e /run/ignition/neednet ] || return 0
  /usr/sbin/berth-guest-network >>"$ignition_log" 2>&1 || emergency "no DHCP lease, and the config needs the network"
}

# An interface that is up cannot be given its final name by the root's udev.
network_down() {
  local interface
  [ -e /run/ignition/neednet ] || return 0
  for interface in /sys/class/net/*; do
    interface=${interface##*/}
    [ "$interface" = lo ] && continue
    $busybox ip address flush dev "$interface"
    $busybox ip link set "$interface" down
  done
}

# Whether the config, fetched and merged, has parts that need systemd and udev.
needs_systemd() {
  [ "$(argument berth.initramfs)" = systemd ] ||
    $busybox grep -qE '"(disks|filesystems|raid|luks|shouldExist|shouldNotExist)":\[' /run/ignition.json
}

find_root() {
  local try=0
  until root=$($busybox findfs LABEL=root 2>/dev/null); do
    try=$((try + 1))
    [ $try -lt 50 ] || emergency "no file system with the label root"
    $busybox sleep 0.1
  done
}

mount_root() { $busybox mount -t ext4 -o rw,noatime "$root" /sysroot || emergency "cannot mount $root"; }

configure() {
  platform=$(argument ignition.platform.id)
  $busybox mount -t tmpfs -o mode=755 tmpfs /run
  ignition fetch-offline
  network_up
  [ -e /run/ignition.json ] || ignition fetch
  if needs_systemd; then
    network_down
    $busybox rm -f /run/ignition.json
    start_systemd
  fi
  # The stages between, kargs, disks and mount, would find nothing to do.
  find_root
  mount_root
  /usr/sbin/berth-guest-growfs "$root" >>"$ignition_log" 2>&1
  ignition files
  network_down
  $busybox mkdir -p /sysroot/var/log
  # It holds the whole config.
  (umask 077 && $busybox cp "$ignition_log" /sysroot/var/log/ignition.log)
  $busybox umount /run 2>/dev/null
}

mount_kernel_filesystems
modprobe -a virtio_pci virtio_blk ext4 qemu_fw_cfg virtio_console
if [ -n "$(argument ignition.firstboot)" ]; then
  configure
else
  find_root
  mount_root
fi
$busybox umount /sys /proc
exec $busybox switch_root /sysroot /sbin/init

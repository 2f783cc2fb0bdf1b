#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154  # dracut's variables: initdir, moddir, systemdsystemunitdir, systemdutildir
#
# The dracut module of the guest's initramfs: Debian's Ignition with its own units, as they are, and
# what a distribution has to add around it.

ignition_module=/usr/lib/dracut/modules.d/30ignition

check() { return 0; }

depends() { echo systemd systemd-initrd udev-rules; }

installkernel() {
  # shellcheck disable=SC2046  # a list
  instmods $(cat "$moddir/modules")
}

# A unit that runs on the first boot only: Ignition's generator pulls this target in then.
on_first_boot() {
  mkdir -p "$initdir/$systemdsystemunitdir/ignition-complete.target.requires"
  ln_r "../$1" "$systemdsystemunitdir/ignition-complete.target.requires/$1"
}

install_ignition() {
  local unit target
  inst_simple "$ignition_module/ignition" /usr/bin/ignition
  inst_script "$ignition_module/ignition-generator" "$systemdutildir/system-generators/ignition-generator"
  for target in complete subsequent diskful diskful-subsequent; do
    inst_simple "$ignition_module/ignition-$target.target" "$systemdsystemunitdir/ignition-$target.target"
  done
  for unit in fetch-offline fetch kargs disks mount files; do
    inst_simple "$ignition_module/ignition-$unit.service" "$systemdsystemunitdir/ignition-$unit.service"
    on_first_boot "ignition-$unit.service"
  done
  mkdir -p "$initdir/usr/lib/ignition/base.d" "$initdir/usr/lib/ignition/base.platform.d"

  # what its stages call
  inst_multiple basename lsblk mount umount modprobe mkdir ln rm cat
  inst_multiple groupadd groupdel useradd userdel usermod mkfs.ext4 mkfs.fat mkswap sgdisk wipefs blkid udevadm
  inst_multiple -o mkfs.xfs mkfs.btrfs
  inst_script "$moddir/ignition-kargs-helper.sh" /usr/sbin/ignition-kargs-helper
  inst_script "$moddir/setfiles.sh" /usr/sbin/setfiles

  # users and groups are looked up in the new root's files, through the initramfs's libraries
  inst_simple /etc/login.defs
  inst_libdir_file 'libnss_files.so*' 'libnss_dns.so*' 'libresolv.so*' 'libpam.so*'
  printf 'passwd: files\ngroup: files\nhosts: files dns\n' >"$initdir/etc/nsswitch.conf"
  : >"$initdir/etc/resolv.conf"
}

install_our_own() {
  local unit
  inst_simple /bin/busybox /bin/busybox
  inst_multiple sfdisk partx resize2fs sleep readlink journalctl systemctl
  inst_script "$moddir/init.sh" /berth-guest-init
  ln -sfn berth-guest-init "$initdir/init"

  inst_script "$moddir/growfs.sh" /usr/sbin/berth-guest-growfs
  inst_script "$moddir/network.sh" /usr/sbin/berth-guest-network
  inst_script "$moddir/emergency.sh" /usr/sbin/berth-guest-emergency
  for unit in berth-guest-growfs.service berth-guest-network.service; do
    inst_simple "$moddir/$unit" "$systemdsystemunitdir/$unit"
    on_first_boot "$unit"
  done
  inst_simple "$moddir/emergency.service" "$systemdsystemunitdir/emergency.service"
  inst_simple "$moddir/80-boot-disk.rules" /usr/lib/udev/rules.d/80-boot-disk.rules
  inst_rules 75-net-description.rules 80-net-setup-link.rules
  inst_simple /usr/lib/systemd/network/99-default.link

  # systemd takes the initramfs for one only if it says so
  printf 'NAME="Berth test guest initramfs"\nID=berth-guest\n' >"$initdir/usr/lib/initrd-release"
  ln -sfn ../usr/lib/initrd-release "$initdir/etc/initrd-release"
  ln -sfn ../usr/lib/initrd-release "$initdir/etc/os-release"
  mkdir -p "$initdir"/{proc,sys,dev,run,tmp,sysroot,var,root}
}

# Every process costs 30 to 50 ms under emulation, so what has nothing to do here does not start.
put_on_diet() {
  local units=$initdir/$systemdsystemunitdir unit
  for unit in kmod-static-nodes systemd-sysctl systemd-tmpfiles-setup systemd-tmpfiles-setup-dev \
    systemd-random-seed systemd-modules-load; do
    rm -f "$units/$unit.service" "$units"/*.wants/"$unit.service"
  done
  rm -f "$units"/systemd-ask-password-* "$units"/*.wants/systemd-ask-password-* \
    "$units"/*.wants/systemd-journald-audit.socket "$units"/*.wants/sys-kernel-config.mount \
    "$initdir/$systemdutildir"/system-generators/systemd-{gpt-auto,debug}-generator

  local trigger=$units/systemd-udev-trigger.service.d
  mkdir -p "$trigger"
  printf '[Service]\nExecStart=\nExecStart=udevadm trigger --action=add %s\n' \
    "--subsystem-match=pci --subsystem-match=virtio --subsystem-match=virtio-ports --subsystem-match=block --subsystem-match=scsi" \
    >"$trigger/few.conf"
}

install() {
  install_ignition
  install_our_own
  put_on_diet
}

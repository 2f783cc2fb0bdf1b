#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Grows the root, which is the last partition, to the end of the disk. First boot only.
# Usage: berth-guest-growfs [DEVICE]
set -eu

root=${1:-$(readlink -f /dev/disk/by-label/root)}
sys=/sys/class/block/${root#/dev/}
read -r number <"$sys/partition"
read -r before <"$sys/size"

echo ', +' | sfdisk --force --quiet --no-reread --no-tell-kernel --partno "$number" "${root%"$number"}" || exit 0
partx --update --nr "$number" "${root%"$number"}" || exit 0

read -r after <"$sys/size"
if [ "$before" != "$after" ]; then exec resize2fs "$root"; fi

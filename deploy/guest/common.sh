# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the scripts of the guest builder share.

die() {
  echo "guest/$(basename "$0"): $*" >&2
  exit 1
}

# The guest is of the same Debian release as the machine that builds it.
debian_release() { (
  # shellcheck source=/dev/null
  source /etc/os-release
  echo "${VERSION_CODENAME:-unknown}"
); }

# The lines of a list file without comments and empty lines.
read_list() { sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' "$1"; }

# The modules of one part of modules.txt, one a line. Usage: read_modules FILE initramfs|root
read_modules() {
  read_list "$1" | awk -v part="$2:" '/^[a-z]+:$/ { in_part = ($1 == part); next } in_part' | tr -s ' ' '\n'
}

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The Debian packages that a build tree gives: what is in them, and what they do when they are installed, upgraded,
# removed and purged. dpkg works below a directory, and a program that writes down what it is told stands in for systemd.
#
#   packages_test.sh BUILD
#
# BERTH_ACCEPT=1 writes what is in the packages into testdata/packages.txt.
set -euo pipefail
# Files belong to root: one of an own namespace will do.
((EUID == 0)) || exec unshare --map-root-user "$0" "$@"
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/integration/deploy/checks.sh
source "$here/checks.sh"
readonly build=$1 source=$here/../../..
# Nobody keeps these: without compression they are made in half the time.
export DPKG_DEB_COMPRESSOR_TYPE=none

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
packages=$scratch/packages

echo "-- what is in them"
"$source/deploy/packages/build" --from "$build" --out "$packages" >/dev/null
deb() { echo "$packages/$1_"*.deb; }

listing() {
  local package
  for package in berth berth-agent berth-controller; do
    # Examples come and go.
    dpkg-deb --contents "$(deb "$package")" |
      awk -v package="$package" '!/\/$/ && !/\/examples\// {print package, $1, $2, $6}'
  done
}
[[ -z ${BERTH_ACCEPT:-} ]] || listing >"$here/testdata/packages.txt"
expect_equal "these files, of root, with these modes" "$(cat "$here/testdata/packages.txt")" "$(listing)"

mkdir "$scratch/files" "$scratch/control"
for package in berth berth-agent berth-controller; do
  dpkg-deb --extract "$(deb "$package")" "$scratch/files"
  dpkg-deb --control "$(deb "$package")" "$scratch/control/$package"
done
DESTDIR=$scratch/whole cmake --install "$build" --prefix /usr >/dev/null
installed() {
  (cd "$1" && find . -type f -not -name copyright -not -name changelog.gz | sed '/\/man\//s/\.gz$//' | sort)
}
expect_equal "all that is installed from source is in one of them" \
  "$(installed "$scratch/whole")" "$(installed "$scratch/files")"
for unit in "$source"/deploy/systemd/*.{service,timer}; do
  name=$(basename "$unit")
  expect "$name is as it was written" cmp "$unit" "$scratch/files/usr/lib/systemd/system/$name"
done
expect "no path of the machine that built them" \
  fails grep -rlF -e "$(readlink -f "$source")" -e "$(readlink -f "$build")" "$scratch/files" "$scratch/control"
needs() { grep -q "^Depends:.*\<$2\>" "$scratch/control/$1/control"; }
expect "the agent needs libvirt"           needs berth-agent libvirt-daemon-system
expect "and what makes disks"              needs berth-agent qemu-utils
expect "and the libraries it is linked to" needs berth-agent libzmq5
expect "the controller needs no libvirt"   fails needs berth-controller 'libvirt.*'
for script in "$scratch"/control/*/{postinst,prerm,postrm}; do
  [[ ! -e $script ]] || expect "${script#"$scratch/control/"} is a shell script" sh -n "$script"
done
"$source/deploy/packages/build" --from "$build" --out "$scratch/again" berth-agent >/dev/null
expect "the same again, byte by byte" cmp "$(deb berth-agent)" "$scratch/again/$(basename "$(deb berth-agent)")"

# ------------------------------------------------------------------------------------------ what they do
root=$scratch/root
state=$root/var/lib/berth/agent
cat >"$scratch/systemd" <<TEXT
#!/bin/sh
echo "\$*" >>"$scratch/told"
[ "\$1" != deb-systemd-invoke ] || [ ! -e "$scratch/does-not-start" ]
TEXT
chmod +x "$scratch/systemd"

# What dpkg and the scripts say is kept in said, what systemd is told in told.
packager() {
  : >"$scratch/told"
  "$here/dpkg_below" "$root" --systemd "$scratch/systemd" "$@" >"$scratch/said" 2>&1
}
status() { dpkg-query --admindir="$root/var/lib/dpkg" --show --showformat='${db:Status-Abbrev}${Version}' "$1"; }
told() { cat "$scratch/told"; }
says() { grep -qF -- "$1" "$scratch/said"; }
digest() { (cd "$state" && find . -type f -print0 | sort --zero-terminated | xargs --null sha256sum); }
readonly reload="systemctl daemon-reload"

echo "-- installed"
expect "all three" packager --install "$packages"/*.deb
expect_equal "nothing is started before the host has joined a fleet" "$reload
$reload" "$(told)"
expect "the agent has a user"      grep -q ^berth-agent: "$root/etc/passwd"
expect "the controller has a user" grep -q ^berth-controller: "$root/etc/passwd"
for program in berth berth-agent berth-controller; do
  expect "$program runs" "$root/usr/bin/$program" --version
done
expect "berth finds its other half" "$root/usr/bin/berth" explain pools
expect "again changes nothing" packager --install "$(deb berth-agent)"

echo "-- upgraded, with nodes that run"
mkdir -p "$state"/{images,specs,volumes/prod-server-1,instances/0b0e7f6c-9d6e-4f6b-8c55-0d1f6e1f7a11} "$root/etc/berth"
for file in lock key identity confirmed manifest told boot-id images/base.qcow2 specs/one \
  volumes/prod-server-1/data.{qcow2,label} instances/0b0e7f6c-9d6e-4f6b-8c55-0d1f6e1f7a11/root.qcow2; do
  echo "$file" >"$state/$file"
done
echo "log: debug" >"$root/etc/berth/agent.yaml"
before=$(digest)
newer=$("$here/repack" "$(deb berth-agent)" 99.0.0 "$scratch/newer")
expect "the agent" packager --install "$newer"
expect_equal "to a newer one" "ii 99.0.0" "$(status berth-agent)"
expect_equal "it is exchanged, and nothing else is touched" "$reload
deb-systemd-invoke try-restart berth-agent.service" "$(told)"
expect_equal "its state is as it was" "$before" "$(digest)"
touch "$scratch/does-not-start"
expect "back, and it does not start" packager --install "$(deb berth-agent)"
expect "that is said" says "journalctl --unit berth-agent"
expect_equal "and is no reason to stop an upgrade of the machine" i "$(status berth-agent | cut -c 2)"
rm "$scratch/does-not-start"
newer=$("$here/repack" "$(deb berth-controller)" 99.0.0 "$scratch/newer")
expect "the controller" packager --install "$newer"
expect_equal "it is exchanged" "$reload
deb-systemd-invoke try-restart berth-controller.service" "$(told)"

echo "-- removed"
expect "not from a host with nodes" fails packager --remove berth-agent
expect "the way out is said" says "berth host remove"
expect_equal "it is still installed" i "$(status berth-agent | cut -c 2)"
expect_equal "and was not stopped" "" "$(told)"
rm -r "$state"/instances/*
before=$(digest)
expect "from one without" packager --remove berth-agent
expect_equal "it is stopped, and nothing else" "deb-systemd-invoke stop berth-agent.service berth-fence.timer
$reload" "$(told)"
expect_equal "its state stays" "$before" "$(digest)"

echo "-- purged"
wants=$root/etc/systemd/system/multi-user.target.wants
mkdir -p "$wants"
ln -s /lib/systemd/system/berth-agent.service "$wants"
expect "while there is a volume" packager --purge berth-agent
expect_equal "which stays, with all else" "$before" "$(digest)"
expect "that is said" says "$state is left"
expect "it is no longer enabled" fails test -L "$wants/berth-agent.service"
rm -r "$state"/volumes/*
expect "back again" packager --install "$(deb berth-agent)"
echo strange >"$state/strange"
expect "with a file of somebody else" packager --purge berth-agent
expect_equal "which stays alone" "./strange" "$(cd "$state" && find . -type f)"
rm "$state/strange"
expect "back again" packager --install "$(deb berth-agent)"
expect "with nothing to keep" packager --purge berth-agent
expect "nothing is left" fails test -e "$state"
expect "but for what a person wrote" test -e "$root/etc/berth/agent.yaml"

mkdir -p "$root/var/lib/berth/controller"
echo memory >"$root/var/lib/berth/controller/berth.db"
expect "the controller and the command" packager --purge berth-controller berth
expect "the controller's memory stays" test -e "$root/var/lib/berth/controller/berth.db"
expect "that is said" says "$root/var/lib/berth/controller is left"
expect_equal "no file of any of them is left" "" "$(find "$root" -path "*/usr/*" -type f)"
finish

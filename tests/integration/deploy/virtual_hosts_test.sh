#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# deploy/virtual-hosts does what a test harness relies on: hosts that are separate, that can be cut off,
# lose power and come back, and that leave nothing behind. Needs root; takes about ten seconds.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/integration/deploy/checks.sh
source "$here/checks.sh"
readonly tool=$here/../../../deploy/virtual-hosts

scratch=$(mktemp -d /tmp/vht.XXXXXX)
# (In the background the tool is called by its own name, so that $! is its process and not a shell around it.)
first() { "$tool" --state "$scratch/a" "$@"; }
second() { "$tool" --state "$scratch/b" "$@"; }
clean_up() {
  first down
  second down
  rm -rf "$scratch"
}
trap clean_up EXIT

pings() { "$1" exec "$2" ping -q -c 1 -W 2 "$3"; } # SET FROM TO

# A domain that is all QEMU and no guest.
empty_domain() {
  cat <<XML
<domain type='qemu'><name>$1</name><memory unit='MiB'>16</memory>
  <os><type arch='x86_64' machine='q35'>hvm</type></os></domain>
XML
}

interfaces_before=$(ip -o link | sed 's/:.*//' | sort)
mounts_before=$(wc -l </proc/self/mounts)

first up 2
expect_equal "two hosts are on, with libvirt" "2" "$(first status | grep -c ' on .* running ')"
expect "hosts reach each other by name"          pings first vh1 vh2
expect "the lan reaches a host"                  first lan ping -q -c 1 -W 2 vh2
expect "a host reaches the controller's address" pings first vh2 10.77.0.1
expect "no way from a host to the machine"       fails first exec vh1 ip route get 192.0.2.1

echo "-- separate machines"
empty_domain one >"$scratch/one.xml"
expect "a domain starts through the default socket" first exec vh1 virsh -c qemu:///system create "$scratch/one.xml"
expect "its host has it"        first exec vh1 virsh dominfo one
expect "the other has not"      fails first exec vh2 virsh dominfo one
expect "its URI works from the machine" virsh -c "$(first uri vh1)" dominfo one
expect "each has its own libvirt id" fails [ "$(first exec vh1 grep uuid /etc/libvirt/libvirtd.conf)" = \
  "$(first exec vh2 grep uuid /etc/libvirt/libvirtd.conf)" ]
expect "and its own boot id"    fails [ "$(first exec vh1 cat /proc/sys/kernel/random/boot_id)" = "$(first exec vh2 cat /proc/sys/kernel/random/boot_id)" ]

echo "-- libvirt restarts, guests stay"
qemu_before=$(first exec vh1 pgrep -f 'guest=one')
first libvirtd vh1 kill
expect "gone" fails first exec vh1 virsh list
first libvirtd vh1 start
expect_equal "the same QEMU" "$qemu_before" "$(first exec vh1 pgrep -f 'guest=one')"
# libvirt takes up what runs in a thread of its own, and until it has, a domain may be found and yet not be destroyed.
is_taken_up() { [[ $(first exec vh1 virsh domstate one) == running ]]; }
for ((i = 0; i < 100; i++)); do ! is_taken_up || break; sleep 0.1; done
expect "libvirt has taken it up again" is_taken_up
started=$(date +%s%N)
first exec vh1 virsh -q destroy one >/dev/null
expect "a domain ends at once, its process reaped" test $((($(date +%s%N) - started) / 1000000)) -lt 1500

echo "-- cut and mend"
first cut vh1
expect "cut off"              fails pings first vh2 vh1
expect "but running"          first exec vh1 virsh list
first mend vh1
expect "back"                 pings first vh2 vh1

echo "-- a second set on the same machine, with the same names and addresses"
second up 1
expect "it works"             second exec vh1 virsh list
expect "they cannot be mistaken" fails pings second vh1 10.77.0.12
second down
expect "the first is still there" pings first vh1 vh2

echo "-- power loss"
"$tool" --state "$scratch/a" exec vh2 sleep 1000 &
runner=$!
first exec vh2 touch "$(first path vh2)/on-disk"
boot_before=$(first exec vh2 cat /proc/sys/kernel/random/boot_id)
first kill vh2
expect "what ran there has ended" fails wait "$runner"
expect "the neighbour is alone"   fails pings first vh1 vh2
first boot vh2
expect "it is back"               pings first vh1 vh2
expect "with its disk"            test -e "$(first path vh2)/on-disk"
expect "and a new boot id"        fails [ "$boot_before" = "$(first exec vh2 cat /proc/sys/kernel/random/boot_id)" ]

echo "-- a command in a host is as good as one of our own"
expect_equal "exit status" "7" "$(first exec vh1 sh -c 'exit 7' || echo $?)"
expect_equal "input and output" "hello" "$(echo hello | first exec vh1 cat)"
expect_equal "directory" "$scratch" "$(cd "$scratch" && first exec vh1 pwd)"
# shellcheck disable=SC2016  # for the shell in the host
"$tool" --state "$scratch/a" exec vh1 bash -c 'trap "echo asked >'"$scratch"'/asked; exit" TERM; touch '"$scratch"'/listening; while :; do sleep 0.1; done' &
runner=$!
until [[ -e $scratch/listening ]]; do sleep 0.05; done
kill -TERM "$runner"
wait "$runner" || true
expect "SIGTERM reaches it" test -e "$scratch/asked"
"$tool" --state "$scratch/a" exec vh1 sleep 7654 &
runner=$!
until first exec vh1 pgrep -f 'sleep 7654' >/dev/null; do sleep 0.05; done
kill -KILL "$runner"
wait "$runner" 2>/dev/null || true
no_sleeper() { ! first exec vh1 pgrep -xf 'sleep 7654' >/dev/null; }
expect "and it does not outlive SIGKILL" within 5 no_sleeper

echo "-- mistakes"
expect "a second 'up' is refused"         fails first up 2
expect "an unknown host is refused"       fails first exec vh9 true
mkdir "$scratch/mine" && touch "$scratch/mine/precious"
expect "'up' does not take a used directory"  fails "$tool" --state "$scratch/mine" up 1
"$tool" --state "$scratch/mine" down
expect "and 'down' does not remove one"   test -e "$scratch/mine/precious"

echo "-- down"
first down
first down
expect "no directory"  fails test -e "$scratch/a"
expect_equal "no process"  "" "$(pgrep -af "$scratch/[ab]" || true)"
expect_equal "no interface" "$interfaces_before" "$(ip -o link | sed 's/:.*//' | sort)"
expect_equal "no mount" "$mounts_before" "$(wc -l </proc/self/mounts)"

# Killed in the middle of its start, so that nothing is where `down` might look for it.
"$tool" --state "$scratch/a" up 3 &
starter=$!
while kill -0 "$starter" 2>/dev/null && [[ ! -e $scratch/a/vh1/boot-id ]]; do sleep 0.01; done
kill -KILL "$starter" 2>/dev/null || true # on a busy machine it may have ended by now, which is no worse
wait "$starter" 2>/dev/null || true
first down
expect_equal "no process after a broken start" "" "$(pgrep -af "$scratch/[ab]" || true)"
expect "no directory either"  fails test -e "$scratch/a"
finish

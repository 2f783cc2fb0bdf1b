#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
#
# The guest stops here, loudly, when Ignition fails. As on Fedora CoreOS the console shows first that
# it was Ignition, then the end of the log; and the whole journal goes out through the virtio port
# com.coreos.ignition.journal, if the guest has one, as JSON with "{}" as its last line.
# Unlike there, the guest does not reboot after five minutes: a test wants to see it as it is.

busybox=/bin/busybox

journal() { journalctl --boot --quiet --no-pager "$@"; }

# systemd knows the units that failed. A stage that init.sh ran has no unit; its log came by the kernel.
failed_units() { systemctl --failed --no-legend --plain | $busybox cut -d ' ' -f 1; }
failed_stage() { journal --output=cat --identifier=berth-guest | $busybox sed -n 's/^\(ignition-[a-z-]*\) failed.*/\1.service/p'; }

explain() {
  local units stage unit
  units=$(failed_units)
  stage=$(failed_stage)
  echo
  case "$units $stage" in
    *ignition-*)
      echo '------'
      echo 'Ignition has failed. Please ensure your config is valid.'
      echo '------'
      echo
      ;;
  esac
  # shellcheck disable=SC2086  # as words, in one line
  echo "Displaying logs from failed units:" $units $stage
  for unit in $units; do journal --no-hostname --unit="$unit" --lines=10; done
  [ -z "$stage" ] || journal --no-hostname --identifier=ignition --lines=10
  echo
  echo 'You are in emergency mode. The test guest stays in it; Fedora CoreOS would reboot after five minutes.'
}

explain >/dev/console 2>&1

port=/dev/virtio-ports/com.coreos.ignition.journal
udevadm settle --timeout=5
if [ -e "$port" ]; then
  journal --output=json >"$port"
  echo '{}' >"$port"
fi

exec sleep infinity

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs a build tree into an empty directory and looks at it as systemd would: the units are sound, name programs
# that are there, and their sandboxes leave little.
#
#   installed_test.sh BUILD
set -euo pipefail

build=$1
readonly worst_exposure=20 # tenths, of systemd-analyze's scale up to 100
target=$(mktemp -d)
trap 'rm -rf "$target"' EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

cmake --install "$build" --prefix "$target/usr" >/dev/null

for file in bin/berth libexec/berth/berth-cli bin/berth-controller bin/berth-agent lib/systemd/system/berth-controller.service \
  lib/systemd/system/berth-agent.service lib/systemd/system/berth-fence.service lib/systemd/system/berth-fence.timer lib/sysusers.d/berth-agent.conf lib/sysusers.d/berth-controller.conf share/man/man1/berth.1 share/man/man8/berth-agent.8 share/man/man8/berth-controller.8 \
  share/bash-completion/completions/berth share/doc/berth/README.md; do
  [[ -e $target/usr/$file ]] || fail "$file is not installed"
done

for daemon in controller agent fence; do
  unit=$target/usr/lib/systemd/system/berth-$daemon.service
  # Verified with the programs where this test has put them.
  checked=$target/berth-$daemon.service
  sed -E "s|^ExecStart=[^ ]*/bin/|ExecStart=$target/usr/bin/|" "$unit" >"$checked"
  complaints=$(systemd-analyze verify --man=no "$checked" 2>&1 | grep -F "berth-$daemon" || true)
  [[ -z $complaints ]] || fail "systemd-analyze verify: $complaints"

  exposure=$(systemd-analyze security --offline=yes "$checked" --no-pager | sed -nE 's/.*exposure level for .*: ([0-9]+)\.([0-9]).*/\1\2/p')
  echo "berth-$daemon.service: exposure ${exposure:0:-1}.${exposure: -1}"
  ((10#$exposure <= worst_exposure)) || fail "berth-$daemon.service is exposed too much: $exposure tenths"

  [[ $daemon == fence ]] && continue
  "$target/usr/bin/berth-$daemon" --version | grep -q "^berth-$daemon " || fail "berth-$daemon --version"
done
"$target/usr/bin/berth" --version | grep -q "^berth " || fail "berth --version"
systemd-sysusers --dry-run "$target"/usr/lib/sysusers.d/berth-*.conf >/dev/null || fail "sysusers"

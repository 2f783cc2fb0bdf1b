# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the shell tests of this folder share: say what is expected, count what is not so.

checks_failed=0

# Usage: expect WHAT COMMAND…
expect() {
  local what=$1
  shift
  if "$@" >/dev/null 2>&1; then
    echo "ok      $what"
  else
    echo "FAILED  $what"
    echo "        $*"
    checks_failed=$((checks_failed + 1))
  fi
}

# Usage: expect_equal WHAT WANTED GOT
expect_equal() {
  if [[ $2 == "$3" ]]; then
    echo "ok      $1"
  else
    printf 'FAILED  %s\n  wanted: %s\n  got:    %s\n' "$1" "$2" "$3"
    checks_failed=$((checks_failed + 1))
  fi
}

fails() { ! "$@"; }

# Usage: within SECONDS COMMAND…: whether it comes true by then
within() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.05
  done
}

finish() {
  ((checks_failed == 0)) || {
    echo "$checks_failed of the above failed"
    exit 1
  }
}

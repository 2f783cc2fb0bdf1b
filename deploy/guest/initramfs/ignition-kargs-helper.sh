#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Ignition calls this to change kernel arguments, which takes a reboot in the middle of the first boot.
echo "the test guest cannot change kernel arguments: $*" >&2
exit 1

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A node with a volume leaves its host, and what its guest has written goes with it: to the other host, whole, while the
node is off; and nothing of it is left where it was.
"""

import unittest

from fleet import BUTANE_HEAD, SPEC_HEAD, OnAFleet

DATA = "/var/lib/data"
NODE = "shop-web-0"

SPEC = SPEC_HEAD + """\
update: {{ max_parallel: 1, min_healthy_time: 1s, healthy_deadline: 10m }}
pools:
  web:
    count: 1
    resources: {{ vcpus: 1, memory: 256MiB, disk: 4GiB }}
    addresses: 10.77.0.201-10.77.0.203
    volumes:
      data: {{ size: 256MiB, mount: {data}, filesystem: ext4 }}
    butane: [base.bu]
"""

BASE = BUTANE_HEAD + """\
storage:
  directories:
    - path: {data}/core
      user: {{ name: core }}
"""


class Move(OnAFleet):
    """Steps in the order of their names; the fleet is shared."""

    HOSTS = 2

    def spec(self):
        spec = self.directory / "cluster.yaml"
        spec.write_text(SPEC.format(image=self.fleet.image, data=DATA))
        key = self.fleet.public_key()
        (self.directory / "base.bu").write_text(BASE.format(key=key, data=DATA))
        return spec

    def ssh(self, command):
        return self.fleet.login(NODE, command)

    def files(self, host):
        root = self.fleet.state / "hosts" / host / "data/agent/volumes"
        return sorted(str(path.relative_to(root)) for path in root.rglob("*"))

    def test_01_a_guest_writes_to_its_volume(self):
        self.fleet.berth("apply", "-f", self.spec(), "--yes")
        type(self).filesystem = self.ssh(f"findmnt -no UUID {DATA}")
        self.ssh(f"head -c 40000000 /dev/urandom > {DATA}/core/much; echo precious > {DATA}/core/kept; sync")
        type(self).much = self.ssh(f"sha256sum {DATA}/core/much")
        type(self).before = self.fleet.node(NODE)["host"]

    def test_02_it_stays_unless_its_volume_may_follow_it(self):
        self.assertIn(NODE, self.fleet.berth("drain", self.before, "--yes").stdout)
        self.assertEqual(self.fleet.node(NODE)["host"], self.before)
        said = self.fleet.berth("drain", self.before, "--volumes", "move", "--dry-run").stdout
        self.assertIn("volume data follows it: 256MiB at most are copied while it is off", said)

    def test_03_then_it_goes_with_all_that_its_guest_wrote(self):
        said = self.fleet.berth("drain", self.before, "--volumes", "move", "--yes").stdout
        self.assertIn("is empty, and takes no nodes", said)
        self.assertNotEqual(self.fleet.node(NODE)["host"], self.before)
        self.assertEqual(self.ssh(f"cat {DATA}/core/kept"), "precious")
        self.assertEqual(self.ssh(f"sha256sum {DATA}/core/much"), self.much)
        self.assertEqual(self.ssh(f"findmnt -no UUID {DATA}"), self.filesystem, "it was not formatted anew")

    def test_04_and_nothing_is_left_where_it_was(self):
        self.fleet.wait("the old host has deleted it", lambda: not self.files(self.before), 60)
        (volume,) = self.fleet.get("volumes")
        self.assertEqual((volume["host"], volume["state"]), (self.fleet.node(NODE)["host"], "attached"))
        self.assertEqual(self.files(volume["host"]), [NODE, f"{NODE}/data.label", f"{NODE}/data.qcow2"])
        self.assertNotIn(":7404", self.fleet.on_host(self.before, "ss", "-ltn"), "the door is closed again")


if __name__ == "__main__":
    unittest.main(verbosity=2, failfast=True)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a guest has written to a kept volume outlives whatever becomes of its node, until a person deletes it by name; and
what was there when a snapshot was taken can be had again.

The steps build on one another, so the first that fails ends the run. After each that makes the node anew, the new
guest itself is asked: for the words that the first one wrote, and for the id of the filesystem, which a format changes.
"""

import json
import unittest

from fleet import BUTANE_HEAD, SPEC_HEAD, OnAFleet

DATA = "/var/lib/data"
NODE = "shop-web-0"
NAME = f"{NODE}/data"

SPEC = SPEC_HEAD + """\
update: {{ max_parallel: 1, min_healthy_time: 1s, healthy_deadline: 10m }}
pools:
  web:
    count: 1
    resources: {{ vcpus: 1, memory: 256MiB, disk: 4GiB }}
    addresses: 10.77.0.201-10.77.0.203
    volumes:
      data: {{ size: 64MiB, mount: {data}, filesystem: ext4 }}
    butane: [base.bu]
"""

BASE = BUTANE_HEAD + """\
storage:
  directories:
    - path: {data}/core
      user: {{ name: core }}
  files:
    - path: /etc/berth-greeting
      contents: {{ inline: {greeting} }}
"""


class Volumes(OnAFleet):
    """Steps in the order of their names; the fleet is shared."""

    HOSTS = 2

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boot_id = None
        cls.filesystem = None

    def apply(self, greeting="first"):
        spec = self.directory / "cluster.yaml"
        spec.write_text(SPEC.format(image=self.fleet.image, data=DATA))
        key = self.fleet.public_key()
        (self.directory / "base.bu").write_text(BASE.format(key=key, data=DATA, greeting=greeting))
        self.fleet.berth("apply", "-f", spec, "--yes")

    def ssh(self, command):
        return self.fleet.login(NODE, command)

    def expect_another_guest_with_the_same_data(self):
        boot_id = self.fleet.node(NODE)["status"]["boot_id"]
        self.assertNotIn(boot_id, (None, "", self.boot_id), "it is another guest")
        type(self).boot_id = boot_id
        self.assertEqual(self.ssh(f"cat {DATA}/core/kept"), "precious")
        self.assertEqual(self.ssh(f"findmnt -no UUID {DATA}"), self.filesystem, "it was not formatted anew")

    def volume(self):
        (volume,) = self.fleet.get("volumes")
        return volume

    def files(self):
        """All that the agents keep of volumes, relative to their state directories."""
        found = []
        for host in self.fleet.hosts:
            root = self.fleet.state / "hosts" / host / "data/agent/volumes"
            found += sorted(f"{host}/{path.relative_to(root)}" for path in root.rglob("*"))
        return found

    def test_01_a_guest_writes_to_its_volume(self):
        self.apply()
        self.assertEqual(self.ssh(f"findmnt -no FSTYPE {DATA}"), "ext4")
        type(self).filesystem = self.ssh(f"findmnt -no UUID {DATA}")
        type(self).boot_id = self.fleet.node(NODE)["status"]["boot_id"]
        self.ssh(f"echo precious > {DATA}/core/kept; sync")
        self.assertEqual(self.volume()["state"], "attached")

    def test_02_its_data_survives_a_replacement(self):
        self.fleet.berth("replace", NODE, "--yes")
        self.expect_another_guest_with_the_same_data()

    def test_03_and_an_undone_rollout(self):
        self.apply(greeting="second")
        self.assertEqual(self.ssh("cat /etc/berth-greeting"), "second")
        self.expect_another_guest_with_the_same_data()
        self.fleet.berth("rollout", "undo", "shop", "--yes")
        self.assertEqual(self.ssh("cat /etc/berth-greeting"), "first")
        self.expect_another_guest_with_the_same_data()

    def test_04_and_the_drain_of_its_host_on_which_it_stays_with_its_node(self):
        host = self.fleet.node(NODE)["host"]
        said = self.fleet.berth("drain", host, "--yes")
        self.assertIn(NODE, said.stdout + said.stderr, "who stays is named")
        self.assertEqual(self.fleet.node(NODE)["host"], host)
        self.assertEqual(self.fleet.node(NODE)["status"]["boot_id"], self.boot_id, "and is left in peace")
        self.fleet.berth("uncordon", host)
        self.assertEqual(self.ssh(f"cat {DATA}/core/kept"), "precious")

    def test_05_a_snapshot_is_taken_under_the_guest_and_no_guest_loses_its_disk_by_a_restore(self):
        said = self.fleet.berth("volume", "snapshot", NAME, "--name", "before")
        self.assertIn(f"Snapshot {NAME}@before is made.", said.stdout)
        (snapshot,) = self.volume()["snapshots"]
        self.assertEqual((snapshot["name"], snapshot["state"], snapshot["size"]), ("before", "made", 64 << 20))
        self.assertIn(f"{self.volume()['host']}/{NODE}/data@before.qcow2", self.files())
        self.assertEqual(self.fleet.node(NODE)["status"]["boot_id"], self.boot_id, "the guest ran on")
        self.ssh(f"echo spoilt > {DATA}/core/kept; sync")
        refused = self.fleet.berth("volume", "restore", f"{NAME}@before", "--confirm", NAME, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(f"berth stop {NODE}", refused.stderr)

    def test_06_a_restored_volume_is_what_it_was_and_its_snapshot_can_go(self):
        self.fleet.berth("stop", NODE, "--yes")
        self.fleet.wait("it is stopped", lambda: self.fleet.node(NODE)["status"]["phase"] == "stopped", 120)
        said = self.fleet.berth("volume", "restore", f"{NAME}@before", "--confirm", NAME)
        self.assertIn(f"Volume {NAME} is restored from before.", said.stdout)
        self.fleet.berth("start", NODE)
        self.fleet.wait("it is ready again", lambda: len(self.fleet.ready()) == 1)
        self.expect_another_guest_with_the_same_data()
        self.fleet.berth("volume", "delete", f"{NAME}@before", "--confirm", f"{NAME}@before")
        self.assertEqual(self.volume()["snapshots"], [])
        self.assertFalse([name for name in self.files() if "before" in name])

    def test_07_it_is_not_deleted_while_a_node_has_it(self):
        refused = self.fleet.berth("volume", "delete", NAME, "--confirm", NAME, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(f"node {NODE} has volume data", refused.stderr)

    def test_08_its_data_survives_the_end_of_its_cluster_and_is_there_when_it_comes_again(self):
        self.fleet.berth("destroy", "shop", "--yes")
        self.assertEqual(self.volume()["state"], "orphan")
        self.apply()
        self.expect_another_guest_with_the_same_data()

    def test_09_it_is_deleted_by_its_name_and_by_nothing_less(self):
        self.fleet.berth("destroy", "shop", "--yes")
        before = self.files()
        host = self.volume()["host"]
        self.assertIn(f"{host}/{NODE}/data.qcow2", before)
        for words in ((), ("--confirm", NODE), ("--confirm", "yes"), ("--yes",)):
            refused = self.fleet.berth("volume", "delete", NAME, *words, check=False)
            self.assertEqual(refused.returncode, 1, words)
        self.assertEqual(self.files(), before)
        said = self.fleet.berth("volume", "delete", NAME, "--confirm", NAME)
        self.assertIn(f"Volume {NAME} is deleted.", said.stdout)
        self.assertEqual(self.files(), [], "nothing of it is left on its host")
        self.assertEqual(json.loads(self.fleet.berth("volume", "list", "-o", "json").stdout), [])

    def test_10_a_node_that_comes_again_begins_with_an_empty_one(self):
        self.apply()
        self.assertEqual(self.ssh(f"ls {DATA}/core"), "-")
        self.assertNotEqual(self.ssh(f"findmnt -no UUID {DATA}"), self.filesystem)

    def test_11_a_host_that_is_away_deletes_it_when_it_is_back(self):
        self.fleet.berth("destroy", "shop", "--yes")
        host = self.volume()["host"]
        self.fleet.stop_agent(host)
        self.fleet.wait("its host is lost", lambda: next(
            row for row in self.fleet.get("hosts") if row["name"] == host)["state"] == "lost", 60)
        said = self.fleet.berth("volume", "delete", NAME, "--confirm", NAME)
        self.assertIn(f"Host {host} is not heard", said.stderr)
        self.assertEqual(self.volume()["state"], "deleting")
        self.assertIn(f"{host}/{NODE}/data.qcow2", self.files())
        self.fleet.kill_controller()
        self.fleet.start_agent(host)
        self.fleet.wait("it is gone", lambda: not self.fleet.get("volumes"), 60)
        self.assertEqual(self.files(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2, failfast=True)

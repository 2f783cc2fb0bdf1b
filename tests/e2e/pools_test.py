#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Volumes in a storage pool of libvirt's: a volume that was in the state directory of one host goes into the pool of
another, grows there under its guest, goes back to a snapshot, and is deleted by name; and while the pool is away its
node waits.
"""

import unittest

from fleet import BUTANE_HEAD, SPEC_HEAD, OnAFleet

DATA = "/var/lib/data"
NODE = "shop-web-0"
NAME = f"{NODE}/data"
POOLED = "vh2"

SPEC = SPEC_HEAD + """\
update: {{ max_parallel: 1, min_healthy_time: 1s, healthy_deadline: 10m }}
pools:
  web:
    count: 1
    resources: {{ vcpus: 1, memory: 256MiB, disk: 4GiB }}
    addresses: 10.77.0.201-10.77.0.203
    volumes:
      data: {{ size: {size}, mount: {data}, filesystem: ext4 }}
    butane: [base.bu]
"""

BASE = BUTANE_HEAD + """\
storage:
  directories:
    - path: {data}/core
      user: {{ name: core }}
"""


class Pools(OnAFleet):
    """Steps in the order of their names; the fleet is shared."""

    HOSTS = 2

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        data = cls.fleet.state / "hosts" / POOLED / "data"
        cls.target = data / "pool"
        cls.config = data / "agent.yaml"
        cls.log = data / "agent.log"

    def apply(self, size):
        spec = self.directory / "cluster.yaml"
        spec.write_text(SPEC.format(image=self.fleet.image, data=DATA, size=size))
        key = self.fleet.public_key()
        (self.directory / "base.bu").write_text(BASE.format(key=key, data=DATA))
        self.fleet.berth("apply", "-f", spec, "--yes")

    def ssh(self, command):
        return self.fleet.login(NODE, command)

    def virsh(self, *words):
        return self.fleet.on_host(POOLED, "virsh", "--quiet", *words)

    def host(self):
        return next(row for row in self.fleet.get("hosts") if row["name"] == POOLED)

    def in_pool(self):
        return sorted(path.name for path in self.target.glob("[!.]*"))

    def test_01_an_agent_does_not_start_with_a_pool_that_is_not_there(self):
        self.fleet.stop_agent(POOLED)
        with self.config.open("a") as config:
            config.write("volumes: { pool: vms }\n")
        self.fleet.start_agent(POOLED)
        self.fleet.wait("it says why", lambda: "libvirt has no storage pool 'vms' here" in self.log.read_text(), 60)
        self.virsh("pool-define-as", "vms", "dir", "--target", str(self.target))
        self.fleet.wait("it says why", lambda: "virsh pool-start vms" in self.log.read_text(), 60)
        self.virsh("pool-build", "vms")
        self.virsh("pool-start", "vms")
        self.fleet.wait("the controller knows it", lambda: self.host()["volume_pool"] == "vms (dir)", 60)

    def test_02_a_volume_goes_from_a_state_directory_into_it(self):
        self.fleet.berth("cordon", POOLED)
        self.apply("64MiB")
        type(self).filesystem = self.ssh(f"findmnt -no UUID {DATA}")
        self.ssh(f"echo precious > {DATA}/core/kept; sync")
        self.fleet.berth("uncordon", POOLED)
        self.fleet.berth("drain", self.fleet.node(NODE)["host"], "--volumes", "move", "--yes")
        self.assertEqual(self.fleet.node(NODE)["host"], POOLED)
        self.assertEqual(self.ssh(f"cat {DATA}/core/kept"), "precious")
        self.assertEqual(self.ssh(f"findmnt -no UUID {DATA}"), self.filesystem, "it was not formatted anew")
        self.assertEqual(self.in_pool(), [f"{NODE}.data.qcow2"])
        self.assertIn(f"{NODE}.data.qcow2", self.virsh("vol-list", "vms"))

    def test_03_it_grows_under_its_guest(self):
        boot_id = self.fleet.node(NODE)["status"]["boot_id"]
        self.apply("128MiB")
        self.fleet.wait("the guest sees it", lambda: self.ssh("lsblk -bdno SIZE /dev/vdb") == str(128 << 20), 60)
        self.assertEqual(self.fleet.node(NODE)["status"]["boot_id"], boot_id, "it ran on")

    def test_04_and_goes_back_to_a_snapshot(self):
        self.fleet.berth("volume", "snapshot", NAME, "--name", "before")
        self.assertEqual(self.in_pool(), [f"{NODE}.data.before.qcow2", f"{NODE}.data.qcow2"])
        self.ssh(f"echo spoilt > {DATA}/core/kept; sync")
        self.fleet.berth("stop", NODE, "--yes")
        self.fleet.wait("it is stopped", lambda: self.fleet.node(NODE)["status"]["phase"] == "stopped", 120)
        self.fleet.berth("volume", "restore", f"{NAME}@before", "--confirm", NAME)

    def test_05_while_the_pool_is_away_its_node_waits(self):
        self.virsh("pool-destroy", "vms")
        self.fleet.wait("its host says so", lambda: "virsh pool-start vms" in " ".join(self.host()["conditions"]), 60)
        self.fleet.berth("start", NODE)
        (volume,) = self.fleet.get("volumes")
        self.assertEqual(volume["state"], "attached", "it is away, and not lost")
        self.virsh("pool-start", "vms")
        self.fleet.wait("it is ready again", lambda: len(self.fleet.ready()) == 1)
        self.assertFalse(self.host()["conditions"])
        self.assertEqual(self.ssh(f"cat {DATA}/core/kept"), "precious")

    def test_06_it_is_deleted_by_name(self):
        self.fleet.berth("destroy", "shop", "--yes")
        self.assertEqual(len(self.in_pool()), 2)
        self.fleet.berth("volume", "delete", f"{NAME}@before", "--confirm", f"{NAME}@before")
        self.fleet.berth("volume", "delete", NAME, "--confirm", NAME)
        self.assertEqual(self.in_pool(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2, failfast=True)

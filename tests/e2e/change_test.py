#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each kind of change, with real guests: it does what the plan said, and no more.

The steps build on one another, so the first that fails ends the run. Before and after each, all domains are compared:
what the step is not about must be the very same.
"""

import json
import re
import unittest
import xml.etree.ElementTree as xml_tree

from fleet import BUTANE_HEAD, SPEC_HEAD, OnAFleet

CLUSTER = "shop"
DATA = "/var/lib/data"

SPEC = SPEC_HEAD + """\
update: {{ max_parallel: 1, min_healthy_time: 1s, healthy_deadline: 10m }}
pools:
  web:
    count: 1
    resources: {{ vcpus: 1, memory: 256MiB, disk: 4GiB }}
    addresses: 10.77.0.201-10.77.0.203
    volumes:
      data: {{ size: {volume}, mount: {data}, filesystem: ext4 }}
    butane: [base.bu, web.bu]
{worker}"""

WORKER = """\
  worker:
    count: {count}
    resources: {{ vcpus: 1, memory: {memory}, disk: 4GiB }}
    addresses: 10.77.0.211-10.77.0.219
    butane: [base.bu]
    tags: {{ team: {team} }}
{nodes}"""

BASE = BUTANE_HEAD

WEB = """\
variant: fcos
version: 1.4.0
storage:
  directories:
    - path: {data}/core
      user: {{ name: core }}
  files:
    - path: /etc/berth-greeting
      contents: {{ inline: {greeting} }}
"""


def in_order(text):
    """A domain with its devices sorted: libvirt writes what it added itself in an order that depends on when it did."""
    domain = xml_tree.fromstring(text)
    devices = domain.find("devices")
    for each in domain.iter():
        each.tail = None
        each.text = (each.text or "").strip() or None
    devices[:] = sorted(devices, key=xml_tree.tostring)
    return xml_tree.tostring(domain, encoding="unicode")


class Changes(OnAFleet):
    """Steps in the order of their names; the fleet and the spec are shared."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.said = {"volume": "64MiB", "count": 1, "memory": "256MiB", "team": "red", "nodes": "", "greeting": "first",
                    "with_worker": True}

    # ---- the words of the spec --------------------------------------------------------------------------------

    def say(self, **words):
        """Writes the spec anew with these words changed; returns its path."""
        self.said.update(words)
        said = self.said
        worker = WORKER.format(**said) if said["with_worker"] else ""
        spec = self.directory / "cluster.yaml"
        spec.write_text(SPEC.format(image=self.fleet.image, data=DATA, worker=worker, volume=said["volume"]))
        key = self.fleet.public_key()
        (self.directory / "base.bu").write_text(BASE.format(key=key))
        (self.directory / "web.bu").write_text(WEB.format(greeting=said["greeting"], data=DATA))
        return spec

    def apply(self, **words):
        """Plans and applies; returns what the plan said about each node, as action by name."""
        spec = self.say(**words)
        plan = json.loads(self.fleet.berth("plan", "-f", spec, "-o", "json").stdout)
        self.fleet.berth("apply", "-f", spec, "--yes")
        self.assertEqual(self.fleet.berth("plan", "-f", spec, "--detailed-exitcode", check=False).returncode, 0,
                         "what was applied is in force")
        return plan

    # ---- what is there ----------------------------------------------------------------------------------------

    def domains(self):
        """The persistent definition of every domain, by name, without the mark of what it was last defined from."""
        found = {}
        for host in self.fleet.hosts:
            for name in self.fleet.domains(host):
                xml = self.fleet.on_host(host, "virsh", "--quiet", "dumpxml", "--inactive", name)
                found[name] = in_order(re.sub(r' (generation|spec|shape)="[^"]*"', "", xml))
        return found

    def boots(self):
        return {node["name"]: node["status"]["boot_id"] for node in self.fleet.ready()}

    def expect_untouched(self, before, boots, but=()):
        """Every node but those named has the same domain and has not booted since."""
        after, now = self.domains(), self.boots()
        for name in before:
            if name not in but:
                self.assertEqual(after.get(name), before[name], name)
                self.assertEqual(now.get(name), boots[name], name)

    def memory_seen_by(self, node):
        """By its own kernel, in KiB: somewhat less than the machine has. A guest that has only just booted is waited for."""
        return int(self.fleet.login(node, "grep MemTotal: /proc/meminfo").split()[1])

    def ssh(self, node, command):
        return self.fleet.ssh(self.fleet.node(node)["address"], command).strip()

    # ---- the changes ------------------------------------------------------------------------------------------

    def test_01_a_first_apply_makes_the_nodes_and_their_volumes(self):
        self.apply()
        self.assertEqual(sorted(self.boots()), ["shop-web-0", "shop-worker-0"])
        self.assertEqual(self.ssh("shop-web-0", f"findmnt -no FSTYPE {DATA}"), "ext4")
        self.ssh("shop-web-0", f"echo precious > {DATA}/core/kept; sync")
        self.fleet.wait("its host tells of the volume", lambda: self.volume()["actual_size"] == 64 << 20)
        self.assertEqual(self.volume()["state"], "attached")

    def test_02_another_node_is_created_and_the_others_stay(self):
        before, boots = self.domains(), self.boots()
        plan = self.apply(count=2)
        self.assertEqual(changes(plan), {"shop-worker-1": "create"})
        self.assertEqual(sorted(self.boots()), ["shop-web-0", "shop-worker-0", "shop-worker-1"])
        self.expect_untouched(before, boots)

    def test_03_more_memory_is_there_at_the_next_boot(self):
        before, boots = self.domains(), self.boots()
        plan = self.apply(memory="320MiB")
        self.assertEqual(changes(plan), {"shop-worker-0": "update", "shop-worker-1": "update"})
        self.fleet.wait("the domains are defined anew", lambda: all(
            memory_of(xml) == 320 * 1024 for name, xml in self.domains().items() if "worker" in name), 60)
        self.assertEqual(self.boots(), boots, "nothing was restarted")
        self.expect_untouched(before, boots, but=("shop-worker-0", "shop-worker-1"))
        self.assertIn("memory 320MiB at next boot", self.fleet.node("shop-worker-0")["status"]["pending"])
        self.fleet.on_host(self.fleet.node("shop-worker-0")["host"], "virsh", "destroy", "shop-worker-0")
        self.fleet.wait("its guest has booted again",
                        lambda: self.boots().get("shop-worker-0") not in (None, boots["shop-worker-0"]))
        self.assertGreater(self.memory_seen_by("shop-worker-0"), 256 << 10)
        self.assertLess(self.memory_seen_by("shop-worker-1"), 256 << 10, "it has not booted since")
        self.assertEqual(self.fleet.node("shop-worker-0")["status"]["pending"], [])

    def test_04_a_tag_changes_no_machine(self):
        before, boots = self.domains(), self.boots()
        plan = self.apply(team="blue")
        self.assertEqual(changes(plan), {"shop-worker-0": "update", "shop-worker-1": "update"})
        self.assertEqual(self.fleet.node("shop-worker-0")["tags"], {"team": "blue"})
        self.expect_untouched(before, boots)

    def test_05_a_volume_grows_under_a_running_guest(self):
        before, boots = self.domains(), self.boots()
        plan = self.apply(volume="96MiB")
        self.assertEqual(changes(plan), {"shop-web-0": "update"})
        self.fleet.wait("the guest sees the new size", lambda: self.ssh(
            "shop-web-0", "lsblk -bdno SIZE /dev/disk/by-id/virtio-data") == str(96 << 20), 60)
        self.assertEqual(self.ssh("shop-web-0", f"cat {DATA}/core/kept"), "precious")
        self.expect_untouched(before, boots, but=("shop-web-0",))
        self.assertEqual(self.boots(), boots)

    def test_06_a_volume_does_not_shrink(self):
        before, boots = self.domains(), self.boots()
        spec = self.say(volume="64MiB")
        refused = self.fleet.berth("apply", "-f", spec, "--yes", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertRegex(refused.stdout + refused.stderr, r"(?i)shrink|smaller")
        self.say(volume="96MiB")
        self.expect_untouched(before, boots)

    def test_07_a_file_replaces_its_pool_alone_and_the_volume_goes_along(self):
        before, boots = self.domains(), self.boots()
        plan = self.apply(greeting="second")
        self.assertEqual(changes(plan), {"shop-web-0": "replace"})
        self.assertNotEqual(self.boots()["shop-web-0"], boots["shop-web-0"])
        self.assertEqual(self.ssh("shop-web-0", "cat /etc/berth-greeting"), "second")
        self.assertEqual(self.ssh("shop-web-0", f"cat {DATA}/core/kept"), "precious")
        self.expect_untouched(before, boots, but=("shop-web-0",))

    def test_08_a_pinned_node_moves_and_stays_when_it_is_unpinned(self):
        before, boots = self.domains(), self.boots()
        here = self.fleet.node("shop-worker-1")["host"]
        there = next(host for host in self.fleet.hosts if host != here)
        plan = self.apply(nodes=f"    nodes: {{ 1: {{ host: {there} }} }}\n")
        self.assertEqual(changes(plan), {"shop-worker-1": "move"})
        self.assertEqual(self.fleet.node("shop-worker-1")["host"], there)
        self.assertNotIn("shop-worker-1", self.fleet.domains(here))
        self.assertGreater(self.memory_seen_by("shop-worker-1"), 256 << 10, "what it was to get at its next boot")
        self.expect_untouched(before, boots, but=("shop-worker-1",))
        before, boots = self.domains(), self.boots()
        plan = self.apply(nodes="")
        self.assertEqual(changes(plan), {})
        self.expect_untouched(before, boots)

    def test_09_a_pool_that_is_gone_from_the_spec_is_destroyed(self):
        before, boots = self.domains(), self.boots()
        plan = self.apply(with_worker=False)
        self.assertEqual(changes(plan), {"shop-worker-0": "destroy", "shop-worker-1": "destroy"})
        self.assertEqual(sorted(self.boots()), ["shop-web-0"])
        self.expect_untouched(before, boots, but=("shop-worker-0", "shop-worker-1"))

    def test_10_a_volume_outlives_its_cluster(self):
        host = self.fleet.node("shop-web-0")["host"]
        disk = self.volume_file(host)
        self.assertTrue(disk.exists())
        self.fleet.berth("destroy", CLUSTER, "--yes")
        self.assertEqual(self.fleet.domains(host), [])
        self.assertTrue(disk.exists(), "nothing but a command that names it deletes a volume")
        self.assertEqual(self.volume()["state"], "orphan")

    def volume(self):
        """The only one there is, as the controller has it."""
        (volume,) = self.fleet.get("volumes")
        return volume

    def volume_file(self, host):
        """Where the agent keeps it: docs/agent.md."""
        return self.fleet.state / "hosts" / host / "data/agent/volumes/shop-web-0/data.qcow2"


def changes(plan):
    """What a plan says, as action by node."""
    all_changes = [change for wave in plan["waves"] for change in wave] + plan["updates"]
    return {change["node"]: "move" if change["from"] else change["action"] for change in all_changes}


def memory_of(xml):
    """In KiB, as libvirt writes it."""
    return int(re.search(r'<memory unit="KiB">(\d+)</memory>', xml)[1])


if __name__ == "__main__":
    unittest.main(verbosity=2, failfast=True)

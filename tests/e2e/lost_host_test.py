#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A host that is cut off, with real guests: it cuts the power of a node that may be made elsewhere before that is done,
as the guests' own clocks say, and loses it when it comes back. And nodes that are stopped, started and restarted.

The steps build on one another, so the first that fails ends the run.
"""

import re
import unittest

from fleet import BUTANE_HEAD, SPEC_HEAD, OnAFleet

CLUSTER = "shop"

SPEC = SPEC_HEAD + """\
update: {{ max_parallel: 1, min_healthy_time: 1s, healthy_deadline: 10m }}
pools:
  web:
    count: 2
    resources: {{ vcpus: 1, memory: 256MiB, disk: 4GiB }}
    addresses: 10.77.0.201-10.77.0.209
    butane: [base.bu]
    on_host_loss: replace
    host_loss_grace: 60s
"""

BASE = BUTANE_HEAD + """\
systemd:
  units:
    - name: beat.service
      enabled: true
      contents: |
        [Service]
        ExecStart=/bin/sh -c 'while :; do echo "beat $$(date +%%s)" > /dev/ttyS0; sleep 1; done'
        [Install]
        WantedBy=multi-user.target
"""


class LostHost(OnAFleet):
    """Steps in the order of their names; the fleet is shared."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lost = cls.beats = None

    def beats_on(self, host):
        """By the clocks of the guests of that host, when they were alive."""
        logs = self.fleet.state.glob(f"hosts/{host}/data/agent/instances/*/console.log")
        text = "".join(log.read_text(errors="replace") for log in logs)
        return [int(second) for second in re.findall(r"^beat (\d+)\s*$", text, re.MULTILINE)]

    def running(self, node):
        """The hosts on which an instance of the node runs."""
        return [host for host, guests in self.fleet.all_qemu_pids().items() if node in guests]

    def answers(self, address, *command):
        """A guest may be up before its address is."""
        def tried():
            try:
                self.fleet.ssh(address, *command)
                return True
            except AssertionError:
                return False
        self.fleet.wait(f"{' '.join(command)} in {address}", tried)

    def one_runs(self):
        self.assertLessEqual(len(self.running("shop-web-0")), 1)

    def test_1_what_is_stopped_stays_so_until_it_is_started(self):
        spec = self.directory / "cluster.yaml"
        spec.write_text(SPEC.format(image=self.fleet.image))
        key = self.fleet.public_key()
        (self.directory / "base.bu").write_text(BASE.format(key=key))
        self.fleet.berth("apply", "-f", spec, "--yes")
        self.fleet.berth("stop", "shop-web-1", "--yes")
        self.fleet.wait("the node is off", lambda: self.fleet.node("shop-web-1")["status"]["phase"] == "stopped")
        self.assertEqual(self.running("shop-web-1"), [])
        self.assertIn("switched off by an operator", self.fleet.berth("describe", "node", "shop-web-1").stdout)
        self.fleet.berth("start", "shop-web-1")
        self.fleet.wait("the node is ready again", lambda: len(self.fleet.ready()) == 2)

    def test_2_a_restart_keeps_the_machine(self):
        before = self.fleet.node("shop-web-1")
        self.answers(before["address"], "touch", "/var/tmp/kept")
        self.fleet.berth("restart", "shop-web-1", "--yes")
        after = self.fleet.node("shop-web-1")
        self.assertEqual(after["status"]["instance"], before["status"]["instance"])
        self.assertNotEqual(after["status"]["boot_id"], before["status"]["boot_id"])
        self.answers(after["address"], "test", "-e", "/var/tmp/kept")

    def test_3_a_lost_node_is_made_elsewhere_once_its_host_has_cut_its_power(self):
        before = self.fleet.node("shop-web-0")
        type(self).lost = before["host"]
        self.fleet.cut(self.lost)
        self.fleet.wait("it is told what becomes of the node",
                        lambda: "is made elsewhere in" in (self.fleet.node("shop-web-0")["status"]["reason"] or ""))
        self.fleet.wait("the node is made elsewhere", lambda: self.fleet.node("shop-web-0")["host"] != self.lost,
                        while_waiting=self.one_runs)
        self.assertEqual(self.running("shop-web-0"), [], "its former host has cut its power by now")
        self.fleet.wait("the node is ready", lambda: len(self.fleet.ready()) == 2, while_waiting=self.one_runs)
        after = self.fleet.node("shop-web-0")
        self.assertEqual(after["address"], before["address"])
        old = self.beats_on(self.lost)
        self.fleet.wait("the new guest says that it lives",
                        lambda: max(self.beats_on(after["host"]), default=0) > max(old))
        new = [second for second in self.beats_on(after["host"]) if second > max(old)]
        print(f"by their own clocks {min(new) - max(old)} s lie between the two", flush=True)
        self.assertGreaterEqual(min(new) - max(old), 20)

    def test_4_a_host_that_comes_back_loses_what_moved(self):
        at = self.fleet.node("shop-web-0")
        self.fleet.mend(self.lost)
        self.fleet.wait("the old instance is gone", lambda: self.fleet.agent_files(self.lost) == [],
                        while_waiting=self.one_runs)
        self.assertEqual(self.fleet.domains(self.lost), [])
        now = self.fleet.node("shop-web-0")
        self.assertEqual((now["host"], now["status"]["instance"]), (at["host"], at["status"]["instance"]))
        told = self.fleet.berth("get", "events").stdout
        for words in ("counts as fenced", "its power is cut", "is gone from " + self.lost):
            self.assertIn(words, told)
        self.fleet.berth("destroy", CLUSTER, "--yes")


if __name__ == "__main__":
    unittest.main(verbosity=2, failfast=True)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What people do about rollouts and hosts, with real guests: canaries, a failure that goes back by itself, undo, a
drained host, a node made anew.

The steps build on one another, so the first that fails ends the run.
"""

import unittest

from fleet import BUTANE_HEAD, SPEC_HEAD, OnAFleet

CLUSTER = "shop"

SPEC = SPEC_HEAD + """\
update: {{ max_parallel: 1, min_healthy_time: 1s, healthy_deadline: 10m, canary: 1, auto_revert: true }}
pools:
  web:
    count: 2
    resources: {{ vcpus: 1, memory: 256MiB, disk: 4GiB }}
    addresses: 10.77.0.201-10.77.0.209
    butane: [base.bu]
"""

BASE = BUTANE_HEAD + """\
storage:
  files:
    - path: /etc/berth-greeting
      contents: {{ inline: {greeting} }}
      user: {{ name: {owner} }}
"""


class Steering(OnAFleet):
    """Steps in the order of their names; the fleet is shared."""

    def say(self, greeting, owner="core"):
        """Writes the spec; returns its path. The owner is a user that only the guest can look up."""
        spec = self.directory / "cluster.yaml"
        spec.write_text(SPEC.format(image=self.fleet.image))
        key = self.fleet.public_key()
        (self.directory / "base.bu").write_text(BASE.format(key=key, greeting=greeting, owner=owner))
        return spec

    def rollout(self):
        return self.fleet.get("rollouts", "--cluster", CLUSTER)[0]

    def greetings(self):
        """What each node says, from inside its guest."""
        return {node["name"]: self.fleet.ssh(node["address"], "cat", "/etc/berth-greeting").strip()
                for node in self.fleet.ready()}

    def boots(self):
        return {node["name"]: node["status"]["boot_id"] for node in self.fleet.ready()}

    def one_is_ready(self):
        self.assertGreaterEqual(len(self.fleet.ready()), 1, self.fleet.picture())

    def test_1_canaries_go_first_and_the_others_once_promoted(self):
        self.fleet.berth("apply", "-f", self.say("first"), "--yes")
        before = self.boots()
        shown = self.fleet.berth("apply", "-f", self.say("second"), "--yes", "--detach").stdout
        self.assertIn("what follows waits until they are promoted", shown)
        self.fleet.wait("the canary is ready", lambda: "berth rollout promote" in (self.rollout()["reason"] or ""),
                        while_waiting=self.one_is_ready)
        self.assertEqual(self.greetings(), {"shop-web-0": "second", "shop-web-1": "first"})
        self.assertEqual(self.boots()["shop-web-1"], before["shop-web-1"], "the other one was not touched")
        self.fleet.berth("rollout", "promote", CLUSTER)
        self.fleet.wait("the rollout is done", lambda: self.rollout()["state"] == "done",
                        while_waiting=self.one_is_ready)
        self.assertEqual(self.greetings(), {"shop-web-0": "second", "shop-web-1": "second"})

    def test_2_what_fails_goes_back_by_itself(self):
        before = self.boots()
        applied = self.fleet.berth("apply", "-f", self.say("third", owner="nobody-knows"), "--yes", check=False)
        self.assertEqual(applied.returncode, 1)
        self.assertIn("was reverted", applied.stderr)
        states = [(each["state"], each["from"], each["to"]) for each in self.fleet.get("rollouts")[:2]]
        self.assertEqual(states, [("done", 3, 4), ("reverted", 2, 3)])
        self.assertEqual(self.greetings(), {"shop-web-0": "second", "shop-web-1": "second"})
        self.assertEqual(self.boots()["shop-web-1"], before["shop-web-1"], "the other one was not touched")

    def test_3_undo_goes_further_back(self):
        self.fleet.berth("rollout", "undo", CLUSTER, "--yes", "--detach")
        self.fleet.berth("rollout", "promote", CLUSTER)
        self.fleet.wait("the rollout is done", lambda: self.rollout()["state"] == "done",
                        while_waiting=self.one_is_ready)
        self.assertEqual(self.greetings(), {"shop-web-0": "first", "shop-web-1": "first"})

    def test_4_a_drained_host_is_empty_and_the_rest_untouched(self):
        before = {node["name"]: node for node in self.fleet.nodes()}
        moving, staying = before["shop-web-0"], before["shop-web-1"]
        dry = self.fleet.berth("drain", moving["host"], "--dry-run").stdout
        self.assertIn("shop-web-0", dry)
        self.assertEqual(self.fleet.node("shop-web-0")["host"], moving["host"], "a dry run changes nothing")
        self.fleet.berth("drain", moving["host"], "--yes")
        moved = self.fleet.node("shop-web-0")
        self.assertNotIn(moved["host"], [moving["host"], staying["host"]])
        self.assertEqual(moved["address"], moving["address"])
        self.assertEqual(self.fleet.domains(moving["host"]), [])
        self.assertEqual(self.fleet.agent_files(moving["host"]), [])
        self.assertEqual(self.fleet.node("shop-web-1")["status"]["boot_id"], staying["status"]["boot_id"])
        self.assertEqual(self.greetings()["shop-web-0"], "first")
        states = {host["name"]: host["state"] for host in self.fleet.get("hosts")}
        self.assertEqual(states.pop(moving["host"]), "cordoned", "it is empty, and takes nothing")
        self.assertEqual(set(states.values()), {"ready"})
        self.fleet.berth("uncordon", moving["host"])

    def test_5_a_node_is_made_anew_on_its_own(self):
        before = {node["name"]: node["status"] for node in self.fleet.nodes()}
        self.fleet.berth("replace", "shop-web-1", "--yes")
        after = {node["name"]: node["status"] for node in self.fleet.ready()}
        self.assertNotEqual(after["shop-web-1"]["instance"], before["shop-web-1"]["instance"])
        self.assertEqual(after["shop-web-0"]["boot_id"], before["shop-web-0"]["boot_id"])
        self.fleet.berth("destroy", CLUSTER, "--yes")
        self.assertEqual([self.fleet.domains(host) for host in self.fleet.hosts], [[], [], []])


if __name__ == "__main__":
    unittest.main(verbosity=2, failfast=True)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The main job, end to end, with real guests: the life of one cluster from its first apply to its end.

The steps build on one another, so the first that fails ends the run.
"""

import pathlib
import re
import shutil
import unittest

from fleet import ROOT, OnAFleet

CLUSTER = "first"


class Scenario(OnAFleet):
    """Steps in the order of their names; the fleet is shared."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.spec = copy_example(cls.fleet)

    # ---- one: nodes on hosts, made by real Ignition -----------------------------------------------------------

    def test_01_apply_puts_three_ready_nodes_on_three_hosts(self):
        self.fleet.berth("apply", "-f", self.spec, "--yes")
        nodes = self.fleet.ready()
        self.assertEqual(len(nodes), 3)
        self.assertEqual(len({node["host"] for node in nodes}), 3)
        for node in nodes:
            self.assertEqual(self.fleet.domains(node["host"]), [node["name"]])

    def test_02_the_guests_are_what_the_butane_says(self):
        for node in self.fleet.nodes():
            inside = self.fleet.ssh(node["address"], "bash", "-c", INSPECTION)
            facts = dict(line.split("=", 1) for line in inside.splitlines())
            self.assertEqual(facts["user"], "core")
            self.assertEqual(facts["hostname"], node["name"])
            self.assertRegex(facts["localtime"], r"zoneinfo/Europe/Warsaw$")
            self.assertEqual(facts["file"], "640 root:adm")
            self.assertEqual(facts["unit"], "active")
            self.assertIn(node["address"], facts["addresses"])

    def test_03_guests_on_different_hosts_reach_each_other(self):
        first, *others = self.fleet.nodes()
        for other in others:
            answer = self.fleet.ssh(first["address"], f"bash -c 'exec 3<>/dev/tcp/{other['address']}/22; head -c 4 <&3'")
            self.assertEqual(answer, "SSH-")

    # ---- two: nothing to do is nothing done; a change goes node by node ---------------------------------------

    def test_04_a_second_apply_changes_nothing_and_says_so(self):
        before = self.fleet.all_qemu_pids()
        self.assertEqual(self.fleet.berth("plan", "-f", self.spec, "--detailed-exitcode", check=False).returncode, 0)
        said = self.fleet.berth("apply", "-f", self.spec).stdout
        self.assertRegex(said, r"(?i)no changes|nothing to (do|change)")
        self.assertEqual(self.fleet.all_qemu_pids(), before)

    def test_05_the_plan_names_the_butane_line_that_replaces_a_node(self):
        change_greeting(self.spec, "second")
        plan = self.fleet.berth("plan", "-f", self.spec, "--detailed-exitcode", check=False)
        self.assertEqual(plan.returncode, 2, plan.stdout + plan.stderr)
        self.assertRegex(plan.stdout, rf"(?m)replace +{CLUSTER}-server-0, -1, -2$")
        self.assertRegex(plan.stdout, rf"base\.bu:{line_of_greeting(self.spec)}")
        self.assertRegex(plan.stdout, r"0 to create, 3 to replace, 0 to destroy")

    def test_06_a_changed_file_replaces_one_node_at_a_time(self):
        before = {node["name"]: node for node in self.fleet.nodes()}
        apply = self.fleet.start_berth("apply", "-f", self.spec, "--yes")

        def two_are_ready():
            self.assertGreaterEqual(len(self.fleet.ready()), 2, self.fleet.picture())

        self.fleet.wait("the apply ends", lambda: apply.poll() is not None, 900, two_are_ready)
        self.assertEqual(apply.returncode, 0, apply.communicate()[0])
        self.expect_replaced(before)
        for node in self.fleet.nodes():
            self.assertEqual(self.fleet.ssh(node["address"], "cat", GREETING).strip(), "second")

    def expect_replaced(self, before):
        """New instances under the old names, addresses and hosts; each exactly once."""
        after = {node["name"]: node for node in self.fleet.ready()}
        self.assertEqual(after.keys(), before.keys())
        for name, node in after.items():
            self.assertEqual(node["address"], before[name]["address"])
            self.assertEqual(node["host"], before[name]["host"])
            self.assertNotEqual(node["status"]["instance"], before[name]["status"]["instance"])
        self.expect_each_node_once()

    def expect_each_node_once(self):
        running = [name for pids in self.fleet.all_qemu_pids().values() for name in pids]
        self.assertEqual(sorted(running), sorted(node["name"] for node in self.fleet.nodes()))
        for node in self.fleet.nodes():
            directories = {name.split("/")[0] for name in self.fleet.agent_files(node["host"])}
            self.assertEqual(directories, {node["status"]["instance"]}, "instance directories")

    # ---- three: what is killed comes back ---------------------------------------------------------------------

    def test_07_a_killed_qemu_is_back_without_anybody_asking(self):
        node = self.fleet.nodes()[0]
        pid = self.fleet.qemu_pids(node["host"])[node["name"]]
        boot = node["status"]["boot_id"]
        self.fleet.on_host(node["host"], "kill", "-9", str(pid))
        self.fleet.wait("the killed node is ready again", lambda: any(
            other["name"] == node["name"] and other["status"]["boot_id"] != boot for other in self.fleet.ready()))
        self.expect_each_node_once()
        self.assertEqual(self.fleet.node(node["name"])["status"]["restarts"], 1)

    def test_08_killed_daemons_finish_the_apply(self):
        before = {node["name"]: node for node in self.fleet.nodes()}
        change_greeting(self.spec, "third")
        apply = self.fleet.start_berth("apply", "-f", self.spec, "--yes")
        self.fleet.wait("the first node is being replaced", self.running_rollout)
        self.fleet.kill_agent(self.replaced_host(before))
        self.wait_for_done(1)
        # The rollout belongs to the controller: without the CLI it goes on.
        apply.kill()
        apply.communicate()
        self.fleet.kill_controller()
        self.wait_for_done(2)
        self.fleet.kill_controller()
        for host in self.fleet.hosts:
            self.fleet.kill_agent(host)
        status = self.fleet.wait("the rollout is done", lambda: self.rollout_state() == "done", 900)
        self.assertTrue(status)
        self.assertIn("done", self.fleet.berth("rollout", "status", CLUSTER).stdout)
        self.fleet.wait("all are ready", lambda: len(self.fleet.ready()) == 3)
        self.expect_replaced(before)

    def rollouts(self):
        try:
            return self.fleet.get("rollouts")
        except AssertionError:
            return []  # the controller is being killed just now

    def newest(self):
        return max(self.rollouts(), key=lambda rollout: rollout["id"], default={})

    def running_rollout(self):
        return self.rollout_state() == "running"

    def rollout_state(self):
        return self.newest().get("state")

    def replaced_host(self, before):
        def replaced():
            return next((node["host"] for node in self.fleet.nodes() if
                         node["incarnation"] != before[node["name"]]["incarnation"]), None)
        return self.fleet.wait("a node has a new incarnation", replaced, 60)

    def wait_for_done(self, count):
        self.fleet.wait(f"{count} nodes are replaced", lambda: self.newest().get("done", 0) >= count, 600)

    # ---- four: a node that fails stops the rollout ------------------------------------------------------------

    def test_09_a_failing_ignition_stops_the_rollout_and_shows_why(self):
        before = {node["name"]: node for node in self.fleet.nodes()}
        butane = self.spec.parent / "base.bu"
        good = butane.read_text()
        # Valid Butane and valid Ignition; only the guest can find out that there is no such user.
        butane.write_text(good.replace("group: {name: adm}", "group: {name: nobody-of-that-name}"))
        self.assertNotEqual(butane.read_text(), good)
        apply = self.fleet.berth("apply", "-f", self.spec, "--yes", check=False)
        self.assertEqual(apply.returncode, 1, apply.stdout)
        self.assertRegex(apply.stdout + apply.stderr, r"nobody-of-that-name")
        failed = [node for node in self.fleet.nodes() if node["status"]["phase"] == "failed"]
        self.assertEqual(len(failed), 1)
        self.assertIn("nobody-of-that-name", self.fleet.berth("describe", "node", failed[0]["name"]).stdout)
        self.assertIn("nobody-of-that-name", self.fleet.berth("logs", failed[0]["name"]).stdout)
        self.assertEqual(self.rollout_state(), "failed")
        for node in self.fleet.nodes():
            if node["name"] != failed[0]["name"]:
                self.assertEqual(node["status"]["instance"], before[node["name"]]["status"]["instance"])
                self.assertEqual(node["status"]["phase"], "ready")
        butane.write_text(good)
        self.fleet.berth("apply", "-f", self.spec, "--yes")
        self.assertEqual(len(self.fleet.ready()), 3)

    # ---- five: a host that is cut off -------------------------------------------------------------------------

    def test_10_a_host_that_is_cut_off_is_lost_and_comes_back(self):
        before = self.fleet.all_qemu_pids()
        host = self.fleet.nodes()[0]["host"]
        self.fleet.cut(host)

        def state():
            return next(row["state"] for row in self.fleet.get("hosts") if row["name"] == host)

        self.fleet.wait("the host is lost", lambda: state() == "lost", 60)
        self.assertEqual([node["host"] for node in self.fleet.nodes() if not node["known"]], [host])
        self.assertRegex(self.fleet.berth("get", "nodes").stdout, r"(?i)unknown")
        self.assertEqual(self.fleet.all_qemu_pids(), before, "nothing was started or stopped")
        self.fleet.mend(host)
        self.fleet.wait("all nodes are ready again", lambda: len(self.fleet.ready()) == 3, 120)
        self.assertEqual(self.fleet.all_qemu_pids(), before, "no guest was restarted")

    # ---- six: the end -----------------------------------------------------------------------------------------

    def test_11_destroy_leaves_nothing_but_history(self):
        refused = self.fleet.berth("destroy", CLUSTER, check=False)
        self.assertEqual(refused.returncode, 1, "without --yes and without a terminal")
        self.assertEqual(len(self.fleet.nodes()), 3)
        self.fleet.berth("destroy", CLUSTER, "--yes")
        self.assertEqual(self.fleet.nodes(), [])
        self.assertEqual(self.fleet.get("clusters"), [])
        for host in self.fleet.hosts:
            self.assertEqual(self.fleet.domains(host), [])
            self.assertEqual(self.fleet.qemu_pids(host), {})
            self.assertEqual(self.fleet.agent_files(host), [])
        self.assertGreaterEqual(len(self.fleet.get("rollouts")), 5)


GREETING = "/etc/berth-greeting"

INSPECTION = f"""'
echo user=$(id -un)
echo hostname=$(cat /etc/hostname)
echo localtime=$(readlink /etc/localtime)
echo "file=$(stat -c "%a %U:%G" {GREETING})"
echo unit=$(systemctl is-active hello.service)
echo addresses=$(ip -o -4 address show | awk "{{print \\$4}}")
'"""


def copy_example(fleet):
    """The example as a user would change it: the test's image, key and sizes; nothing else."""
    target = fleet.directory / "spec"
    shutil.copytree(ROOT / "examples/first", target, dirs_exist_ok=True)
    spec = target / "cluster.yaml"
    text = spec.read_text()
    text = re.sub(r"(?m)^image:.*$", f"image: {{ file: {fleet.image} }}", text)
    text = re.sub(r"memory: \w+", "memory: 256MiB", text)
    text = re.sub(r"disk: \w+", "disk: 4GiB", text)
    text = re.sub(r"vcpus: \d+", "vcpus: 1", text)
    spec.write_text(text)
    shutil.copy(f"{fleet.key}.pub", target / "ssh_key.pub")
    change_greeting(spec, "first")
    return spec


def change_greeting(spec, word):
    butane = pathlib.Path(spec).parent / "base.bu"
    lines = butane.read_text().splitlines(keepends=True)
    number = line_of_greeting(spec) - 1
    lines[number] = re.sub(r"inline: .*", f"inline: {word}", lines[number])
    butane.write_text("".join(lines))


def line_of_greeting(spec):
    """Where the contents of the greeting stand, counted from 1."""
    lines = (pathlib.Path(spec).parent / "base.bu").read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if GREETING in line)
    return next(number for number in range(start, len(lines)) if "inline:" in lines[number]) + 1


if __name__ == "__main__":
    unittest.main(verbosity=2, failfast=True)

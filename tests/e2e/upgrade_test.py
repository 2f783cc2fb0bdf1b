#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Agents are upgraded by their Debian package, one host after the other, while nodes run on them.

Each host has a directory of its own where dpkg installs the package; what its maintainer scripts say to systemd is done
by deploy/virtual-fleet. The controller stays what it is: agents of the next version talk with a controller of this one,
and with it those of both versions at once.

The steps build on one another, so the first that fails ends the run.
"""

import os
import subprocess
import time
import unittest

from fleet import BIN, ROOT, SPEC_HEAD, OnAFleet

NEXT_AGENT = BIN.parent / "tests/e2e/berth-agent-next"
PACKAGING = ROOT / "tests/integration/deploy"

SPEC = SPEC_HEAD + """\
update: {{ min_healthy_time: 1s, max_parallel: 2 }}
pools:
  web:
    count: {count}
    spread: [host]
    resources: {{ vcpus: 1, memory: 256MiB, disk: 4GiB }}
    addresses: 10.77.0.201-10.77.0.209
    health: [{{ systemd: running }}]
    tags: {{ colour: {colour} }}
"""

# What a maintainer script may ask of systemd in an upgrade. Another wish fails it.
SYSTEMD = """\
#!/bin/sh
set -e
case "$*" in
  "systemctl daemon-reload") ;;
  "deb-systemd-invoke try-restart berth-agent.service") {stop} && {start} ;;
  *) exit 1 ;;
esac
"""


def output_of(*command):
    # Nobody keeps these packages: without compression they are made in half the time.
    environment = {**os.environ, "DPKG_DEB_COMPRESSOR_TYPE": "none"}
    process = subprocess.run(command, capture_output=True, text=True, env=environment)
    if process.returncode != 0:
        words = " ".join(map(str, command))
        raise AssertionError(f"{words} ended with {process.returncode}: {process.stdout}{process.stderr}")
    return process.stdout.strip()


def version_of(agent):
    return output_of(agent, "--version").removeprefix("berth-agent ")


class Upgrade(OnAFleet):
    """Steps in the order of their names; the fleet is shared."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.old, cls.new = version_of(BIN / "berth-agent"), version_of(NEXT_AGENT)
        packages = cls.fleet.directory / "packages"
        output_of(ROOT / "deploy/packages/build", "--from", BIN.parent, "--out", packages, "berth-agent")
        [cls.old_package] = packages.iterdir()
        cls.new_package = output_of(PACKAGING / "repack", cls.old_package, cls.new, packages, NEXT_AGENT)
        for host in cls.fleet.hosts:
            cls.fleet.stop_agent(host)
            cls.install(host, cls.old_package)
            cls.fleet.start_agent(host)

    @classmethod
    def root(cls, host):
        return cls.fleet.state / "hosts" / host / "data/root"

    @classmethod
    def install(cls, host, package):
        systemd = cls.fleet.directory / f"systemd-{host}"
        stop, start = (" ".join(cls.fleet.command("agent", host, verb)) for verb in ("stop", "start"))
        systemd.write_text(SYSTEMD.format(stop=stop, start=start))
        systemd.chmod(0o755)
        output_of(PACKAGING / "dpkg_below", cls.root(host), "--systemd", systemd, "--install", package)

    def apply(self, count, colour):
        spec = self.directory / "cluster.yaml"
        spec.write_text(SPEC.format(image=self.fleet.image, count=count, colour=colour))
        return self.fleet.berth("apply", "-f", spec, "--yes").stdout

    def host(self, name):
        return next(each for each in self.fleet.get("hosts") if each["name"] == name)

    def versions(self):
        return [host["agent_version"] for host in self.fleet.get("hosts")]

    def incarnations(self):
        """Node name → which instance it is, and in which boot, of nodes that are ready."""
        return {node["name"]: (node["status"]["instance"], node["status"]["boot_id"]) for node in self.fleet.ready()}

    def events(self):
        return [event["message"] for event in self.fleet.get("events") if event["subject"].startswith("node ")]

    def expect_nothing_but_ready(self):
        phases = {node["name"]: node["status"]["phase"] for node in self.fleet.nodes()}
        self.assertEqual(set(phases.values()), {"ready"}, phases)

    def is_reporting(self, name, version):
        seen = self.host(name)
        return (seen["agent_version"] == version and seen["state"] == "ready"
                and all(node["known"] for node in self.fleet.nodes() if node["host"] == name))

    def test_1_agents_that_a_package_installed_run_a_cluster(self):
        self.apply(count=2, colour="red")
        self.assertEqual(len(self.incarnations()), 2)
        self.assertEqual(self.versions(), [self.old] * 3)
        for host in self.fleet.hosts:
            pid = output_of(*self.fleet.command("agent", host, "pid"))
            program = self.fleet.on_host(host, "readlink", f"/proc/{pid}/exe").strip()
            self.assertEqual(program, str(self.root(host) / "usr/bin/berth-agent"))

    def test_2_the_package_is_upgraded_host_by_host_and_no_node_notices(self):
        before, pids, told = self.incarnations(), self.fleet.all_qemu_pids(), self.events()
        for done, host in enumerate(self.fleet.hosts, start=1):
            began = time.monotonic()
            self.install(host, self.new_package)
            self.fleet.wait(f"{host} tells of the new agent", lambda: self.is_reporting(host, self.new), 60,
                            while_waiting=self.expect_nothing_but_ready)
            print(f"{host}: the new agent had reported {time.monotonic() - began:.1f} s after dpkg began", flush=True)
            self.assertEqual(self.versions(), [self.new] * done + [self.old] * (3 - done))
            # Agents of both versions, until the last one: to the controller all is as it should be.
            plan = self.fleet.berth("plan", "-f", self.directory / "cluster.yaml", "--detailed-exitcode", check=False)
            self.assertEqual(plan.returncode, 0, plan.stdout + plan.stderr)
        self.expect_nothing_but_ready()
        self.assertEqual(self.incarnations(), before, "the same instances in the same boots")
        self.assertEqual(self.fleet.all_qemu_pids(), pids)
        self.assertEqual(self.events(), told, "nothing has happened to any node")

    def test_3_the_new_agent_heals_what_the_old_one_made(self):
        node = self.fleet.nodes()[0]
        before = self.incarnations()
        self.fleet.on_host(node["host"], "virsh", "destroy", node["name"])
        self.fleet.wait(f"{node['name']} is ready again",
                        lambda: self.incarnations().get(node["name"], before[node["name"]]) != before[node["name"]])
        after = self.incarnations()
        self.assertEqual(after[node["name"]][0], before[node["name"]][0], "the same instance, started again")
        self.assertEqual(self.fleet.node(node["name"])["status"]["restarts"], 1)

    def test_4_an_apply_after_the_upgrade_changes_and_makes_nodes(self):
        before = self.incarnations()
        self.apply(count=3, colour="blue")
        after = self.incarnations()
        self.assertEqual(len(after), 3)
        self.assertEqual({name: after[name] for name in before}, before, "tags change in place")
        self.assertEqual({node["host"] for node in self.fleet.nodes()}, set(self.fleet.hosts))


if __name__ == "__main__":
    unittest.main(verbosity=2, failfast=True)

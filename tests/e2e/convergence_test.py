#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What users of a service notice of what happens to its nodes: nothing, while they are replaced one by one, while
somebody stops and removes one by hand, and while the agents are exchanged.

The steps build on one another, so the first that fails ends the run.
"""

import itertools
import json
import pathlib
import subprocess
import sys
import time
import unittest

from asker import PATIENCE
from fleet import BUTANE_HEAD, SPEC_HEAD, OnAFleet

SPEC = SPEC_HEAD + """\
update: {{ max_parallel: 1, min_healthy_time: 2s, healthy_deadline: 10m }}
pools:
  web:
    count: 3
    resources: {{ vcpus: 1, memory: 256MiB, disk: 4GiB }}
    addresses: 10.77.0.201-10.77.0.209
    butane: [base.bu]
    health:
      - systemd: running
      - http: "http://${{{{ node.address }}}}:8080/"
        expect: 200
"""

# A web server of a shell: systemd listens and starts it for each connection.
BASE = BUTANE_HEAD + """\
storage:
  files:
    - path: /usr/local/bin/answer
      mode: 0755
      contents:
        inline: |
          #!/bin/sh
          # {greeting}
          while read -r line; do case $line in ?) break ;; esac; done
          printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\nConnection: close\\r\\n\\r\\nyes'
systemd:
  units:
    - name: answer.socket
      enabled: true
      contents: |
        [Socket]
        ListenStream=8080
        Accept=yes
        [Install]
        WantedBy=sockets.target
    - name: answer@.service
      contents: |
        [Service]
        ExecStart=-/usr/local/bin/answer
        StandardInput=socket
        StandardError=journal
"""


class Convergence(OnAFleet):
    """Steps in the order of their names; the fleet is shared."""

    def apply(self, greeting):
        spec = self.directory / "cluster.yaml"
        spec.write_text(SPEC.format(image=self.fleet.image))
        key = self.fleet.public_key()
        (self.directory / "base.bu").write_text(BASE.format(key=key, greeting=greeting))
        self.fleet.berth("apply", "-f", spec, "--yes")

    def boots(self):
        return {node["name"]: node["status"]["boot_id"] for node in self.fleet.ready()}

    def asking(self):
        return Asking(self.fleet, [node["address"] for node in self.fleet.nodes()])

    def events_of(self, name):
        return [event["message"] for event in self.fleet.get("events") if event["subject"] == f"node {name}"]

    def expect_another_boot(self, name, before):
        self.fleet.wait(f"{name} is ready again", lambda: self.boots().get(name, before[name]) != before[name])
        after = self.boots()
        del after[name]
        self.assertEqual(after, {other: boot for other, boot in before.items() if other != name}, "others are untouched")

    def test_1_while_nodes_are_replaced_the_others_always_answer(self):
        self.apply("first")
        before = self.boots()
        self.assertEqual(len(before), 3)
        with self.asking() as asking:
            self.apply("second")
        asking.tell("a rolling replacement")
        self.assertEqual(asking.two_at_once(), [], "two nodes did not answer at the same time")
        self.assertLess(asking.longest_silence(), PATIENCE)
        after = self.boots()
        self.assertEqual(set(after), set(before))
        self.assertFalse(set(after.values()) & set(before.values()), "all of them are new")

    def test_2_a_domain_that_is_destroyed_by_hand_is_started_again(self):
        node = self.fleet.nodes()[0]
        before = self.boots()
        self.fleet.on_host(node["host"], "virsh", "destroy", node["name"])
        self.expect_another_boot(node["name"], before)
        self.assertEqual(self.fleet.node(node["name"])["status"]["restarts"], 1)
        told = "\n".join(self.events_of(node["name"]))
        self.assertIn("started again, time 1, after it stopped by itself", told)

    def test_3_a_domain_that_is_removed_by_hand_is_made_again(self):
        node = self.fleet.nodes()[1]
        before = self.boots()
        with self.asking() as asking:
            self.fleet.on_host(node["host"], "virsh", "destroy", node["name"])
            self.fleet.on_host(node["host"], "virsh", "undefine", node["name"])
            self.expect_another_boot(node["name"], before)
        asking.tell("a domain removed by hand")
        self.assertEqual(asking.two_at_once(), [])
        self.assertEqual(self.fleet.domains(node["host"]), [node["name"]])
        after = self.fleet.node(node["name"])
        self.assertEqual(after["status"]["instance"], node["status"]["instance"], "the same instance, with its disk")
        self.assertTrue(any("somebody on the host" in event for event in self.events_of(node["name"])))
        print("its events:", *self.events_of(node["name"])[-6:], sep="\n  ", flush=True)
        described = self.fleet.berth("describe", "node", node["name"]).stdout
        for event in self.events_of(node["name"])[-2:]:
            self.assertIn(event, described)

    def test_4_agents_are_exchanged_and_guests_do_not_notice(self):
        before = self.boots()
        pids = self.fleet.all_qemu_pids()
        gaps = []
        with self.asking() as asking:
            for host in self.fleet.hosts:
                self.fleet.stop_agent(host)
                self.fleet.wait(f"{host} is silent", lambda: self.host(host)["last_seen_ms"] > 3000, 60)
                began = time.monotonic()
                self.fleet.start_agent(host)
                self.fleet.wait(f"{host} is heard again", lambda: self.is_reporting(host), 60)
                gaps.append(time.monotonic() - began)
        asking.tell("an exchange of the agents")
        print(f"after a new agent was started its status was there again within {max(gaps):.1f} s", flush=True)
        self.assertEqual(self.boots(), before)
        self.assertEqual(self.fleet.all_qemu_pids(), pids)
        self.assertEqual(asking.outages(), {}, "each node answered all the time")

    def is_reporting(self, host):
        seen = self.host(host)
        return seen["state"] == "ready" and seen["last_seen_ms"] < 3000 and all(
            node["known"] for node in self.fleet.nodes() if node["host"] == host)

    def host(self, name):
        return next(each for each in self.fleet.get("hosts") if each["name"] == name)


class Asking:
    """Clients in the lan, one for each node, for as long as this context lasts."""

    def __init__(self, fleet, addresses):
        self.fleet = fleet
        self.addresses = addresses
        self.stop = fleet.directory / f"stop-{time.monotonic_ns()}"
        self.told = self.stop.with_suffix(".told")
        self.process = None
        self.requests = []

    def __enter__(self):
        asker = pathlib.Path(__file__).with_name("asker.py")
        with self.told.open("w") as told:
            self.process = subprocess.Popen(
                self.fleet.command("hosts", "lan", sys.executable, asker, self.stop, *self.addresses),
                stdin=subprocess.DEVNULL, stdout=told)
        # What happens next happens to clients that are being served.
        self.fleet.wait("each node has answered", lambda: all(f'"{each}"' in self.told.read_text() for each in self.addresses), 60)
        return self

    def __exit__(self, *_):
        self.stop.touch()
        self.process.wait()
        self.requests = [json.loads(line) for line in self.told.read_text().splitlines()]

    def outages(self):
        """Address → from when to when it did not answer, as often as that was so."""
        outages = {}
        for address in self.addresses:
            down = None
            for request in (each for each in self.requests if each["address"] == address):
                if request["answered"]:
                    down = None
                elif down is None:
                    down = [request["began"], request["ended"]]
                    outages.setdefault(address, []).append(down)
                else:
                    down[1] = request["ended"]
        return outages

    def two_at_once(self):
        periods = [(address, begin, end) for address, downs in self.outages().items() for begin, end in downs]
        return [(one, other) for one, other in itertools.combinations(periods, 2)
                if one[0] != other[0] and one[1] < other[2] and other[1] < one[2]]

    def longest_silence(self):
        """In seconds: how long nobody at all answered."""
        answers = sorted(each["ended"] for each in self.requests if each["answered"])
        return max((later - earlier for earlier, later in itertools.pairwise(answers)), default=0)

    def tell(self, during):
        failed = sum(not each["answered"] for each in self.requests)
        print(f"during {during}: {len(self.requests)} requests to single nodes, {failed} of them failed; at most "
              f"{self.longest_silence():.1f} s between two answers of any", flush=True)


if __name__ == "__main__":
    unittest.main(verbosity=2, failfast=True)

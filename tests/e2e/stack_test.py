#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Three servers of a real Consul on three hosts, from nothing but `stack: { consul: … }`: they form a cluster by
themselves, with TLS, gossip keys and ACLs; they are replaced one after the other while somebody writes; a host that loses
power in the middle stops the rollout and nothing else; a server that has lost what it knew joins as somebody new; and one that is left of three begins again.

The release comes from a web server in the lan, is fetched by the hosts, and reaches the guests on a disk of their own.
"""

import hashlib
import itertools
import json
import pathlib
import re
import subprocess
import sys
import time
import unittest

from fleet import BUTANE_HEAD, SPEC_HEAD, OnAFleet

CLUSTER = "shop"
SERVERS = [f"{CLUSTER}-server-{i}" for i in range(3)]
STATE = "/var/lib/data/consul"

SPEC = SPEC_HEAD + """\
update: {{ max_parallel: 1, min_healthy_time: 1s, healthy_deadline: 15m }}
stack:
  consul:
    version: 1.8.7
    archive: {{ url: "http://10.77.0.1:{port}/{archive}", sha256: {sha256} }}
    data_dir: {state}
    servers: server
pools:
  server:
    count: 3
    resources: {{ vcpus: 1, memory: 384MiB, disk: 4GiB }}
    addresses: 10.77.0.201-10.77.0.205
    spread: {{ over: [host], hard: true }}
    volumes:
      data: {{ size: 128MiB, mount: /var/lib/data, filesystem: ext4 }}
    butane: [base.bu]
"""

BASE = BUTANE_HEAD + """\
storage:
  files:
    - path: /etc/berth-greeting
      contents: {{ inline: {greeting} }}
"""

# As docs/stack.md tells it.
BEGIN_AGAIN = """\
sudo systemctl stop consul
echo "[{{\\"id\\": \\"$(sudo cat /var/lib/consul/node-id)\\", \\"address\\": \\"{address}:8300\\", \\"non_voter\\": false}}]" |
  sudo -u consul tee /var/lib/consul/raft/peers.json
sudo systemctl start consul
"""


class Stack(OnAFleet):
    """Steps in the order of their names; the fleet is shared."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        archive = subprocess.run([pathlib.Path(__file__).with_name("consul_archive")], check=True, text=True,
                                 stdout=subprocess.PIPE).stdout.strip()
        cls.archive = pathlib.Path(archive)
        cls.sha256 = hashlib.sha256(cls.archive.read_bytes()).hexdigest()
        cls.port = cls.serve(cls.archive.parent)
        cls.ca = cls.fleet.directory / "ca.pem"

    @classmethod
    def serve(cls, directory):
        """A web server in the lan; returns its port."""
        command = ["hosts", "lan", sys.executable, "-u", "-m", "http.server", "--bind", "10.77.0.1", "--directory", directory, "0"]
        server = subprocess.Popen(cls.fleet.command(*command), text=True, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(server.wait)
        cls.addClassCleanup(server.kill)
        return int(re.search(r"port (\d+)", server.stdout.readline())[1])

    def apply(self, greeting="first", state=STATE, wait=True):
        spec = self.directory / "cluster.yaml"
        spec.write_text(SPEC.format(image=self.fleet.image, port=self.port, archive=self.archive.name, sha256=self.sha256, state=state))
        key = self.fleet.public_key()
        (self.directory / "base.bu").write_text(BASE.format(key=key, greeting=greeting))
        self.fleet.berth("apply", "-f", spec, "--yes", *(() if wait else ("--detach",)))

    # ---- what Consul says -------------------------------------------------------------------------------------

    def addresses(self):
        return [self.fleet.node(each)["address"] for each in SERVERS]

    def secret(self, name):
        return self.fleet.berth("secret", "get", CLUSTER, name).stdout.strip()

    def consul(self, address, path, token=None, check=True):
        """The answer of a server's API, asked from the lan over TLS."""
        words = ["curl", "--silent", "--show-error", "--max-time", "20", "--cacert", self.ca, "--header", "@-",
                 "--write-out", "\n%{http_code}", f"https://{address}:8501/v1/{path}"]
        process = self.fleet._fleet("hosts", "lan", *words, check=False, capture_output=True,
                                    input=f"X-Consul-Token: {token}\n" if token else "Accept: */*\n")
        text, _, status = process.stdout.rpartition("\n")
        if check and status != "200":
            raise AssertionError(f"{path} of {address}: {status} {text} {process.stderr}")
        return json.loads(text) if status == "200" else int(status or 0)

    def raft(self):
        """Name → id of the voters."""
        servers = self.consul(self.addresses()[0], "operator/raft/configuration", self.secret("consul/token/management"))
        return {each["Node"]: each["ID"] for each in servers["Servers"] if each["Voter"]}

    def catalog(self):
        nodes = self.consul(self.addresses()[0], "catalog/nodes", self.secret("consul/token/management"))
        return {each["Node"]: each["ID"] for each in nodes}

    def expect_a_whole_cluster(self):
        self.assertEqual(sorted(self.raft()), SERVERS)
        self.assertEqual(self.catalog(), self.raft(), "each name belongs to the machine that has it now")
        leaders = {self.consul(each, "status/leader") for each in self.addresses()}
        self.assertEqual(len(leaders), 1)
        self.assertNotEqual(leaders, {""})

    def told_leader(self):
        """The node that leads, as the nodes themselves say it, once all of them are well."""
        stack = {}

        def all_are_well():
            stack.update(json.loads(self.fleet.berth("stack", "status", CLUSTER, "-o", "json").stdout))
            return not stack["remarks"] and len(stack["tools"]) == 3 and all(each["state"] == "well" for each in stack["tools"])

        self.fleet.wait("each server says that its Consul is well", all_are_well, 120)
        for each in stack["tools"]:
            self.assertEqual((each["tool"], each["version"], each["voters"], each["acl"]), ("consul", "1.8.7", 3, "accepted"))
        leading = [each["node"] for each in stack["tools"] if each["part"] == "leader"]
        self.assertEqual(len(leading), 1)
        return leading[0]

    # ---- the steps --------------------------------------------------------------------------------------------

    def test_1_a_cluster_forms_by_itself(self):
        began = time.monotonic()
        self.apply()
        print(f"three servers, from nothing to a cluster that serves: {time.monotonic() - began:.0f} s", flush=True)
        self.ca.write_text(self.fleet.ssh(self.addresses()[0], "cat /etc/consul.d/tls/ca.pem"))
        self.expect_a_whole_cluster()
        self.assertEqual({node["host"] for node in self.fleet.nodes()}, set(self.fleet.hosts))
        # Nothing is allowed to who shows no token, but lookups.
        first = self.addresses()[0]
        self.assertEqual(self.consul(first, "kv/berth?raw", check=False), 403)
        self.assertEqual(self.consul(first, "agent/self", check=False), 403)
        self.assertEqual(len(self.consul(first, "catalog/nodes")), 3)
        told = self.fleet.ssh(first, "sudo /usr/local/bin/consul validate /etc/consul.d/ && sudo stat -c %a:%U /etc/consul.d/berth.json")
        self.assertIn("Configuration is valid!", told)
        self.assertIn("600:consul", told)
        leader = self.fleet.node(self.told_leader())["address"]
        self.assertTrue(self.consul(first, "status/leader").startswith(leader + ":"))

    def test_2_all_are_replaced_while_somebody_writes(self):
        before = self.raft()
        instances = {node["name"]: node["status"]["instance"] for node in self.fleet.nodes()}
        leader = self.told_leader()
        with Writing(self) as writing:
            self.apply(greeting="second")
        writing.tell("a rolling replacement of all three")
        changes = json.loads(self.fleet.berth("rollout", "status", CLUSTER, "-o", "json").stdout)["changes"]
        self.assertEqual(max(changes, key=lambda each: each["started"])["node"], leader, "who leads goes last")
        for node in self.fleet.nodes():
            self.assertNotEqual(node["status"]["instance"], instances[node["name"]])
        self.assertEqual(self.raft(), before, "what they knew was on their volumes: they are who they were")
        for address in self.addresses():
            kept = self.fleet.ssh(address, f"sudo find {STATE}/snapshots -name '*.snap' -size +0 -user consul")
            self.assertTrue(kept.strip(), "before it went each has kept a snapshot")
        self.expect_a_whole_cluster()
        self.assertEqual(writing.failed_at_once(), [], "only the server that was being replaced did not answer")

    def test_3_a_host_that_dies_in_the_middle_stops_the_rollout_and_nothing_else(self):
        with Writing(self) as writing:
            self.apply(greeting="third", wait=False)
            replaced = self.fleet.wait("the first of them is down", self.first_down)
            host = self.fleet.node(replaced)["host"]
            self.fleet.kill_host(host)
            self.fleet.wait("the host is lost", lambda: self.state_of(host) == "lost", 60)
            others = {each: self.fleet.node(each)["status"]["instance"] for each in SERVERS if each != replaced}
            since = len(writing.lines())
            self.fleet.wait("others have served a while", lambda: writing.written_since(since) > 40, 120)
            self.assertEqual({each: self.fleet.node(each)["status"]["instance"] for each in others}, others,
                             "nobody else is touched")
            self.fleet.boot_host(host)
            self.fleet.wait("the rollout has ended well", self.rolled_out, 900)
        writing.tell("the loss of a host in the middle of a rollout")
        self.expect_a_whole_cluster()

    def test_4_a_server_that_has_lost_what_it_knew_joins_as_somebody_new(self):
        before = self.raft()
        with Writing(self) as writing:
            self.apply(greeting="third", state="/var/lib/consul")
        writing.tell("a replacement of all three without what they knew")
        after = self.raft()
        self.assertEqual([each for each in SERVERS if before[each] == after[each]], [])
        self.expect_a_whole_cluster()
        token = self.secret("consul/token/management")
        for each in self.addresses():
            value = self.consul(self.addresses()[0], f"kv/berth/{each}?raw", token)
            self.assertGreater(value, 10, "what was written is still there")

    def test_5_a_lost_majority_begins_again_with_the_server_that_is_left(self):
        token = self.secret("consul/token/management")
        addresses = self.addresses()
        boots = {node["name"]: node["status"]["boot_id"] for node in self.fleet.nodes()}
        for address in addresses[1:]:
            # The answer gets out before the machine goes.
            self.fleet.ssh(address, "sudo sh -c 'systemctl stop consul && rm -rf /var/lib/consul/* && "
                                    "(sleep 1; echo b >/proc/sysrq-trigger) >/dev/null 2>&1 &'")
        self.fleet.wait("nobody leads", lambda: self.consul(addresses[0], "status/leader") == "", 120)
        self.fleet.ssh(addresses[0], BEGIN_AGAIN.format(address=addresses[0]))

        def others_are_back():
            others = [node for node in self.fleet.nodes() if node["name"] != SERVERS[0]]
            return all(node["status"]["phase"] == "ready" and node["status"]["boot_id"] != boots[node["name"]] for node in others)

        self.fleet.wait("the others are servers again", others_are_back, 600)
        self.expect_a_whole_cluster()
        self.assertGreater(self.consul(addresses[1], f"kv/berth/{addresses[0]}?raw", token), 10)
        self.told_leader()

    def test_6_no_secret_lies_where_others_may_read_it(self):
        values = {}
        for secret in json.loads(self.fleet.berth("secret", "list", CLUSTER, "-o", "json").stdout):
            name = secret["name"]
            if secret["kind"] in ("key", "uuid"):
                values[name] = self.secret(name).encode()
            elif secret["kind"] == "certificate":
                # The second line of the key: it does not begin like those of others.
                key = self.secret(name).partition("PRIVATE KEY-----\n")[2]
                values[name] = key.splitlines()[1].encode()
        self.assertGreater(len(values), 5)
        said = b"".join(self.fleet.berth("get", kind, "-o", "json").stdout.encode() for kind in ("nodes", "events", "rollouts"))
        said += self.fleet.berth("plan", "-f", self.directory / "cluster.yaml", check=False).stdout.encode()
        said += subprocess.run(["ps", "-eo", "args"], check=True, stdout=subprocess.PIPE).stdout
        readable = [path for path in self.fleet.state.rglob("*") if path.is_file() and not path.is_symlink()]
        logs = [path for path in readable if path.suffix == ".log" or path.stat().st_mode & 0o004]
        self.assertTrue(any(path.name == "controller.log" for path in logs))
        self.assertEqual([path for path in readable if path.name == "config.ign"], [], "no guest needs its config any more")
        for name, value in values.items():
            self.assertNotIn(value, said, name)
            for path in logs:
                self.assertNotIn(value, path.read_bytes(), f"{name} in {path}")
        self.fleet.berth("destroy", CLUSTER, "--yes")

    # ---- what is waited for -----------------------------------------------------------------------------------

    def first_down(self):
        down = [node["name"] for node in self.fleet.nodes() if node["status"]["phase"] != "ready"]
        return down[0] if down else None

    def state_of(self, host):
        return next(each for each in self.fleet.get("hosts") if each["name"] == host)["state"]

    def rolled_out(self):
        rollout = self.fleet.get("rollouts")[0]
        self.assertNotEqual(rollout["state"], "failed", rollout)
        return rollout["state"] == "done"


class Writing:
    """Somebody in the lan writes to each server, for as long as this context lasts."""

    def __init__(self, test):
        self.test = test
        self.fleet = test.fleet
        self.stop = self.fleet.directory / f"stop-{time.monotonic_ns()}"
        self.told = self.stop.with_suffix(".told")
        self.process = None

    def __enter__(self):
        servers = self.test.addresses()
        writer = pathlib.Path(__file__).with_name("kv_writer.py")
        with self.told.open("w") as told:
            self.process = subprocess.Popen(
                self.fleet.command("hosts", "lan", sys.executable, writer, self.stop, self.test.ca, *servers),
                text=True, stdin=subprocess.PIPE, stdout=told)
        self.process.stdin.write(self.test.secret("consul/token/management") + "\n")
        self.process.stdin.close()
        # What happens next happens to somebody who is being served.
        self.fleet.wait("each server has written", lambda: {each["server"] for each in self.lines() if each["written"]} == set(servers), 60)
        return self

    def __exit__(self, *_):
        self.stop.touch()
        self.process.wait()

    def lines(self):
        return [json.loads(line) for line in self.told.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def written_since(self, count):
        return sum(each["written"] for each in self.lines()[count:])

    def failed_at_once(self):
        """Pairs of servers that both refused writes for more than a second at the same time."""
        failures = {}
        for each in self.lines():
            periods = failures.setdefault(each["server"], [])
            if each["written"]:
                periods.append(None)
            elif periods and periods[-1]:
                periods[-1][1] = each["ended"]
            else:
                periods.append([each["began"], each["ended"]])
        whole = [(server, *period) for server, periods in failures.items() for period in periods if period]
        return [(one[0], other[0]) for one, other in itertools.combinations(whole, 2)
                if one[0] != other[0] and min(one[2], other[2]) - max(one[1], other[1]) > 30]

    def tell(self, during):
        lines = self.lines()
        written = sorted(each["ended"] for each in lines if each["written"])
        gap = max((later - earlier for earlier, later in itertools.pairwise(written)), default=0)
        took = lines[-1]["ended"] - lines[0]["began"]
        print(f"during {during}: {took:.0f} s, {len(written)} writes, {len(lines) - len(written)} failed; "
              f"at most {gap:.1f} s between two", flush=True)


if __name__ == "__main__":
    unittest.main(verbosity=2, failfast=True)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What servers of Consul do for themselves, with a real Consul on the loopback: with the configuration that Berth writes,
but for its ports. It is the one on PATH, or else that of the e2e test's archive (tests/e2e/consul_archive)."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile

from guest import WithGuests, end, free_ports, kill, secret, wait_until
from servers import Answers

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parent.parent / "unit/planner/stack/testdata"
GOSSIP = "c29tZWJvZHkgYWx3YXlzIGxpc3RlbnMgaW4gaGVyZSE="
MANAGEMENT = secret("consul/token/management")


def find_consul(directory):
    """Its path, and the numbers of its release; nothing where there is none."""
    program = shutil.which("consul")
    if program is None:
        archive = subprocess.run([HERE.parent.parent / "e2e/consul_archive"], text=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, check=False)
        if archive.returncode != 0:
            return None
        with zipfile.ZipFile(archive.stdout.strip()) as file:
            program = file.extract("consul", directory)
        os.chmod(program, 0o755)
    told = subprocess.run([program, "version"], check=True, text=True, stdout=subprocess.PIPE).stdout
    return program, re.search(r"v(\d+\.\d+\.\d+)", told)[1]


class WithConsul(WithGuests):
    consul = version = None


class Server:
    """One agent with a data directory of its own."""

    def __init__(self, test, n, ports, count):
        self.test = test
        self.address = f"127.0.0.{10 + n}"
        self.ports = ports
        self.guest = test.guest(f"  consul: {{ version: {test.version}, servers: server }}\n"
                                f"  nomad: {{ version: 1.11.0, servers: server, clients: client }}\n"
                                f"  openbao: {{ version: 2.6.2, servers: server }}\n", f"prod-server-{n - 1}", count)
        self.http = f"http://127.0.0.1:{free_ports(1)[0]}"
        self.process = None
        self.configure()

    def configure(self):
        text = self.guest.path("/etc/consul.d/berth.json").read_text().replace("10.20.0.1", "127.0.0.1")
        config = json.loads(text.replace("secret:consul/gossip", GOSSIP))
        config |= {"data_dir": str(self.guest.data), "bind_addr": self.address, "retry_interval": "1s",
                   "addresses": {"https": self.address}, "disable_host_node_id": True, "log_level": "warn",
                   "retry_join": [f"{each}:{self.ports['serf_lan']}" for each in config["retry_join"]]}
        config["ports"] = self.ports | {"http": int(self.http.rsplit(":", 1)[1]), "dns": -1, "grpc": -1, "serf_wan": -1}
        if "grpc_tls" in config["ports"]:
            config["ports"]["grpc_tls"] = -1
        config["autopilot"]["server_stabilization_time"] = "1s"
        text = json.dumps(config)
        for name in ("ca", "certificate", "key"):
            file = {"ca": "ca.pem", "certificate": "node.pem", "key": "node.key"}[name]
            text = text.replace(f"/etc/consul.d/tls/{file}", str(getattr(self.test.authority, name)))
        directory = self.guest.root / "consul.d"
        directory.mkdir()
        (directory / "berth.json").write_text(text)
        shutil.copy(self.guest.path("/etc/consul.d/openbao-service.json"), directory)

    def start(self):
        with (self.guest.root / "consul.log").open("a") as log:
            self.process = subprocess.Popen([self.test.consul, "agent", f"-config-dir={self.guest.root}/consul.d"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.test.addCleanup(self.kill)

    def kill(self):
        kill(self.process)
        self.process.wait()

    def url(self):
        return f"https://{self.address}:{self.ports['https']}"

    def told(self):
        peers = [f"https://127.0.0.{10 + n}:{self.ports['https']}" for n in (1, 2, 3)]
        return {"API": self.http, "SELF": self.url(), "PEERS": " ".join(peers), "PAUSE": "0.2", "ROUNDS": 4}

    def begin(self, unit, **others):
        process = self.guest.start(unit, **(self.told() | others))
        self.test.addCleanup(end, process)
        return process

    def get(self, path):
        told = self.curl(f"{self.http}/v1/{path}").stdout
        return json.loads(told) if told else None

    def put(self, path, data):
        """The exit status of curl; a path is sent as its bytes."""
        data = f"@{data}" if isinstance(data, pathlib.Path) else data
        return self.curl("--request", "PUT", "--data-binary", data, f"{self.http}/v1/{path}").returncode

    @staticmethod
    def curl(*words):
        words = ["curl", "--silent", "--fail", "--max-time", "10", "--header", "@-", *words]
        return subprocess.run(words, text=True, input=f"X-Consul-Token: {MANAGEMENT}\n", stdout=subprocess.PIPE, check=False)

    def id(self):
        return (self.guest.data / "node-id").read_text()


class Cluster(WithConsul):
    def setUp(self):
        super().setUp()
        self.ports = dict(zip(("server", "serf_lan", "https"), free_ports(3)))

    def servers(self, count):
        return [Server(self, n, self.ports, count) for n in range(1, count + 1)]

    def serve_keys(self):
        """As a server of Nomad does; returns where."""
        door = Answers(self.authority, lambda *_: (200, {"keys": []}))
        self.addCleanup(door.stop)
        return door.url

    def form(self, servers):
        for each in servers:
            each.start()
        steps = [each.begin("berth-consul-acl.service") for each in servers]
        gates = [each.begin("berth-consul-ready.service") for each in servers]
        for each in steps + gates:
            self.assert_ends(each, 60)

    def test_three_form_a_cluster_and_know_who_may_what(self):
        servers = self.servers(3)
        self.form(servers)
        self.assertEqual({each["Node"] for each in servers[0].get("operator/raft/configuration")["Servers"]},
                         {"prod-server-0", "prod-server-1", "prod-server-2"})
        # All three at once, when Nomad is there to be asked for its keys; once more does no harm.
        logins = [each.begin("berth-consul-login.service") for each in servers]
        time.sleep(1)
        self.assertEqual([each.poll() for each in logins], [None, None, None], "they wait for Nomad")
        keys = self.serve_keys()
        for each in servers:
            file = each.guest.path("/etc/berth/stack/consul/method/nomad-workloads.json")
            file.write_text(file.read_text().replace("https://127.0.0.1:4646", keys))
        for each in logins:
            self.assert_ends(each)
        for _ in range(2):
            rules = servers[1].get("acl/binding-rules?authmethod=nomad-workloads")
            self.assertEqual(sorted((each["BindType"], each["BindName"]) for each in rules),
                             [("role", "nomad-tasks-${value.nomad_namespace}"), ("service", "${value.nomad_service}")])
            method = servers[1].get("acl/auth-method/nomad-workloads")
            self.assertEqual(method["Config"]["JWKSURL"], keys + "/.well-known/jwks.json")
            self.assertEqual([each["Name"] for each in servers[1].get("acl/roles")], ["nomad-tasks-default"])
            self.assert_ends(servers[2].begin("berth-consul-acl.service"))
            self.assert_ends(servers[2].begin("berth-consul-login.service"))
        # Each OpenBao stands in the catalog, and none is well: there are none.
        wait_until("OpenBao is registered", lambda: len(servers[0].get("catalog/service/openbao") or []) == 6, 100)
        self.assertEqual(servers[0].get("health/service/openbao?passing"), [])

    def test_a_server_that_comes_back_as_another_is_waited_for_by_its_own_name(self):
        servers = self.servers(3)
        self.form(servers)
        follower = next(each for each in servers if each.address not in servers[0].get("status/leader"))
        before = follower.id()
        follower.kill()
        shutil.rmtree(follower.guest.data)
        follower.guest.data.mkdir()
        follower.start()
        gate = follower.begin("berth-consul-ready.service")
        self.assert_ends(gate, 60)
        self.assertNotEqual(follower.id(), before)
        name = f"prod-server-{servers.index(follower)}"
        asked = next(each for each in servers if each is not follower)
        raft = {each["Node"]: each for each in asked.get("operator/raft/configuration")["Servers"]}
        self.assertEqual((raft[name]["ID"], raft[name]["Voter"]), (follower.id(), True))
        self.assertEqual(asked.get(f"catalog/node/{name}")["Node"]["ID"], follower.id())

    def test_who_puts_policies_may_be_killed_at_any_time(self):
        server, = self.servers(1)
        server.start()
        file = server.guest.path("/etc/berth/stack/consul/method/nomad-workloads.json")
        file.write_text(file.read_text().replace("https://127.0.0.1:4646", self.serve_keys()))
        wait_until("there is a leader", lambda: server.get("status/leader"))
        for unit in ("berth-consul-acl.service", "berth-consul-login.service"):
            for tenths in range(1, 8):
                process = server.begin(unit)
                time.sleep(tenths / 10)
                kill(process)
            self.assert_ends(server.begin(unit))
        self.assertEqual(len(server.get("acl/binding-rules")), 2)
        policies = [each["Name"] for each in server.get("acl/policies")]
        self.assertEqual(sorted(policies), ["berth-agent", "berth-dns", "berth-nomad", "berth-openbao", "global-management", "nomad-tasks"])
        self.assertEqual(len(server.get("acl/tokens")), 5, "of ours three, the anonymous one, and that of management")

    def test_it_grows_from_three_to_five_one_by_one(self):
        five = self.servers(5)
        self.form(five[:3])
        for each in five[3:]:
            self.form([each])
        health = five[0].get("operator/autopilot/health")
        self.assertEqual((len(health["Servers"]), health["FailureTolerance"]), (5, 2))

    def test_one_that_is_alone_does_not_pass_and_neither_do_two(self):
        servers = self.servers(3)
        for each in servers[:2]:
            each.start()
        gate = servers[0].begin("berth-consul-ready.service")
        time.sleep(3)
        self.assertIsNone(gate.poll())
        servers[2].start()
        self.assert_ends(gate, 60)

    def test_added_to_servers_that_are_replaced_one_by_one_it_is_born_with_the_last(self):
        servers = self.servers(3)
        for each in servers:
            each.start()
            each.begin("berth-consul-acl.service")
            gate = each.begin("berth-consul-ready.service", PATIENCE=5)
            said = self.assert_ends(gate, 60)
            self.assertEqual("nothing has begun, and 127.0.0.1" in said, each is not servers[2], said)
        self.assertNotEqual(servers[0].get("status/leader"), "")
        self.assertEqual(servers[2].get("operator/autopilot/health")["FailureTolerance"], 1)

    def test_one_whose_cluster_has_lost_its_majority_waits_however_long(self):
        servers = self.servers(3)
        self.form(servers)
        servers[0].kill()
        servers[1].kill()
        wait_until("there is no leader", lambda: servers[2].get("status/leader") == "")
        gate = servers[2].begin("berth-consul-ready.service", PATIENCE=2)
        self.assert_waits(gate, "it knows no leader")
        time.sleep(2)
        self.assertIsNone(gate.poll())

    def test_snapshots_are_taken_with_and_without_a_leader(self):
        servers = self.servers(3)
        self.form(servers)
        servers[0].put("kv/berth", "before")
        kept = self.snapshot(servers[2])
        servers[0].put("kv/berth", "after")
        self.assertEqual(servers[2].put("snapshot", pathlib.Path(kept)), 0, "it is taken back")
        self.assertEqual(servers[1].get("kv/berth")[0]["Value"], "YmVmb3Jl")
        time.sleep(1)
        kept = self.snapshot(servers[2])
        servers[0].kill()
        servers[1].kill()
        wait_until("there is no leader", lambda: servers[2].get("status/leader") == "")
        time.sleep(1)
        self.assertNotEqual(self.snapshot(servers[2]), kept)

    def snapshot(self, server):
        """Of its last one, what Consul finds in it."""
        status, said = server.guest.run("berth-consul-last-snapshot.service", "ExecStop", API=server.http)
        self.assertEqual(status, 0)
        path = re.search(r"kept (.*)", said)[1]
        told = subprocess.run([self.consul, "snapshot", "inspect", path], text=True, check=True, stdout=subprocess.PIPE).stdout
        self.assertRegex(told, r"Index\s+\d+")
        return path


class Configuration(WithConsul):
    def test_consul_takes_what_is_written_for_its_release(self):
        kept = sorted(GOLDEN.glob(f"consul-*-{self.version.rpartition('.')[0]}.*.json"))
        if not kept:
            self.skipTest(f"no configuration for Consul {self.version} is kept in {GOLDEN.name}")
        for each in kept:
            with self.subTest(each.name):
                self.assert_valid(each, GOLDEN / "openbao-service.json")

    def assert_valid(self, *kept):
        files = [self.directory / each.name for each in kept]
        for source, file in zip(kept, files):
            text = source.read_text().replace("secret:consul/gossip", GOSSIP)
            file.write_text(re.sub(r"secret:(consul/token/[a-z]+)", lambda match: secret(match[1]), text))
        told = subprocess.run([self.consul, "validate", *files], text=True, capture_output=True, check=False)
        self.assertEqual(told.returncode, 0, told.stdout + told.stderr)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="berth-consul-") as place:
        found = find_consul(pathlib.Path(place))
        if found is None:
            print("skipped: there is no consul, neither on PATH nor where apt gets its packages")
            sys.exit(77)
        WithConsul.consul, WithConsul.version = found
        unittest.main(verbosity=2)

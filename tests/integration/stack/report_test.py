#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a node says of its part of the stack, asked of servers that answer as Nomad and OpenBao do, and of a Consul in as
many words as it takes (consul_test.py has a real one)."""

import os
import unittest

from guest import WithGuests, end, secret, wait_until
from servers import Answers, Cluster, Nomad, Raft, Vault

STACK = """\
  consul: { version: 1.22.0, servers: server }
  nomad: { version: 1.11.0, servers: server, clients: client }
  openbao: { version: 2.6.2, servers: server }
"""
UNIT = "berth-stack-report.service"


class Consul:
    """One server or client, which names the leader of `raft` unless told otherwise."""

    def __init__(self, raft):
        self.raft = raft
        self.leader = raft.leader
        self.begun = True

    def answer(self, method, path, query, headers, body):
        known = headers.get("X-Consul-Token") in (secret("consul/token/management"), secret("consul/token/agent"))
        match path.removeprefix("/v1/"):
            case "status/leader":
                return 200, f'"{self.leader}"'
            case "status/peers":
                return 200, [each["Address"] for each in self.raft.servers] if self.begun else []
            case "acl/token/self":
                return (200, {}) if known else (403, "ACL not found")
            case "operator/autopilot/health" if known:
                return self.raft.health()
        return 404, ""


class Report(WithGuests):
    def setUp(self):
        super().setUp()
        self.rafts = {"consul": Raft(port=8300), "nomad": Raft()}
        self.consul = Consul(self.rafts["consul"])
        self.nomad = Nomad(self.rafts["nomad"], secret("nomad/token/management"))
        self.nomad.bootstrapped = True
        self.cluster = Cluster()
        self.vault = Vault(self.cluster, 1)
        self.vault.begin()
        self.cluster.tokens = {secret("openbao/token/management"): ["root"]}
        self.doors = {"CONSUL_API": self.open(self.consul), "NOMAD_API": self.open(self.nomad), "VAULT_API": self.open(self.vault)}
        self.vault.url = self.doors["VAULT_API"].url
        self.bin = self.directory / "bin"
        self.bin.mkdir()
        for program, words in (("consul", "Consul v1.22.0"), ("nomad", "Nomad v1.11.0"), ("bao", "OpenBao v2.6.2, built …")):
            (self.bin / program).write_text(f"#!/bin/sh\necho '{words}'\necho more\n")
            (self.bin / program).chmod(0o755)

    def open(self, server):
        door = Answers(self.authority, server.answer, "127.0.0.1")
        self.addCleanup(door.stop)
        return door

    def start(self, name="prod-server-0", **others):
        node = self.guest(STACK, name)
        (node.data / "node-id").write_text("id-1-1\n")
        raft = self.directory / "raft"
        raft.mkdir()
        (raft / "node-id").write_text("node-1-1")
        self.report = self.directory / "report"
        told = {"ADDRESS": "127.0.0.1", "REPORT": self.report, "CONSUL_DATA": node.data, "VAULT_DATA": raft,
                "NOMAD_CA": self.authority.ca, "VAULT_CA": self.authority.ca, "CURL_CA_BUNDLE": self.authority.ca,
                "PATH": f"{self.bin}:{os.environ['PATH']}", **{key: each.url for key, each in self.doors.items()}}
        process = node.start(UNIT, **(told | others))
        self.addCleanup(end, process)

    def said(self):
        """By tool."""
        if not self.report.exists():
            return {}
        uptime, _, line = self.report.read_text().strip().partition(" ")
        if not line:
            return {}
        self.assertRegex(uptime, r"^\d+$")
        return {each.partition("/")[0]: each for each in line.split(",")}

    def expect(self, line):
        tool = line.partition("/")[0]
        try:
            wait_until(line, lambda: self.said().get(tool) == line)
        except AssertionError:
            self.fail(f"{line}: says {self.said()}")

    def test_all_is_well(self):
        self.start()
        self.expect("consul/1.22.0/leader/well/3/127.0.0.1/accepted")
        self.expect("nomad/1.11.0/leader/well/3/127.0.0.1/accepted")
        self.expect("openbao/2.6.2/leader/well/1/127.0.0.1/accepted")

    def test_another_server_is_not_well(self):
        self.start()
        for raft in self.rafts.values():
            raft.servers[2]["Healthy"] = False
        self.cluster.healthy = False
        for each in ("consul/1.22.0", "nomad/1.11.0"):
            self.expect(f"{each}/leader/degraded/3/127.0.0.1/accepted")
        self.expect("openbao/2.6.2/leader/degraded/1/127.0.0.1/accepted")

    def test_its_own_is_not_well(self):
        self.start()
        for raft in self.rafts.values():
            raft.servers[0]["Voter"] = False
            raft.leader = raft.servers[1]["Address"]
        self.consul.leader = self.rafts["consul"].leader
        self.vault.voter = False
        self.expect("consul/1.22.0/follower/unwell/2/127.0.0.2/accepted")
        self.expect("nomad/1.11.0/follower/unwell/2/127.0.0.2/accepted")
        self.expect("openbao/2.6.2/leader/unwell/0/127.0.0.1/accepted")

    def test_what_is_said_of_its_dead_predecessor_does_not_count(self):
        self.start()
        for raft in self.rafts.values():
            raft.servers[0]["ID"] = "id-1-0"
        self.expect("consul/1.22.0/leader/unwell/3/127.0.0.1/accepted")
        self.expect("nomad/1.11.0/leader/unwell/3/127.0.0.1/accepted")

    def test_without_a_leader(self):
        self.start()
        self.consul.leader = self.nomad.leader = ""
        self.vault.code = 474
        self.expect("consul/1.22.0/follower/no-leader/-/-/accepted")
        self.expect("nomad/1.11.0/follower/no-leader/-/-/-")
        self.expect("openbao/2.6.2/follower/no-leader/-/127.0.0.1/-")

    def test_what_has_not_begun_yet(self):
        self.start()
        self.consul.leader = self.nomad.leader = ""
        self.consul.begun = self.nomad.begun = False
        self.vault.joined = False
        self.expect("consul/1.22.0/follower/uninitialized/-/-/accepted")
        self.expect("nomad/1.11.0/follower/uninitialized/-/-/-")
        self.expect("openbao/2.6.2/follower/uninitialized/-/-/-")

    def test_sealed_and_silent_ones(self):
        self.start()
        self.vault.sealed = True
        self.expect("openbao/2.6.2/follower/sealed/-/-/-")
        for each in self.doors.values():
            each.stop()
        self.expect("consul/1.22.0/follower/silent/-/-/-")
        self.expect("nomad/1.11.0/follower/silent/-/-/-")
        self.expect("openbao/2.6.2/follower/silent/-/-/-")

    def test_a_client_and_a_token_that_is_not_taken(self):
        self.start("prod-client-0")
        self.expect("consul/1.22.0/client/well/-/127.0.0.1/accepted")
        self.expect("nomad/1.11.0/client/well/-/127.0.0.1/-")
        self.assertNotIn("openbao", self.said())

    def test_a_token_that_is_not_taken(self):
        self.start()
        self.cluster.tokens = {}
        self.nomad.management = "another"
        self.expect("nomad/1.11.0/leader/unwell/-/127.0.0.1/refused")
        self.expect("openbao/2.6.2/leader/well/-/127.0.0.1/refused")


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What servers of OpenBao and Vault do for themselves, against servers that answer as they do: the birth of a cluster,
the gate, snapshots, and how jobs of Nomad log in."""

import json
import threading
import time
import unittest

from guest import WithGuests, end, kill, secret, wait_until
from servers import Answers, Cluster, Lost, Vault

NOMAD = """\
  consul: { version: 1.22.0, servers: server }
  nomad: { version: 1.11.0, servers: server, clients: client }
"""
OPENBAO = NOMAD + "  openbao: { version: 2.6.2, servers: server }\n"
VAULT = NOMAD + """\
  vault:
    version: 1.21.0
    servers: server
    server_config: { seal: { awskms: { region: eu-west-1, kms_key_id: alias/vault } } }
"""
TOKEN = secret("openbao/token/management")


class WithServers(WithGuests):
    def setUp(self):
        super().setUp()
        self.cluster = Cluster()
        self.vaults = [Vault(self.cluster, n) for n in (1, 2, 3)]
        self.doors = [self.open(each, n) for n, each in enumerate(self.vaults, 1)]
        self.nodes = {}

    def open(self, vault, n):
        door = Answers(self.authority, vault.answer, f"127.0.0.{n}")
        self.addCleanup(door.stop)
        vault.url = door.url
        return door

    def node(self, n=0, stack=OPENBAO):
        if (n, stack) not in self.nodes:
            self.nodes[n, stack] = self.guest(stack, f"prod-server-{n}")
        return self.nodes[n, stack]

    def told(self, n=0):
        """What the units of that server are told of these servers."""
        url = self.doors[n].url
        return {"API": url, "SELF": url, "PEERS": " ".join(each.url for each in self.doors),
                "ADDRESS": self.vaults[n].address, "ROUNDS": 3}

    def run_init(self, n=0, stack=OPENBAO):
        name = "vault" if stack is VAULT else "openbao"
        return self.node(n, stack).run(f"berth-{name}-init.service", **self.told(n))

    def serve(self):
        """A cluster that has begun and knows the token."""
        self.vaults[0].begin()
        self.cluster.tokens = {TOKEN: ["root"]}


class Birth(WithServers):
    def test_the_first_server_begins_the_cluster_and_keeps_the_key_alone(self):
        status, said = self.run_init()
        self.assertEqual(status, 0, said)
        self.assertEqual(self.cluster.begun, 1)
        self.assertEqual(self.cluster.tokens, {TOKEN: ["root"]}, "the first token is gone")
        self.assertEqual(self.cluster.autopilot, {"cleanup_dead_servers": True, "min_quorum": 3})
        kept = self.node().data / "berth-init.json"
        self.assertEqual(kept.stat().st_mode & 0o777, 0o600)
        self.assertEqual(json.loads(kept.read_text()), {"keys": [], "recovery_keys_base64": ["cmVjb3Zlcg=="]})
        self.assertEqual([each.name for each in self.node().data.iterdir()], ["berth-init.json"])
        # Each boot goes through it once more.
        self.assertEqual(self.run_init()[0], 0)
        self.assertEqual(self.cluster.begun, 1)

    def test_others_leave_it_to_the_first(self):
        self.assertEqual(self.run_init(1), (0, ""))
        self.assertEqual(self.cluster.begun, 0)

    def test_it_waits_for_those_that_do_not_answer(self):
        self.doors[2].before = lambda *_: self.lose()
        process = self.node().start("berth-openbao-init.service", **self.told())
        self.addCleanup(end, process)
        self.assert_waits(process, "waits: 127.0.0.3 does not say that it has nothing yet")
        self.assertEqual(self.cluster.begun, 0)
        self.doors[2].before = lambda *_: None
        self.assert_ends(process)

    def test_where_another_has_data_there_is_no_second_cluster(self):
        for code in (200, 429, 503, 530):
            self.vaults[1].code = code
            process = self.node().start("berth-openbao-init.service", **self.told())
            self.assert_waits(process, "waits: 127.0.0.2 does not say that it has nothing yet")
            end(process)
        self.assertEqual(self.cluster.begun, 0)

    def test_a_first_server_that_has_lost_its_data_joins_the_others(self):
        self.serve()
        self.vaults[0].joined = False
        self.cluster.active = self.vaults[1]
        process = self.node().start("berth-openbao-init.service", **self.told())
        self.addCleanup(end, process)
        self.assert_waits(process, "waits: 127.0.0.2 does not say that it has nothing yet")
        self.vaults[0].joined = True
        self.assert_ends(process)
        self.assertEqual(self.cluster.begun, 1)

    def test_a_cluster_of_somebody_else_is_left_alone(self):
        root = self.vaults[0].begin()
        status, said = self.run_init()
        self.assertEqual(status, 0)
        self.assertIn("somebody else has begun this cluster", said)
        self.assertEqual(self.cluster.tokens, {root: ["root"]})

    def test_a_token_that_was_revoked_is_not_made_again(self):
        self.run_init()
        self.cluster.tokens = {}
        status, said = self.run_init()
        self.assertEqual(status, 0)
        self.assertIn("somebody has revoked it", said)

    def test_an_answer_that_is_lost_is_said_to_be(self):
        self.doors[0].after = lambda _, path: path.endswith("sys/init") and self.lose()
        status, said = self.run_init()
        self.assertEqual(status, 1)
        self.assertIn("nobody holds a token", said)
        self.assertEqual(self.run_init()[0], 1, "and again")

    def test_a_server_that_refused_to_begin_may_be_begun_by_a_person(self):
        self.vaults[0].refuses = True
        process = self.node().start("berth-openbao-init.service", **self.told())
        self.addCleanup(end, process)
        self.assert_waits(process, "the server does not begin")
        self.vaults[0].begin()
        self.assertIn("somebody else has begun this cluster", self.assert_ends(process))

    def test_an_answer_that_had_come_in_is_found_again(self):
        root = self.vaults[0].begin()
        data = self.node().data
        (data / "berth-init-begun").write_text("prod-server-0\n")
        (data / ".berth-init.aaaaaa").write_text('{"root_tok')
        (data / ".berth-init.bbbbbb").write_text(json.dumps({"recovery_keys": ["x"], "root_token": root}))
        self.assertEqual(self.run_init()[0], 0)
        self.assertEqual(self.cluster.tokens, {TOKEN: ["root"]})
        self.assertEqual([each.name for each in data.iterdir()], ["berth-init.json"])

    def test_it_may_be_killed_at_every_request(self):
        requests = self.count_requests()
        self.assertGreater(requests, 8)
        for at in range(requests):
            for moment in ("before", "after"):
                with self.subTest(at=at, moment=moment):
                    self.setUp()
                    if self.killed(at, moment) == ("PUT", "/v1/sys/init") and moment == "after":
                        continue  # the answer is lost: a case of its own
                    status, said = self.run_init()
                    self.assertEqual(status, 0, said)
                    self.assertEqual(self.cluster.begun, 1)
                    self.assertEqual(self.cluster.tokens, {TOKEN: ["root"]})
                    self.assertNotIn("root_token", (self.node().data / "berth-init.json").read_text())

    def count_requests(self):
        count = []
        self.doors[0].before = lambda *request: count.append(request)
        self.run_init()
        return len(count)

    def killed(self, at, moment):
        """Kills the program at a request to its own server; says at which one."""
        seen = []
        process = None
        started = threading.Event()

        def hit(*request):
            seen.append(request)
            if len(seen) == at + 1:
                started.wait()
                kill(process)
                raise Lost

        setattr(self.doors[0], moment, hit)
        process = self.node().start("berth-openbao-init.service", **self.told())
        started.set()
        process.communicate(timeout=30)
        setattr(self.doors[0], moment, lambda *_: None)
        return seen[at]

    def test_vault_with_a_seal_of_its_own_is_begun_likewise_and_audits_to_the_journal(self):
        for _ in range(2):
            status, said = self.run_init(stack=VAULT)
            self.assertEqual(status, 0, said)
        self.assertEqual(self.cluster.tokens, {secret("vault/token/management"): ["root"]})
        self.assertEqual(self.cluster.audit, {"berth/": {"type": "file", "options": {"file_path": "stdout"}}})

    def test_vault_without_one_is_left_to_a_person(self):
        units = self.guest(NOMAD + "  vault: { version: 1.21.0, servers: server }\n", "prod-server-0").units
        self.assertEqual([each for each in units if each.startswith("berth-vault")], [])

    @staticmethod
    def lose():
        raise Lost


class Gate(WithServers):
    def setUp(self):
        super().setUp()
        self.serve()
        (self.node(2).data / "node-id").write_text(self.vaults[2].id)

    def start(self, **others):
        process = self.node(2).start("berth-openbao-ready.service", **(self.told(2) | others))
        self.addCleanup(end, process)
        return process

    def test_it_lets_pass_what_serves(self):
        self.assertEqual(self.assert_ends(self.start()), "")
        self.cluster.active = self.vaults[2]
        self.assertEqual(self.assert_ends(self.start()), "")

    def test_it_waits_while_the_server_does_not_serve(self):
        for code, reason in ((503, "it is sealed"), (474, "it does not serve"), (530, "it does not serve")):
            self.vaults[2].code = code
            self.assert_waits_until(reason, lambda: setattr(self.vaults[2], "code", None))

    def test_where_others_do_not_have_it_yet_nothing_is_to_begin(self):
        """As when it is added to servers that are there."""
        for each in self.vaults:
            each.joined = False
        self.assert_waits_until("nothing has begun yet", self.vaults[0].begin)
        self.vaults[2].joined = False
        self.doors[1].before = lambda *_: Birth.lose()
        self.assert_waits_until("it knows no leader", lambda: setattr(self.vaults[0], "joined", False), PATIENCE=8)
        process = self.start(PATIENCE=8)
        self.assertIn("nothing has begun, and 127.0.0.2 does not answer", process.stdout.readline())
        self.assert_ends(process)

    def test_it_waits_while_nobody_is_active(self):
        self.cluster.active = None
        self.assert_waits_until("no server is active", lambda: setattr(self.cluster, "active", self.vaults[0]))

    def test_it_waits_for_the_vote_of_this_very_server(self):
        self.vaults[2].voter = False
        self.assert_waits_until("this server has no vote yet", lambda: setattr(self.vaults[2], "voter", True))

    def test_what_is_said_of_its_dead_predecessor_does_not_count(self):
        # At its address and well, as far as autopilot knows.
        self.vaults[2].id = "node-3-0"
        self.assert_waits_until("this server has no vote yet", lambda: setattr(self.vaults[2], "id", "node-3-1"))
        ghost = Vault(self.cluster, 3)
        ghost.id, ghost.joined = "node-3-0", True
        self.assert_waits_until("this server has no vote yet", lambda: self.cluster.members.remove(ghost))

    def test_it_waits_while_others_are_not_well(self):
        self.cluster.healthy = False
        self.assert_waits_until("not all servers are well", lambda: setattr(self.cluster, "healthy", True))
        self.cluster.tolerance = 0
        self.assert_waits_until("too few servers could fail", lambda: setattr(self.cluster, "tolerance", None))

    def test_it_waits_while_another_follows_another(self):
        self.vaults[1].leader = self.vaults[1].url
        self.assert_waits_until("127.0.0.2 does not name the same leader", lambda: setattr(self.vaults[1], "leader", None))

    def test_one_that_has_a_vote_has_to_answer_and_one_that_is_not_born_does_not(self):
        self.doors[1].before = lambda *_: Birth.lose()
        self.assert_waits_until("127.0.0.2 does not answer", lambda: setattr(self.vaults[1], "joined", False))

    def test_where_its_token_is_not_known_what_anybody_may_ask_does_after_a_while(self):
        self.cluster.tokens = {}
        process = self.start(PATIENCE=8)
        self.assertIn("the token of Berth is not known", process.stdout.readline())
        self.assert_ends(process)
        self.vaults[0].leader = "https://127.0.0.9:8200"
        process = self.start(PATIENCE=1)
        process.stdout.readline()
        self.assert_waits(process, "127.0.0.1 does not name the same leader")


class Snapshots(WithServers):
    def setUp(self):
        super().setUp()
        self.serve()

    def snapshots(self, n):
        return sorted((self.node(n).data / "snapshots").glob("*.snap"))

    def test_any_server_keeps_what_the_active_one_gives(self):
        for n in (0, 2):
            status, said = self.node(n).run("berth-openbao-last-snapshot.service", "ExecStop", API=self.doors[n].url)
            self.assertEqual(status, 0, said)
            kept, = self.snapshots(n)
            self.assertEqual(kept.read_bytes(), b"what the cluster knows")
            self.assertEqual(kept.stat().st_mode & 0o777, 0o600)

    def test_where_nobody_gives_one_nothing_fails_and_nothing_is_left(self):
        self.vaults[1].sealed = True
        for unit, verb in (("berth-openbao-snapshot.service", "ExecStart"), ("berth-openbao-last-snapshot.service", "ExecStop")):
            status, said = self.node(1).run(unit, verb, API=self.doors[1].url)
            self.assertEqual(status, 0)
            self.assertIn("no snapshot: nobody gave one", said)
        self.assertEqual([each.name for each in (self.node(1).data / "snapshots").iterdir()], [".lock"])


class Login(WithServers):
    def test_jobs_of_nomad_may_log_in_once_nomad_gives_its_keys(self):
        self.serve()
        for each in self.vaults:
            each.keys_are_there = False
        process = self.node(1).start("berth-openbao-login.service", **self.told(1))
        self.addCleanup(end, process)
        self.assert_waits(process, "Nomad does not give its keys")
        for each in self.vaults:
            each.keys_are_there = True
        self.assert_ends(process)
        self.assert_login()
        self.assertEqual(self.node(0).run("berth-openbao-login.service", **self.told(0)), (0, ""))
        self.assert_login()

    def assert_login(self):
        self.assertEqual(list(self.cluster.auth), ["jwt-nomad/"])
        written = self.cluster.written
        self.assertEqual(written["auth/jwt-nomad/config"]["jwks_url"], "https://127.0.0.1:4646/.well-known/jwks.json")
        self.assertEqual(written["auth/jwt-nomad/config"]["jwks_ca_pem"], self.authority.ca.read_text())
        self.assertEqual(written["auth/jwt-nomad/role/nomad-workloads"]["token_policies"], ["nomad-workloads"])
        policy = written["sys/policies/acl/nomad-workloads"]["policy"]
        self.assertIn("{{identity.entity.aliases.auth_jwt_1234.metadata.nomad_job_id}}/*", policy)
        self.assertNotIn("ACCESSOR", policy)


if __name__ == "__main__":
    unittest.main(verbosity=2)

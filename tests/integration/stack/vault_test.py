#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What servers of OpenBao and Vault do for themselves, against servers that answer as they do: the birth of a cluster,
the gate, snapshots, and how jobs of Nomad log in."""

import json
import os
import shutil
import subprocess
import time
import unittest

from guest import WithGuests, end, secret, wait_until
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
HELD = NOMAD + "  vault: { version: 1.21.0, servers: server }\n"
UNSEAL_KEY = "dGhlIHVuc2VhbCBrZXkgb2YgdGhpcyBjbHVzdGVyLi4="
OTHER_KEY = "YW5vdGhlciBrZXkgdG8gdW5zZWFsIGl0IHdpdGguLi4="
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
        return self.node(n, stack).run(self.init_unit(stack), **self.told(n))

    @staticmethod
    def init_unit(stack):
        return f"berth-{'openbao' if stack is OPENBAO else 'vault'}-init.service"

    def count_requests(self, stack=OPENBAO):
        count = []
        self.doors[0].before = lambda *request: count.append(request)
        self.run_init(stack=stack)
        return len(count)

    def kill_init_at_every_request(self, check, stack=OPENBAO, moments=("before", "after")):
        """Another birth for each, which goes on after that; `check` it."""
        requests = self.count_requests(stack)
        self.assertGreater(requests, 8)
        for at in range(requests):
            for moment in moments:
                with self.subTest(at=at, moment=moment):
                    self.setUp()
                    if self.killed(at, moment, stack) == ("PUT", "/v1/sys/init") and moment == "after":
                        continue  # the answer is lost: a case of its own
                    status, said = self.run_init(stack=stack)
                    self.assertEqual(status, 0, said)
                    self.assertEqual(self.cluster.begun, 1)
                    check()

    def killed(self, at, moment, stack):
        def start():
            return self.node(stack=stack).start(self.init_unit(stack), **self.told())

        return self.kill_at_request(self.doors[0], at, moment, start)

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
        def check():
            self.assertEqual(self.cluster.tokens, {TOKEN: ["root"]})
            self.assertNotIn("root_token", (self.node().data / "berth-init.json").read_text())

        self.kill_init_at_every_request(check)

    def test_vault_with_a_seal_of_its_own_is_begun_likewise_and_audits_to_the_journal(self):
        for _ in range(2):
            status, said = self.run_init(stack=VAULT)
            self.assertEqual(status, 0, said)
        self.assertEqual(self.cluster.tokens, {secret("vault/token/management"): ["root"]})
        self.assertEqual(self.cluster.audit, {"berth/": {"type": "file", "options": {"file_path": "stdout"}}})

    def test_vault_without_one_is_left_to_a_person(self):
        units = self.guest(NOMAD + "  vault: { version: 1.21.0, servers: server, seal: manual }\n", "prod-server-0").units
        self.assertEqual([each for each in units if each.startswith("berth-vault")], [])

    @staticmethod
    def lose():
        raise Lost


class Unsealing(WithServers):
    """Servers that are sealed until somebody tells them a key, which they make themselves when they begin."""

    processes = {}

    def setUp(self):
        for each in self.processes.values():
            end(each)
        super().setUp()
        self.cluster.unseal_key = UNSEAL_KEY
        # Says which start of its server this is, as systemd would.
        self.tools = self.directory / "tools"
        self.tools.mkdir()
        self.program("systemctl", 'cat "$RUN/start"')
        # Of their own, so that what is asked at the others is asked by the birth.
        self.own_doors = [Answers(self.authority, each.answer, f"127.0.0.{n}") for n, each in enumerate(self.vaults, 11)]
        for each in self.own_doors:
            self.addCleanup(each.stop)
        self.processes = {}
        for n in range(3):
            self.start(n)

    def program(self, name, text):
        path = self.tools / name
        path.write_text("#!/bin/bash\n" + text + "\n")
        path.chmod(0o755)

    def start_server(self, n):
        (self.node(n, HELD).root / "start").write_text(f"{time.monotonic_ns()}\n")

    def power_cut(self):
        self.cluster.seal_all()
        for n in range(3):
            self.start_server(n)

    def start(self, n, **others):
        told = self.told(n) | {"API": self.own_doors[n].url, "SELF": self.own_doors[n].url,
                               "PEERS": " ".join(each.url for each in self.own_doors), "IDLE": 0.05, "APART": 0, "RUN": self.node(n, HELD).root,
                               "PATH": f"{self.tools}:{os.environ['PATH']}"}
        self.start_server(n)
        process = self.node(n, HELD).start("berth-vault-unseal.service", **(told | others))
        self.addCleanup(end, process)
        self.processes[n] = process

    def key_file(self, n):
        return self.node(n, HELD).data / "berth-unseal"

    def opened(self, n):
        """What is in it, as docs/stack.md tells."""
        key = self.node(n, HELD).path("/etc/berth/stack/vault/unseal.key")
        command = ["openssl", "enc", "-d", "-aes-256-cbc", "-pbkdf2", "-md", "sha256", "-iter", "10000", "-base64", "-A",
                   "-pass", f"file:{key}"]
        return subprocess.run(command, input=self.key_file(n).read_text(), text=True, capture_output=True, check=True).stdout

    def all_are_unsealed(self):
        return self.cluster.active and not any(each.sealed or not each.joined for each in self.vaults)

    def all_keep_the_key(self):
        return all(self.key_file(n).exists() for n in range(3))

    def be_born(self):
        status, said = self.run_init(stack=HELD)
        self.assertEqual(status, 0, said)
        wait_until("all are unsealed", self.all_are_unsealed)
        wait_until("all keep the key", self.all_keep_the_key)

    def test_they_begin_by_themselves_and_the_key_lies_nowhere_unsealed(self):
        self.be_born()
        self.assertEqual(self.cluster.begun, 1)
        self.assertEqual(self.cluster.tokens, {secret("vault/token/management"): ["root"]})
        self.assertEqual({self.opened(n) for n in range(3)}, {UNSEAL_KEY})
        self.assertEqual(self.key_file(0).stat().st_mode & 0o777, 0o600)
        for n in range(3):
            for path in self.node(n, HELD).root.rglob("*"):
                if path.is_file():
                    self.assertNotIn(UNSEAL_KEY, path.read_text(), path)
                    self.assertNotIn("root-1", path.read_text(), path)
        self.assertNotIn(UNSEAL_KEY, json.dumps(self.cluster.written))
        self.assertEqual(self.cluster.unsealed_with[0], (self.vaults[0].id, UNSEAL_KEY))
        self.assertEqual({key for _, key in self.cluster.unsealed_with}, {UNSEAL_KEY})

    def test_no_secret_is_among_the_words_of_a_program(self):
        told = self.directory / "words"
        for program in ("curl", "jq", "openssl"):
            self.program(program, f'printf "%s\\n" "$*" >> {told}\nexec {shutil.which(program)} "$@"')
        path = f"{self.tools}:{os.environ['PATH']}"
        status, said = self.node(0, HELD).run("berth-vault-init.service", **(self.told() | {"PATH": path}))
        self.assertEqual(status, 0, said)
        wait_until("all keep the key", self.all_keep_the_key)
        words = told.read_text()
        self.assertIn("sys/unseal", words)
        for each in (UNSEAL_KEY, "root-1", secret("vault/token/management")):
            self.assertNotIn(each, words)

    def test_what_a_person_seals_stays_sealed_until_it_is_started_again(self):
        self.be_born()
        wait_until("it is seen to be open", (self.node(2, HELD).root / "opened").exists)
        self.vaults[2].sealed = True
        wait_until("it says so", lambda: "sealed by somebody" in self.processes[2].stdout.readline())
        self.assertTrue(self.vaults[2].sealed)
        self.start_server(2)
        wait_until("it is unsealed", self.all_are_unsealed)

    def test_an_answer_that_is_lost_is_said_to_be(self):
        self.doors[0].after = lambda _, path: path.endswith("sys/init") and Birth.lose()
        status, said = self.run_init(stack=HELD)
        self.assertEqual(status, 1)
        self.assertIn("nobody holds a token", said)

    def test_all_at_once_come_up_again_by_themselves(self):
        self.be_born()
        self.power_cut()
        wait_until("all are unsealed again", self.all_are_unsealed)

    def test_one_that_has_lost_its_data_is_given_the_key_by_another(self):
        self.be_born()
        end(self.processes[2])
        for each in self.node(2, HELD).data.iterdir():
            each.unlink()
        self.vaults[2].sealed = True
        self.start(2)
        wait_until("it is unsealed", self.all_are_unsealed)
        wait_until("it keeps the key", self.all_keep_the_key)
        self.assertEqual(self.opened(2), UNSEAL_KEY)

    def test_a_key_of_before_is_not_told_to_one_that_joins(self):
        self.be_born()
        end(self.processes[2])
        self.key_file(2).write_text(self.sealed(2, OTHER_KEY))
        self.vaults[2].sealed = self.vaults[2].joins = True
        self.start(2)
        wait_until("it is unsealed", self.all_are_unsealed)
        self.assertFalse(self.vaults[2].hangs)
        wait_until("it keeps the right one", lambda: self.opened(2) == UNSEAL_KEY)

    def test_what_is_no_key_is_told_to_nobody(self):
        self.be_born()
        for n in range(3):
            self.key_file(n).write_text("bm90IGEga2V5IGF0IGFsbA==")
        before = len(self.cluster.unsealed_with)
        self.cluster.written = {}
        self.power_cut()
        self.assertIn("sealed: nobody has the key", self.said_at_last(1))
        self.assertEqual(len(self.cluster.unsealed_with), before)

    def said_at_last(self, n):
        lines = []
        wait_until("it says why", lambda: lines.append(self.processes[n].stdout.readline()) or "sealed: " in lines[-1])
        return lines[-1]

    def test_where_nobody_has_the_key_it_says_so_and_tries_none(self):
        self.vaults[0].begin()
        self.cluster.seal_all()
        self.assertIn("sealed: nobody has the key", self.said_at_last(1))
        self.assertEqual(self.cluster.unsealed_with, [])

    def test_another_key_is_told_to_one_and_kept_by_all(self):
        self.be_born()
        before = self.key_file(1).read_text()
        self.cluster.unseal_key = OTHER_KEY
        for wrong in ("", "Key 1: " + OTHER_KEY, OTHER_KEY + OTHER_KEY):
            self.assertIn("that is no unseal key", self.tell_rekeyed(1, wrong).stderr)
        self.assertEqual(self.tell_rekeyed(1, OTHER_KEY + "\n").returncode, 0)
        wait_until("all keep it", lambda: {self.opened(n) for n in range(3)} == {self.cluster.unseal_key})
        self.assertEqual(self.key_file(1).with_name("berth-unseal.before").read_text().strip(), before.strip())
        self.power_cut()
        wait_until("all are unsealed with it", self.all_are_unsealed)

    def test_a_cluster_that_somebody_has_begun_is_taken_over_by_token_and_key(self):
        self.vaults[0].begin()
        self.cluster.tokens[secret("vault/token/management")] = ["root"]
        self.assertEqual(self.tell_rekeyed(0, UNSEAL_KEY).returncode, 0)
        wait_until("all keep the key", self.all_keep_the_key)
        self.power_cut()
        wait_until("all are unsealed", self.all_are_unsealed)

    def tell_rekeyed(self, n, key):
        program = self.node(n, HELD).path("/etc/berth/stack/vault/unseal")
        told = {"CA": str(self.authority.ca), "API": self.own_doors[n].url, "PATH": os.environ["PATH"]}
        return subprocess.run(["bash", program, "rekeyed"], input=key, text=True, env=told, capture_output=True)

    def sealed(self, n, key):
        path = self.node(n, HELD).path("/etc/berth/stack/vault/unseal.key")
        command = ["openssl", "enc", "-aes-256-cbc", "-pbkdf2", "-md", "sha256", "-iter", "10000", "-base64", "-A",
                   "-pass", f"file:{path}"]
        return subprocess.run(command, input=key, text=True, capture_output=True, check=True).stdout

    def test_the_birth_may_be_killed_at_every_request(self):
        def check():
            wait_until("all are unsealed", self.all_are_unsealed)
            wait_until("all keep the key", self.all_keep_the_key)
            self.assertEqual(self.opened(2), UNSEAL_KEY)
            self.assertNotIn("root-1", (self.node(0, HELD).data / "berth-init.json").read_text())
            self.assertEqual(self.cluster.tokens, {secret("vault/token/management"): ["root"]})

        self.kill_init_at_every_request(check, HELD, ["after"])


class SteppingDown(WithServers):
    def setUp(self):
        super().setUp()
        self.serve()

    def run_it(self, n=0, deadline=15):
        status, said = self.node(n).run("berth-openbao-step-down.service", "ExecStop", **(self.told(n) | {"DEADLINE": deadline}))
        self.assertEqual(status, 0)
        return said

    def test_another_one_is_active_before_it_goes(self):
        self.assertIn("another one is active now", self.run_it())
        self.assertIs(self.cluster.active, self.vaults[1])

    def test_one_that_is_not_active_goes_as_it_is(self):
        self.assertEqual(self.run_it(1), "")
        self.assertIs(self.cluster.active, self.vaults[0])

    def test_where_nobody_could_take_over_it_goes_on_to_the_end(self):
        for each in self.vaults[1:]:
            each.sealed = True
        self.assertIn("nobody could take over", self.run_it())
        self.assertIs(self.cluster.active, self.vaults[0])

    def test_where_another_release_runs_it_goes_as_it_is(self):
        self.vaults[2].version = "2.6.3"
        self.assertIn("another release runs on 127.0.0.3", self.run_it())
        self.assertIs(self.cluster.active, self.vaults[0])

    def test_it_waits_for_nobody_for_ever(self):
        self.vaults[0].step_down = lambda: (204, "")
        self.assertIn("nobody has taken over yet", self.run_it(deadline=1))
        self.cluster.tokens = {}
        self.assertIn("it does not step down", self.run_it())


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

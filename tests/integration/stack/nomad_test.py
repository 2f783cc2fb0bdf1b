#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What servers and clients of Nomad do for themselves, against servers that answer as Nomad does: the first token, the
gate, snapshots, and jobs that leave before a shutdown and come back."""

import unittest

from guest import WithGuests, end, kill, secret
from servers import Answers, Lost, Nomad, Raft

STACK = """\
  consul: { version: 1.22.0, servers: server }
  nomad: { version: 1.11.0, servers: server, clients: client, drain_deadline: 20s }
"""
TOKEN = secret("nomad/token/management")
DRAIN = "berth-nomad-drain.service"


class Servers(WithGuests):
    def setUp(self):
        super().setUp()
        self.raft = Raft()
        self.servers = [Nomad(self.raft, TOKEN, n) for n in (1, 2, 3)]
        self.doors = [Answers(self.authority, each.answer, f"127.0.0.{n}") for n, each in enumerate(self.servers, 1)]
        for each in self.doors:
            self.addCleanup(each.stop)
        self.node = self.guest(STACK, "prod-server-2")

    def told(self):
        url = self.doors[2].url
        return {"API": url, "SELF": url, "PEERS": " ".join(each.url for each in self.doors), "ROUNDS": 3}

    def start(self, **others):
        for each in self.servers:
            each.bootstrapped = True
        process = self.node.start("berth-nomad-ready.service", **(self.told() | others))
        self.addCleanup(end, process)
        return process

    def test_the_first_token_is_given_once(self):
        self.servers[2].management = None
        for _ in range(2):
            status, said = self.node.run("berth-nomad-acl.service", **self.told())
            self.assertEqual(status, 0, said)
            self.assertEqual(self.servers[2].management, TOKEN)

    def test_the_gate_lets_pass_what_serves(self):
        self.assertEqual(self.assert_ends(self.start()), "")

    def test_it_waits_while_nomad_is_not_well(self):
        self.servers[2].well = False
        self.assert_waits_until("Nomad is not well", lambda: setattr(self.servers[2], "well", True))
        self.servers[2].leader = ""
        self.assert_waits_until("it knows no leader", lambda: setattr(self.servers[2], "leader", None))

    def test_where_others_do_not_have_it_yet_nothing_is_to_begin(self):
        """As when it is added to servers that are there."""
        for each in self.servers:
            each.leader, each.begun = "", False

        def begin():
            for each in self.servers:
                each.leader, each.begun = None, True

        self.assert_waits_until("nothing has begun yet", begin)
        self.servers[2].leader, self.servers[2].begun = "", False
        self.doors[1].before = lambda *_: lose()
        self.assert_waits_until("it knows no leader", lambda: setattr(self.servers[0], "begun", False), PATIENCE=8)
        process = self.start(PATIENCE=8)
        self.assertIn("nothing has begun, and 127.0.0.2 does not answer", process.stdout.readline())
        self.assert_ends(process)

    def test_it_waits_while_autopilot_is_not_content(self):
        self.raft.healthy = False
        self.assert_waits_until("not all servers are well", lambda: setattr(self.raft, "healthy", True))
        self.raft.tolerance = 0
        self.assert_waits_until("too few servers could fail", lambda: setattr(self.raft, "tolerance", None))

    def test_what_autopilot_says_of_its_dead_predecessor_does_not_count(self):
        self.servers[2].id = "id-3-2"
        self.assert_waits_until("this server has no vote yet", lambda: self.raft.servers.__setitem__(2, self.raft.server(3, 2)))
        self.raft.servers.append(self.raft.server(3, 1))
        self.assert_waits_until("two servers have one address", self.raft.servers.pop)

    def test_it_waits_for_its_vote(self):
        self.raft.servers[2]["Voter"] = False
        self.assert_waits_until("this server has no vote yet", lambda: self.raft.servers[2].update(Voter=True))

    def test_it_waits_while_another_names_another_leader(self):
        for wrong in ("127.0.0.2:4647", ""):
            self.servers[1].leader = wrong
            reason = "does not name the same leader" if wrong else "127.0.0.2 does not answer"
            self.assert_waits_until(reason, lambda: setattr(self.servers[1], "leader", None))

    def test_one_that_is_not_born_is_not_waited_for(self):
        """As when one server grows to three."""
        self.doors[1].before = lambda *_: lose()
        del self.raft.servers[1]
        self.assertEqual(self.assert_ends(self.start()), "")

    def test_a_snapshot_is_kept_and_the_eleventh_takes_the_place_of_the_first(self):
        self.servers[2].bootstrapped = True
        directory = self.node.data / "snapshots"
        directory.mkdir()
        for day in range(1, 11):
            (directory / f"202001{day:02}T000000Z.snap").write_text("old")
        (directory / ".new.killed").write_text("half of")
        status, said = self.node.run("berth-nomad-last-snapshot.service", "ExecStop", API=self.doors[2].url)
        self.assertEqual(status, 0, said)
        kept = sorted(each.name for each in directory.glob("*.snap"))
        self.assertEqual(len(kept), 10)
        self.assertEqual(kept[0], "20200102T000000Z.snap")
        self.assertEqual((directory / kept[-1]).read_bytes(), b"what Nomad knows")
        self.assertEqual(list(directory.glob(".new.*")), [])

    def test_an_empty_snapshot_is_none(self):
        self.servers[2].bootstrapped = True
        self.servers[2].snapshot = b""
        status, said = self.node.run("berth-nomad-snapshot.service", API=self.doors[2].url)
        self.assertEqual(status, 0)
        self.assertIn("no snapshot", said)
        self.assertEqual(list((self.node.data / "snapshots").glob("*.snap")), [])


class Clients(WithGuests):
    def setUp(self):
        super().setUp()
        self.nomad = Nomad(Raft(), TOKEN)
        self.door = Answers(self.authority, self.nomad.answer)
        self.addCleanup(self.door.stop)
        self.guest_of_client = self.guest(STACK, "prod-client-0")
        self.become("node-1")

    def become(self, node):
        """The client's own files, as Nomad keeps them."""
        own = self.guest_of_client.data / "client"
        own.mkdir(exist_ok=True)
        (own / "client-id").write_text(node)
        (own / "secret-id").write_text(f"secret-of-{node}")
        self.nomad.add_client(node, f"secret-of-{node}")
        self.node = self.nomad.nodes[node]

    def run_drain(self, verb, **others):
        return self.guest_of_client.run(DRAIN, verb, API=self.door.url, **others)

    def stop(self, **others):
        status, said = self.run_drain("ExecStop", **others)
        self.assertEqual(status, 0, said)
        return said

    def boot(self):
        status, said = self.run_drain("ExecStart")
        self.assertEqual(status, 0, said)
        return said

    def is_eligible(self):
        return self.node["SchedulingEligibility"] == "eligible" and self.node["DrainStrategy"] is None

    def test_jobs_leave_before_a_shutdown_and_come_back(self):
        self.nomad.draining_for = 5
        self.assertEqual(self.stop(), "")
        self.assertEqual(self.node["LastDrain"], {"Status": "complete", "Meta": {"message": "Berth: the machine goes down"}})
        self.assertFalse(self.is_eligible())
        self.boot()
        self.assertTrue(self.is_eligible())
        self.assertEqual([each.name for each in self.guest_of_client.data.iterdir()], ["client"])

    def test_what_is_asked_of_nomad_is_the_deadline_of_the_spec(self):
        self.nomad.draining_for = 10**9
        self.assertIn("jobs have not left in time", self.stop(DEADLINE=1, GRACE=1))
        self.assertEqual(self.node["DrainStrategy"], {"Deadline": 10**9, "IgnoreSystemJobs": True})
        self.assertEqual(self.guest_of_client.environment(DRAIN)["DEADLINE"], "20")

    def test_a_client_that_a_person_made_ineligible_stays_so(self):
        self.node["SchedulingEligibility"] = "ineligible"
        self.stop()
        self.assertEqual(self.node["LastDrain"]["Status"], "complete", "its jobs leave all the same")
        self.boot()
        self.assertFalse(self.is_eligible())

    def test_a_drain_of_a_person_is_waited_for_and_stays(self):
        self.nomad.drain(self.node, {"DrainSpec": {"Deadline": 1}, "Meta": {"message": "repairs"}})
        self.stop()
        self.boot()
        self.assertEqual(self.node["LastDrain"], {"Status": "complete", "Meta": {"message": "repairs"}})
        self.assertFalse(self.is_eligible())

    def test_what_a_person_drained_while_it_was_down_stays(self):
        self.stop()
        self.nomad.drain(self.node, {"DrainSpec": {"Deadline": 1}, "Meta": {"message": "repairs"}})
        self.boot()
        self.assertFalse(self.is_eligible())

    def test_a_client_that_has_lost_who_it_was_is_another_one(self):
        self.stop()
        self.become("node-2")
        self.boot()
        self.assertTrue(self.is_eligible())
        self.assertFalse((self.guest_of_client.data / "berth-drained").exists())

    def test_a_drain_that_was_cut_short_is_taken_back(self):
        self.nomad.draining_for = 10**9
        process = self.guest_of_client.start(DRAIN, "ExecStop", API=self.door.url)
        while self.node["DrainStrategy"] is None:
            pass
        kill(process)
        process.communicate()
        self.boot()
        self.assertTrue(self.is_eligible())

    def test_nothing_is_held_up_where_nobody_answers(self):
        self.door.before = lambda *_: lose()
        self.assertIn("Nomad does not answer", self.stop())
        self.door.before = lambda *_: None
        self.node["secret"] = "another"
        self.assertIn("Nomad does not answer", self.stop())
        self.boot()

    def test_jobs_are_not_asked_to_leave_where_the_spec_says_so(self):
        self.stop(DEADLINE=0)
        self.assertIsNone(self.node["LastDrain"])

    def test_it_may_be_killed_at_every_request(self):
        for at in range(4):
            for moment in ("before", "after"):
                for verb in ("ExecStop", "ExecStart"):
                    with self.subTest(at=at, moment=moment, verb=verb):
                        self.setUp()
                        if verb == "ExecStart":
                            self.stop()
                        self.killed(verb, at, moment)
                        if verb == "ExecStop":
                            self.stop()
                            self.assertFalse(self.is_eligible())
                        self.boot()
                        self.assertTrue(self.is_eligible())

    def killed(self, verb, at, moment):
        self.kill_at_request(self.door, at, moment, lambda: self.guest_of_client.start(DRAIN, verb, API=self.door.url))

    def test_the_gate_of_a_client_waits_for_its_servers(self):
        self.nomad.well = False
        process = self.guest_of_client.start("berth-nomad-ready.service", API=self.door.url, ROUNDS=2)
        self.addCleanup(end, process)
        self.assert_waits(process, "Nomad is not well")
        self.nomad.well = True
        self.assert_ends(process)


def lose():
    raise Lost


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whoever was not admitted, may not, or talks garbage changes nothing: refused, counted, logged once; service goes on."""

import os
import socket
import unittest

from fleet import OnAFleet

AGENTS_PORT, ENROLMENT_PORT = 7401, 7402


class Strangers(OnAFleet):
    HOSTS = 1

    def tearDown(self):
        self.assertEqual([host["state"] for host in self.fleet.get("hosts")], ["ready"], "the service goes on")

    def log(self):
        return (self.fleet.state / "controller.log").read_text(errors="replace")

    def test_a_viewer_may_look_and_nothing_else(self):
        context = self.fleet.directory / "viewer.yaml"
        self.fleet.berth("user", "add", "eve", "--role", "viewer", "--out", context)
        self.assertEqual(context.stat().st_mode & 0o777, 0o600)
        self.fleet.berth("--config", context, "get", "hosts")
        for command in (["host", "token", "vh9"], ["host", "remove", "vh1", "--yes"], ["user", "list"]):
            refused = self.fleet.berth("--config", context, *command, check=False)
            self.assertEqual(refused.returncode, 1, command)
            self.assertRegex(refused.stderr, r"(?i)viewer.*may not|needs? the role|forbidden|not allowed")

    def test_a_removed_key_is_cut_off(self):
        context = self.fleet.directory / "gone.yaml"
        self.fleet.berth("user", "add", "gone", "--role", "admin", "--out", context)
        self.fleet.berth("--config", context, "get", "hosts")
        self.fleet.berth("user", "remove", "gone")
        refused = self.fleet.berth("--config", context, "--timeout", "3s", "get", "hosts", check=False)
        self.assertEqual(refused.returncode, 1)

    def test_an_unknown_key_gets_no_answer(self):
        context = self.fleet.directory / "unknown.yaml"
        self.fleet.berth("user", "add", "mallory", "--role", "admin", "--out", context)
        self.fleet.berth("user", "remove", "mallory")
        refused = self.fleet.berth("--config", context, "--timeout", "3s", "get", "hosts", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertRegex(refused.stderr, r"(?i)no answer|not admitted|refused")

    def test_a_token_works_once_and_only_for_its_host(self):
        token = self.fleet.berth("host", "token", "vh7", "--quiet").stdout.strip()
        program = os.path.join(os.environ.get("BERTH_BIN", "build/dev/bin"), "berth-agent")
        first, second = (self.fleet.directory / name for name in ("first", "second"))
        join = [os.path.abspath(program), "join", "-", "--state-dir"]
        self.fleet._fleet("hosts", "exec", "vh1", *join, first, input=token)
        again = self.fleet._fleet("hosts", "exec", "vh1", *join, second, input=token, check=False, capture_output=True)
        self.assertNotEqual(again.returncode, 0)
        self.assertRegex(again.stderr + again.stdout, r"(?i)used|token")
        self.fleet.berth("host", "remove", "vh7", "--yes")

    def test_garbage_on_every_port_is_survived_and_logged_once(self):
        address = self.fleet._fleet("hosts", "address", "lan", capture_output=True).stdout.strip()
        for garbage in ("/dev/zero", "/dev/urandom") * 3:
            for port in (AGENTS_PORT, ENROLMENT_PORT):
                self.fleet.on_host("vh1", "bash", "-c", f"head -c 200000 {garbage} >/dev/tcp/{address}/{port} 2>&1",
                                   check=False)
            with socket.socket(socket.AF_UNIX) as operators:
                operators.connect(str(self.fleet.state / "operator.sock"))
                try:
                    operators.sendall(os.urandom(200_000))
                except OSError:
                    pass  # hung up on, as it should be
        self.fleet.wait("garbage is noticed", lambda: "handshake" in self.log(), 30)
        for door in ("agents", "operators", "enrolment"):
            lines = [line for line in self.log().splitlines() if f"refused on {door}: handshake" in line]
            self.assertLessEqual(len(lines), 1, lines)


if __name__ == "__main__":
    unittest.main(verbosity=2)

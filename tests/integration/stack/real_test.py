#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same with the real programs: one server of Nomad, OpenBao or Vault with the configuration that Berth writes, but for
its ports, on the loopback. Skipped where there is none on PATH.

Usage: real_test.py nomad|bao|vault
"""

import json
import os
import shutil
import subprocess
import sys
import unittest

from guest import WithGuests, end, free_ports, kill, secret, wait_until

TOOL = sys.argv.pop(1)
PROGRAM = shutil.which(TOOL)
SKIPPED = 77
KEY = "c29tZWJvZHkgYWx3YXlzIGxpc3RlbnMgaW4gaGVyZSE="


class WithProgram(WithGuests):
    def begin(self, node, config, *words):
        """The program with this configuration, until the test ends."""
        file = node.root / "berth.json"
        text = json.dumps(config)
        for path, mine in (("ca.pem", self.authority.ca), ("node.pem", self.authority.certificate), ("node.key", self.authority.key)):
            for directory in ("nomad", "openbao", "vault"):
                text = text.replace(f"/etc/{directory}.d/tls/{path}", str(mine))
        file.write_text(text)
        with (node.root / "log").open("w") as log:
            process = subprocess.Popen([PROGRAM, *words, f"-config={file}"], stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=log, start_new_session=True)
        self.addCleanup(process.wait)
        self.addCleanup(kill, process)

    def run_unit(self, node, unit, verb="ExecStart", **told):
        status, said = node.run(unit, verb, seconds=120, PAUSE=0.5, ROUNDS=3, **told)
        self.assertEqual(status, 0, f"{said}\n{(node.root / 'log').read_text()[-4000:]}")
        return said

    def assert_snapshot(self, node, name, **told):
        self.assertIn("kept ", self.run_unit(node, f"berth-{name}-last-snapshot.service", "ExecStop", **told))


class Nomad(WithProgram):
    STACK = "  nomad: { version: 1.11.0, servers: server, clients: client, drain_deadline: 20s }\n"

    def configured(self, name, ports, server_rpc):
        node = self.guest(self.STACK, name, count=1)
        config = json.loads(node.path("/etc/nomad.d/berth.json").read_text().replace("secret:nomad/gossip", KEY))
        config |= {"data_dir": str(node.data), "bind_addr": "127.0.0.1", "log_level": "warn",
                   "ports": dict(zip(("http", "rpc", "serf"), ports)),
                   "advertise": {each: "127.0.0.1" for each in ("http", "rpc", "serf")}}
        config.pop("plugin", None)
        config.pop("plugin_dir", None)
        for role, port in (("server", ports[2]), ("client", server_rpc)):
            if role in config:
                config[role]["server_join"]["retry_join"] = [f"127.0.0.1:{port}"]
        return node, config

    def test_the_first_token_the_gate_snapshots_and_drains(self):
        ports = free_ports(6)
        url = f"https://127.0.0.1:{ports[0]}"
        server, config = self.configured("prod-server-0", ports[:3], ports[1])
        self.begin(server, config, "agent")
        told = {"API": url, "SELF": url, "PEERS": url}
        self.run_unit(server, "berth-nomad-acl.service", **told)
        self.run_unit(server, "berth-nomad-ready.service", **told)
        self.assert_snapshot(server, "nomad", API=url)

        client, config = self.configured("prod-client-0", ports[3:], ports[1])
        self.begin(client, config, "agent")
        api = f"https://127.0.0.1:{ports[3]}"
        self.run_unit(client, "berth-nomad-ready.service", API=api)
        node = wait_until("the client is known", lambda: self.node(server, url))
        self.assertEqual(node["SchedulingEligibility"], "eligible")
        self.assertEqual(self.run_unit(client, "berth-nomad-drain.service", "ExecStop", API=api), "")
        self.assertEqual(self.node(server, url)["SchedulingEligibility"], "ineligible")
        self.run_unit(client, "berth-nomad-drain.service", "ExecStart", API=api)
        self.assertEqual(self.node(server, url)["SchedulingEligibility"], "eligible")

    def node(self, server, url):
        header = server.path("/etc/berth/stack/nomad/management.header")
        told = subprocess.run(["curl", "--silent", "--cacert", self.authority.ca, "--header", f"@{header}", f"{url}/v1/nodes"],
                              check=True, stdout=subprocess.PIPE).stdout
        nodes = json.loads(told)
        return nodes[0] if nodes and nodes[0]["Status"] == "ready" else None


class Vault(WithProgram):
    def configured(self, name, stack):
        node = self.guest(f"  {name}: {stack}\n", "prod-server-0", count=1)
        port, cluster = free_ports(2)
        url = f"https://127.0.0.1:{port}"
        seal = node.root / "seal.key"
        seal.write_text(KEY)
        config = json.loads(node.path(f"/etc/{name}.d/berth.json").read_text().replace("/etc/openbao.d/seal.key", str(seal)))
        config |= {"api_addr": url, "cluster_addr": f"https://127.0.0.1:{cluster}", "ui": False}
        config["storage"]["raft"] = {"path": str(node.data), "retry_join": []}
        config["listener"]["tcp"] |= {"address": f"127.0.0.1:{port}", "cluster_address": f"127.0.0.1:{cluster}"}
        return node, config, {"API": url, "SELF": url, "PEERS": url, "ADDRESS": f"127.0.0.1:{cluster}"}

    def assert_it_begins(self, name, stack, change=None):
        node, config, told = self.configured(name, stack)
        config |= change or {}
        self.begin(node, config, "server")
        for _ in range(2):
            self.run_unit(node, f"berth-{name}-init.service", **told)
        kept = json.loads((node.data / "berth-init.json").read_text())
        self.assertNotIn("root_token", kept)
        self.assertTrue(kept["recovery_keys_base64"])
        self.run_unit(node, f"berth-{name}-ready.service", **told)
        self.assert_snapshot(node, name, API=told["API"])

    @unittest.skipUnless(TOOL == "bao", "that is OpenBao's")
    def test_openbao_begins_and_unseals_itself(self):
        self.assert_it_begins("openbao", "{ version: 2.6.2, servers: server }")

    @unittest.skipUnless(TOOL == "vault", "that is Vault's")
    def test_vault_begins_with_a_seal_of_another_vault(self):
        port, = free_ports(1)
        address, token = f"http://127.0.0.1:{port}", secret("dev")
        process = subprocess.Popen([PROGRAM, "server", "-dev", f"-dev-listen-address=127.0.0.1:{port}"], stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, start_new_session=True, stdin=subprocess.DEVNULL,
                                   env=os.environ | {"VAULT_DEV_ROOT_TOKEN_ID": token, "HOME": str(self.directory)})
        self.addCleanup(end, process)
        self.post(f"{address}/v1/sys/mounts/transit", token, '{"type":"transit"}')
        self.post(f"{address}/v1/transit/keys/unseal", token, "{}")
        seal = {"transit": {"address": address, "token": token, "key_name": "unseal", "mount_path": "transit/"}}
        self.assert_it_begins("vault", "{ version: 1.21.0, servers: server, server_config: { seal: { transit: { key_name: a } } } }",
                              {"seal": seal})

    @staticmethod
    def post(url, token, body):
        words = ["curl", "--silent", "--fail", "--retry", "20", "--retry-connrefused", "--retry-delay", "1", "--header", "@-",
                 "--data", body, url]
        subprocess.run(words, check=True, text=True, input=f"X-Vault-Token: {token}\n", stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    if PROGRAM is None:
        print(f"skipped: there is no {TOOL} on PATH")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2, defaultTest="Nomad" if TOOL == "nomad" else "Vault")

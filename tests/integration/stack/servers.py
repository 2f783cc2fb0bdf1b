# SPDX-License-Identifier: Apache-2.0
"""Servers that answer as Nomad, and as Vault or OpenBao do, where a node's own programs ask them: with the codes and the
bodies of theirs, on loopback addresses, over TLS. What they say is a test's to set, the wrong and the stale included.
"""

import http.server
import json
import ssl
import threading
import urllib.parse


class Lost(Exception):
    """The connection ends without an answer."""


class Answers(threading.Thread):
    """One server. `answer(method, path, query, headers, body)` returns a status and a body; str and bytes are sent as they
    are, all else as JSON."""

    def __init__(self, authority, answer, address="127.0.0.1", port=0):
        super().__init__(daemon=True)
        outer = self
        self.answer = answer
        # What happens to each request before and after it is answered; tests set it.
        self.before = self.after = lambda method, path: None

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def answer_it(self):
                parts = urllib.parse.urlsplit(self.path)
                query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                try:
                    outer.before(self.command, parts.path)
                    status, told = outer.answer(self.command, parts.path, query, self.headers, body)
                    outer.after(self.command, parts.path)
                except Lost:
                    return
                data = told if isinstance(told, bytes) else told.encode() if isinstance(told, str) else json.dumps(told).encode()
                self.send_response(status)
                if status == 307:
                    self.send_header("Location", data.decode())
                    data = b""
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_PUT = do_POST = do_DELETE = answer_it

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                """Whoever asked is gone: killed."""

        self.server = Server((address, port), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.certificate, authority.key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://{address}:{self.server.server_address[1]}"
        self.start()

    def run(self):
        self.server.serve_forever(poll_interval=0.02)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Raft:
    """What the servers of Consul and Nomad say of each other; servers are counted from 1."""

    def __init__(self, count=3, port=4647):
        self.port = port
        self.servers = [self.server(n) for n in range(1, count + 1)]
        self.leader = self.servers[0]["Address"]
        self.healthy = True
        self.tolerance = None

    def server(self, n, generation=1):
        return {"ID": f"id-{n}-{generation}", "Name": f"server-{n}", "Address": f"127.0.0.{n}:{self.port}",
                "SerfStatus": "alive", "Healthy": True, "Voter": True, "Leader": n == 1, "LastIndex": 100}

    def health(self):
        voters = sum(each["Voter"] and each["Healthy"] for each in self.servers)
        tolerance = (voters - 1) // 2 if self.tolerance is None else self.tolerance
        healthy = self.healthy and all(each["Healthy"] for each in self.servers)
        return 200 if healthy else 429, {"Healthy": healthy, "FailureTolerance": tolerance, "Servers": self.servers}


class Nomad:
    """One server, or one client that forwards what it is asked."""

    def __init__(self, raft, management, n=1):
        self.raft = raft
        self.management = management
        self.id = f"id-{n}-1"
        self.leader = None
        self.begun = True
        self.bootstrapped = False
        self.well = True
        self.nodes = {}
        self.snapshot = b"what Nomad knows"
        # Requests until a drain is done.
        self.draining_for = 3

    def add_client(self, node, secret):
        self.nodes[node] = {"secret": secret, "SchedulingEligibility": "eligible", "DrainStrategy": None,
                            "LastDrain": None, "Status": "ready", "ID": node}

    def named(self):
        return self.raft.leader if self.leader is None else self.leader

    def answer(self, method, path, query, headers, body):
        token = headers.get("X-Nomad-Token", "")
        told = json.loads(body) if body else {}
        manages = self.bootstrapped and token == self.management
        match method, path.removeprefix("/v1/").split("/"):
            case "GET", ["status", "leader"]:
                return (200, json.dumps(self.named())) if self.named() else (500, "No cluster leader")
            case "GET", ["status", "peers"]:
                return 200, [each["Address"] for each in self.raft.servers] if self.begun else []
            case "GET", ["agent", "health"]:
                role = query["type"]
                if self.well:
                    return 200, {role: {"ok": True, "message": "ok"}}
                return 500, {role: {"ok": False, "message": "no leader" if role == "server" else "no known servers"}}
            case "POST", ["acl", "bootstrap"]:
                if self.bootstrapped:
                    return 400, "ACL bootstrap already done"
                self.bootstrapped = True
                self.management = told["BootstrapSecret"]
                return 200, {"SecretID": self.management}
            case "GET", ["acl", "token", "self"]:
                return (200, {"Type": "management"}) if manages else (403, "Permission denied")
            case _, ["node", node, *verb]:
                return self.of_node(method, node, verb, token, told)
            case "GET", ["agent", "self"] if manages:
                return 200, {"member": {"Tags": {"id": self.id, "role": "nomad"}}}
            case "GET", ["operator", "autopilot", "health"] if manages:
                return self.raft.health()
            case "GET", ["operator", "snapshot"] if manages:
                return 200, self.snapshot
        return 403, "Permission denied"

    def of_node(self, method, name, verb, token, told):
        node = self.nodes.get(name)
        if node is None:
            return 404, "node not found"
        if token != node["secret"]:
            return 403, "Permission denied"
        if (method, verb) == ("GET", []):
            self.progress(node)
            return 200, {key: value for key, value in node.items() if key not in ("secret", "left")}
        if (method, verb) == ("POST", ["drain"]):
            self.drain(node, told)
            return 200, {"NodeModifyIndex": 1}
        return 405, "Invalid method"

    def progress(self, node):
        """A drain ends by itself; the node stays ineligible."""
        if node["DrainStrategy"] is None:
            return
        node["left"] -= 1
        if node["left"] <= 0:
            node["DrainStrategy"] = None
            node["LastDrain"]["Status"] = "complete"

    def drain(self, node, told):
        if told.get("DrainSpec"):
            node["DrainStrategy"] = told["DrainSpec"]
            node["SchedulingEligibility"] = "ineligible"
            node["LastDrain"] = {"Status": "draining", "Meta": told.get("Meta")}
            node["left"] = self.draining_for
            return
        if node["DrainStrategy"] is not None:
            node["LastDrain"] = {"Status": "canceled", "Meta": told.get("Meta")}
        node["DrainStrategy"] = None
        if told.get("MarkEligible"):
            node["SchedulingEligibility"] = "eligible"


class Cluster:
    """What the servers of a Vault or an OpenBao have in common. Without an unseal key they unseal themselves."""

    def __init__(self):
        self.members = []
        self.active = None
        self.tokens = {}
        self.autopilot = None
        self.audit = {}
        self.auth = {}
        self.written = {}
        self.begun = 0
        self.healthy = True
        self.tolerance = None
        self.unseal_key = None
        self.mounts = {}
        self.unsealed_with = []

    def seal_all(self):
        """As after a power cut."""
        self.active = None
        for each in self.members:
            each.sealed = True


class Vault:
    """One server of it; others join the cluster by themselves."""

    def __init__(self, cluster, n):
        self.cluster = cluster
        self.id = f"node-{n}-1"
        self.address = f"127.0.0.{n}:8201"
        self.joined = False
        self.joins = False
        self.hangs = False
        self.sealed = False
        self.voter = True
        self.code = None
        self.url = None
        self.leader = None
        self.keys_are_there = True
        self.refuses = False
        self.version = "2.6.2"
        cluster.members.append(self)

    def begin(self):
        """As a person would have done it before."""
        self.cluster.begun += 1
        self.cluster.active = self
        for each in self.cluster.members:
            each.joined = True
        root = f"root-{self.cluster.begun}"
        self.cluster.tokens[root] = ["root"]
        return root

    def state(self):
        if self.code:
            return self.code
        if not self.joined:
            return 501
        if self.sealed:
            return 503
        return 200 if self.cluster.active is self else 429

    def answer(self, method, path, query, headers, body):
        told = json.loads(body) if body else {}
        token = headers.get("X-Vault-Token", "")
        route = path.removeprefix("/v1/").split("/")
        if self.hangs:
            raise Lost
        if route == ["sys", "health"]:
            return self.state(), {"initialized": self.joined, "sealed": self.sealed, "version": self.version}
        if (method, route) == ("PUT", ["sys", "init"]):
            return self.init(told)
        if (method, route) == ("PUT", ["sys", "unseal"]):
            return self.unseal(told)
        if not self.joined or self.sealed:
            return (400 if not self.joined else 503), {"errors": ["Vault is sealed"]}
        if route == ["sys", "leader"]:
            active = self.cluster.active.url if self.cluster.active else ""
            return 200, {"ha_enabled": True, "leader_address": active if self.leader is None else self.leader}
        if self.cluster.active is None:
            return 500, {"errors": ["local node not active but active cluster node not found"]}
        if token not in self.cluster.tokens:
            return 403, {"errors": ["permission denied"]}
        return self.managed(method, "/".join(route), token, told)

    def init(self, told):
        if self.joined:
            return 400, {"errors": ["Vault is already initialized"]}
        if self.refuses:
            return 500, {"errors": ["no disk to write to"]}
        kind = "secret" if self.cluster.unseal_key else "recovery"
        if told != {f"{kind}_shares": 1, f"{kind}_threshold": 1}:
            return 400, {"errors": ["not what its seal asks for"]}
        root = self.begin()
        if self.cluster.unseal_key:
            self.cluster.seal_all()
            # They find nobody to join before the first one is unsealed.
            for each in self.cluster.members:
                each.joined = each is self
            return 200, {"keys": ["00"], "keys_base64": [self.cluster.unseal_key], "root_token": root}
        return 200, {"keys": [], "recovery_keys_base64": ["cmVjb3Zlcg=="], "root_token": root}

    def unseal(self, told):
        if not self.joined:
            return 400, {"errors": ["Vault is not initialized"]}
        self.cluster.unsealed_with.append((self.id, told["key"]))
        if self.joins and self.cluster.active is not None:
            # It tries the key later, and with a wrong one never answers again.
            self.joins = False
            self.hangs = told["key"] != self.cluster.unseal_key
            self.sealed = self.hangs
            return 200, {"sealed": True, "progress": 0}
        if told["key"] != self.cluster.unseal_key:
            return 400, {"errors": ["failed to decrypt keys from storage: cipher: message authentication failed"]}
        self.sealed = False
        if self.cluster.active is None:
            self.cluster.active = self
            for each in self.cluster.members:
                each.joins = not each.joined
                each.joined = True
        return 200, {"sealed": False}

    def step_down(self):
        others = [each for each in self.cluster.members if each is not self and each.state() == 429]
        self.cluster.active = others[0] if others else None
        return 204, ""

    def managed(self, method, route, token, told):
        cluster = self.cluster
        match method, route:
            case "PUT", "sys/step-down":
                return self.step_down()
            case "GET", "sys/mounts":
                return 200, {"data": cluster.mounts}
            case "POST", "sys/mounts/berth-unseal":
                if "berth-unseal/" in cluster.mounts:
                    return 400, {"errors": ["path is already in use at berth-unseal/"]}
                cluster.mounts["berth-unseal/"] = told
                return 204, ""
            case _, "berth-unseal/key" if "berth-unseal/" not in cluster.mounts:
                return 404, {"errors": ["no handler for route"]}
            case "GET", "berth-unseal/key":
                held = cluster.written.get(route)
                return (200, {"data": held}) if held else (404, {"errors": []})
            case "GET", "auth/token/lookup-self":
                return 200, {"data": {"policies": cluster.tokens[token]}}
            case "POST", "auth/token/create":
                if told["id"] in cluster.tokens:
                    return 400, {"errors": ["cannot create a token with a duplicate ID"]}
                cluster.tokens[told["id"]] = told["policies"]
                return 200, {"auth": {"client_token": told["id"]}}
            case "POST", "auth/token/revoke-self":
                del cluster.tokens[token]
                return 204, ""
            case "POST", "sys/storage/raft/autopilot/configuration":
                if told.get("cleanup_dead_servers") and told.get("min_quorum", 0) < 3:
                    return 400, {"errors": ["min_quorum must be set when cleanup_dead_servers is set"]}
                cluster.autopilot = told
                return 204, ""
            case "GET", "sys/storage/raft/autopilot/state":
                return 200, {"data": self.autopilot_state()}
            case "GET", "sys/storage/raft/snapshot":
                return (200, b"what the cluster knows") if cluster.active is self else (307, cluster.active.url + "/v1/" + route)
            case "GET", "sys/audit":
                return 200, {"data": cluster.audit}
            case "PUT", "sys/audit/berth":
                cluster.audit["berth/"] = told
                return 204, ""
            case "GET", "sys/auth":
                return 200, {"data": cluster.auth}
            case "POST", "sys/auth/jwt-nomad":
                if "jwt-nomad/" in cluster.auth:
                    return 400, {"errors": ["path is already in use at jwt-nomad/"]}
                cluster.auth["jwt-nomad/"] = told | {"accessor": "auth_jwt_1234"}
                return 204, ""
            case "POST", "auth/jwt-nomad/config" if not self.keys_are_there:
                return 400, {"errors": ["error checking jwks URL: connection refused"]}
            case "POST", _:
                cluster.written[route] = told
                return 204, ""
        return 404, {"errors": []}

    def autopilot_state(self):
        members = [each for each in self.cluster.members if each.joined]
        voters = [each.id for each in members if each.voter]
        tolerance = (len(voters) - 1) // 2 if self.cluster.tolerance is None else self.cluster.tolerance
        return {"healthy": self.cluster.healthy, "failure_tolerance": tolerance, "leader": self.cluster.active.id,
                "voters": voters,
                "servers": {each.id: {"id": each.id, "address": each.address, "healthy": True} for each in members}}

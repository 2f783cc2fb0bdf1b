# SPDX-License-Identifier: Apache-2.0
"""A node's own programs, as `berth render` writes them into its Ignition config, laid out below a directory and run there
as its units would run them; and what tests of them share: a certificate authority, and time to wait."""

import base64
import contextlib
import functools
import gzip
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse
import uuid

from servers import Lost

BERTH = pathlib.Path(os.environ["BERTH_BIN"]) / "berth"

SPEC = """\
cluster: prod
image: { stream: stable }
network: { bridge: br0, subnet: 10.20.0.0/16, gateway: 10.20.0.1 }
os_updates: { strategy: off }
pools:
  server:
    count: COUNT
    resources: { vcpus: 2, memory: 4GiB, disk: 20GiB }
    addresses: 10.20.0.11-10.20.0.19
    volumes: { data: { size: 10GiB, mount: /var/lib } }
  client:
    count: 1
    resources: { vcpus: 2, memory: 4GiB, disk: 20GiB }
    addresses: 10.20.0.21-10.20.0.29
stack:
"""


def decoded(url):
    """What a data URL holds."""
    head, _, data = url.partition(",")
    text = urllib.parse.unquote_to_bytes(data)
    return base64.b64decode(text) if head.endswith(";base64") else text


def secret(name):
    """The same one whenever it is asked for."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


class Authority:
    """Signs one certificate for whoever serves on the loopback."""

    def __init__(self, directory):
        self.directory = directory
        self.ca, self.certificate, self.key = (directory / each for each in ("ca.pem", "node.pem", "node.key"))
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                      "-subj", "/CN=authority", "-keyout", directory / "ca.key", "-out", self.ca)
        names = directory / "names"
        addresses = ",".join(f"IP:127.0.0.{last}" for last in range(1, 20))
        names.write_text(f"subjectAltName={addresses},DNS:localhost,DNS:server.dc1.consul,DNS:server.global.nomad\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=node",
                      "-keyout", self.key, "-out", directory / "node.csr")
        self._openssl("x509", "-req", "-in", directory / "node.csr", "-CA", self.ca, "-CAkey", directory / "ca.key",
                      "-CAcreateserial", "-days", "2", "-extfile", names, "-out", self.certificate)

    @staticmethod
    def _openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


@functools.cache
def rendered(stack, name, count):
    """The Ignition config of that node."""
    with tempfile.TemporaryDirectory(prefix="berth-spec-") as directory:
        spec = pathlib.Path(directory) / "cluster.yaml"
        spec.write_text(SPEC.replace("COUNT", str(count)) + stack)
        told = subprocess.run([BERTH, "render", "-f", spec, name], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return json.loads(told.stdout)


class Guest:
    """Files and units of one node below a directory."""

    def __init__(self, directory, stack, name, authority, count=3):
        self.root = directory
        self.authority = authority
        directory.mkdir(parents=True)
        config = rendered(stack, name, count)
        for file in config["storage"]["files"]:
            contents = file.get("contents", {})
            data = decoded(contents.get("source", "data:,"))
            self._write(file["path"], gzip.decompress(data) if contents.get("compression") == "gzip" else data)
        self.units = {unit["name"]: unit.get("contents", "") for unit in config["systemd"]["units"]}
        self.data = directory / "data"
        self.data.mkdir()

    def path(self, path):
        return self.root / path.lstrip("/")

    def _write(self, path, data):
        """With secrets in place of their stand-ins."""
        text = data.decode(errors="replace")
        ca = self.authority.ca.read_text()
        text = text.replace("secret:tls/certificate", json.dumps(ca)[1:-1] if path.endswith(".json") else ca)
        text = re.sub(r"secret:([a-z]+/token/[a-z]+)", lambda match: secret(match[1]), text)
        target = self.path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(0o600)

    def command(self, unit, verb="ExecStart"):
        """What a unit runs, with the node's own directory in place of /etc."""
        line = re.search(rf"^{verb}=(.*)$", self.units[unit], re.MULTILINE)[1]
        return [word.replace("/etc/", f"{self.root}/etc/", 1) if word.startswith("/etc/") else word for word in line.split()]

    def environment(self, unit, **others):
        """What a unit sets, but for what of it is not of this machine."""
        told = dict(re.findall(r'^Environment="([A-Z_]+)=(.*)"$', self.units[unit], re.MULTILINE))
        told = {key: value.replace("/etc/berth", f"{self.root}/etc/berth") for key, value in told.items()}
        told |= {"DATA_DIR": str(self.data), "PAUSE": "0.05", "PATH": os.environ["PATH"]}
        if told.get("CA"):
            told["CA"] = str(self.authority.ca)
        return told | {key: str(value) for key, value in others.items()}

    def start(self, unit, verb="ExecStart", **others):
        """A process group of its own, as systemd would kill it."""
        return subprocess.Popen(self.command(unit, verb), env=self.environment(unit, **others), text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                start_new_session=True)

    def run(self, unit, verb="ExecStart", seconds=60, **others):
        """Its exit status, and what it says."""
        process = self.start(unit, verb, **others)
        try:
            said, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            kill(process)
            said, _ = process.communicate()
            raise AssertionError(f"{unit} did not end: {said}") from None
        return process.returncode, said


def kill(process):
    """With all that it has started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def end(process):
    """Whatever has become of it."""
    kill(process)
    process.stdout.close()
    process.wait()


def wait_until(what, condition, seconds=30):
    """Its first true value."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)
    return value


def free_ports(count):
    """Below those that the kernel gives to whoever connects, so that they are still free when a server takes them."""
    found = set()
    while len(found) < count:
        port = random.randrange(20000, 32000)
        with contextlib.suppress(OSError), socket.socket() as one:
            one.bind(("", port))
            found.add(port)
    return list(found)


class WithGuests(unittest.TestCase):
    """A directory and an authority for all cases of a class, a directory for each."""

    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="berth-stack-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared)
        cls.authority = Authority(cls.shared)

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(dir=self.shared))

    def guest(self, stack, name, count=3):
        return Guest(self.directory / name, stack, name, self.authority, count)

    @staticmethod
    def kill_at_request(door, at, moment, start):
        """Kills what start() starts at a request to that door, "before" or "after" it is answered; says at which one, if
        it came to that."""
        seen = []
        process = None
        started = threading.Event()

        def hit(*request):
            seen.append(request)
            if len(seen) == at + 1:
                started.wait()
                kill(process)
                raise Lost

        setattr(door, moment, hit)
        process = start()
        started.set()
        process.communicate(timeout=30)
        setattr(door, moment, lambda *_: None)
        return seen[at] if at < len(seen) else None

    def assert_waits(self, process, until_it_says):
        """That it goes on, for that reason, and then a while longer."""
        line = process.stdout.readline()
        self.assertIn(until_it_says, line)
        time.sleep(0.3)
        self.assertIsNone(process.poll(), "it did not wait")

    def assert_waits_until(self, reason, mend, **others):
        """That what the case starts waits for that reason, and no longer."""
        process = self.start(**others)
        self.assert_waits(process, reason)
        mend()
        self.assert_ends(process)

    def assert_ends(self, process, seconds=30):
        try:
            said, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            kill(process)
            said, _ = process.communicate()
            logs = "".join(f"\n{log}:\n{log.read_text()[-4000:]}" for log in sorted(self.directory.glob("*/*.log")))
            self.fail(f"it does not end: {said}{logs}")
        self.assertEqual(process.returncode, 0, said)
        return said

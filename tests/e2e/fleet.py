# SPDX-License-Identifier: Apache-2.0
"""A fleet of virtual hosts with a real controller, real agents and real guests, for end-to-end tests.

    with Fleet() as fleet:
        fleet.berth("apply", "-f", spec, "--yes")
        fleet.wait("all nodes are ready", lambda: all(n["phase"] == "ready" for n in fleet.nodes()))

Nothing here sleeps a guess: wait() polls a condition until a deadline and says what it was waiting for. Each fleet has
a directory of its own, so tests may run at the same time.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("BERTH_BIN", ROOT / "build/dev/bin"))

# How the specs of most tests begin: guests of this image, in the lan of the hosts. To be filled in by format().
SPEC_HEAD = """\
cluster: shop
image: {{ file: {image} }}
network: {{ bridge: br0, subnet: 10.77.0.0/24, gateway: 10.77.0.1 }}
os_updates: {{ strategy: "off" }}
"""

# Whoever runs the test may log in.
BUTANE_HEAD = """\
variant: fcos
version: 1.4.0
passwd:
  users:
    - name: core
      ssh_authorized_keys: ["{key}"]
"""

# Guests are emulated where there is no KVM, two at a time on two cores: a boot takes 20 to 60 seconds.
BOOT_SECONDS = 300


class Fleet:
    """Hosts vh1 … vhN with their agents, and the controller in the lan between them."""

    def __init__(self, hosts=3, lease=5):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="berth-"))
        self.hosts = [f"vh{i}" for i in range(1, hosts + 1)]
        self.lease = lease
        self.image = guest_image()
        self.key = self.directory / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "berth-test", "-f", self.key], check=True)

    def __enter__(self):
        self._fleet("--bin", BIN, "--images", self.image.parent, "--lease", str(self.lease), "up", str(len(self.hosts)))
        return self

    def __exit__(self, *_):
        self._fleet("down")
        shutil.rmtree(self.directory, ignore_errors=True)

    def _fleet(self, *arguments, **options):
        options.setdefault("check", True)
        return subprocess.run(self.command(*arguments), text=True, **options)

    def command(self, *arguments):
        """The words of a command of deploy/virtual-fleet."""
        return [str(word) for word in (ROOT / "deploy/virtual-fleet", "--state", self.directory / "f", *arguments)]

    @property
    def state(self):
        return self.directory / "f"

    # ---- what people do ---------------------------------------------------------------------------------------

    def berth(self, *arguments, check=True, **options):
        """Runs the CLI; returns the finished process with its stdout and stderr."""
        process = self._fleet("berth", *arguments, check=False, capture_output=True, **options)
        if check and process.returncode != 0:
            words = " ".join(map(str, arguments))
            raise AssertionError(f"berth {words} ended with {process.returncode}:\n{process.stdout}{process.stderr}")
        return process

    def start_berth(self, *arguments):
        """Starts the CLI and returns at once."""
        command = [ROOT / "deploy/virtual-fleet", "--state", self.state, "berth", *arguments]
        return subprocess.Popen([str(word) for word in command], text=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def get(self, kind, *arguments):
        return json.loads(self.berth("get", kind, *arguments, "-o", "json").stdout)

    def nodes(self):
        return self.get("nodes")

    def node(self, name):
        return next(node for node in self.nodes() if node["name"] == name)

    def ready(self):
        return [node for node in self.nodes() if node["known"] and node["status"]["phase"] == "ready"]

    # ---- what accidents do ------------------------------------------------------------------------------------

    def kill_controller(self):
        self._fleet("controller", "kill")

    def kill_agent(self, host):
        self._fleet("agent", host, "kill")

    def stop_agent(self, host):
        """It stays away until start_agent(); guests run on."""
        self._fleet("agent", host, "stop")

    def start_agent(self, host):
        self._fleet("agent", host, "start")

    def kill_host(self, host):
        """It loses power, and what kept its agent up goes with it."""
        self._fleet("hosts", "kill", host)
        for name in (f"agent-{host}.wanted", f"agent-{host}.pid"):
            (self.state / "running" / name).unlink(missing_ok=True)

    def boot_host(self, host):
        self._fleet("hosts", "boot", host)
        self.start_agent(host)

    def cut(self, host):
        self._fleet("hosts", "cut", host)

    def mend(self, host):
        self._fleet("hosts", "mend", host)

    # ---- what is really there ---------------------------------------------------------------------------------

    def on_host(self, host, *command, check=True):
        return self._fleet("hosts", "exec", host, *command, check=check, capture_output=True).stdout

    def domains(self, host):
        """The names of all domains of a host, running or not."""
        return self.on_host(host, "virsh", "--quiet", "list", "--all", "--name").split()

    def qemu_pids(self, host):
        """Node name → process id, of the guests that run on a host."""
        pids = {}
        for line in self.on_host(host, "ps", "-eo", "pid,args").splitlines():
            if found := re.match(r"\s*(\d+) \S*qemu-system\S* .*-name guest=([a-z0-9-]+)", line):
                pids[found[2]] = int(found[1])
        return pids

    def all_qemu_pids(self):
        return {host: self.qemu_pids(host) for host in self.hosts}

    def agent_files(self, host):
        """Every file of the agent's instances, relative to its state directory."""
        root = self.state / "hosts" / host / "data/agent/instances"
        return sorted(str(path.relative_to(root)) for path in root.rglob("*")) if root.exists() else []

    def ssh(self, address, *command):
        """Runs a command in a guest as the user core; returns what it wrote."""
        process = self._fleet("hosts", "lan", "ssh", "-o", "LogLevel=ERROR", "-i", self.key,
                              "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                              "-o", "ConnectTimeout=20", "-o", "BatchMode=yes", f"core@{address}", *command,
                              check=False, capture_output=True, timeout=120)
        if process.returncode != 0:
            raise AssertionError(f"{' '.join(command)} in {address} ended with {process.returncode}: {process.stderr}")
        return process.stdout

    def login(self, node, command):
        """The same in the guest of a node, which may have only just booted; without what is blank at the ends, and "-"
        for nothing."""
        def answer():
            try:
                return self.ssh(self.node(node)["address"], command).strip() or "-"
            except AssertionError:
                return None

        return self.wait(f"{node} takes a login", answer, 120)

    def public_key(self):
        """Of those who log in."""
        return (self.directory / "key.pub").read_text().strip()

    # ---- patience ---------------------------------------------------------------------------------------------

    def wait(self, what, condition, seconds=BOOT_SECONDS, while_waiting=lambda: None):
        """Polls until condition() is true; returns its value. `while_waiting` may check what must hold meanwhile."""
        deadline = time.monotonic() + seconds
        while True:
            while_waiting()
            if value := condition():
                return value
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds} s: {what}\n" + self.picture())
            time.sleep(0.2)

    def picture(self):
        parts = [self.berth("get", kind, "-o", "wide", check=False) for kind in ("hosts", "nodes", "volumes", "rollouts")]
        return "\n".join(part.stdout + part.stderr for part in parts)

    def show_logs(self):
        print(self.picture())
        logs = [self.state / "controller.log"]
        logs += [self.state / "hosts" / host / "data/agent.log" for host in self.hosts]
        logs += sorted(self.state.glob("hosts/*/data/agent/instances/*/console.log"))
        for log in logs:
            if log.exists():
                tail = log.read_text(errors="replace").splitlines()[-40:]
                print(f"--- {log.relative_to(self.state)}", *tail, sep="\n")


def guest_image():
    """The test guest, built once and kept."""
    build = subprocess.run([ROOT / "deploy/guest/build"], check=True, stdout=subprocess.PIPE, text=True)
    return pathlib.Path(build.stdout.strip())


class OnAFleet(unittest.TestCase):
    """Steps in the order of their names, on one fleet; the first that fails shows what was there."""

    HOSTS = 3

    @classmethod
    def setUpClass(cls):
        cls.fleet = cls.enterClassContext(Fleet(hosts=cls.HOSTS))
        cls.directory = cls.fleet.directory / "spec"
        cls.directory.mkdir()

    def run(self, result=None):
        super().run(result)
        if not result.wasSuccessful():
            self.fleet.show_logs()

# SPDX-License-Identifier: Apache-2.0
"""What translating Butane costs: the whole process, and how the time grows with the input."""
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

RUNS = 200
# Every size is run a few times, and the least counts: what else the machine does only ever adds.
REPEATS = 5
SIZES = {"1kB": 1_000, "10kB": 10_000, "100kB": 100_000, "1MB": 1_000_000, "10MB": 10_000_000}
HEAD = "variant: fcos\nversion: 1.5.0\n"


def cost_of(words):
    """Seconds from the start of a process to its end, which has to be a good one, and those of the processor."""
    null = os.open(os.devnull, os.O_RDWR)
    try:
        begun = time.perf_counter()
        pid = os.posix_spawn(words[0], words, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1, 2)])
        _, status, used = os.wait4(pid, 0)
        ended = time.perf_counter()
    finally:
        os.close(null)
    if status != 0:
        raise SystemExit(f"{' '.join(words)} failed")
    return ended - begun, used.ru_utime + used.ru_stime


def processor_seconds(words):
    """The least of a few runs, of the processor: growth is a property of the program, not of who else is at work."""
    return min(cost_of(words)[1] for _ in range(REPEATS))


def forty_lines():
    """A node as people write it: a user, files, links, units."""
    return HEAD + """# An agent of a small cluster.
passwd:
  users:
    - name: core
      ssh_authorized_keys:
        - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1Yc5hXb6mF3s7v0sHkq1 ann
storage:
  directories:
    - path: /etc/nomad.d
      mode: 0755
  files:
    - path: /etc/hostname
      mode: 0644
      contents:
        inline: node-0
    - path: /etc/nomad.d/client.hcl
      mode: 0640
      contents:
        inline: |
          datacenter = "eu"
          client {
            enabled = true
            servers = ["10.20.0.11", "10.20.0.12"]
          }
  links:
    - path: /etc/localtime
      target: ../usr/share/zoneinfo/UTC
systemd:
  units:
    - name: nomad.service
      enabled: true
      contents: |
        [Unit]
        After=network-online.target
        [Service]
        ExecStart=/usr/bin/nomad agent
        [Install]
        WantedBy=multi-user.target
"""


def of_size(size):
    """Many files, users and units; what makes their number grow makes the text grow."""
    storage, users, units = [], [], []
    total = len(HEAD)
    while total < size:
        i = len(storage)
        storage.append(f"    - path: /etc/app/{i}.conf\n      mode: 0644\n      contents:\n        inline: |\n          key = {i}\n")
        users.append(f"    - name: user{i}\n      uid: {2000 + i}\n")
        units.append(f"    - name: app{i}.service\n      enabled: true\n      contents: |\n        [Service]\n"
                     f"        ExecStart=/bin/true {i}\n        [Install]\n        WantedBy=a.target\n")
        total += len(storage[-1]) + len(users[-1]) + len(units[-1])
    return (HEAD + "passwd:\n  users:\n" + "".join(users) + "storage:\n  files:\n" + "".join(storage) +
            "systemd:\n  units:\n" + "".join(units))


def empty_program(folder):
    source = folder / "empty.c"
    source.write_text("int main(void) { return 0; }\n")
    subprocess.run(["cc", "-O2", "-o", folder / "empty", source], check=True)
    return [str(folder / "empty")]


def process(berth, folder, figure):
    (folder / "node.bu").write_text(forty_lines())
    translate, empty = [berth, "butane", str(folder / "node.bu")], empty_program(folder)
    ours, floor = [], []
    for _ in range(RUNS):
        ours.append(1000 * cost_of(translate)[0])
        floor.append(1000 * cost_of(empty)[0])
    value, least = statistics.median(ours), statistics.median(floor)
    yield figure("butane_process_ms", value, "ms", f"spawning an empty C program: {least:.2f} ms")
    yield figure("butane_process_best_ms", min(ours), "ms", f"the best spawn of an empty C program: {min(floor):.2f} ms")


def sizes(berth, folder, figure):
    start = processor_seconds([berth, "butane", "--version"])
    per_byte = {}
    for name, size in SIZES.items():
        text = of_size(size)
        (folder / "sized.bu").write_text(text)
        elapsed = processor_seconds([berth, "butane", str(folder / "sized.bu")])
        per_byte[name] = (elapsed - start) / len(text)
        yield figure(f"butane_{name}_ms", 1000 * elapsed, "ms of cpu", f"{per_byte[name] * 1e9:.0f} ns a byte above an empty start")
    yield figure("butane_growth_ratio", per_byte["10MB"] / per_byte["100kB"], "ratio", "time per byte at 100 kB = 1")


def tree(berth, folder, figure):
    elapsed = {}
    for count in (1_000, 10_000):
        files = folder / f"tree{count}"
        for i in range(count):
            (files / "root" / str(i // 100)).mkdir(parents=True, exist_ok=True)
            (files / "root" / str(i // 100) / f"{i}.conf").write_text(f"key = {i}\n")
        (folder / "tree.bu").write_text(HEAD + "storage:\n  trees:\n    - {local: root, path: /etc/app}\n")
        elapsed[count] = processor_seconds([berth, "butane", "-d", str(files), str(folder / "tree.bu")])
    yield figure("butane_tree_10000_ms", 1000 * elapsed[10_000], "ms of cpu", f"1,000 files: {1000 * elapsed[1_000]:.1f} ms")
    yield figure("butane_tree_growth_ratio", elapsed[10_000] / elapsed[1_000] / 10, "ratio", "time per file of 1,000 files = 1")


def butane(figure):
    berth = str(pathlib.Path(os.environ["BERTH_BIN"]) / "berth")
    with tempfile.TemporaryDirectory() as name:
        for part in (process, sizes, tree):
            yield from part(berth, pathlib.Path(name), figure)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ignition's own program judges how Berth merges configs.

    judge_merge.py --cmd 'PROGRAM merge' [--ignition PATH] [--count 1000] [--seed 1]

For each case a parent and a child config are made at random (spec 3.0.0 to 3.3.0, which is what Debian's package knows).
Ignition fetches a config that merges both from data URLs and writes what it would apply; Berth merges the same two.
Both have to agree as data, the order of lists included. Debian's program is fetched when it is not here.
"""
import argparse
import base64
import concurrent.futures
import ctypes
import json
import os
import random
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.parse

from judge_apply import judge_program


class Generator:
    """Configs that are valid by themselves and, nearly always, merged with each other."""

    def __init__(self, seed, minor, certificates=()):
        self.random = random.Random(seed)
        self.minor = minor
        self.certificates = certificates

    def maybe(self, value, chance=0.5):
        return value() if self.random.random() < chance else None

    def some(self, pool, least=0, most=3):
        count = min(len(pool), self.random.randint(least, most))
        return self.random.sample(pool, count)

    def record(self, **fields):
        """An object of those fields that are not None."""
        return {name: value for name, value in fields.items() if value is not None}

    def flag(self, chance=0.5):
        return self.maybe(lambda: self.random.random() < 0.5, chance)

    def word(self, chance=0.5):
        return self.maybe(lambda: self.random.choice(["x", "y", "", "z"]), chance)

    def source(self):
        return "data:," + self.random.choice("abc")

    def resource(self, source_chance=1.0):
        source = self.maybe(self.source, source_chance)
        verification = self.maybe(lambda: {"hash": "sha512-" + self.random.choice("ab") * 128}, 0.2) if source else None
        return self.record(source=source, compression=self.maybe(lambda: "gzip", 0.2), verification=verification)

    def owner(self):
        if self.random.random() < 0.6:
            return None
        # Both parents use the same kind of owner: an id and a name together are refused.
        return {"id": self.random.randint(0, 3)}

    def node(self, path):
        return dict(path=path, user=self.owner(), group=self.owner(),
                    mode=self.maybe(lambda: self.random.choice([0o644, 0o600, 0o755])))

    def nodes(self):
        files, directories, links = [], [], []
        for path in self.some(["/p%d" % i for i in range(8)], 0, 6):
            kind = self.random.choice(["file", "file", "directory", "link"])
            node = self.node(path)
            if kind == "file":
                contents = self.maybe(self.resource, 0.6)
                append = self.maybe(lambda: [self.resource() for _ in range(self.random.randint(0, 2))], 0.4)
                overwrite = self.flag(0.4) if contents else self.maybe(lambda: False, 0.3)
                files.append(self.record(contents=contents, append=append, overwrite=overwrite, **node))
            elif kind == "directory":
                directories.append(self.record(overwrite=self.flag(0.3), **node))
            else:
                node.pop("mode")
                links.append(self.record(target=self.random.choice(["/t", "../u"]), hard=self.flag(0.3), **node))
        return self.record(files=files, directories=directories, links=links)

    def partitions(self):
        found = []
        for number in self.some([1, 2, 3], 0, 3):
            found.append(self.record(number=number, label=self.maybe(lambda: "l%d" % number),
                                     sizeMiB=self.maybe(lambda: 10 * number), wipePartitionEntry=self.flag(0.3)))
        for label in self.some(["m", "n"], 0, 2):
            found.append(self.record(label=label, sizeMiB=self.maybe(lambda: self.random.randint(1, 9))))
        self.random.shuffle(found)
        return found

    def storage(self):
        disks = [self.record(device=d, wipeTable=self.flag(), partitions=self.maybe(self.partitions, 0.7))
                 for d in self.some(["/dev/a", "/dev/b"])]
        raid = [self.record(name=n, level="raid1", devices=self.some(["/dev/r1", "/dev/r2", "/dev/r3"], 1),
                            spares=self.maybe(lambda: self.random.randint(0, 1)),
                            options=self.maybe(lambda: self.some(["o1", "o2"]))) for n in self.some(["md0", "md1"])]
        filesystems = [self.record(device=d, format=self.random.choice(["xfs", "ext4"]),
                                   path=self.maybe(lambda: "/m" + d[-1]), label=self.maybe(lambda: "lab"),
                                   uuid=self.word(0.3), options=self.maybe(lambda: self.some(["o1", "o2"])),
                                   wipeFilesystem=self.flag(),
                                   mountOptions=self.maybe(lambda: self.some(["n1", "n2"])) if self.minor >= 1 else None)
                       for d in self.some(["/dev/f", "/dev/g"])]
        luks = None
        if self.minor >= 2:
            luks = [self.record(name=n, device="/dev/" + n, label=self.word(0.3), wipeVolume=self.flag(),
                                keyFile=self.maybe(lambda: {"source": self.source()}, 0.4),
                                options=self.maybe(lambda: self.some(["o1", "o2"])),
                                clevis=self.maybe(self.clevis, 0.6)) for n in self.some(["v0", "v1"])]
        return self.record(disks=disks, raid=raid, filesystems=filesystems, luks=luks, **self.nodes())

    def clevis(self):
        tang = [{"url": "https://" + h, "thumbprint": self.random.choice("pq")} for h in self.some(["t1", "t2"])]
        return self.record(tang=tang, tpm2=self.flag(), threshold=self.maybe(lambda: self.random.randint(1, 2)))

    def passwd(self):
        users = [self.record(name=n, uid=self.maybe(lambda: self.random.randint(1, 9)), gecos=self.word(0.3),
                             shell=self.word(0.3), system=self.flag(0.3), passwordHash=self.word(0.3),
                             groups=self.maybe(lambda: self.some(["g1", "g2", "g3"])),
                             sshAuthorizedKeys=self.maybe(lambda: self.some(["k1", "k2", "k3"])))
                 for n in self.some(["core", "ann", "bob"])]
        groups = [self.record(name=n, gid=self.maybe(lambda: self.random.randint(1, 9)), system=self.flag(0.3))
                  for n in self.some(["g1", "g2"])]
        return self.record(users=users, groups=groups)

    def systemd(self):
        units = []
        for name in self.some(["a.service", "b.service", "c.socket"]):
            dropins = [self.record(name=d, contents=self.maybe(lambda: "[Unit]\n"))
                       for d in self.some(["1.conf", "2.conf"])]
            units.append(self.record(name=name, enabled=self.flag(), mask=self.flag(0.3), dropins=dropins,
                                     contents=self.maybe(lambda: "[Service]\nNice=%d\n" % self.random.randint(1, 3))))
        return {"units": units}

    def kernel_arguments(self):
        words = ["quiet", "rhgb", "a=1", "b=2"]
        exist = self.some(words)
        return {"shouldExist": exist, "shouldNotExist": self.some([w for w in words if w not in exist])}

    def ignition(self):
        timeouts = self.maybe(lambda: self.record(httpTotal=self.maybe(lambda: self.random.randint(1, 9))), 0.3)
        certificates = [{"source": c} for c in self.some(self.certificates)]
        proxy = None
        if self.minor >= 1:
            proxy = self.maybe(lambda: self.record(httpProxy=self.maybe(lambda: "http://p"),
                                                   noProxy=self.maybe(lambda: self.some(["n1", "n2", "n3"]))), 0.4)
        return self.record(version="3.%d.0" % self.minor, timeouts=timeouts, proxy=proxy,
                           security=self.maybe(lambda: {"tls": {"certificateAuthorities": certificates}}, 0.3))

    def config(self):
        arguments = self.maybe(self.kernel_arguments, 0.4) if self.minor >= 3 else None
        return self.record(ignition=self.ignition(), storage=self.maybe(self.storage, 0.9), kernelArguments=arguments,
                           passwd=self.maybe(self.passwd, 0.7), systemd=self.maybe(self.systemd, 0.7))


def made_certificates(folder):
    """Data URLs of certificates: Ignition reads those that it is given. None without the openssl program."""
    urls = []
    for name in ("one", "two", "three") if shutil.which("openssl") else ():
        out = os.path.join(folder, name)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", out + ".key", "-out", out + ".pem", "-subj", "/CN=" + name], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(out + ".pem") as file:
            urls.append("data:," + urllib.parse.quote(file.read()))
    return urls


def pruned(value):
    """Without nulls, empty objects and empty lists: absence has many spellings."""
    if isinstance(value, dict):
        out = {name: pruned(each) for name, each in value.items()}
        return {name: each for name, each in out.items() if each not in ({}, [], None)}
    if isinstance(value, list):
        return [pruned(each) for each in value]
    return value


def decoded(url):
    head, _, data = url.partition(",")
    return base64.b64decode(data).decode() if head.endswith(";base64") else urllib.parse.unquote(data)


def comparable(config):
    config = pruned(config)
    ignition = config.get("ignition", {})
    # The reference to the two configs is the judge's own, and it works in a version of its own.
    ignition.pop("config", None)
    ignition.pop("version", None)
    # Certificates that the judge has fetched come back embedded in its own way.
    for each in ignition.get("security", {}).get("tls", {}).get("certificateAuthorities", []):
        each["source"] = decoded(each["source"])
    for link in config.get("storage", {}).get("links", []):
        if link.get("target") == "":
            link.pop("target")
    return pruned(config)


def judged(program, parent, child, folder):
    references = [{"source": "data:," + urllib.parse.quote(json.dumps(each))} for each in (parent, child)]
    main = {"ignition": {"version": "3.3.0", "config": {"merge": references}}}
    cache = os.path.join(folder, "cache")
    with open(os.path.join(folder, "main.ign"), "w") as file:
        json.dump(main, file)
    run = subprocess.run([program, "-platform", "file", "-stage", "fetch", "-config-cache", cache, "-root", folder,
                          "-log-to-stdout"], env=dict(os.environ, IGNITION_CONFIG_FILE=os.path.join(folder, "main.ign")),
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if run.returncode != 0 or not os.path.exists(cache):
        return None
    with open(cache) as file:
        return json.load(file)


def merged(command, parent, child, folder):
    names = []
    for name, config in (("parent", parent), ("child", child)):
        names.append(os.path.join(folder, name + ".ign"))
        with open(names[-1], "w") as file:
            json.dump(config, file)
    run = subprocess.run(command + names, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if run.returncode != 0:
        raise RuntimeError("merging failed: %s" % run.stderr.decode("utf-8", "replace"))
    return json.loads(run.stdout)


def listen_as_journal():
    """Without a journal to tell it to, Ignition says what it does some ten thousand times over. For us and what we run,
    and nobody else; nothing where that is not allowed."""
    libc = ctypes.CDLL(None)
    new_mounts, private = 0x20000, 0x44000
    if libc.unshare(new_mounts) != 0 or libc.mount(b"none", b"/", None, private, None) != 0:
        return
    if libc.mount(b"tmpfs", b"/run", b"tmpfs", 0, None) != 0:
        return
    os.makedirs("/run/systemd/journal")
    journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    journal.bind("/run/systemd/journal/socket")

    def hear():
        while True:
            journal.recv(1 << 16)

    threading.Thread(target=hear, daemon=True).start()


def agrees(program, command, certificates, seed):
    """None where the judge refuses the case."""
    generator = Generator(seed, seed % 4, certificates)
    parent, child = generator.config(), generator.config()
    with tempfile.TemporaryDirectory() as folder:
        verdict = judged(program, parent, child, folder)
        if verdict is None:
            return None
        want, got = comparable(verdict), comparable(merged(command, parent, child, folder))
    if want != got:
        print("seed %d differs\nparent %s\nchild  %s\nwant   %s\ngot    %s" %
              (seed, json.dumps(parent), json.dumps(child), json.dumps(want, sort_keys=True),
               json.dumps(got, sort_keys=True)))
    return want == got


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--cmd", required=True, help="takes the names of parent and child, prints the merged config")
    parser.add_argument("--ignition")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.ignition = options.ignition or judge_program()
    command = shlex.split(options.cmd)
    listen_as_journal()
    seeds = range(options.seed, options.seed + options.count)
    with tempfile.TemporaryDirectory() as folder:
        certificates = made_certificates(folder)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as side_by_side:
            agreed = list(side_by_side.map(lambda seed: agrees(options.ignition, command, certificates, seed), seeds))
    print("%d merged alike, %d refused by the judge, %d differ" % tuple(map(agreed.count, (True, None, False))))
    sys.exit(0 if agreed.count(True) > options.count // 2 and False not in agreed else 1)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ignition's own program applies what Berth makes of Butane, and the tree must be what the Butane asks for.

    judge_apply.py --cmd 'PROGRAM butane' --cases DIRECTORY [--cases …] [--ignition PATH] [-v]

Takes each case that succeeds with a spec that Debian's Ignition knows (up to 3.3.0). Ignition's stages `fetch` and
`files` run on an empty directory tree, without a VM. What should be there is read from the Butane itself, not from the
JSON in between: files, directories, links and units with their contents, modes and owners, and ssh keys. Nothing else
may be there. What would have to be fetched from the network is replaced by a text that names the URL; disks and what is made
of them are left out, and labels of SELinux are nobody's business here. Needs root.
"""
import argparse
import base64
import gzip
import json
import os
import pathlib
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import urllib.parse

import yaml

import run

NEWEST = (3, 3, 0)
FIRST_ID = 3000
UNITS = "/etc/systemd/system/"


class Texts(yaml.SafeLoader):
    """Every scalar is the text that is written there; only null is null."""


Texts.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if tag in ("tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def number(text):
    """As Butane reads integers: a leading zero is octal."""
    text = text.replace("_", "")
    if text.startswith("0") and text.isdigit() and set(text) <= set("01234567"):
        return int(text, 8)
    return int(float(text)) if text.replace(".", "", 1).isdigit() else int(text, 0)


def is_true(text):
    return text in ("true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON")


def entries(config, *way):
    for key in way:
        config = (config or {}).get(key)
    return [each for each in config or [] if each is not None]


def marker(url):
    return b"instead of " + url.encode()


def is_remote(url):
    return bool(url) and not url.startswith("data:")


class Asked:
    """What a Butane text asks for, path by path."""

    def __init__(self, text, directory, spec):
        self.butane = yaml.load(text, Texts)
        self.directory = directory
        # What the first version does not know is a warning, and nothing becomes of it.
        self.is_first = spec == (3, 0, 0)
        self.has_swap_units = spec >= (3, 3, 0)
        self.nodes = {}
        for each in entries(self.butane, "storage", "directories"):
            self.nodes[each["path"]] = dict(kind="directory", mode=self.mode(each, 0o755), **self.owner(each))
        for each in entries(self.butane, "storage", "files"):
            self.file(each)
        for each in entries(self.butane, "storage", "links"):
            hard = is_true(each.get("hard") or "")
            self.nodes[each["path"]] = dict(kind="hard link" if hard else "link", target=each.get("target") or "",
                                            **({} if hard else self.owner(each)))
        for each in [] if self.is_first else entries(self.butane, "storage", "trees"):
            self.tree(each)
        for each in [] if self.is_first else entries(self.butane, "storage", "filesystems"):
            if is_true(each.get("with_mount_unit") or ""):
                self.mount_unit(each)
        for each in entries(self.butane, "systemd", "units"):
            self.unit(each)

    def mode(self, node, otherwise):
        return number(node["mode"]) if node.get("mode") is not None else otherwise

    def owner(self, node):
        found = {}
        for kind in ("user", "group"):
            who = node.get(kind) or {}
            found[kind] = who.get("name") or number(who.get("id") or "0")
        return found

    def resource(self, resource):
        resource = resource or {}
        if resource.get("inline") is not None:
            raw = resource["inline"].encode()
        elif resource.get("local") and not self.is_first:
            raw = (self.directory / resource["local"].lstrip("/")).read_bytes()
        elif is_remote(resource.get("source")):
            return marker(resource["source"])
        elif resource.get("source"):
            raw = run.decode_data_url(resource["source"])
        else:
            return b""
        return gzip.decompress(raw) if resource.get("compression") == "gzip" else raw

    def file(self, each):
        appended = b"".join(self.resource(piece) for piece in entries(each, "append"))
        self.nodes[each["path"]] = dict(kind="file", mode=self.mode(each, 0o644),
                                        bytes=self.resource(each.get("contents")) + appended, **self.owner(each))

    def tree(self, each):
        root = self.directory / each["local"].lstrip("/")
        for path in sorted(root.rglob("*")):
            target = "/" + str(pathlib.PurePosixPath(each.get("path") or "/") / path.relative_to(root)).lstrip("/")
            if path.is_symlink():
                self.nodes[target] = dict(kind="link", target=os.readlink(path), user=0, group=0)
            elif path.is_file():
                old = self.nodes.get(target, {})
                mode = 0o755 if path.stat().st_mode & 0o111 else 0o644
                given = [f for f in entries(self.butane, "storage", "files") if f["path"] == target and f.get("mode")]
                self.nodes[target] = dict(kind="file", mode=old["mode"] if given else mode, bytes=path.read_bytes(),
                                          user=old.get("user", 0), group=old.get("group", 0))

    def mount_unit(self, each):
        is_swap = each["format"] == "swap" and self.has_swap_units
        name = escaped(each["device"] if is_swap else each["path"]) + (".swap" if is_swap else ".mount")
        lines = ["What=" + each["device"]] + ([] if is_swap else ["Where=" + each["path"], "Type=" + each["format"]])
        self.nodes.setdefault(UNITS + name, dict(kind="file", mode=0o644, user=0, group=0, lines=lines))

    def unit(self, each):
        plain = dict(mode=0o644, user=0, group=0)
        if is_true(each.get("mask") or ""):
            self.nodes[UNITS + each["name"]] = dict(kind="link", target="/dev/null", user=0, group=0)
        elif each.get("contents"):
            self.nodes[UNITS + each["name"]] = dict(kind="file", bytes=each["contents"].encode(), **plain)
        for dropin in entries(each, "dropins"):
            if dropin.get("contents"):
                self.nodes[UNITS + each["name"] + ".d/" + dropin["name"]] = dict(
                    kind="file", bytes=dropin["contents"].encode(), **plain)

    def home(self, name):
        given = [user["home_dir"] for user in entries(self.butane, "passwd", "users")
                 if user.get("name") == name and user.get("home_dir")]
        return "/root" if name == "root" else given[0] if given else "/home/" + name

    def keys(self):
        """Of each user, those that are in the text."""
        return {user["name"]: entries(user, "ssh_authorized_keys") for user in entries(self.butane, "passwd", "users")
                if entries(user, "ssh_authorized_keys")}


def escaped(path):
    return subprocess.run(["systemd-escape", "--path", path], stdout=subprocess.PIPE, check=True, text=True).stdout.strip()


def owners_named(config):
    names = set()
    for kind in ("files", "directories", "links"):
        for each in entries(config, "storage", kind):
            names |= {(each.get(who) or {}).get("name") for who in ("user", "group")}
    for user in entries(config, "passwd", "users"):
        names |= set(entries(user, "groups")) | {user.get("primary_group")}
    return {name for name in names if name}


def made_root(root, asked):
    """A tree as an image has it: the users that the text takes for granted, and what Ignition looks for."""
    butane = asked.butane
    for name in ("etc/selinux", "home", "root"):
        (root / name).mkdir(parents=True)
    (root / "etc/selinux/config").write_text("SELINUX=permissive\nSELINUXTYPE=targeted\n")
    people = {"root": 0}
    for name in sorted(owners_named(butane) | {"core"}):
        people[name] = FIRST_ID + len(people)
    # Ignition makes these itself.
    made = {group["name"] for group in entries(butane, "passwd", "groups")}
    taken = {number(group["gid"]) for group in entries(butane, "passwd", "groups") if group.get("gid")}
    groups = {name: i for name, i in people.items() if name not in made and i not in taken}
    users = {user["name"] for user in entries(butane, "passwd", "users")} - {"core"}
    people = {name: i for name, i in people.items() if name not in users}
    (root / "etc/passwd").write_text("".join(
        "%s:x:%d:%d::%s:/bin/bash\n" % (name, i, i, asked.home(name)) for name, i in people.items()))
    (root / "etc/group").write_text("".join("%s:x:%d:\n" % each for each in groups.items()))
    (root / "etc/shadow").write_text("".join("%s:*:19000:0:99999:7:::\n" % name for name in people))
    (root / "etc/gshadow").write_text("".join("%s:*::\n" % name for name in groups))
    home = root / asked.home("core").lstrip("/")
    home.mkdir(parents=True)
    os.chown(home, people["core"], people["core"])
    return set(everything(root))


def ids_in(root):
    """Names of the tree's users and groups, each with its number."""
    return {kind: {line.split(":")[0]: int(line.split(":")[2]) for line in (root / "etc" / file).read_text().splitlines()}
            for kind, file in (("user", "passwd"), ("group", "group"))}


def everything(root):
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            yield "/" + os.path.relpath(os.path.join(folder, name), root)


def without_network(value):
    """The config with texts in place of what the network would have to give."""
    if isinstance(value, list):
        return [without_network(each) for each in value]
    if not isinstance(value, dict):
        return value
    if is_remote(value.get("source")):
        return {"source": "data:;base64," + base64.b64encode(marker(value["source"])).decode()}
    return {name: without_network(each) for name, each in value.items()}


def apply(program, config, folder, root):
    (folder / "config.ign").write_text(json.dumps(config))
    tools = folder / "tools"
    tools.mkdir()
    (tools / "setfiles").write_text("#!/bin/sh\n")
    (tools / "setfiles").chmod(0o755)
    for stage in ("fetch", "files"):
        done = subprocess.run([program, "-platform", "file", "-stage", stage, "-root", root, "-log-to-stdout",
                               "-config-cache", folder / "cache", "-state-file", folder / "state",
                               "-neednet", folder / "neednet"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=dict(os.environ, IGNITION_CONFIG_FILE=str(folder / "config.ign"),
                                       PATH="%s:/usr/sbin:/sbin:%s" % (tools, os.environ["PATH"])))
        if done.returncode != 0:
            said = [l for l in done.stdout.decode("utf-8", "replace").splitlines() if l.startswith("CRITICAL")]
            return "Ignition's stage %s failed: %s" % (stage, said[-1] if said else done.stdout[-300:])
    return None


def wrong_with(path, node, root, ids):
    """What is otherwise on the tree than asked for, or None."""
    there = root / path.lstrip("/")
    try:
        status = there.lstat()
    except FileNotFoundError:
        return "%s is missing" % path
    kinds = {"file": stat.S_ISREG, "hard link": lambda _: True, "directory": stat.S_ISDIR, "link": stat.S_ISLNK}
    if not kinds[node["kind"]](status.st_mode):
        return "%s is no %s" % (path, node["kind"])
    if node["kind"] == "hard link":
        target = root / os.path.normpath(os.path.join(os.path.dirname(path), node["target"])).lstrip("/")
        return None if os.path.samefile(there, target) else "%s is not the same file as %s" % (path, node["target"])
    seen = dict(user=status.st_uid, group=status.st_gid, mode=stat.S_IMODE(status.st_mode))
    for what in ("user", "group", "mode"):
        want = node.get(what, seen[what])
        if seen[what] != (ids[what][want] if isinstance(want, str) else want):
            return "%s: %s is %o, want %s" % (path, what, seen[what], want)
    if node["kind"] == "link" and os.readlink(there) != node["target"]:
        return "%s leads to %s, want %s" % (path, os.readlink(there), node["target"])
    if "lines" in node:
        lacking = set(node["lines"]) - set(there.read_text().splitlines())
        return "%s lacks %r" % (path, lacking) if lacking else None
    if node["kind"] == "file" and there.read_bytes() != node["bytes"]:
        return "%s holds %r, want %r" % (path, there.read_bytes()[:80], node["bytes"][:80])
    return None


# What Ignition and useradd leave behind by themselves.
OWN = ("/etc/.ignition-result.json", "/etc/.pwd.lock", "/etc/passwd-", "/etc/shadow-", "/etc/group-", "/etc/gshadow-",
       "/etc/subuid", "/etc/subgid", "/etc/subuid-", "/etc/subgid-", "/etc/systemd/system-preset/20-ignition.preset",
       "/etc/ignition-machine-config-encapsulated.json", "/etc/crypttab")


def judged(asked, root, before):
    ids = ids_in(root)
    wrong = [each for each in (wrong_with(path, node, root, ids) for path, node in asked.nodes.items()) if each]
    for user, keys in asked.keys().items():
        listed = root / asked.home(user).lstrip("/") / ".ssh/authorized_keys.d/ignition"
        if user != "root" and (not listed.exists() or listed.read_text().split("\n")[:-1] != keys):
            wrong.append("the keys of %s are not %r" % (user, keys))
    parents = {str(parent) for path in asked.nodes for parent in pathlib.PurePosixPath(path).parents}
    homes = tuple(asked.home(user) + "/" for user in asked.keys()) + ("/home/", "/root/")
    known = set(asked.nodes) | parents | before | set(OWN) | {str(pathlib.PurePosixPath(p).parent) for p in OWN}
    wrong += ["%s was not asked for" % path for path in everything(root)
              if path not in known and not path.startswith(homes)]
    return wrong


def try_case(case, options):
    """The faults found; None when the case is not for this judge."""
    work = pathlib.Path(tempfile.mkdtemp(prefix="conformance-"))
    try:
        work.chmod(0o755)
        run.prepare(case, work)
        # A file written with -o is of no use here: what is asked for is the same.
        arguments = [each for each in case["args"] if each not in ("--check", "-c")]
        done = subprocess.run(options.template + arguments, cwd=work, stdin=open(work / "input.bu", "rb"),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0 or not done.stdout.strip():
            return None
        config = json.loads(done.stdout)
        version = tuple(int(part) for part in config["ignition"]["version"].split("-")[0].split("."))
        if version > NEWEST:
            return None
        text = (work / "input.bu").read_bytes()
        directory = next((work / d for f, d in zip(arguments, arguments[1:]) if f in ("-d", "--files-dir")), work)
        asked = Asked(text, pathlib.Path(os.path.normpath(directory)), version)
        config = without_network(config)
        # What is merged from elsewhere is no longer what this text asks for; judge_merge.py looks at merging.
        config["ignition"] = {"version": config["ignition"]["version"]}
        for needs_disks in ("disks", "raid", "luks", "filesystems"):
            config.get("storage", {}).pop(needs_disks, None)
        root = work / "root-of-the-node"
        root.mkdir()
        before = made_root(root, asked)
        failure = apply(options.ignition, config, work, root)
        return [failure] if failure else judged(asked, root, before)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--cmd", required=True, help="translates Butane: takes the arguments of a case")
    parser.add_argument("--cases", required=True, action="append")
    parser.add_argument("--ignition", help="the judge; otherwise Debian's, fetched when it is not here")
    parser.add_argument("--least", type=int, default=30, help="fail when fewer cases could be judged")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("error: Ignition gives files to their owners, for which it needs root")
    options.template = [os.path.abspath(w) if os.sep in w and os.path.exists(w) else w for w in shlex.split(options.cmd)]
    options.ignition = options.ignition or judge_program()
    tried = failed = 0
    for directory in options.cases:
        for name in sorted(os.listdir(directory)):
            case = run.load_case(os.path.abspath(os.path.join(directory, name)))
            if case is None or case["exit"] != 0:
                continue
            wrong = try_case(case, options)
            if wrong is None:
                continue
            tried += 1
            failed += bool(wrong)
            for each in wrong:
                print("FAIL %s: %s" % (name, each))
    print("%d applied as asked for, %d not" % (tried - failed, failed))
    sys.exit(1 if failed or tried < options.least else 0)


def judge_program():
    here = os.path.dirname(os.path.abspath(__file__))
    return subprocess.run([os.path.join(here, "ignition_program")], stdout=subprocess.PIPE, check=True,
                          text=True).stdout.strip()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Inputs that mean harm must end in a clear error, soon, and within little memory.

    hostile.py --butane 'PROGRAM butane' --validate 'PROGRAM validate'

Each case runs with at most SECONDS of processor time and MEMORY of address space. A crash, a program that is stopped by
these bounds, a success where an error was due, and an error that does not name its place are failures.
"""
import argparse
import os
import pathlib
import re
import resource
import shlex
import socket
import subprocess
import sys
import tempfile

SECONDS = 20
MEMORY = 1536 << 20
HEAD = b"variant: fcos\nversion: 1.5.0\n"
FILES = HEAD + b"storage:\n  files:\n    - path: /a\n      contents: {local: %s}\n"
TREES = HEAD + b"storage:\n  trees:\n    - {local: %s}\n"


def alias_bomb():
    lines = [b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for i in range(1, 30):
        lines.append(b"a%d: &a%d [%s]" % (i, i, b", ".join([b"*a%d" % (i - 1)] * 10)))
    return HEAD + b"\n".join(lines)


def many_aliases_of_a_large_list():
    return HEAD + b"a: &a [%s]\nb: [%s]\n" % (b", ".join([b"x"] * 100000), b", ".join([b"*a"] * 100000))


def deep_blocks():
    return HEAD + b"".join(b" " * i + b"a:\n" for i in range(5000))


# name, text, what standard error must say; a function makes what the case needs on disk and gives the arguments.
TEXTS = [
    ("alias bomb", alias_bomb, r"line \d+: the aliases stand for more than \d+ values"),
    ("aliases of a large list", many_aliases_of_a_large_list, r"line 4: the aliases stand for more than \d+ values"),
    ("10,000 nested lists", lambda: HEAD + b"a: " + b"[" * 10000, r"line 3: values are nested deeper than 1000 levels"),
    ("10,000 nested mappings", lambda: HEAD + b"a: " + b"{a: " * 10000, r"line 3: values are nested deeper"),
    ("5,000 nested blocks", deep_blocks, r"line \d+: values are nested deeper than 1000 levels"),
    ("100 MB of one scalar", lambda: HEAD + b"a: " + b"x" * 100_000_000, r"longer than 33554432 bytes"),
    ("100 MB of lines", lambda: HEAD + b"a: b\n" * 20_000_000, r"longer than 33554432 bytes"),
    ("as many keys as fit", lambda: HEAD + b"".join(b"k%d: 1\n" % i for i in range(1_500_000)), r"more than 2000000 values"),
    ("many unknown keys on one line", lambda: HEAD + b"x: {}\npasswd: {%s}\n" % b", ".join(b"k%d: 1" % i for i in range(100_000)), None),
    ("invalid UTF-8", lambda: HEAD + b"a: \xff\n", r"invalid leading UTF-8 octet"),
    ("overlong UTF-8", lambda: HEAD + b"a: \xc0\xaf\n", r"UTF-8"),
    ("broken UTF-16", lambda: b"\xff\xfev\x00\x00\xd8", r"UTF-16"),
    ("a zero byte", lambda: HEAD + b"a: \x00\n", r"control characters are not allowed"),
    ("only directives", lambda: b"%TAG ! tag:x,2000:\n" * 100000, r"yaml"),
    ("dots out of the files", lambda: FILES % b"../../etc/shadow", r":6:25\n(.*\n)*.*traverses outside the files directory"),
    ("a fifo for a file", lambda: FILES % b"fifo", r"not a regular file"),
    ("a device for a file", lambda: FILES % b"zero", r"not a regular file"),
    ("a socket for a file", lambda: FILES % b"socket", r"open d/socket"),
    ("a loop of links", lambda: FILES % b"loop", r"too many levels of symbolic links"),
    ("a directory for a file", lambda: FILES % b"deep", r"is a directory"),
    ("a file without end", lambda: FILES % b"sparse", r"larger than \d+ bytes"),
    ("a tree with a fifo", lambda: TREES % b"odd", r"trees may only contain files, directories, and symlinks"),
    ("a tree of too much", lambda: TREES % b"much", r"larger than \d+ bytes together"),
]

CONFIGS = [
    ("10,000 nested lists", lambda: b'{"a": ' + b"[" * 10000, r"line 1 col 1007: exceeded max depth"),
    ("10,000 nested objects", lambda: b'{"a":' * 10000, r"line 1 col 5006: exceeded max depth"),
    ("100 MB", lambda: b'{"a": "' + b"x" * 100_000_000, r"longer than 67108864 bytes"),
    ("invalid UTF-8", lambda: b'{"ignition": {"version": "3.4.0"}, "x": "\xff"}', None),
    ("text after the value", lambda: b'{"ignition": {"version": "3.4.0"}}' * 2, r"line 1 col 36"),
]


def make_files(folder):
    files = folder / "d"
    (files / "deep").mkdir(parents=True)
    os.mkfifo(files / "fifo")
    (files / "odd").mkdir()
    os.mkfifo(files / "odd/fifo")
    os.symlink("/dev/zero", files / "zero")
    os.symlink("loop", files / "loop")
    with open(files / "sparse", "wb") as file:
        file.truncate(1 << 40)
    server = socket.socket(socket.AF_UNIX)
    server.bind(os.path.relpath(files / "socket"))
    (files / "much").mkdir()
    for i in range(40):
        with open(files / "much" / str(i), "wb") as file:
            file.truncate(64 << 20)


def bounded():
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def fault(command, text, wanted):
    """Why the program is at fault; None when it is not. None for `wanted`: it may succeed, but must be in bounds."""
    with tempfile.TemporaryFile() as file:
        file.write(text)
        file.seek(0)
        done = subprocess.run(command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=bounded)
    said = (done.stderr + done.stdout).decode("utf-8", "replace")
    if done.returncode < 0 or done.returncode > 2:
        return "ended with %d: %s" % (done.returncode, said[-200:])
    if wanted is None:
        return None if len(said) < 100_000_000 else "said %d bytes" % len(said)
    if done.returncode == 0:
        return "was accepted"
    return None if re.search(wanted, said) else "does not say %r but: %s" % (wanted, said[:300])


def inputs_by_name(butane):
    """Arguments instead of text: what the shell can name."""
    yield "a fifo for the input", butane + ["d/fifo"], r"failed to open d/fifo: .*not a regular file"
    yield "a device for the input", butane + ["/dev/zero"], r"failed to open /dev/zero: .*not a regular file"
    yield "a directory for the input", butane + ["d"], r"failed to open d: .*is a directory"
    yield "a link to itself for the input", butane + ["d/loop"], r"too many levels of symbolic links"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--butane", required=True)
    parser.add_argument("--validate", required=True)
    options = parser.parse_args()
    butane, validate = ([os.path.abspath(w) if os.sep in w else w for w in shlex.split(words)]
                        for words in (options.butane, options.validate))
    faults = tried = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        os.chdir(folder)
        make_files(folder)
        for title, words, make, wanted in (
                [(n, butane + ["-d", "d"], make, wanted) for n, make, wanted in TEXTS] +
                [("validate: " + n, validate + ["-"], make, wanted) for n, make, wanted in CONFIGS] +
                [(n, words, bytes, wanted) for n, words, wanted in inputs_by_name(butane)]):
            tried += 1
            wrong = fault(words, make(), wanted)
            if wrong:
                faults += 1
                print("FAIL %s: %s" % (title, wrong))
        # Standard input that does not end.
        tried += 1
        endless = subprocess.Popen(["cat", "/dev/zero"], stdout=subprocess.PIPE)
        done = subprocess.run(butane, stdin=endless.stdout, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              preexec_fn=bounded)
        endless.kill()
        endless.wait()
        if done.returncode != 1 or b"longer than" not in done.stderr:
            faults += 1
            print("FAIL endless standard input: %d %s" % (done.returncode, done.stderr[:200]))
    print("%d refused within %d s and %d MB, %d not" % (tried - faults, SECONDS, MEMORY >> 20, faults))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()

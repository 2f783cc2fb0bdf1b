#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# The JSON Schema that `berth schema` prints, asked by a checker that is not ours: it takes every spec that `berth
# validate` takes, and refuses the mistakes that a schema can see.
#
#   schema_test.py BERTH ROOT-OF-THE-CHECKOUT
import json
import os
import pathlib
import re
import subprocess
import sys

import jsonschema
import yaml

BERTH, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
BROKEN = ROOT / "tests/unit/planner/spec/testdata/broken"

# Mistakes of the kinds that a schema can see; the others need two values at once, or files.
SEEN = """
count-is-negative count-is-text count-in-quotes list-instead-of-mapping memory-without-unit memory-wrong-unit
missing-cluster mtu-too-small network-and-networks node-index-is-a-name node-unknown-key os-updates-bad-time
os-updates-bad-zone os-updates-without-strategy protect-is-text search-no-domain unknown-key-without-near-one
vlan-on-libvirt-network vlan-out-of-range volume-filesystem-without-mount volume-mount-relative volume-name-too-long
volume-name-upper-case volume-unknown-filesystem volume-without-size bad-address bad-subnet bad-pool-name
bad-cluster-name gateway-without-subnet health-two-in-one health-wrong-word image-two-sources image-short-digest
""".split()


class Loader(yaml.SafeLoader):
    """YAML 1.2: off is a text, and so is 22:30."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("null", r"^(~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?(0|[1-9][0-9]*)$|^0o[0-7]+$|^0x[0-9a-fA-F]+$", list("-+0123456789")),
    ("float", r"^[-+]?[0-9]+\.[0-9]*$", list("-+0123456789")),
]:
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), first)


def with_text_keys(value):
    if isinstance(value, dict):
        return {str(key): with_text_keys(each) for key, each in value.items()}
    return [with_text_keys(each) for each in value] if isinstance(value, list) else value


def read(path):
    return with_text_keys(yaml.load(path.read_text(), Loader))


def is_valid(path):
    # One of the examples has to be told where an image lies.
    told = os.environ | {"BERTH_VAR_image": "/srv/images/node.qcow2"}
    return subprocess.run([BERTH, "validate", "-q", "-f", path], env=told, capture_output=True, check=False).returncode == 0


schema = json.loads(subprocess.run([BERTH, "schema"], capture_output=True, check=True).stdout)
jsonschema.Draft202012Validator.check_schema(schema)
checker = jsonschema.Draft202012Validator(schema)
failures = []

taken = [path for path in [*ROOT.glob("examples/*/*.yaml"), *sorted(BROKEN.glob("warning-*.yaml"))]]
for path in taken:
    # The first example wants a key that only its reader has.
    if path.parent.name != "first" and not is_valid(path):
        failures.append(f"{path}: berth validate refuses it")
    for error in checker.iter_errors(read(path)):
        failures.append(f"{path}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
for name in SEEN:
    path = BROKEN / f"{name}.yaml"
    if is_valid(path):
        failures.append(f"{path}: berth validate takes it")
    if checker.is_valid(read(path)):
        failures.append(f"{path}: the schema sees nothing wrong with it")

# An expression may stand for any value.
spec = read(ROOT / "examples/storage/cluster.yaml")
spec["pools"]["database"]["count"] = "${{ var.count }}"
spec["pools"]["database"]["volumes"]["data"]["size"] = "${{ var.size }}"
failures += [f"an expression: {error.message[:300]}" for error in checker.iter_errors(spec)]

print("\n".join(failures) or f"{len(taken)} specs taken, {len(SEEN)} refused")
sys.exit(1 if failures else 0)

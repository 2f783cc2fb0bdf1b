#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/faults.md names tests, happenings of berth-sim and planted bugs: each of them exists, and no row is without one.

    faults_test.py
"""

import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FAULTS = 88


def rows():
    """Number and cells of each row."""
    for line in (ROOT / "docs/faults.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and cells[0].strip("| ").isdigit():
            yield int(cells[0].strip("| ")), cells


def tests_in_cpp():
    macro = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)", re.MULTILINE)
    for file in (ROOT / "tests").rglob("*_test.cpp"):
        for suite, name in macro.findall(file.read_text()):
            yield f"{suite}.{name}"


def tests_in_python():
    for file in [*(ROOT / "tests/e2e").glob("*_test.py"), *(ROOT / "tests/integration/stack").glob("*_test.py")]:
        for name in re.findall(r"def (test_\w+)", file.read_text()):
            yield f"{file.stem}.{name}"


def benchmarks():
    for file in (ROOT / "tests/bench").rglob("CMakeLists.txt"):
        yield from re.findall(r"add_executable\((\w+)", file.read_text())


def named_in(path, row):
    """The quoted names of a table's rows."""
    return set(re.findall(row + r'\{[^}]*?"([^"]+)"', (ROOT / path).read_text()))


class Faults(unittest.TestCase):
    def setUp(self):
        self.known = set(tests_in_cpp()) | set(tests_in_python()) | set(benchmarks())
        self.known |= named_in("tests/simulation/scenario.cpp", "KindRow") | named_in("tests/simulation/plant.cpp", "PlantRow")

    def test_no_row_is_missing(self):
        self.assertEqual([number for number, _ in rows()], list(range(1, FAULTS + 1)))

    def test_each_row_names_what_shows_it_or_says_what_is_open(self):
        for number, cells in rows():
            with self.subTest(row=number):
                self.assertEqual(len(cells), 4)
                self.assertTrue("`" in cells[3] or "Open:" in cells[3], cells[3])

    def test_all_that_is_named_exists(self):
        for number, cells in rows():
            for name in re.findall(r"`([^`]+)`", cells[3]):
                with self.subTest(row=number):
                    self.assertIn(name, self.known)


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=1))

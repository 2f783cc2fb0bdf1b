#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""berth-sim as a whole: the same seed is the same run, many seeds break nothing, and each bug that is planted is found,
so that the checks are known to be able to fail.

    simulation_test.py BERTH_SIM [Simulation.test_…]
"""

import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import unittest

# Each is found well within these with the seeds from 1 on.
SEEDS_FOR_A_PLANT = 100


def berth_sim(*arguments):
    with tempfile.TemporaryDirectory() as directory:
        return subprocess.run([BERTH_SIM, *map(str, arguments)], cwd=directory, text=True, capture_output=True)


class Simulation(unittest.TestCase):
    def test_the_same_seed_is_the_same_run(self):
        def lines(*more):
            out = berth_sim("--seeds", 6, "--first-seed", 40, "--verbose", *more).stdout
            return re.sub(r"\d+ events/s|in [\d.]+ s", "", out)

        first = lines()
        self.assertIn("0 violations", first)
        self.assertEqual(lines(), first)
        self.assertEqual(lines("--jobs", 3), first)

    def test_a_failure_is_the_same_however_many_seeds_run_at_once(self):
        def lines(*more):
            out = berth_sim("--plant", "no-restart", "--first-seed", 1, "--seeds", 60, "--whole", "--verbose", *more).stdout
            return re.sub(r"\d+ events/s|in [\d.]+ s", "", out)

        one = lines()
        self.assertIn(", 1 violations", one)
        self.assertEqual(lines("--jobs", 4), one)

    def test_many_seeds_break_nothing(self):
        run = berth_sim("--seeds", 500, "--first-seed", 1, "--jobs", 2)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertRegex(run.stdout.splitlines()[-1], r"^500 seeds, .* 0 violations$")

    def test_each_planted_bug_is_found(self):
        listed = berth_sim("--list-plants").stdout.splitlines()
        plants = [line.split()[0] for line in listed if line.strip() and line.split()[0] != "none"]
        self.assertGreaterEqual(len(plants), 10)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as side_by_side:
            runs = list(side_by_side.map(lambda plant: berth_sim("--plant", plant, "--seeds", SEEDS_FOR_A_PLANT, "--whole"), plants))
        for plant, run in zip(plants, runs):
            with self.subTest(plant=plant):
                self.assertEqual(run.returncode, 1, f"{plant} was not found\n{run.stdout}")
                self.assertRegex(run.stdout, r"seed \d+ breaks I\d+")


if __name__ == "__main__":
    BERTH_SIM = sys.argv.pop(1)
    unittest.main(verbosity=2)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The units that a stack adds, as systemd reads them: it has nothing to complain of."""

import re
import shutil
import subprocess
import sys
import unittest

from guest import WithGuests

STACK = """\
  consul: { version: 1.22.0, servers: server }
  nomad: { version: 1.11.0, servers: server, clients: client }
  openbao: { version: 2.6.2, servers: server }
"""


class Units(WithGuests):
    def complaints(self, node):
        """Of the units of that node, whose programs need not be here."""
        units = self.guest(STACK, node).units
        directory = self.directory / f"units-of-{node}"
        directory.mkdir()
        names = [name for name, text in units.items() if text]
        for name in names:
            text = re.sub(r"^(Exec(?:Start|StartPre|Stop)=\+?)(?!/bin/|/usr/bin/)\S+", r"\1/bin/true", units[name], flags=re.MULTILINE)
            (directory / name).write_text(re.sub(r"^User=.*$", "User=root", text, flags=re.MULTILINE))
        told = subprocess.run(["systemd-analyze", "verify", "--man=no", *(directory / name for name in names)], text=True,
                              env={"SYSTEMD_UNIT_PATH": f"{directory}:", "PATH": "/usr/bin:/bin"}, capture_output=True, check=False)
        return [line for line in told.stderr.splitlines() if any(name in line for name in names)], names

    def test_systemd_takes_them(self):
        for node, least in (("prod-server-0", 15), ("prod-client-0", 4)):
            with self.subTest(node):
                complaints, names = self.complaints(node)
                self.assertGreater(len(names), least)
                self.assertEqual(complaints, [])


if __name__ == "__main__":
    if shutil.which("systemd-analyze") is None:
        print("skipped: there is no systemd-analyze on PATH")
        sys.exit(77)
    unittest.main(verbosity=2)

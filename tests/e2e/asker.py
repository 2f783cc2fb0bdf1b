#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Clients that keep asking a service on several nodes, each node again and again on its own.

    asker.py STOP ADDRESS…      until the file STOP is there; a line of JSON for each request, once it has ended
"""

import http.client
import json
import pathlib
import sys
import threading
import time

# Emulated guests start a shell for each answer.
PATIENCE = 10
PAUSE = 0.5


def ask(address):
    connection = http.client.HTTPConnection(address, 8080, timeout=PATIENCE)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def keep_asking(address, stop, lock):
    while not stop.exists():
        began = time.monotonic()
        answered = ask(address)
        with lock:
            print(json.dumps({"address": address, "began": began, "ended": time.monotonic(), "answered": answered}), flush=True)
        time.sleep(PAUSE)  # the pace of the client, not a wait for anything


def main():
    stop, addresses, lock = pathlib.Path(sys.argv[1]), sys.argv[2:], threading.Lock()
    threads = [threading.Thread(target=keep_asking, args=(address, stop, lock)) for address in addresses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()

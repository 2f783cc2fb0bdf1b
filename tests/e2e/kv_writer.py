#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes to the key-value store of Consul, each server on its own, again and again.

    kv_writer.py STOP CA SERVER…     until the file STOP is there; the token comes on standard input

A line of JSON for each write, once it has ended.
"""

import http.client
import json
import pathlib
import ssl
import sys
import threading
import time

# A server without a leader holds a write back for seven seconds.
PATIENCE = 9
PAUSE = 0.3


def write(server, context, token, value):
    connection = http.client.HTTPSConnection(server, 8501, timeout=PATIENCE, context=context)
    try:
        connection.request("PUT", f"/v1/kv/berth/{server}", body=str(value), headers={"X-Consul-Token": token})
        return connection.getresponse().read().strip() == b"true"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def keep_writing(server, context, token, stop, lock):
    count = 0
    while not stop.exists():
        began = time.monotonic()
        count += 1
        answered = write(server, context, token, count)
        with lock:
            print(json.dumps({"server": server, "began": began, "ended": time.monotonic(), "written": answered}), flush=True)
        time.sleep(PAUSE)  # the pace of the writer, not a wait for anything


def main():
    stop, ca, servers = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    token = sys.stdin.readline().strip()
    context = ssl.create_default_context(cafile=ca)
    lock = threading.Lock()
    threads = [threading.Thread(target=keep_writing, args=(each, context, token, stop, lock)) for each in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()

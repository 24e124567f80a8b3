# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""The moment at which a flow is in a datapath, told by an OpenFlow monitor.

        with FlowWatch(host, "table=24,dl_dst=02:00:00:00:00:01") as watch:
            ...
            at = watch.wait()

The switch itself tells of each flow that comes, so there is no interval of
polling: the resolution is that of a process's wake-up, well below 1 ms on an
idle machine.
"""

import subprocess
import threading
import time

from nvo3lab.programs import find_program
from nvo3lab.shell import LabError, LabTimeout

TIMEOUT = 60                        # seconds for a flow to come
READY = "FLOW_MONITOR reply"        # all that is there already has been told


class FlowWatch:
    """Watches a DummyHost for a flow that matches 'where' and whose text
    contains 'words'."""

    def __init__(self, host, where, words=""):
        self._words = words
        self._ready = threading.Event()
        self._seen = threading.Event()
        self._at = None
        self._said = []
        self._child = subprocess.Popen(
            [find_program("ovs-ofctl"), "-O", "OpenFlow15", "monitor",
             f"--unixctl={host.folder}/monitor.ctl", host.bridge,
             "watch:!initial,!delete," + where],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self):
        self._thread.start()
        if not self._ready.wait(TIMEOUT):
            self._end()
            raise LabError("ovs-ofctl monitor: " + "".join(self._said))
        return self

    def __exit__(self, *exception):
        self._end()

    def wait(self):
        """Returns the time (time.monotonic()) at which the flow came."""
        if not self._seen.wait(TIMEOUT):
            raise LabTimeout(f"no flow after {TIMEOUT} s; ovs-ofctl monitor "
                             "said: " + "".join(self._said))
        return self._at

    def _read(self):
        for line in self._child.stdout:
            now = time.monotonic()
            self._said.append(line)
            if "event=ADDED" in line or "event=MODIFIED" in line:
                if self._words in line and self._at is None:
                    self._at = now
                    self._seen.set()
            elif READY in line:
                self._ready.set()

    def _end(self):
        self._child.kill()
        self._child.wait()
        self._thread.join()
        self._child.stdout.close()

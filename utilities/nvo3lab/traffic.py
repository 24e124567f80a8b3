# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Traffic that is counted: numbered datagrams, and TCP by iperf3.

    with Stream(vm1, vm2, rate=200) as stream:
        core.restart("ndirectord")
    assert stream.lost() == []

A stream's datagrams carry a random word and a number, so that what arrives
can belong to this stream only, and what does not arrive is known by number.
"""

import json
import os
import socket
import struct
import subprocess
import threading
import time

from .shell import LabError, wait_for

GRACE = 2                           # seconds to wait for the last datagrams


class Stream:
    """Numbered UDP datagrams from one VM to another, 'rate' per second."""

    def __init__(self, source, target, rate=200, port=7007, version=4):
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        self.name = f"{source.name} to {target.name}"
        self.rate = rate
        self.word = os.urandom(8)
        self.arrivals = {}                       # number -> [time, ...]
        self.n_sent = 0
        self.n_foreign = 0
        self._target = (target.address(version), port)
        self._stopping = self._closing = False
        self._out = source.netns.socket(family, socket.SOCK_DGRAM)
        self._in = target.netns.socket(family, socket.SOCK_DGRAM)
        self._in.bind(("", port))
        self._in.settimeout(0.05)
        self._threads = [threading.Thread(target=self._send, daemon=True),
                         threading.Thread(target=self._receive, daemon=True)]
        for thread in self._threads:
            thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.stop()

    def stop(self):
        """Stops sending, waits for what is under way; may be twice."""
        self._stopping = True
        self._threads[0].join()
        deadline = time.monotonic() + GRACE
        while len(self.arrivals) < self.n_sent \
                and time.monotonic() < deadline:
            time.sleep(0.02)
        self._closing = True
        self._threads[1].join()
        self._out.close()
        self._in.close()

    def wait_flowing(self, n_more=20, timeout=15):
        """Waits until 'n_more' further datagrams have arrived."""
        goal = len(self.arrivals) + n_more
        wait_for(lambda: len(self.arrivals) >= goal, timeout,
                 f"{n_more} more datagrams {self.name}, "
                 f"{len(self.arrivals)} of {self.n_sent} arrived so far")

    def lost(self):
        """Returns the numbers of the datagrams that did not arrive."""
        return [n for n in range(self.n_sent) if n not in self.arrivals]

    def duplicates(self):
        """Returns the numbers of the datagrams that arrived repeatedly."""
        return [n for n, when in self.arrivals.items() if len(when) > 1]

    def longest_gap(self):
        """Returns the longest time in seconds between two arrivals."""
        times = sorted(when[0] for when in self.arrivals.values())
        gaps = [b - a for a, b in zip(times, times[1:])]
        return max(gaps, default=float("inf"))

    def summary(self):
        return (f"{self.name}: {self.n_sent} sent, {len(self.arrivals)} "
                f"arrived, {len(self.duplicates())} repeated, longest gap "
                f"{self.longest_gap():.3f} s")

    def _send(self):
        start = time.monotonic()
        while not self._stopping:
            message = self.word + struct.pack("!Q", self.n_sent)
            try:
                self._out.sendto(message, self._target)
            except OSError:
                pass                             # it counts as lost
            self.n_sent += 1
            pause = start + self.n_sent / self.rate - time.monotonic()
            if pause > 0:
                time.sleep(pause)

    def _receive(self):
        while not self._closing:
            try:
                message = self._in.recv(2048)
            except TimeoutError:
                continue
            if message[:8] != self.word:
                self.n_foreign += 1
                continue
            number, = struct.unpack("!Q", message[8:16])
            self.arrivals.setdefault(number, []).append(time.monotonic())


def iperf3(client, server, seconds=2, version=4, options=()):
    """Returns the bits per second of TCP from one VM to the other."""
    address = server.address(version)
    daemon = server.popen("iperf3", "-s", "-1", "-B", address,
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: _listens(server, 5201), 5, "iperf3 to listen")
        done = client.netns.run(["iperf3", "-J", "-c", address, "-t", seconds,
                                 *options], check=False,
                                timeout=seconds + 30)
        report = json.loads(done.stdout)
        if "error" in report:
            raise LabError(f"iperf3 {client.name} to {server.name}: "
                           f"{report['error']}")
        return report["end"]["sum_received"]["bits_per_second"]
    finally:
        daemon.kill()
        daemon.wait()


def _listens(vm, port):
    return f":{port} " in vm.cmd("ss", "-Hltn")

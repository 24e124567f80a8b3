# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Frames: what passes between a guest behind an access link and a peer at
another NVE, and what does not.

A frame that shall pass is sent until it does, since other NVEs may learn of a
guest a little later.  A frame that shall not pass is sent once, and after it,
twice, frames of a witness that do: what has not come by then never will.
"""

import secrets

from nvo3lab import Capture, frames, inject
from nvo3lab.shell import LabTimeout, wait_for

TPID = 0x8100
UP, DOWN = "up", "down"             # from the guest, and to it
TIMEOUT = 5


class Path:
    """The two ends of a way: an access link with a tag, and a peer.

    'stranger' changes the addresses of the guest: mac, ip or ip6.
    """

    def __init__(self, tsi, tag=None, port=None, **stranger):
        self.link = tsi.device.links[port or tsi.port]
        self.peer = tsi.vn.peer
        self.tag = tag or tsi.tag
        self.mac = stranger.get("mac", tsi.guest.mac)
        self.ip = stranger.get("ip", tsi.guest.ip)

    def frame(self, way, mark):
        up = way == UP
        local, far = (self.mac, self.ip), (self.peer.mac, self._far_ip())
        (src, src_ip), (dst, dst_ip) = (local, far) if up else (far, local)
        build = frames.udp6_frame if ":" in self.ip else frames.udp_frame
        tags = [(TPID, self.tag)] if up else []
        return build(src, dst, src_ip, dst_ip, mark, tags=tags)

    def send(self, way, mark):
        point = self.link if way == UP else self.peer.point
        inject(point.netns, point.device, self.frame(way, mark))

    def _far_ip(self):
        return self.peer.ip6 if ":" in self.ip else self.peer.ip


class Watch:
    """Captures at both ends of some paths."""

    def __init__(self, *paths):
        points = {(point.netns.name, point.device): point for path in paths
                  for point in (path.link, path.peer.point)}
        self.captures = {key: Capture(point.netns, point.device)
                         for key, point in points.items()}

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for capture in self.captures.values():
            capture.stop()

    def seen(self, point, mark):
        """Returns the frames with 'mark' that have come in at a point."""
        capture = self.captures[point.netns.name, point.device]
        return [frame for frame in capture.received()
                if frame.payload is not None and mark in frame.payload]

    def pass_one(self, path, way):
        """Sends frames until one has arrived, with the tags that it must
        have there."""
        mark = secrets.token_bytes(12)
        target = path.peer.point if way == UP else path.link
        tags = [] if way == UP else [(TPID, path.tag)]
        for _ in range(TIMEOUT * 5):
            path.send(way, mark)
            try:
                wait_for(lambda: self.seen(target, mark), 0.2)
                break
            except LabTimeout:
                continue
        found = self.seen(target, mark)
        assert found, f"{path.mac}, tag {path.tag}: nothing passes {way}"
        assert all(frame.tags == tags for frame in found), found

    def block_one(self, path, way, witness):
        """Sends a frame that must not arrive, at no peer or on the link."""
        mark = secrets.token_bytes(12)
        path.send(way, mark)
        for _ in range(2):
            self.pass_one(witness, way)
        targets = [path.link] if way == DOWN else [
            each.peer.point for each in (path, witness)]
        passed = [frame for point in targets
                  for frame in self.seen(point, mark)]
        assert not passed, f"{path.mac}, tag {path.tag}: {passed} {way}"


def passes(path, ways):
    with Watch(path) as watch:
        for way in ways:
            watch.pass_one(path, way)


def blocked(path, witness, ways):
    """'witness' is a path on which frames pass."""
    with Watch(path, witness) as watch:
        for way in ways:
            watch.block_one(path, way, witness)

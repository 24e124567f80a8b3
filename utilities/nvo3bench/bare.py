# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""The floor: the same hosts and the same calls of ovs-vsctl, but nobody who
answers them.  No control plane can take less time than that."""

from .system import System


class Bare(System):
    """What confirms a VNIC is written by the call that attaches it."""

    title = "no control plane"
    confirmed = ("confirmed", "at-once")

    def start(self):
        pass

    def add_host(self, number):
        host = self.add_dummy_host(number)
        host.vsctl("add-br", "br-int", "--", "set", "bridge", "br-int",
                   "fail_mode=secure")

    def wait_hosts(self):
        pass

    def register(self, vnics):
        pass

    def vsctl_words(self, vnic):
        return [f"external_ids:iface-id={vnic.name}",
                f'external_ids:attached-mac="{vnic.mac}"',
                "external_ids:" + "=".join(self.confirmed)]

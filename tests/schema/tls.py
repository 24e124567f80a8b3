# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Peers of a database that have a certificate and a role."""

import os
import subprocess

from conftest import Ctl, find, wait_for

# What ovsdb-server says of what a role may not do.
DENIED = "permission error"


def make_ca(folder):
    """Makes a certificate authority in 'folder'."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
         "/CN=ca", "-keyout", os.path.join(folder, "ca.key"), "-out",
         os.path.join(folder, "ca.pem")], check=True, capture_output=True)


def make_certificate(folder, name):
    """Makes 'name'.key and 'name'.pem."""
    base = os.path.join(folder, name)
    subprocess.run(
        ["openssl", "req", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
         "-keyout", base + ".key", "-out", base + ".csr"], check=True,
        capture_output=True)
    subprocess.run(
        ["openssl", "x509", "-req", "-in", base + ".csr", "-days", "2",
         "-CA", os.path.join(folder, "ca.pem"), "-CAkey",
         os.path.join(folder, "ca.key"), "-CAcreateserial", "-out",
         base + ".pem"], check=True, capture_output=True)


class Peer(Ctl):
    """The tool with the certificate of 'name'."""

    def __init__(self, server, name, port):
        super().__init__(server)
        base = os.path.join(server.folder, name)
        self.options = [f"--db=ssl:127.0.0.1:{port}",
                        f"--private-key={base}.key",
                        f"--certificate={base}.pem",
                        "--ca-cert=" + os.path.join(server.folder, "ca.pem")]

    def command(self, *args):
        return super().command(*self.options, *args)


def connect_as(ctl, name, role):
    """Makes the server of 'ctl' listen for peers with 'role', and returns the
    one whose certificate says 'name'."""
    folder = ctl.server.folder
    find("openssl")
    make_ca(folder)
    for owner in ("server", name):
        make_certificate(folder, owner)
    ctl("set-ssl", f"{folder}/server.key", f"{folder}/server.pem",
        f"{folder}/ca.pem")
    ctl("set-connection", "role=" + role, "pssl:0:127.0.0.1")
    port = wait_for(
        lambda: ctl("--bare", "--columns=status", "list", "Connection")
        .partition("bound_port=")[2].split()[:1], "the port")[0]
    return Peer(ctl.server, name, port)


def contents(ctl):
    """Returns what is in the database, but for the server's own report on
    its connections."""
    return "".join(line for line in ctl.dump().splitlines(True)
                   if "bound_port" not in line)

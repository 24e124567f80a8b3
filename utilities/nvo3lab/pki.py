# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Keys and certificates that live as long as a test."""

import os

from .shell import run


class Authority:
    """A certificate authority whose files are in 'folder'."""

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.key = os.path.join(folder, "ca.key")
        self.cert = os.path.join(folder, "ca.pem")
        self._new_key(self.key)
        run(["openssl", "req", "-x509", "-key", self.key, "-subj", "/CN=ca",
             "-days", "2", "-out", self.cert])

    @staticmethod
    def _new_key(path):
        run(["openssl", "ecparam", "-name", "prime256v1", "-genkey",
             "-noout", "-out", path])

    def issue(self, name, subject):
        """Returns (private key, certificate) for 'subject', as files."""
        key, request, cert = (os.path.join(self.folder, name + end)
                              for end in (".key", ".req", ".pem"))
        self._new_key(key)
        run(["openssl", "req", "-new", "-key", key, "-subj", subject,
             "-out", request])
        run(["openssl", "x509", "-req", "-in", request, "-CA", self.cert,
             "-CAkey", self.key, "-CAcreateserial", "-days", "2", "-out",
             cert])
        return key, cert

# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Network namespaces by name, as ip-netns(8) keeps them.

A namespace can be used in two ways: run() and popen() start a command in it,
and call() runs a Python function in it without a process: a thread enters the
namespace, and whatever socket it opens there stays there for its whole life.
Deleting a namespace first kills every process that is still in it.
"""

import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import threading
import time

from .shell import LabError, run

NETNS_DIR = "/run/netns"
CLONE_NEWNET = 0x40000000
SIOCETHTOOL = 0x8946
ETHTOOL_STXCSUM = 0x17


class Netns:
    """One namespace; making the object does not make the namespace."""

    def __init__(self, name):
        self.name = name
        self.path = os.path.join(NETNS_DIR, name)

    def create(self):
        """Makes the namespace, with its loopback interface up."""
        run(["ip", "netns", "add", self.name])
        run(["ip", "-n", self.name, "link", "set", "lo", "up"])

    def exists(self):
        return os.path.exists(self.path)

    def delete(self):
        """Kills what runs in the namespace and removes it, if it is there."""
        if not self.exists():
            return
        self.kill_all()
        run(["ip", "netns", "del", self.name], check=False)
        if self.exists():
            raise LabError(f"namespace {self.name} cannot be removed")

    def pids(self):
        """Returns the ids of all processes in the namespace."""
        try:
            mine = os.stat(self.path)
        except FileNotFoundError:
            return []
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit() and _in_namespace(entry, mine):
                found.append(int(entry))
        return found

    def contains(self, pid):
        """True if process 'pid' is in the namespace."""
        try:
            return _in_namespace(pid, os.stat(self.path))
        except FileNotFoundError:
            return False

    def kill_all(self, timeout=5):
        """Kills all processes in the namespace (they are the lab's own)."""
        deadline = time.monotonic() + timeout
        while True:
            pids = [pid for pid in self.pids() if pid != os.getpid()]
            if not pids:
                return
            if time.monotonic() > deadline:
                raise LabError(f"processes {pids} in {self.name} do not die")
            for pid in pids:
                kill_quietly(pid, signal.SIGKILL)
            time.sleep(0.01)

    def argv(self, command):
        """Returns the command line that runs 'command' in the namespace."""
        return ["ip", "netns", "exec", self.name] + [str(c) for c in command]

    def run(self, command, **kwargs):
        """Runs 'command' in the namespace; arguments as of shell.run()."""
        return run(self.argv(command), **kwargs)

    def popen(self, command, **kwargs):
        """Starts 'command' in the namespace; returns a subprocess.Popen."""
        return subprocess.Popen(self.argv(command), **kwargs)

    def ip(self, commands):
        """Does several ip(8) commands, a string each, in one process."""
        run(["ip", "-n", self.name, "-batch", "-"],
            stdin="\n".join(commands) + "\n")

    def call(self, function, *args):
        """Returns function(*args), called from inside the namespace."""
        result = {}

        def inside():
            try:
                _enter(self.path)
                result["value"] = function(*args)
            except BaseException as error:       # handed to the caller below
                result["error"] = error

        thread = threading.Thread(target=inside, daemon=True)
        thread.start()
        thread.join()
        if "error" in result:
            raise result["error"]
        return result["value"]

    def sysctl(self, settings):
        """Sets network sysctls, {"ipv4.conf.all.arp_ignore": 1, ...}."""
        self.call(_write_sysctls, settings)

    def tx_checksum_off(self, device):
        """Turns transmit checksum offload of 'device' off.

        OVS's userspace datapath takes a veth's frames as they are: with the
        offload on, TCP and UDP checksums in them would be incomplete.
        """
        self.call(_tx_checksum_off, device)

    def socket(self, *args):
        """Returns a new socket.socket(*args) that lives in the namespace."""
        return self.call(socket.socket, *args)


def kill_quietly(pid, signum):
    """Sends a signal to a process that may be gone already."""
    try:
        os.kill(pid, signum)
    except ProcessLookupError:
        pass


def list_netns(prefix):
    """Returns the names of all namespaces that start with 'prefix'."""
    try:
        names = os.listdir(NETNS_DIR)
    except FileNotFoundError:
        return []
    return sorted(name for name in names if name.startswith(prefix))


def _in_namespace(pid, namespace):
    """True if process 'pid' is in 'namespace' (an os.stat_result)."""
    try:
        its = os.stat(f"/proc/{pid}/ns/net")
    except OSError:
        return False
    return (its.st_dev, its.st_ino) == (namespace.st_dev, namespace.st_ino)


def _enter(path):
    """Moves the calling thread, and it alone, into the namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if libc.setns(fd, CLONE_NEWNET) != 0:
            error = ctypes.get_errno()
            raise OSError(error, f"setns {path}: {os.strerror(error)}")
    finally:
        os.close(fd)


def _write_sysctls(settings):
    for key, value in settings.items():
        with open("/proc/sys/net/" + key.replace(".", "/"), "w") as stream:
            stream.write(str(value))


def _tx_checksum_off(device):
    request = ctypes.create_string_buffer(
        struct.pack("II", ETHTOOL_STXCSUM, 0))
    ifreq = struct.pack("16sP", device.encode(), ctypes.addressof(request))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCETHTOOL, ifreq)

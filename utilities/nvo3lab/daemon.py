# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""One daemon of a host: started, asked, stopped, or killed.

Each daemon has its own pid file, log and control socket in the host's folder.
It is started with --detach, so that start() returns when the daemon says that
it is ready, and complains with the daemon's own words when it is not.
"""

import os
import signal
import subprocess

from . import jsonrpc
from .netns import kill_quietly
from .programs import find_program
from .shell import LabError, tail, wait_for

START_TIMEOUT = 60                  # seconds; a sanitizer's build is slow


class Daemon:
    """'program' with 'args' in namespace 'netns', all files in 'folder'.

    The program is looked for at start(), in 'build' and elsewhere.
    """

    def __init__(self, name, args, netns, folder, program=None, build=None):
        self.name = name
        self.program = program or name
        self.build = build
        self.args = args
        self.netns = netns
        self.folder = folder
        self.pidfile = os.path.join(folder, name + ".pid")
        self.log = os.path.join(folder, name + ".log")
        self.ctl = os.path.join(folder, name + ".ctl")
        self.out = os.path.join(folder, name + ".out")

    def command(self):
        """Returns the command line, without the namespace."""
        return [find_program(self.program, self.build), *self.args,
                "--detach", "--no-chdir", "--pidfile=" + self.pidfile,
                "--unixctl=" + self.ctl, "--log-file=" + self.log,
                "-vconsole:off"]

    def environment(self):
        """OVS programs find their files, and sanitizers theirs, by these."""
        reports = os.path.join(self.folder, "sanitizer-" + self.name)
        env = dict(os.environ)
        for key in ("RUNDIR", "LOGDIR", "DBDIR", "SYSCONFDIR"):
            env["OVS_" + key] = self.folder
        env["ASAN_OPTIONS"] = f"log_path={reports}:abort_on_error=0"
        env["UBSAN_OPTIONS"] = f"log_path={reports}:print_stacktrace=1"
        return env

    def start(self):
        """Starts the daemon; returns when it is ready to serve."""
        if self.alive():
            raise LabError(f"{self.name} is running already")
        with open(self.out, "wb") as out:
            child = self.netns.popen(self.command(), stdout=out, stderr=out,
                                     stdin=subprocess.DEVNULL,
                                     env=self.environment())
            try:
                status = child.wait(START_TIMEOUT)
            except subprocess.TimeoutExpired:
                child.kill()
                status = f"not ready after {START_TIMEOUT} s"
        if status != 0:
            raise LabError(f"{self.name} did not start (exit {status})\n"
                           + self.last_words())

    def last_words(self):
        """Returns what the daemon printed and logged last."""
        return (f"--- it printed:\n{tail(self.out)}\n"
                f"--- its log {self.log}:\n{tail(self.log)}")

    def pid(self):
        """Returns the process id while the daemon runs, else None."""
        try:
            with open(self.pidfile) as stream:
                pid = int(stream.read())
            with open(f"/proc/{pid}/stat") as stream:
                state = stream.read().rpartition(")")[2].split()[0]
        except (OSError, ValueError):
            return None
        if state in "ZX" or not self.netns.contains(pid):
            return None                          # dead, or a reused number
        return pid

    def alive(self):
        return self.pid() is not None

    def appctl(self, command, *args, timeout=30):
        """Runs a control command in the daemon and returns what it says."""
        return jsonrpc.unixctl(self.ctl, command, *args, timeout=timeout)

    def kill(self, signum=signal.SIGKILL):
        """Sends a signal (-9) and, if that is a deadly one, sees it die."""
        pid = self.pid()
        if pid is None:
            raise LabError(f"{self.name} does not run, cannot be killed")
        kill_quietly(pid, signum)
        if signum in (signal.SIGKILL, signal.SIGTERM):
            self.wait_gone()

    def wait_gone(self, timeout=10):
        wait_for(lambda: not self.alive(), timeout, f"{self.name} to end")

    def stop(self):
        """Ends the daemon politely: its "exit" command, else SIGKILL."""
        if not self.alive():
            return
        try:
            self.appctl("exit", timeout=5)
            self.wait_gone()
        except LabError:
            if self.alive():
                self.kill()

    def restart(self):
        self.stop()
        self.start()

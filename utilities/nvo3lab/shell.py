# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Commands, waiting, and the one error type of the lab.

Nothing in the lab sleeps for a fixed time and hopes: whatever takes time is
waited for with wait_for(), which has a deadline and says what it waited for.
"""

import os
import subprocess
import time

POLL_INTERVAL = 0.02                # seconds between two looks at a condition


class LabError(Exception):
    """Something that the user of the lab must read: what, where, and why."""


class LabTimeout(LabError):
    """A condition did not become true before its deadline."""


def require_root():
    """Raises LabError unless this process may create network namespaces."""
    if os.geteuid() != 0:
        raise LabError("network namespaces need root: run this with sudo")


def run(argv, check=True, timeout=60, stdin=None, env=None):
    """Runs 'argv' and returns its CompletedProcess, output as text.

    With 'check', a non-zero exit status raises LabError with what the command
    printed.  A command that outlives 'timeout' seconds is killed.
    """
    argv = [str(arg) for arg in argv]
    try:
        done = subprocess.run(argv, input=stdin, text=True, timeout=timeout,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=env, errors="replace")
    except FileNotFoundError:
        raise LabError(f"{argv[0]}: not found; is its package installed?") \
            from None
    except subprocess.TimeoutExpired:
        raise LabTimeout(f"no end after {timeout} s: {' '.join(argv)}") \
            from None
    if check and done.returncode != 0:
        said = (done.stderr + done.stdout).strip()
        raise LabError(f"exit status {done.returncode} of "
                       f"{' '.join(argv)}: {said}")
    return done


def wait_for(condition, timeout=10, what=None, explain=None):
    """Calls 'condition' until it returns something true, and returns that.

    After 'timeout' seconds raises LabTimeout, which names 'what' and, if
    'explain' is given, ends with the text that explain() returns.
    """
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            break
        time.sleep(POLL_INTERVAL)
    name = what or getattr(condition, "__name__", "condition")
    text = f"waited {timeout:g} s in vain for: {name}"
    if explain:
        text += "\n" + explain()
    raise LabTimeout(text)


def tail(path, n_lines=15):
    """Returns the last 'n_lines' of the file at 'path', or says it is not."""
    try:
        with open(path, errors="replace") as stream:
            lines = stream.read().splitlines()
    except OSError as error:
        return f"({path}: {error.strerror})"
    return "\n".join(lines[-n_lines:]) or f"({path} is empty)"

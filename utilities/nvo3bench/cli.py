# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""The command nvo3-bench; see nvo3-bench(8)."""

import argparse
import signal
import sys

from nvo3lab.shell import LabError

from . import attach, ovn, report, resync


def do_attach(args):
    wrong = attach.check(args)
    if wrong:
        raise LabError(wrong)
    if args.peer == "ovn" and not ovn.is_installed():
        args.peer = "none"
        print("OVN is not installed, so its columns are left out (Debian: "
              "ovn-central, ovn-host)", file=sys.stderr)
    return attach.run_attach(args)


def do_resync(args):
    return resync.run_resync(args)


def positive(text):
    value = int(text)
    if value <= 0:
        raise ValueError
    return value


def make_parser():
    parser = argparse.ArgumentParser(
        prog="nvo3-bench",
        description="What nDirector costs, measured beside a peer.")
    sub = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")

    def add(verb, function, text):
        command = sub.add_parser(verb, help=text, description=text)
        command.set_defaults(function=function)
        command.add_argument("--build", metavar="DIR",
                             help="folder with the built programs")
        command.add_argument("--json", metavar="FILE",
                             help="also write the results as JSON")
        command.add_argument("--keep", action="store_true",
                             help="leave logs and databases in place")
        return command

    add_attach(add("attach", do_attach, "attach VNICs, beside OVN"))
    command = add("resync", do_resync, "fill an empty datapath, beside "
                  "ovs-ofctl, and restart ndirectord")
    command.add_argument("--flows", type=positive, default=100000,
                         metavar="N", help="about as many flows "
                         "(default: %(default)s)")
    return parser


def add_attach(command):
    for name, default, text in (
            ("vnics", 1000, "VNICs attached at once"),
            ("chassis", 20, "hosts"),
            ("vns", 1, "virtual networks"),
            ("span", None, "hosts of each VN (default: all if there is one "
             f"VN, else {attach.DEFAULT_SPAN})"),
            ("extra", 20, "VNICs attached one at a time, after these"),
            ("batch", 1, "VNICs in a call of ovs-vsctl"),
            ("parallel", 8, "calls of ovs-vsctl at a time")):
        if default is not None:
            text += " (default: %(default)s)"
        command.add_argument("--" + name, type=positive, default=default,
                             metavar="N", help=text)
    command.add_argument("--peer", choices=["ovn", "none"], default="ovn",
                         help="measured beside us (default: %(default)s)")


def terminate(signum, frame):
    """SIGTERM cleans up as Ctrl-C does."""
    raise KeyboardInterrupt


def main(argv=None):
    signal.signal(signal.SIGTERM, terminate)
    args = make_parser().parse_args(argv)
    try:
        results = args.function(args)
        if args.json:
            report.write_json(results, args.json)
        print(report.as_table(results))
        return 0
    except (LabError, OSError) as error:
        print(f"nvo3-bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("nvo3-bench: interrupted", file=sys.stderr)
        return 130

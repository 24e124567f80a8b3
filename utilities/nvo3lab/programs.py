# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Where the programs and the schemas are.

Looked for in this order: the build folder named by --build or NVO3_BUILD, the
source tree that this file is in (and its folder "_build"), the current
folder, what was installed with this file, and PATH.
"""

import os
import shutil

from .shell import LabError

OWN_PROGRAMS = {
    "ndirectord": "controller/ndirectord",
    "ovs-nved": "ovs-ext/ovs-nved",
    "ovs-tnved": "ovs-ext/ovs-tnved",
    "nve-ctl": "utilities/nve-ctl",
    "nvo3-ctl": "utilities/nvo3-ctl",
}
SCHEMA = "nvo3.ovsschema"
HYPERVISOR_SCHEMA = "hypervisor-nve.ovsschema"
OVS_SCHEMAS = ["/usr/share/openvswitch", "/usr/local/share/openvswitch"]
SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


def source_tree():
    """Returns the top of the source tree, or None if this is installed."""
    here = os.path.dirname(os.path.realpath(__file__))
    top = os.path.dirname(os.path.dirname(here))
    if os.path.exists(os.path.join(top, "ovsdb-schema", SCHEMA)):
        return top
    return None


def build_folders(build=None):
    """Returns the folders to look for built programs in, best first."""
    build = build or os.environ.get("NVO3_BUILD")
    if build:
        return [os.path.abspath(build)]
    top = source_tree()
    own = [os.path.join(top, "_build"), top] if top else []
    return own + [os.getcwd()]


def installed_folders():
    """Returns the folders of programs that were installed with this file."""
    here = os.path.dirname(os.path.realpath(__file__))
    prefix = os.path.dirname(os.path.dirname(os.path.dirname(here)))
    if source_tree() or os.path.basename(os.path.dirname(
            os.path.dirname(here))) != "share":
        return []
    return [os.path.join(prefix, "bin"), os.path.join(prefix, "sbin")]


def find_program(name, build=None):
    """Returns the path of program 'name', ours or another's."""
    if name in OWN_PROGRAMS:
        for folder in build_folders(build):
            path = os.path.join(folder, OWN_PROGRAMS[name])
            if os.access(path, os.X_OK):
                return path
    build = build or os.environ.get("NVO3_BUILD")
    if name not in OWN_PROGRAMS or not build:
        search = ":".join([*installed_folders(),
                           os.environ.get("PATH", os.defpath), SBIN])
        path = shutil.which(name, path=search)
        if path:
            return path
    places = ", ".join(build_folders(build)) if name in OWN_PROGRAMS else SBIN
    raise LabError(f"{name}: not found in {places}; build it with "
                   "./quickstart build, or name a build folder with --build")


def find_nvo3_schema():
    """Returns the path of the NVO3 database's schema."""
    return _find_own_schema(SCHEMA)


def find_hypervisor_schema():
    """Returns the path of the Hypervisor_NVE database's schema."""
    return _find_own_schema(HYPERVISOR_SCHEMA)


def _find_own_schema(name):
    top = source_tree()
    places = [os.path.join(top, "ovsdb-schema")] if top else []
    here = os.path.dirname(os.path.realpath(__file__))
    places.append(os.path.dirname(here))         # .../share/ndirector
    places += ["/usr/local/share/ndirector", "/usr/share/ndirector"]
    return _first_file(places, name)


def find_ovs_schema():
    """Returns the path of the schema of the Open_vSwitch database."""
    return _first_file(OVS_SCHEMAS, "vswitch.ovsschema")


def _first_file(folders, name):
    for folder in folders:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            return path
    raise LabError(f"{name}: not found in {', '.join(folders)}")

# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Two whole labs on one machine, with the same names, IDs and addresses."""

from conftest import overlay
from helpers import Watch, broadcast, new_mark, send

from nvo3lab import Stream


def test_two_labs_do_not_meet():
    with overlay("two-hosts") as left, overlay("two-hosts") as right:
        mark = new_mark()
        with Watch(*right.vms.values()) as watch:
            send(left.vms["vm1"], broadcast(left.vms["vm1"], mark))
            left.vms["vm1"].reaches(left.vms["vm2"])
            watch.fence(right.vms["vm1"], right.vms["vm2"])
            assert watch.all_counts(mark) == {}


def test_the_end_of_one_is_not_the_end_of_the_other():
    with overlay("two-hosts") as right:
        with overlay("two-hosts") as left:
            left.vms["vm1"].reaches(left.vms["vm2"])
            stream = Stream(right.vms["vm1"], right.vms["vm2"])
            stream.wait_flowing(20)
        stream.wait_flowing(20)
        stream.stop()
        assert stream.lost() == []
        vm = right.add_vm("hv1", "later", vn="red", ip="10.0.0.9/24")
        right.wait_ready(vm)
        vm.reaches(right.vms["vm2"])

# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""What ovs-nved makes of the integration bridge, and what it leaves alone."""

from nvo3lab.shell import run, wait_for

OPTIONS = {"key": "flow", "remote_ip": "flow", "local_ip": "192.0.2.1"}


def controllers(host, name="br-int"):
    refs = host.bridge(name)["controller"]
    refs = refs if isinstance(refs, list) else [refs]
    rows = host.ovsdb.db.select("Controller")
    return [r for r in rows if r["_uuid"] in refs]


def check_prepared(host):
    bridge = host.bridge()
    assert bridge["fail_mode"] == "secure"
    assert "OpenFlow15" in bridge["protocols"]
    assert bridge["other_config"]["disable-in-band"] == "true"
    tunnel = host.interface("nvo3-vxlan0")
    assert tunnel["type"] == "vxlan"
    assert OPTIONS.items() <= tunnel["options"].items()
    ports = host.vsctl("list-ports", "br-int").split()
    assert "nvo3-vxlan0" in ports


def test_bridge_is_made_in_one_transaction(host):
    host.start_ovsdb()
    host.configure_all()
    host.agent.start()
    host.wait_bridge()
    check_prepared(host)
    made = [t for t in host.ovsdb.transactions() if "Bridge" in t]
    assert len(made) == 1
    assert "Controller" in made[0] and "fail_mode=secure" in made[0]

    controller, = controllers(host)
    assert controller["target"] == "tcp:127.0.0.1:1"
    assert controller["connection_mode"] == "out-of-band"
    assert controller["max_backoff"] == 1000
    assert controller["inactivity_probe"] == 5000
    assert controller["external_ids"] == {"nvo3-managed": "true"}
    port = host.ovsdb.db.find("Port", name="nvo3-vxlan0")[0]
    assert port["external_ids"] == {"nvo3-managed": "true"}
    assert host.wait_status("ok") == "ok"


def test_second_start_writes_nothing(nve):
    nve.add_port("p1", iface_id="a")
    nve.central.bind("a")
    nve.wait_state("p1", "activated")
    assert nve.agent.stop() == 0
    sizes = nve.ovsdb.size(), nve.central.size()
    check_prepared(nve)                       # a graceful end leaves it all

    nve.agent.start()
    wait_for(lambda: "claim 1" in nve.agent.appctl("nved/show"), 10)
    show = nve.agent.show()
    assert show.count(" 0 transactions, 0 failed") == 2, show
    assert (nve.ovsdb.size(), nve.central.size()) == sizes


def test_operators_own_things_stay(host):
    host.start_ovsdb()
    host.vsctl("add-br", "br0", "--", "set", "Bridge", "br0",
               "fail_mode=standalone", "external_ids:x=y", "--",
               "set-controller", "br0", "tcp:127.0.0.1:7", "--",
               "add-port", "br0", "eth0")
    host.vsctl("add-br", "br-int", "--", "set", "Bridge", "br-int",
               "protocols=OpenFlow13", "external_ids:who=me",
               "other_config:hwaddr=02:00:00:00:00:77", "--",
               "set-controller", "br-int", "tcp:127.0.0.1:8", "--",
               "add-port", "br-int", "veth9")
    before = host.bridge("br0"), controllers(host, "br0")
    host.configure_all()
    host.agent.start()
    wait_for(lambda: host.interface("nvo3-vxlan0"), 10)
    host.wait_status("ok")
    check_prepared(host)
    assert (host.bridge("br0"), controllers(host, "br0")) == before
    bridge = host.bridge()
    assert bridge["external_ids"] == {"who": "me"}
    assert bridge["other_config"]["hwaddr"] == "02:00:00:00:00:77"
    assert sorted(bridge["protocols"]) == ["OpenFlow13", "OpenFlow15"]
    assert sorted(c["target"] for c in controllers(host)) == [
        "tcp:127.0.0.1:1", "tcp:127.0.0.1:8"]
    other, = [c for c in controllers(host) if c["target"].endswith(":8")]
    assert other["external_ids"] == {} and other["max_backoff"] == []
    assert "veth9" in host.vsctl("list-ports", "br-int").split()


def test_conflicting_settings_are_replaced_and_logged(host):
    host.start_ovsdb()
    host.vsctl("add-br", "br-int", "--", "set-fail-mode", "br-int",
               "standalone", "--", "add-port", "br-int", "nvo3-vxlan0", "--",
               "set", "Interface", "nvo3-vxlan0", "type=geneve",
               "options:remote_ip=192.0.2.9", "options:csum=true")
    host.configure_all()
    host.agent.start()
    host.wait_status("ok")
    check_prepared(host)
    assert host.interface("nvo3-vxlan0")["options"]["csum"] == "true"
    assert host.agent.log_lines("replacing fail_mode=standalone")
    assert host.agent.log_lines('changing its type from "geneve" to vxlan')

    # It is kept that way.
    host.vsctl("set-fail-mode", "br-int", "standalone")
    wait_for(lambda: host.bridge()["fail_mode"] == "secure", 10)
    host.vsctl("del-port", "nvo3-vxlan0")
    wait_for(lambda: host.interface("nvo3-vxlan0"), 10)
    host.vsctl("del-controller", "br-int")
    wait_for(lambda: len(controllers(host)) == 1, 10)


def test_vlan_limit_is_put_back(host):
    host.start_ovsdb()
    host.configure_all()
    host.vsctl("set", "Open_vSwitch", ".", "other_config:vlan-limit=2",
               "other_config:n-handler-threads=1")
    host.agent.start()
    host.wait_bridge()
    root, = host.ovsdb.db.select("Open_vSwitch")
    assert root["other_config"] == {"vlan-limit": "1",
                                    "n-handler-threads": "1"}
    assert host.agent.log_lines("replacing other_config:vlan-limit=2")
    host.vsctl("set", "Open_vSwitch", ".", "other_config:vlan-limit=0")
    wait_for(lambda: host.ovsdb.db.select("Open_vSwitch")[0]["other_config"]
             ["vlan-limit"] == "1", 10)


def test_tuned_timers_of_the_controller_stay(nve):
    nve.vsctl("set", "Controller", "br-int", "max_backoff=2000",
              "inactivity_probe=30000")
    nve.configure(encap_ip="192.0.2.2")
    wait_for(lambda: nve.interface("nvo3-vxlan0")["options"]["local_ip"]
             == "192.0.2.2", 10)
    controller, = controllers(nve)
    assert controller["max_backoff"] == 2000
    assert controller["inactivity_probe"] == 30000


def test_tunnel_port_name_in_use_elsewhere(host):
    host.start_ovsdb()
    host.vsctl("add-br", "br0", "--", "add-port", "br0", "nvo3-vxlan0")
    host.configure_all()
    host.agent.start()
    assert "nvo3-tunnel-port" in host.wait_status("refused")
    assert host.bridge() is None
    assert not host.central.registrations()
    host.configure(tunnel_port="vx1")
    host.wait_status("ok")
    assert host.interface("vx1")["type"] == "vxlan"
    assert host.interface("nvo3-vxlan0")["type"] == ""


def test_bridge_name_in_use_by_a_port(host):
    host.start_ovsdb()
    host.vsctl("add-br", "br0", "--", "add-port", "br0", "br-int")
    host.configure_all()
    host.agent.start()
    assert "nvo3-bridge" in host.wait_status("refused")
    host.vsctl("del-port", "br-int")
    host.wait_status("ok")
    check_prepared(host)


def test_new_controller_replaces_the_old_in_one_transaction(nve):
    before = len(nve.ovsdb.transactions())
    nve.configure(controller="tcp:127.0.0.1:2, tcp:127.0.0.1:3")
    wait_for(lambda: len(controllers(nve)) == 2, 10)
    assert sorted(c["target"] for c in controllers(nve)) == [
        "tcp:127.0.0.1:2", "tcp:127.0.0.1:3"]
    changes = [t for t in nve.ovsdb.transactions()[before:] if "Bridge" in t]
    assert len(changes) == 1, changes


def test_renamed_tunnel_port_and_moved_bridge(nve):
    nve.configure(tunnel_port="vx2")
    wait_for(lambda: nve.interface("vx2")
             and not nve.interface("nvo3-vxlan0"), 10)
    nve.add_port("p1", iface_id="a")
    nve.central.claim("a")

    nve.configure(bridge="br-x")
    nve.open_bridge("br-x", "00000000000000aa")
    nve.central.wait_registered("hv1", "00000000000000aa")
    wait_for(lambda: nve.vsctl("port-to-br", "vx2") == "br-x", 10)
    nve.central.wait_claims()                 # p1 is not on br-x
    nve.add_port("p2", bridge="br-x", iface_id="b")
    nve.central.wait_claims("b")
    registration, = nve.central.registrations()
    assert registration["bridge"] == "br-x"
    assert registration["tunnel_port"] == "vx2"


def test_datapath_type_is_the_operators_to_say(host):
    host.start_ovsdb()
    host.configure_all(datapath_type="netdev")
    host.agent.start()
    host.wait_bridge()
    assert host.bridge()["datapath_type"] == "netdev"
    host.configure(datapath_type=None)
    host.configure(encap_ip="192.0.2.3")      # something to wait for
    wait_for(lambda: host.interface("nvo3-vxlan0")["options"]["local_ip"]
             == "192.0.2.3", 10)
    assert host.bridge()["datapath_type"] == "netdev"


def flows(host):
    target = f"unix:{host.folder}/br-int.mgmt"
    text = run(["ovs-ofctl", "-O", "OpenFlow15", "--no-stats", "dump-flows",
                target]).stdout
    return [line for line in text.splitlines() if "cookie=0x77" in line]


def test_flows_outlive_all_that_the_agent_does(host):
    host.start_ovsdb()
    host.start_vswitchd()
    host.configure_all()
    host.agent.start()
    dpid = wait_for(lambda: (host.bridge() or {}).get("datapath_id"), 10)
    host.central.wait_registered("hv1", dpid)
    run(["ovs-ofctl", "-O", "OpenFlow15", "add-flow",
         f"unix:{host.folder}/br-int.mgmt",
         "cookie=0x77,priority=7,actions=drop"])
    assert len(flows(host)) == 1

    host.configure(controller="tcp:127.0.0.1:2")
    host.vsctl("--timeout=10", "wait-until", "Controller", "br-int",
               "target=\"tcp:127.0.0.1:2\"")
    assert len(controllers(host)) == 1
    assert len(flows(host)) == 1
    assert host.agent.stop() == 0
    host.agent.start()
    host.wait_status("ok")
    host.agent.kill()
    assert len(flows(host)) == 1

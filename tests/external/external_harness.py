# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""An external NVE with its ovs-nved, as in the agent's harness, and:

    Hypervisors   the Hypervisor_NVE database; plays the operator and the end
                  devices by writing their rows

The nDirector is played by Central: grant() gives each claim the verdict that
it asks for.
"""

from harness import TIMEOUT, Host, Server
from nvo3lab.programs import find_hypervisor_schema
from nvo3lab.shell import wait_for

MAC = "02:00:00:00:00:01"


class Hypervisors(Server):
    """The Hypervisor_NVE database."""

    def __init__(self, folder):
        super().__init__(folder, "hyp", find_hypervisor_schema(),
                         "Hypervisor_NVE")
        self.seq = 0

    def configure(self):
        """What an operator writes."""
        for device in "hv1", "hv2":
            self.db.insert("End_Device", name=device)
        for port, tags in ("p1", "100-109"), ("p2", "200-209"):
            self.db.insert("Access_Port", name=port, tags=tags)

    def options(self, **options):
        options = {k.replace("_", "-"): str(v) for k, v in options.items()}
        if not self.db.update("NVE_Global", [], options=options):
            self.db.insert("NVE_Global", options=options)

    def put(self, table, key, columns):
        """Inserts a row with this key or changes the one that is there."""
        self.seq += 1
        columns = {**columns, "client_seq": self.seq}
        where = [[k, "==", v] for k, v in key.items()]
        if not self.db.update(table, where, **columns):
            self.db.insert(table, **key, **columns)

    def ask(self, vnic="vm1", vn="red", device="hv1", port="p1",
            state="activated", **columns):
        """Writes a VNIC_Request."""
        columns.setdefault("addresses", [MAC])
        self.put("VNIC_Request",
                 {"end_device": device, "vnic": vnic, "vn": vn},
                 {"port": port, "state": state, **columns})

    def end(self, vnic="vm1", vn="red", device="hv1"):
        assert self.db.delete("VNIC_Request", end_device=device, vnic=vnic,
                              vn=vn)

    def connect(self, vn="red", device="hv1", port="p1", **columns):
        self.put("VN_Connection",
                 {"end_device": device, "port": port, "vn": vn}, columns)

    def answer(self, vnic="vm1", vn="red", device="hv1"):
        rows = self.db.find("VNIC_Answer", end_device=device, vnic=vnic,
                            vn=vn)
        return rows[0] if rows else None

    def connection(self, vn="red", device="hv1", port="p1"):
        rows = self.db.find("VN_Connection_Answer", end_device=device,
                            port=port, vn=vn)
        return rows[0] if rows else None

    def tags(self, segment="p1"):
        """Returns {tag: (VN, state)}."""
        return {row["tag"]: (row["vn"], row["state"])
                for row in self.db.find("Tag", segment=segment)}

    def status(self):
        rows = self.db.select("NVE_Status")
        return rows[0]["status"] if rows else None


def says(row, text):
    """Returns true if an answer is 'text': state, outcome, and perhaps the
    tag, as in "activated done 100"."""
    if row is None:
        return text is None
    words = [row["state"], row["outcome"]]
    if row["tag"] != []:
        words.append(str(row["tag"]))
    return " ".join(words) == text


class External(Host):
    """An external NVE; the end devices' side is 'hyp'."""

    def __init__(self, folder, central, build):
        super().__init__(folder, central, build)
        self.hyp = Hypervisors(folder)

    def configure_all(self, **keys):
        super().configure_all(**{"nve_name": "nve1",
                                 "hypervisor_db": self.hyp.remote, **keys})

    def ready(self):
        self.hyp.start()
        self.hyp.configure()
        self.add_vn("red", 7, tenant="acme")
        self.add_vn("blue", 8)
        self.start_ovsdb()
        self.configure_all()
        self.agent.start()
        self.open_bridge()
        self.connect_controller()
        self.central.wait_registered("nve1")
        self.wait_served()

    def connect_controller(self, connected=True):
        """Does what ovs-vswitchd does when the nDirector is there."""
        self.ovsdb.db.update("Controller", [], is_connected=connected)

    def add_vn(self, name, vn_id, **columns):
        self.central.db.insert("VN", name=name, vn_id=vn_id,
                               **{"status": "ok", **columns})

    def wait_served(self, status="ok"):
        wait_for(lambda: self.hyp.status() and status in self.hyp.status(),
                 TIMEOUT, f"NVE_Status {status}",
                 lambda: f"{self.hyp.status()}\n{self.agent.explain()}")

    def grant(self, *vnics):
        """Lets the nDirector say yes to claims, or to all there are."""
        for claim in self.central.claims():
            if not vnics or claim["vnic"] in vnics:
                self.central.bind(claim["vnic"], claim["state"],
                                  vn=claim["vn"])

    def wait_answer(self, text, words="", **key):
        """Waits until an answer is 'text' (see says()), and the reason
        contains 'words'; returns the answer."""
        def look():
            row = self.hyp.answer(**key)
            return says(row, text) and (row is None or words in row["reason"])
        wait_for(look, TIMEOUT, f"answer to {key} {text} ({words})",
                 lambda: f"{self.hyp.answer(**key)}\n"
                         f"{self.agent.appctl('nved/show')}\n"
                         f"{self.agent.explain()}")
        return self.hyp.answer(**key)

    def wait_connection(self, text, words="", **key):
        def look():
            row = self.hyp.connection(**key)
            return says(row, text) and (row is None or words in row["reason"])
        wait_for(look, TIMEOUT, f"connection {key} {text} ({words})",
                 lambda: f"{self.hyp.connection(**key)}\n"
                         f"{self.agent.explain()}")
        return self.hyp.connection(**key)

    def wait_tags(self, segment="p1", **tags):
        """Waits for exactly these tags: red=100 or red="resting"."""
        def look():
            return {vn: tag if state == "used" else state
                    for tag, (vn, state) in self.hyp.tags(segment).items()
                    } == tags
        wait_for(look, TIMEOUT, f"tags {tags}",
                 lambda: str(self.hyp.tags(segment)))

    def attach(self, vnic="vm1", **columns):
        """Has a VNIC activated; returns the answer."""
        self.hyp.ask(vnic, **columns)
        self.central.claim(vnic, state="activated")
        self.grant(vnic)
        key = {k: columns[k] for k in ("vn", "device") if k in columns}
        wait_for(lambda: (self.hyp.answer(vnic, **key) or {}).get("state")
                 == "activated", TIMEOUT, f"{vnic} activated",
                 self.agent.explain)
        return self.hyp.answer(vnic, **key)

    def settle(self):
        """Waits until all that the agent had to do is done: it has dealt with
        a request that comes after, and taken it back."""
        self.hyp.connect("blue", device="hv2", port="p2")
        self.wait_connection("connected done 200", vn="blue", device="hv2",
                             port="p2")

    def end(self):
        super().end()
        self.hyp.kill()

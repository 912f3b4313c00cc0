"""The network: namespaces for clients, switch, gateway, server room and internet.

::

    od-lap-…  eth0 ──┐
    od-lap-…  eth0 ──┤ od-switch ── lan0 [od-gateway] wan0 ═ delay ═ wan0 [od-internet]
    …                ┘   (bridge)        ▲      └ srv0 ── eth0 [od-servers]
                                   captured here
"""

import os
import shutil
import signal
import sys
import time
from pathlib import Path

from .. import plan
from .shell import run, start, stop

GATEWAY, SWITCH, INTERNET, SERVERS = "od-gateway", "od-switch", "od-internet", "od-servers"
_RESOLVERS = Path("/etc/netns")


class Office:
    """Builds the network when entered and takes it down when left, also after a failure."""

    def __init__(self, work: Path):
        self._work = work
        self._processes = []

    def __enter__(self) -> "Office":
        try:
            remove_leftovers()
            self._build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        for process in reversed(self._processes):
            stop(process)
        remove_leftovers()

    def keep(self, process) -> None:
        """Ends `process` when the office closes."""
        self._processes.append(process)

    def log(self, name: str):
        return (self._work / f"{name}.log").open("ab")

    def join(self, host: plan.Host) -> None:
        """The host gets its address by DHCP, as at the start of its day."""
        script = Path(__file__).with_name("dhcp-script")
        command = ("udhcpc", "-f", "-n", "-q", "-t", "5", "-i", "eth0", "-s", str(script),
                   "-x", f"hostname:{host.name}")
        run("ip", "netns", "exec", host.namespace, *command)

    def _build(self) -> None:
        for name in (GATEWAY, SWITCH, INTERNET, SERVERS):
            self._namespace(name)
        run("ip", "-n", SWITCH, "link", "add", "br0", "type", "bridge")
        run("ip", "-n", SWITCH, "link", "set", "br0", "up")
        self._cable(GATEWAY, "lan0", SWITCH, "up0", mac="02:4f:0a:14:00:01")
        run("ip", "-n", SWITCH, "link", "set", "up0", "master", "br0")
        for address in plan.LAN_GATEWAYS:
            run("ip", "-n", GATEWAY, "address", "add", f"{address}/24", "dev", "lan0")
        self._cable(GATEWAY, "srv0", SERVERS, "eth0")
        run("ip", "-n", GATEWAY, "address", "add", f"{plan.SERVERS_GATEWAY}/24", "dev", "srv0")
        run("ip", "-n", SERVERS, "address", "add", f"{plan.OLLAMA[1]}/24", "dev", "eth0")
        run("ip", "-n", SERVERS, "route", "add", "default", "via", plan.SERVERS_GATEWAY)
        for index, host in enumerate(plan.HOSTS.values()):
            self._namespace(host.namespace, resolver=host.gateway)
            self._cable(host.namespace, "eth0", SWITCH, f"port{index}", mac=host.mac)
            run("ip", "-n", SWITCH, "link", "set", f"port{index}", "master", "br0")
        run("ip", "netns", "exec", GATEWAY, "sysctl", "-q", "net.ipv4.ip_forward=1")
        self._wide_area()
        self._resolver()

    def _namespace(self, name: str, resolver: str | None = None) -> None:
        run("ip", "netns", "add", name)
        run("ip", "-n", name, "link", "set", "lo", "up")
        if resolver:
            folder = _RESOLVERS / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "resolv.conf").write_text(f"nameserver {resolver}\n")

    def _cable(self, left: str, left_port: str, right: str, right_port: str,
               mac: str | None = None) -> None:
        run("ip", "link", "add", left_port, "netns", left, "type", "veth",
            "peer", "name", right_port, "netns", right)
        if mac:
            run("ip", "-n", left, "link", "set", left_port, "address", mac)
        for namespace, port in ((left, left_port), (right, right_port)):
            run("ip", "netns", "exec", namespace, "ethtool", "-K", port, "tx", "off", "rx", "off",
                "tso", "off", "gso", "off", "gro", "off")
            run("ip", "-n", namespace, "link", "set", port, "up")

    def _wide_area(self) -> None:
        """The line to the internet: two TUN devices and a process that holds packets back."""
        ready = self._work / "wan.ready"
        self.keep(start(GATEWAY, sys.executable, "-m", "officeday.net.wan", GATEWAY, INTERNET,
                        str(ready), log=self.log("wan")))
        wait_for(ready, "the line to the internet")
        run("ip", "-n", GATEWAY, "address", "add", "192.0.2.2/30", "dev", "wan0")
        run("ip", "-n", INTERNET, "address", "add", "192.0.2.1/30", "dev", "wan0")
        for namespace in (GATEWAY, INTERNET):
            run("ip", "-n", namespace, "link", "set", "wan0", "up")
        run("ip", "-n", GATEWAY, "route", "add", "default", "via", "192.0.2.1")
        run("ip", "-n", INTERNET, "route", "add", "10.20.0.0/16", "via", "192.0.2.2")
        everywhere = {*plan.SERVICES, *plan.QUIC_SERVICES, *plan.SITES.values(),
                      plan.TIME_SERVER[1]}
        for address in sorted(everywhere):
            run("ip", "-n", INTERNET, "address", "add", f"{address}/32", "dev", "lo")

    def _resolver(self) -> None:
        """dnsmasq on the gateway: DHCP with a fixed address per MAC, and DNS."""
        lines = ["keep-in-foreground", "no-resolv", "no-hosts", "no-poll", "interface=lan0",
                 "bind-interfaces", "dhcp-authoritative", "user=root", "local-ttl=60",
                 f"dhcp-leasefile={self._work}/leases", "no-ping", "pid-file="]
        for gateway in plan.LAN_GATEWAYS:
            prefix = gateway.rsplit(".", 1)[0]
            tag = "net-" + prefix.replace(".", "-")
            lines += [f"dhcp-range=set:{tag},{prefix}.0,static,255.255.255.0,12h",
                      f"dhcp-option=tag:{tag},option:router,{gateway}",
                      f"dhcp-option=tag:{tag},option:dns-server,{gateway}"]
        lines += [f"dhcp-host={host.mac},{host.address},{host.name}" for host in
                  plan.HOSTS.values()]
        lines += [f"local=/{zone}/" for zone in plan.LOCAL_ZONES]
        for address, names in plan.SERVICES.items():
            lines += [f"host-record={name},{address},{_ttl(name)}" for name in names]
        for name, address in plan.SITES.items():
            if address == plan.CDN:
                lines.append(f"cname={name},{_edge_name(name)},120")
                name = _edge_name(name)
            lines.append(f"host-record={name},{address},60")
        for name, address in ((plan.OLLAMA[0], plan.OLLAMA[1]), plan.TIME_SERVER):
            lines.append(f"host-record={name},{address},600")
        configuration = self._work / "dnsmasq.conf"
        configuration.write_text("\n".join(lines) + "\n")
        self.keep(start(GATEWAY, "dnsmasq", f"--conf-file={configuration}",
                        log=self.log("dnsmasq")))


def wait_for(path: Path, what: str, seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not path.exists():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} did not start")
        time.sleep(0.05)


def remove_leftovers() -> None:
    """Removes our namespaces, whatever still runs in them, and their resolver files."""
    listed = run("ip", "netns", "list").stdout.split("\n")
    for name in [line.split()[0] for line in listed if line.startswith("od-")]:
        for process in run("ip", "netns", "pids", name).stdout.split():
            if int(process) != os.getpid():
                try:
                    os.kill(int(process), signal.SIGKILL)
                except ProcessLookupError:
                    pass
        run("ip", "netns", "delete", name)
    for folder in _RESOLVERS.glob("od-*"):
        shutil.rmtree(folder)
    if _RESOLVERS.exists() and not any(_RESOLVERS.iterdir()):
        _RESOLVERS.rmdir()


def _ttl(name: str) -> int:
    return 300 if name.count(".") == 2 else 120


def _edge_name(name: str) -> str:
    return name.split(".")[-2] + ".edge.quickpath-cdn.example"

"""Three namespaces in a row; the capture is taken at the gate's side to the client.

::

    [lab-client] eth0 ── lan0 [lab-gate] wan0 ═ line ═ wan0 [lab-net]
                          ▲
                     captured here
"""

import json
import os
import shutil
import signal
import sys
from pathlib import Path

from officeday.net.office import wait_for
from officeday.net.shell import run, start, stop

from .circumstances import Line

# Recipes that are made side by side have a slot each, and namespaces of their own.
_SLOT = os.environ.get("LAB_SLOT", "0")
CLIENT, GATE, NET = f"lab{_SLOT}-client", f"lab{_SLOT}-gate", f"lab{_SLOT}-net"
_RESOLVER = Path("/etc/netns") / CLIENT
_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


class Network:
    """Built when entered; gone when left, with all that runs in it, also after a failure.

    - Parameter addresses: name → address, for the resolver and the servers' loopback.
    - Parameter client: the client's address, in a /24 whose first address is the gate's.
    """

    def __init__(self, work: Path, line: Line, client: str, addresses: dict[str, str]):
        self._work, self._line, self._client = work, line, client
        self._addresses = addresses
        self._gate = client.rsplit(".", 1)[0] + ".1"
        self._processes = []

    def __enter__(self) -> "Network":
        try:
            remove_leftovers()
            self._build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        # A second signal must not break off the taking down; it is delivered afterwards.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            for process in reversed(self._processes):
                stop(process)
            remove_leftovers()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def background(self, namespace: str, *command: str, environment: dict | None = None):
        """Starts what ends with the network."""
        with (self._work / f"{Path(command[0]).name}-{namespace}.log").open("ab") as log:
            process = start(namespace, *command, log=log, environment=environment)
        self._processes.append(process)
        return process

    def _build(self) -> None:
        for name in (CLIENT, GATE, NET):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        _RESOLVER.mkdir(parents=True, exist_ok=True)
        (_RESOLVER / "resolv.conf").write_text(f"nameserver {self._gate}\n")
        mac = "02:4c:" + ":".join(f"{int(part):02x}" for part in self._client.split("."))
        self._cable(CLIENT, "eth0", GATE, "lan0", mac)
        run("ip", "-n", CLIENT, "address", "add", f"{self._client}/24", "dev", "eth0")
        run("ip", "-n", GATE, "address", "add", f"{self._gate}/24", "dev", "lan0")
        run("ip", "-n", CLIENT, "route", "add", "default", "via", self._gate)
        run("ip", "netns", "exec", GATE, "sysctl", "-q", "net.ipv4.ip_forward=1")
        if self._line.offload:
            self._cable(GATE, "wan0", NET, "wan0")
        else:
            self._tunnel()
        run("ip", "-n", GATE, "address", "add", "192.0.2.2/30", "dev", "wan0")
        run("ip", "-n", NET, "address", "add", "192.0.2.1/30", "dev", "wan0")
        run("ip", "-n", GATE, "route", "add", "default", "via", "192.0.2.1")
        run("ip", "-n", NET, "route", "add", "default", "via", "192.0.2.2")
        for address in sorted(set(self._addresses.values())):
            run("ip", "-n", NET, "address", "add", f"{address}/32", "dev", "lo")
        if self._line.lan_loss:
            self._lose()
        self._resolver()

    def _cable(self, left, left_port, right, right_port, mac: str | None = None) -> None:
        run("ip", "link", "add", left_port, "netns", left, "type", "veth",
            "peer", "name", right_port, "netns", right)
        if mac:
            run("ip", "-n", left, "link", "set", left_port, "address", mac)
        state = "on" if self._line.offload else "off"
        for namespace, port in ((left, left_port), (right, right_port)):
            run("ip", "netns", "exec", namespace, "ethtool", "-K", port, "tx", state, "rx", state,
                "tso", state, "gso", state, "gro", state)
            run("ip", "-n", namespace, "link", "set", port, "mtu", str(self._line.mtu), "up")

    def _tunnel(self) -> None:
        ready, line = self._work / "line.ready", self._line
        options = json.dumps({"delay": line.delay / 1e3, "jitter": line.jitter / 1e3,
                              "loss": line.loss / 100, "reorder": line.reorder / 100})
        self.background(GATE, sys.executable, "-m", "gnomonlab.line", GATE, NET, str(ready),
                        options)
        wait_for(ready, "the line")
        for namespace in (GATE, NET):
            run("ip", "-n", namespace, "link", "set", "wan0", "mtu", str(line.mtu), "up")

    def _lose(self) -> None:
        """Drops in front of the capture point, at the client's own door."""
        rules = "".join(
            f"  chain {hook} {{ type filter hook {hook} priority 0; policy accept;\n"
            f"    tcp {port} 443 numgen random mod 100 < {self._line.lan_loss} drop\n"
            f"    udp {port} 443 numgen random mod 100 < {self._line.lan_loss} drop\n  }}\n"
            for hook, port in (("input", "sport"), ("output", "dport")))
        run("ip", "netns", "exec", CLIENT, "nft", "-f", "-", input=f"table ip lab {{\n{rules}}}\n")

    def _resolver(self) -> None:
        lines = ["keep-in-foreground", "no-resolv", "no-hosts", "no-poll", "interface=lan0",
                 "bind-interfaces", "user=root", "local-ttl=60", "pid-file=", "no-dhcp-interface="]
        lines += [f"local=/{name.rsplit('.', 1)[-1]}/" for name in self._addresses]
        lines += [f"host-record={name},{address}" for name, address in self._addresses.items()]
        configuration = self._work / "dnsmasq.conf"
        configuration.write_text("\n".join(dict.fromkeys(lines)) + "\n")
        self.background(GATE, "dnsmasq", f"--conf-file={configuration}")


def remove_leftovers() -> None:
    """Removes our namespaces, whatever still runs in them, and the resolver's file."""
    listed = run("ip", "netns", "list").stdout.split("\n")
    for name in {line.split()[0] for line in listed if line} & {CLIENT, GATE, NET}:
        for process in run("ip", "netns", "pids", name).stdout.split():
            if int(process) != os.getpid():
                try:
                    os.kill(int(process), signal.SIGKILL)
                except ProcessLookupError:
                    pass
        run("ip", "netns", "delete", name)
    shutil.rmtree(_RESOLVER, ignore_errors=True)

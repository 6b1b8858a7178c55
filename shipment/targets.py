"""Where a webhook may go: into the world, never into the house.

Whoever may name a URL could otherwise have us ask what only we can reach: databases, the metadata
of a cloud, this machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

#: By port, what speaks no HTTP and might take a request for a command.
_FORBIDDEN_PORTS = frozenset({
    0, 1, 7, 9, 19, 21, 22, 23, 25, 53, 69, 79, 110, 111, 123, 135, 137, 139, 143, 161, 179, 389,
    445, 465, 514, 587, 636, 993, 995, 1433, 1521, 1883, 2049, 2375, 2379, 3306, 3389, 4222, 5432,
    5672, 6379, 8883, 9200, 10250, 11211, 27017,
})  # fmt: skip

#: Of Apprise: they would act on this machine instead of telling anybody.
LOCAL_SCHEMES = frozenset(
    {"blink1", "dbus", "gio", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows"}
)

_PORTS = {"http": 80, "https": 443}

#: Beyond what ``is_global`` refuses: 6to4, NAT64 and Teredo wrap an IPv4 address, fec0 was private
#: once; of version 4 the relays of 6to4, and what is kept for protocols.
_KEPT = tuple(
    ip_network(net)
    for net in (
        "2002::/16", "64:ff9b::/96", "2001::/32", "fec0::/10", "192.88.99.0/24", "192.0.0.0/24",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guard:
    """What may be reached although it is inside."""

    hosts: tuple[str, ...] = ()  #: names or addresses, in lower case; with any address and port

    def allows(self, host: str) -> bool:
        """Whether the one who runs the installation has named it."""
        return host.lower().rstrip(".") in self.hosts


def refuse_url(url: str, guard: Guard) -> str:
    """Why nothing may be sent there, as far as the text says; "" it may be, if its address may."""
    if why := refuse_form(url):
        return why
    parts = urlsplit(url)
    host = parts.hostname or ""
    if guard.allows(host):
        return ""
    if (parts.port or _PORTS[parts.scheme]) in _FORBIDDEN_PORTS:
        return f"port {parts.port} is not for webhooks"
    return refuse_address(host) if _is_address(host) else ""


def refuse_form(url: str) -> str:
    """Why it is no address of a webhook, wherever it leads; "" it is one."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "it is no URL"
    if parts.scheme not in _PORTS:
        return "only http and https are sent to"
    return _refuse_text(url, parts, parts.hostname or "")


def refuse_address(text: str) -> str:
    """Why nothing may be sent to that IP address; "" it may."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return "it is no IP address"
    if _is_outside(address):
        return ""
    return f"{text} is not a public address"


def _refuse_text(url: str, parts: SplitResult, host: str) -> str:
    if not host:
        return "it names no host"
    if not url.isascii() or not url.isprintable() or " " in url:
        return "it has characters that no URL has"
    if parts.username is not None or parts.password is not None:
        return "it holds a user name or password; a webhook is known by its signature"
    if parts.fragment:
        return "it has a fragment"
    if not _is_address(host) and _looks_like_number(host):
        return "its host is a number in disguise"
    return ""


def _is_address(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _looks_like_number(host: str) -> bool:
    """Hosts as 2130706433, 0x7f.1 or 127.1: resolvers read them as addresses."""
    last = host.rstrip(".").rpartition(".")[2]
    return last.isdigit() or last.startswith("0x")


def _is_outside(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return _is_outside(address.ipv4_mapped)
    if any(address in net for net in _KEPT):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved

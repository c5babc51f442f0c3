"""Connections that look where they lead: to public addresses alone, unless the settings say more.

A name is resolved once, and the connection goes to exactly the address that was looked at: a name
that leads elsewhere a moment later leads nowhere.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import urllib3
from django.conf import settings
from urllib3.util.connection import create_connection

from mediajobs.remote.deadline import Connection, DeadlineAdapter, SecureConnection
from mediajobs.remote.errors import NotSent

#: The networks of this machine and of the house, which NOTICE_ALLOW_PRIVATE opens.
PRIVATE = [
    ip_network(network)
    for network in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"),
        *("::1/128", "fc00::/7"),
    )
]
#: All that is public in IPv6; mapped IPv4, NAT64 and link-local addresses lie outside.
PUBLIC_IPV6 = ip_network("2000::/3")
#: Inside of it, or of IPv4, and yet no machine's own: Teredo and its kin, 6to4, examples.
SPECIAL = [
    ip_network(network)
    for network in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")
]
#: Tried in turn when a name has several; each may take the whole time to connect.
MOST_ADDRESSES = 3


def is_allowed(address: IPv4Address | IPv6Address) -> bool:
    """Whether a notice may go there by the settings of now."""
    is_private = any(address in network for network in PRIVATE)
    return is_public(address) or (is_private and settings.NOTICE_ALLOW_PRIVATE)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is a machine's own address on the open internet, and no way back inside."""
    if address.version == 6 and address not in PUBLIC_IPV6:
        return False
    is_special = any(address in network for network in SPECIAL)
    return address.is_global and not address.is_multicast and not is_special


def resolve(host: str, port: int) -> list[str]:
    """Find the addresses of a host; raise NotSent unless all of them are allowed."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotSent(f"{host} has no address: nothing was sent.") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not is_allowed(ip_address(address)):
            raise NotSent(
                f"{host} leads to {address}, which is no public address: nothing was sent. "
                "NOTICE_ALLOW_PRIVATE=true opens loopback and private networks."
            )
    return addresses


class _Guarded:
    """Mixed into both connections: resolves by itself and connects to what it has looked at."""

    def _new_conn(self) -> socket.socket:
        *others, last = resolve(self.host, self.port)[:MOST_ADDRESSES]
        for address in others:
            try:
                return self._connect_to(address)
            except OSError:  # the next one may be reached
                continue
        try:
            return self._connect_to(last)
        except OSError:
            raise NotSent(f"No connection to {self.host}: nothing was sent.") from None

    def _connect_to(self, address: str) -> socket.socket:
        return create_connection(
            (address, self.port), self.timeout, socket_options=self.socket_options
        )


class _Connection(_Guarded, Connection):
    pass


class _SecureConnection(_Guarded, SecureConnection):
    pass


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class GuardedAdapter(DeadlineAdapter):
    """Makes such connections for a session of requests."""

    pools = {"http": _Pool, "https": _SecurePool}

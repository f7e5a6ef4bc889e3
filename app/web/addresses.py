"""Where a request comes from: the socket's peer, or what a trusted proxy says about it."""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def client_address(scope: Any, trusted_proxies: tuple[str, ...]) -> str:
    """Return the client's address: the right-most hop that is not one of our proxies; "unknown" without a socket.

    X-Forwarded-For counts only when the peer itself is trusted, so nobody can choose their own address.
    """
    client = scope.get("client")
    peer = _parse(client[0]) if client else None
    if peer is None:
        return "unknown"
    networks = _networks(trusted_proxies)
    if networks and _is_trusted(peer, networks):
        peer = _last_untrusted(peer, scope["headers"], networks)
    return str(peer)


def rate_key(address: str) -> str:
    """Return what a rate limit counts an address by: an IPv6 customer has a whole /64 to choose from."""
    parsed = _parse(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address


def _last_untrusted(peer: Address, headers: Iterable[tuple[bytes, bytes]], networks: tuple[Network, ...]) -> Address:
    hops = b",".join(value for name, value in headers if name == b"x-forwarded-for").decode("latin-1").split(",")
    for hop in reversed(hops):
        parsed = _parse(hop.strip())
        if parsed is None:
            return peer  # nothing left of an unreadable hop can be believed
        peer = parsed
        if not _is_trusted(peer, networks):
            break
    return peer


def _is_trusted(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


@lru_cache(maxsize=8)
def _networks(trusted_proxies: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(entry, strict=False) for entry in trusted_proxies)


@lru_cache(maxsize=4096)
def _parse(text: str) -> Address | None:
    """Return the address in `1.2.3.4`, `1.2.3.4:80`, `::1` or `[::1]:80`; IPv4 inside IPv6 is unwrapped."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address

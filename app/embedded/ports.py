"""Free ports on loopback."""

import random
import socket

# Below the range the kernel hands out for outgoing connections: a port from there could be in use as somebody's
# local end just when a crashed server wants it back, and a client that keeps dialling it can end up talking to itself.
FIRST, LAST = 15_000, 29_999


def try_port(port: int, host: str = "127.0.0.1") -> OSError | None:
    """Return why a server could not listen there now, or None when it could."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error
    return None


def free_port() -> int:
    """A port that is free at the moment; only binding it makes sure."""
    for _ in range(200):
        if try_port(port := random.randint(FIRST, LAST)) is None:  # noqa: S311 - no secret
            return port
    raise OSError(f"no free port on 127.0.0.1 between {FIRST} and {LAST}")

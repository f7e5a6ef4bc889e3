"""Asking the API whether everything is there."""

import asyncio
import http.client

import msgspec


class Health(msgspec.Struct):
    """The answer of /health/ready, as far as it matters here."""

    status_code: int = 0
    workers: dict[str, int] = {}


async def ask(host: str, port: int) -> Health | None:
    """Return what the API says, or None while nobody answers."""
    return await asyncio.to_thread(_ask, host, port)


def _ask(host: str, port: int) -> Health | None:
    # http.client, because it looks at no proxy settings.
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/health/ready", headers={"Accept": "application/json"})
        answer = connection.getresponse()
        return Health(answer.status, _workers(answer.read()))
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _workers(body: bytes) -> dict[str, int]:
    class Body(msgspec.Struct):
        workers: dict[str, int] = {}

    try:
        return msgspec.json.decode(body, type=Body).workers
    except msgspec.MsgspecError:
        return {}

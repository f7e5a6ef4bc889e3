"""What adapters that speak HTTP share: reading Retry-After, and never reading more of an answer than is sensible."""

import asyncio
import math
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime

import httpx

from app.lib.clock import now

LONGEST_WAIT_S = 3600.0
"""A vendor that asks for more is asked again after this long, so one wrong header cannot park work for days."""


class AnswerTooLarge(httpx.TransportError):
    """The answer is larger than anything this vendor sends."""


def retry_after_s(value: str | None) -> float | None:
    """Return how long a vendor asks us to wait: seconds ("17", "17.5s") or an HTTP date; None when it does not say."""
    if not value:
        return None
    try:
        wait_s = float(value.strip().removesuffix("s"))
    except ValueError:
        try:
            wait_s = (parsedate_to_datetime(value) - now()).total_seconds()
        except (ValueError, TypeError):  # not a date either, or one without a time zone
            return None
    return min(max(wait_s, 0.0), LONGEST_WAIT_S) if math.isfinite(wait_s) else None


def guarded_client(limit_s: float, connect_s: float, body_cap: int) -> httpx.AsyncClient:
    """Return a client that gives up connecting early and stops reading an answer at `body_cap` bytes."""

    async def hurry(request: httpx.Request) -> None:
        # An SDK passes one time-out per request that covers connecting as well; a dead host should be known sooner.
        timeout = request.extensions.get("timeout", {})
        request.extensions["timeout"] = {**timeout, "connect": connect_s}

    async def cap(response: httpx.Response) -> None:
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = _Capped(response.stream, body_cap)

    return httpx.AsyncClient(timeout=limit_s, event_hooks={"request": [hurry], "response": [cap]})


class LoopClient:
    """Hands out one client per event loop: a pool of connections belongs to the loop it was made in.

    Making one takes 20 ms, certificates mostly, so it is kept for the loop's whole life.
    """

    def __init__(self, limit_s: float, connect_s: float, body_cap: int) -> None:
        self._make = lambda: guarded_client(limit_s, connect_s, body_cap)
        self._client: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def current(self) -> httpx.AsyncClient:
        """Return the running loop's client."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._client, self._loop = self._make(), loop
        return self._client

    async def aclose(self) -> None:
        """Close the connections; to be awaited in the loop that used them."""
        client, self._client, self._loop = self._client, None, None
        if client is not None:
            await client.aclose()


class _Capped(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, cap: int) -> None:
        self._stream = stream
        self._cap = cap

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        async for chunk in self._stream:
            seen += len(chunk)
            if seen > self._cap:
                raise AnswerTooLarge(f"more than {self._cap} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()

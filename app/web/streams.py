"""A live stream as server-sent events: replay, then what happens, with heartbeats, until someone hangs up.

`stream:*` events carry no id, so that a client's last id is always that of a real event.
"""

from collections.abc import AsyncGenerator
from typing import Annotated, Any

from litestar import Request
from litestar.params import QueryParameter
from litestar.response import Stream
from redis.exceptions import RedisError

from app.lib.errors import TemporarilyUnavailable, TooMany
from app.web.live import Hub

HEADERS = {"Cache-Control": "no-cache, no-store", "X-Accel-Buffering": "no"}
HELLO = b"retry: 2000\n\n"
BEAT = b": beat\n\n"
RESET = b"event: stream:reset\ndata: {}\n\n"
RECONNECT = b"event: stream:reconnect\ndata: {}\n\n"
MEDIA_TYPE = "text/event-stream"
STREAMS_PER_USER = 10
LastEventId = Annotated[
    str,
    QueryParameter(
        name="lastEventId",
        max_length=100,
        description="Where to resume, for clients that cannot send `Last-Event-ID`; that header counts first.",
    ),
]


async def live_stream(
    request: Request[Any, Any, Any], user: str, *, session_id: str | None = None, last_event_id: str = ""
) -> Stream:
    """Return a user's events from now on, or from `Last-Event-ID` on; with `session_id` only that session's."""
    hub: Hub = request.app.state.hub
    if hub.open_streams(user) >= STREAMS_PER_USER * request.app.state.settings.limits_scale:
        raise TooMany("Close another live stream first.", retry_after_s=5)
    events = _events(hub, user, session_id, request.headers.get("last-event-id") or last_event_id)
    try:
        first = await anext(events)  # subscribed and replayed before the headers go out: nothing falls in between
    except (RedisError, OSError, TimeoutError) as error:
        raise TemporarilyUnavailable("Live events are away for a moment.") from error
    return Stream(_all(first, events), media_type=MEDIA_TYPE, headers=HEADERS)


async def _all(first: bytes, events: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    try:
        yield first
        async for chunk in events:
            yield chunk
    finally:
        await events.aclose()


async def _events(hub: Hub, user: str, session_id: str | None, last_id: str | None) -> AsyncGenerator[bytes]:
    """Yield frames. Subscribes before it replays, and skips what the replay already held."""
    async with hub.reading(user) as reader:
        frames, seen = await _replayed(hub, user, session_id, last_id)
        yield HELLO + frames
        while not reader.ended:
            events = await reader.next()
            fresh = [event.frame for event in events if event.order > seen and session_id in (None, event.session_id)]
            if fresh or not (events or reader.ended):
                yield b"".join(fresh) or BEAT
        yield RECONNECT


async def _replayed(hub: Hub, user: str, session_id: str | None, last_id: str | None) -> tuple[bytes, tuple[int, int]]:
    if not last_id:
        return b"", (0, 0)
    missed = await hub.replay(user, last_id)
    if missed is None:
        return RESET, (0, 0)
    frames = b"".join(event.frame for event in missed if session_id in (None, event.session_id))
    return frames, missed[-1].order if missed else (0, 0)

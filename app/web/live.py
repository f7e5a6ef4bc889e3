"""The hub of an API process: one Redis connection hears of every event, and fans it out to this process's streams.

An event is encoded once and the same bytes go to every reader. A reader has a bounded queue; one that falls behind is
dropped and resumes with its last id. When the connection to Redis was lost, readers are dropped too, because what was
announced meanwhile was not heard; what they missed is in the stream.
"""

import asyncio
import re
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.lib.tasks import end
from app.queue.live import EPOCH_KEY, HANG_UP, channel, stream_key

log = structlog.get_logger()
ENTRY = re.compile(r"[0-9]{1,19}-[0-9]{1,19}")  # Redis refuses numbers of more than 64 bits
READER_QUEUE = 256
HEARTBEAT_S = 15.0
SUBSCRIBE_S = 2.0
OWN_CHANNEL = "live:hub"  # keeps the connection subscribed while no stream is open


class LiveEvent(msgspec.Struct, frozen=True):
    """One event as every reader gets it."""

    order: tuple[int, int]  # what ids compare by within one epoch
    session_id: str | None
    frame: bytes


class _SessionOf(msgspec.Struct):
    session_id: str | None = msgspec.field(name="sessionId", default=None)


_session_of = msgspec.json.Decoder(_SessionOf)


def encode(event_id: str, name: str, data: bytes) -> LiveEvent:
    """Return an event with its server-sent-events frame, built once. The id is `EPOCH-MILLIS-SEQ`."""
    _, millis, seq = event_id.split("-")
    frame = f"id: {event_id}\nevent: {name}\ndata: ".encode() + data + b"\n\n"
    return LiveEvent((int(millis), int(seq)), _session_of.decode(data).session_id, frame)


class Reader:
    """One open stream's queue. It ends when it fell behind, when Redis was lost, or when the process stops."""

    __slots__ = ("_awake", "_events", "ended")

    def __init__(self) -> None:
        self._events: deque[LiveEvent] = deque()
        self._awake = asyncio.Event()
        self.ended = False

    def offer(self, event: LiveEvent) -> None:
        """Take an event, or end if too many wait already."""
        if len(self._events) >= READER_QUEUE:
            self.ended = True
        else:
            self._events.append(event)
        self._awake.set()

    def end(self) -> None:
        """Make the stream say goodbye."""
        self.ended = True
        self._awake.set()

    def beat(self) -> None:
        """Make a silent stream send its heartbeat."""
        self._awake.set()

    async def next(self) -> list[LiveEvent]:
        """Return the events that wait, as soon as there are any; none for a heartbeat or the end."""
        await self._awake.wait()
        self._awake.clear()
        events = list(self._events)
        self._events.clear()
        return events


class _Topic:
    """One user's readers, and whether Redis has confirmed that we hear of that user's events."""

    def __init__(self) -> None:
        self.readers: set[Reader] = set()
        self.confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Hub:
    """Every open stream of this process, by the user it belongs to."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._topics: dict[str, _Topic] = {}
        self._pubsub: Any = None
        self._tasks: list[asyncio.Task[None]] = []
        self.closing = False

    @property
    def connected(self) -> bool:
        """Whether events are heard of now."""
        return self._pubsub is not None

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return sum(len(topic.readers) for topic in self._topics.values())

    def open_streams(self, user: str) -> int:
        """Return how many streams of a user are open in this process."""
        topic = self._topics.get(user)
        return len(topic.readers) if topic else 0

    async def start(self) -> None:
        """Begin to listen."""
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._beat())]

    async def stop(self) -> None:
        """End every stream and stop listening."""
        self.close_streams()
        await end(*self._tasks)

    def close_streams(self) -> None:
        """End every stream at once; new ones end as soon as they have begun."""
        self.closing = True
        self._end_all()

    @asynccontextmanager
    async def reading(self, user: str) -> AsyncGenerator[Reader]:
        """Yield a reader that hears every event announced from now on. Raises RedisError while Redis is away."""
        reader = Reader()
        topic = self._topics.get(user)
        if first := topic is None:
            topic = self._topics[user] = _Topic()
        topic.readers.add(reader)
        try:
            if first:
                await self._subscribe(user)
            async with asyncio.timeout(SUBSCRIBE_S):
                await asyncio.shield(topic.confirmed)
            if self.closing:
                reader.end()
            yield reader
        finally:
            topic.readers.discard(reader)
            if not topic.readers and self._topics.get(user) is topic:
                self._forget(user, topic)

    async def replay(self, user: str, last_id: str) -> Sequence[LiveEvent] | None:
        """Return what came after an event; None when that cannot be told: its stream is lost, trimmed, or not ours."""
        epoch, _, entry = last_id.partition("-")
        if not ENTRY.fullmatch(entry):
            return None
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.get(EPOCH_KEY)
            pipe.xrange(stream_key(user), min=entry, max="+")
            known_epoch, entries = await pipe.execute()
        if known_epoch is None or known_epoch.decode() != epoch or not entries or entries[0][0].decode() != entry:
            return None
        return [
            encode(f"{epoch}-{id_.decode()}", fields[b"name"].decode(), fields[b"data"]) for id_, fields in entries[1:]
        ]

    async def _subscribe(self, user: str) -> None:
        if self._pubsub is None:
            raise RedisError("live events are not connected")
        await self._pubsub.subscribe(channel(user))

    def _forget(self, user: str, topic: _Topic) -> None:
        """Drop a topic nobody reads; done without waiting, because a stream that is cancelled cannot wait."""
        del self._topics[user]
        topic.confirmed.cancel()
        task = asyncio.create_task(self._unsubscribe(user))
        self._tasks.append(task)
        task.add_done_callback(self._tasks.remove)

    async def _unsubscribe(self, user: str) -> None:
        if user not in self._topics and self._pubsub is not None:
            with suppress(RedisError, OSError):
                await self._pubsub.unsubscribe(channel(user))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            for topic in self._topics.values():
                for reader in topic.readers:
                    reader.beat()

    async def _listen(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await pubsub.subscribe(OWN_CHANNEL)
                    self._pubsub = pubsub
                    await self._follow(pubsub)
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("live.lost", error=str(error), streams=self.streams)
            finally:
                self._pubsub = None
                self._end_all()
            await asyncio.sleep(0.5)

    async def _follow(self, pubsub: Any) -> None:
        while True:
            message = await pubsub.get_message(ignore_subscribe_messages=False, timeout=4)
            if message is None:
                await pubsub.ping()  # so that a connection that died silently is noticed
            elif message["type"] == "message":
                self._fan_out(message["channel"].decode().removeprefix(channel("")), message["data"])
            elif message["type"] == "subscribe":
                self._confirm(message["channel"].decode().removeprefix(channel("")))

    def _confirm(self, user: str) -> None:
        topic = self._topics.get(user)
        if topic is not None and not topic.confirmed.done():
            topic.confirmed.set_result(None)

    def _fan_out(self, user: str, payload: bytes) -> None:
        if payload == HANG_UP:
            self._end(user)
        elif topic := self._topics.get(user):
            event_id, name, data = payload.split(b"\n", 2)
            event = encode(event_id.decode(), name.decode(), data)
            for reader in topic.readers:
                reader.offer(event)

    def _end(self, user: str) -> None:
        if topic := self._topics.get(user):
            for reader in topic.readers:
                reader.end()

    def _end_all(self) -> None:
        for user in self._topics:
            self._end(user)

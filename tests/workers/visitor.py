"""Somebody at the product's front door, over HTTP only."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx

DONE = {"succeeded", "failed", "cancelled"}


class Event(NamedTuple):
    """One event of a live stream."""

    id: str
    name: str
    data: dict[str, Any]


class Visitor:
    """A guest with a renovation and a room in it."""

    def __init__(self, url: str) -> None:
        self.http = httpx.AsyncClient(base_url=url, timeout=30)
        self.session_id = self.room_id = ""

    async def arrive(self) -> None:
        """Become a guest, start a renovation, add a room."""
        answer = await self.post("/api/auth/guest")
        self.http.headers["X-CSRF-Token"] = answer["csrfToken"]
        self.session_id = (await self.post("/api/sessions", {"title": "Our flat"}))["id"]
        room = {"name": "Living room", "type": "living-room"}
        self.room_id = (await self.post(f"/api/sessions/{self.session_id}/rooms", room))["id"]

    async def post(self, path: str, body: Any = None, **options: Any) -> Any:
        """Post JSON and return the answer's."""
        answer = await self.http.post(path, json=body, **options)
        assert answer.is_success, answer.text
        return answer.json()

    async def get(self, path: str) -> Any:
        """Return what a path answers."""
        answer = await self.http.get(path)
        assert answer.is_success, answer.text
        return answer.json()

    async def upload(self, photo: bytes) -> str:
        """Upload a photo of the room and return its asset's id."""
        answer = await self.http.post(
            f"/api/rooms/{self.room_id}/assets", files={"file": ("room.jpg", photo, "image/jpeg")}
        )
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    async def ask_for_render(self, **wish: Any) -> Any:
        """Ask for a picture of the room and return what was promised."""
        body = {"sessionId": self.session_id, "roomId": self.room_id, "stylePrompt": "warm oak and calm light"} | wish
        answer = await self.http.post("/api/renders", json=body)
        assert answer.status_code == 202, answer.text
        return answer.json()

    async def end_of(self, job_id: str, within_s: float = 40) -> Any:
        """Return a job once it is over."""
        return await self.until(f"/api/jobs/{job_id}", is_over, within_s)

    async def until(self, path: str, holds: Callable[[Any], bool], within_s: float = 20) -> Any:
        """Return what a path answers as soon as something is true of it. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while not holds(found := await self.get(path)):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
        return found

    @asynccontextmanager
    async def listening(self, last_id: str = "", path: str = "/api/events") -> AsyncGenerator[AsyncGenerator[Event]]:
        """Yield a live stream's events from now on, or from an id on."""
        headers = {"Last-Event-ID": last_id} if last_id else {}
        async with self.http.stream("GET", path, headers=headers) as answer:
            assert answer.status_code == 200, await answer.aread()
            yield events(answer)


def is_over(job: Any) -> bool:
    """Whether a job has come to its end."""
    return job["status"] in DONE


async def events(answer: httpx.Response) -> AsyncGenerator[Event]:
    """Yield the events of a stream; comments and `retry:` are left out."""
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if not line:
            if "data" in fields:
                yield Event(fields.get("id", ""), fields.get("event", ""), json.loads(fields["data"]))
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value

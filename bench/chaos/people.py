"""A registered user over HTTP, who repeats with the same key what was not answered, and notes what was acknowledged."""

import asyncio
import io
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from PIL import Image, ImageDraw

PATIENCE_S = 40.0
PAUSE_S = 0.1


@dataclass
class Acknowledged:
    """Something the product said it would do, and when it said so."""

    job_id: str
    at: float


@dataclass
class Person:
    """One signed-in user and everything they were promised."""

    urls: Sequence[str]
    errands: list[Acknowledged] = field(default_factory=list[Acknowledged])
    renders: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    answers: Counter[str] = field(default_factory=Counter[str])  # by status, or kind of transport error
    took_s: list[float] = field(default_factory=list[float])
    user_id: str = ""
    session_id: str = ""
    _turn: int = 0

    def __post_init__(self) -> None:
        self._http = httpx.AsyncClient(timeout=10, limits=httpx.Limits(max_connections=64))
        self._headers: dict[str, str] = {}

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()

    async def register(self) -> None:
        """Make an account and a renovation."""
        body = {"email": f"{secrets.token_hex(8)}@example.com", "password": secrets.token_urlsafe(16)}
        answer = await self.ask("POST", "/api/auth/register", json=body)
        self._headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in answer.cookies.items()),
            "X-CSRF-Token": answer.json()["csrfToken"],
        }
        self._http.cookies.clear()
        self.user_id = answer.json()["user"]["id"]
        self.session_id = (await self.ask("POST", "/api/sessions", json={"title": "Flat"})).json()["id"]

    async def ask(self, method: str, path: str, *, key: str = "", **options: Any) -> httpx.Response:
        """Return an answer below 500. What fails otherwise is repeated with the same key, at another process."""
        headers = {**self._headers, "Idempotency-Key": key or secrets.token_hex(16)}
        deadline = time.monotonic() + PATIENCE_S
        while True:
            self._turn += 1
            began = time.monotonic()
            try:
                url = self.urls[self._turn % len(self.urls)]
                answer = await self._http.request(method, f"{url}{path}", headers=headers, **options)
                self.answers[str(answer.status_code)] += 1
                if answer.status_code < 500 and answer.headers.get("retry-after") != "1":
                    self.took_s.append(time.monotonic() - began)
                    answer.raise_for_status()
                    return answer
            except httpx.TransportError as error:
                self.answers[type(error).__name__] += 1
            if time.monotonic() > deadline:
                raise TimeoutError(f"{method} {path} was not answered in {PATIENCE_S:g} s: {self.answers}")
            await asyncio.sleep(PAUSE_S)

    async def order(self, seconds: float, kind: str = "heavy", delay_s: float = 0, key: str = "") -> str:
        """Order an errand and note it once it is acknowledged."""
        body = {"kind": kind, "seconds": seconds, "delayS": delay_s}
        job_id = (await self.ask("POST", "/api/chaos/errands", json=body, key=key)).json()["jobId"]
        self.errands.append(Acknowledged(job_id, time.time()))
        return job_id

    async def photographed_room(self) -> str:
        """Return a new room with a photo of it, uploaded."""
        body = {"name": "Kitchen", "type": "kitchen"}
        room_id = (await self.ask("POST", f"/api/sessions/{self.session_id}/rooms", json=body)).json()["id"]
        await self.ask("POST", f"/api/rooms/{room_id}/assets", files={"file": ("room.jpg", photo(), "image/jpeg")})
        return room_id

    async def order_render(self, room_id: str) -> None:
        """Order a picture of a room and note it once it is acknowledged."""
        body = {"sessionId": self.session_id, "roomId": room_id, "stylePrompt": "oak cabinets and calm light"}
        self.renders.append((await self.ask("POST", "/api/renders", json=body)).json())


def photo(width: int = 480, height: int = 360) -> bytes:
    """Return a small photo of a room nobody lives in."""
    picture = Image.new("RGB", (width, height), "#d9d2c5")
    draw = ImageDraw.Draw(picture)
    floor = height * 2 // 3
    draw.polygon([(0, height), (width // 4, floor), (width * 3 // 4, floor), (width, height)], fill="#8a6a4a")
    draw.rectangle((width // 3, height // 5, width // 2, height // 2), fill="#bcd6ea", outline="#555555")
    draw.rectangle((width * 3 // 5, height // 2, width * 4 // 5, floor + 30), fill="#5d7f6c")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()

"""Accounts made over HTTP, as anybody makes one, and what requests can be about."""

import secrets
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx

from tests.factories_pictures import by_name
from tests.live import LiveServer

PATIENCE_S = 60


class Person(NamedTuple):
    """Who may ask: by key or by cookie."""

    api_key: str
    cookie: str
    csrf_token: str

    @property
    def by_key(self) -> dict[str, str]:
        """Return the headers of a program."""
        return {"Authorization": f"Bearer {self.api_key}"}

    @property
    def by_cookie(self) -> dict[str, str]:
        """Return the headers of a browser."""
        return {"Cookie": f"session={self.cookie}", "X-CSRF-Token": self.csrf_token}


def register(server: LiveServer) -> Person:
    """Make an account with an API key."""
    with server.client() as client:
        account = {"email": f"{secrets.token_hex(6)}@example.com", "password": "correct horse battery"}
        csrf_token = _post(client, "/api/auth/register", json=account)["csrfToken"]
        key = _post(client, "/api/api-keys", json={"name": "tests"}, headers={"X-CSRF-Token": csrf_token})["key"]
        return Person(key, client.cookies["session"], csrf_token)


class Things(NamedTuple):
    """Ids by the name of the parameter that takes them."""

    kept: dict[str, list[str]]  # one flat with a room and everything in it
    spare: dict[str, list[str]]  # others, to be deleted


def furnish(server: LiveServer, person: Person, spares: int = 15) -> Things:
    """Make what requests can be about: a photo, a render and one that failed, their jobs and notifications."""
    with server.client() as client:
        client.headers.update(person.by_key)
        session_id, room_id = _flat(client)
        wish = {"sessionId": session_id, "roomId": room_id, "stylePrompt": "oak and calm light"}
        photo = _upload(client, room_id, "photo from a phone")
        renders = [_post(client, "/api/renders", json=wish | {"baseAssetId": photo})["renderId"]]
        # Asked for at once, before anybody has looked inside the file, it is accepted, and fails later.
        damaged = _upload(client, room_id, "JPEG cut in half")
        renders += [_post(client, "/api/renders", json=wish | {"baseAssetId": damaged})["renderId"]]
        jobs = _when(lambda: _items(client, "/api/jobs"), lambda jobs: all(job["isTerminal"] for job in jobs))
        lines = _when(lambda: _items(client, "/api/notifications"), bool)
        kept = {"sessionId": [session_id], "roomId": [room_id], "assetId": [photo, damaged], "renderId": renders}
        kept |= {"jobId": [job["id"] for job in jobs], "notificationId": [line["id"] for line in lines]}
        flats = [_flat(client) for _ in range(spares)]
        photos = [_upload(client, flats[0][1], "screenshot") for _ in range(spares // 3)]
        spare = {"sessionId": [flat[0] for flat in flats[1:]], "roomId": [flat[1] for flat in flats[1:]]}
        return Things(kept, spare | {"assetId": photos})


def leave(server: LiveServer, person: Person) -> None:
    """Delete everything somebody has, and with it whatever work is still to be done."""
    with server.client() as client:
        client.headers.update(person.by_key)
        while sessions := _items(client, "/api/sessions"):
            for session in sessions:
                assert client.delete(f"/api/sessions/{session['id']}").status_code == 204


def _flat(client: httpx.Client) -> tuple[str, str]:
    session_id = _post(client, "/api/sessions", json={"title": "Our flat"})["id"]
    room = {"name": "Living room", "type": "living-room"}
    return session_id, _post(client, f"/api/sessions/{session_id}/rooms", json=room)["id"]


def _post(client: httpx.Client, path: str, **options: Any) -> Any:
    answer = client.post(path, **options)
    assert answer.is_success, answer.text
    return answer.json()


def _items(client: httpx.Client, path: str) -> list[Any]:
    return client.get(path, params={"limit": 100}).json()["items"]


def _upload(client: httpx.Client, room_id: str, name: str) -> str:
    upload = by_name(name)
    file = (upload.filename, upload.data, upload.declared_type)
    return _post(client, f"/api/rooms/{room_id}/assets", files={"file": file})["id"]


def _when(look: Callable[[], list[Any]], good: Callable[[list[Any]], bool]) -> list[Any]:
    deadline = time.monotonic() + PATIENCE_S
    while not good(found := look()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found

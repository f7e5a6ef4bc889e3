"""The inbox: what is in it, what is unread, and whose it is."""

import asyncio
from typing import Any

import pytest

from app.db.models import Notification
from app.domain.notifications.service import NotificationService
from tests.factories import make_notification, random_id
from tests.workplace import Person, Workplace

FIELDS = {"id", "type", "title", "message", "link", "isRead", "createdAt"}


async def have_lines(place: Workplace, person: Person, count: int, **values: Any) -> list[str]:
    """Put lines into an inbox and return their ids, oldest first."""
    async with place.db() as db:
        lines = [await make_notification(db, person.user, **values) for _ in range(count)]
        await db.commit()
    return [str(line.id) for line in lines]


async def test_what_is_told_is_in_the_inbox_and_on_the_stream(place: Workplace, person: Person) -> None:
    room = await place.room(person)

    message = "oak\nand light" + "x" * 2_000
    async with place.resources.transaction() as db:
        inbox = NotificationService(db, place.resources)
        await inbox.tell(person.id, "render_complete", "Kitchen\r\nready", message, "/#/s/1", room.session_id)

    page = await person.get("/api/notifications")
    [line] = page["items"]
    assert set(line) == FIELDS
    assert (line["type"], line["title"]) == ("render_complete", "Kitchen ready")
    assert (line["link"], line["isRead"]) == ("/#/s/1", False)
    assert (line["message"][:14], len(line["message"])) == ("oak and lightx", 1_000)
    assert (page["unreadCount"], page["nextCursor"]) == (1, None)
    [event] = await place.told(person)
    assert (event["event"], event["notification"]) == ("notification:new", line)
    assert event["sessionId"] == str(room.session_id)


async def test_what_is_not_committed_is_not_told(place: Workplace, person: Person) -> None:
    async with place.db() as db:
        await NotificationService(db, place.resources).tell(person.id, "export_ready", "Done", "", "/", None)
        await db.rollback()

    assert ((await person.get("/api/notifications"))["items"], await place.told(person)) == ([], [])


async def test_the_inbox_comes_in_pages_from_the_newest_on(place: Workplace, person: Person) -> None:
    ids = await have_lines(place, person, 5)
    await have_lines(place, await place.person(), 2)

    first = await person.get("/api/notifications?limit=3")
    second = await person.get("/api/notifications", params={"limit": 3, "cursor": first["nextCursor"]})

    assert [line["id"] for line in first["items"] + second["items"]] == ids[::-1]
    assert (first["unreadCount"], second["unreadCount"], second["nextCursor"]) == (5, 5, None)


async def test_only_the_unread_when_asked(place: Workplace, person: Person) -> None:
    read = await have_lines(place, person, 2, is_read=True)
    unread = await have_lines(place, person, 2)

    page = await person.get("/api/notifications?unread=true&limit=1")
    rest = await person.get("/api/notifications", params={"unread": "true", "cursor": page["nextCursor"]})
    everything = await person.get("/api/notifications?unread=false")

    assert [line["id"] for line in page["items"] + rest["items"]] == unread[::-1]
    assert [line["id"] for line in everything["items"]] == [*unread[::-1], *read[::-1]]
    assert page["unreadCount"] == everything["unreadCount"] == 2


@pytest.mark.parametrize("query", ["unread=1", "unread=yes", "unread=", "unread=true&unread=true", "user_id=x"])
async def test_a_question_the_document_does_not_know_is_refused(person: Person, query: str) -> None:
    answer = await person.http.get(f"/api/notifications?{query}")

    assert answer.status_code == 400


async def test_a_line_is_read_once_and_for_all(place: Workplace, person: Person) -> None:
    [line_id, _] = await have_lines(place, person, 2)

    answers = [await person.post(f"/api/notifications/{line_id}/read") for _ in range(2)]

    assert [(line["id"], line["isRead"]) for line in answers] == [(line_id, True)] * 2
    page = await person.get("/api/notifications")
    assert (page["unreadCount"], [line["isRead"] for line in page["items"]]) == (1, [False, True])


async def test_everything_is_read_at_once_and_only_ones_own(place: Workplace, person: Person) -> None:
    stranger = await place.person()
    for owner in (person, stranger):
        await have_lines(place, owner, 3)

    answers = await asyncio.gather(*(person.post("/api/notifications/read-all") for _ in range(3)))

    assert answers == [{"unreadCount": 0}] * 3
    assert (await person.get("/api/notifications"))["unreadCount"] == 0
    assert (await stranger.get("/api/notifications"))["unreadCount"] == 3


async def test_somebody_elses_line_is_not_there(place: Workplace, person: Person) -> None:
    [foreign] = await have_lines(place, await place.person(), 1)

    for line_id in (foreign, random_id()):
        refused = await person.post(f"/api/notifications/{line_id}/read", expect=404)
        assert refused["code"] == "notification-not-found"

    assert (await place.row(Notification, foreign)).is_read is False

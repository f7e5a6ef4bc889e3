"""Jobs as their owners see them: list, follow, cancel, ask again."""

from datetime import timedelta
from typing import Any

import pytest

from app.db.models import Job, Render
from app.lib.clock import now
from tests.factories import make_job, make_render, random_id
from tests.workplace import Person, Workplace

FIELDS = {
    *("id", "kind", "status", "isTerminal", "deadLetter", "progress", "attempts", "maxAttempts", "crashes", "resource"),
    *("result", "error", "createdAt", "startedAt", "finishedAt", "links"),
}
REASON = {"code": "no", "message": "It did not work."}


async def have_job(place: Workplace, person: Person, **values: Any) -> Job:
    """Make a job."""
    async with place.db() as db:
        job = await make_job(db, person.user, **values)
        await db.commit()
        return job


async def have_render_job(place: Workplace, person: Person, render_status: str, **values: Any) -> tuple[str, Render]:
    """Make a render and its job; return the job's address and the render."""
    room = await place.room(person)
    async with place.db() as db:
        render = await make_render(db, room, status=render_status)
        values["body"] = {"render_ids": [str(render.id)]}
        job = await make_job(db, person.user, resource_type="render", resource_id=render.id, **values)
        render.job_id = job.id
        await db.commit()
    return f"/api/jobs/{job.id}", render


async def test_a_job_tells_all_there_is_to_know_and_nothing_more(place: Workplace, person: Person) -> None:
    ended: dict[str, Any] = {"status": "failed", "error": REASON, "attempts": 3, "crashes": 1, "dead_letter": True}
    url, render = await have_render_job(place, person, "failed", **ended)

    job = await person.get(url)

    assert set(job) == FIELDS
    assert (job["kind"], job["status"]) == ("render.generate", "failed")
    assert (job["isTerminal"], job["deadLetter"]) == (True, True)
    assert (job["attempts"], job["maxAttempts"], job["crashes"], job["error"]) == (3, 3, 1, REASON)
    assert job["progress"] == {"percent": 0, "stage": None, "queuePosition": None}
    assert job["resource"] == {"type": "render", "id": str(render.id)}
    assert job["links"] == {"self": url, "cancel": f"{url}/cancel", "render": f"/api/renders/{render.id}"}


async def test_who_waits_is_told_how_many_are_before_them(place: Workplace, person: Person) -> None:
    stranger = await place.person()
    await have_job(place, person, status="running")
    for owner in (stranger, person, stranger):
        await have_job(place, owner)
    await have_job(place, person, queue="images", kind="image.variants")

    last = await have_job(place, person)

    assert (await person.get(f"/api/jobs/{last.id}"))["progress"]["queuePosition"] == 3
    positions = [job["progress"]["queuePosition"] for job in (await person.get("/api/jobs"))["items"]]
    assert positions == [3, 0, 1, None]


async def test_the_list_has_a_persons_own_jobs_from_the_newest_on(place: Workplace, person: Person) -> None:
    await have_job(place, await place.person())
    for kind in ("upkeep.delete_files", "email.send", "image.variant"):
        await have_job(place, person, kind=kind)
    states = ["queued", "running", "succeeded", "failed", "cancelled"]
    ids = [str((await have_job(place, person, status=state)).id) for state in states]

    first = await person.get("/api/jobs?limit=3")
    second = await person.get("/api/jobs", params={"limit": 3, "cursor": first["nextCursor"]})
    filtered = {state: (await person.get(f"/api/jobs?status={state}"))["items"] for state in states}

    assert [job["id"] for job in first["items"] + second["items"]] == ids[::-1]
    assert second["nextCursor"] is None
    assert {state: [job["id"] for job in jobs] for state, jobs in filtered.items()} == {
        state: [job_id] for state, job_id in zip(states, ids, strict=True)
    }


@pytest.mark.parametrize("query", ["status=done", "status=", "limit=0", "limit=101", "owner=x", "cursor=%00"])
async def test_a_question_the_document_does_not_know_is_refused(person: Person, query: str) -> None:
    answer = await person.http.get(f"/api/jobs?{query}")

    assert answer.status_code in (400, 422)


async def test_a_cursor_of_another_list_is_refused(place: Workplace, person: Person) -> None:
    for _ in range(2):
        await place.room(person)
    cursor = (await person.get("/api/sessions?limit=1"))["nextCursor"]

    answer = await person.http.get("/api/jobs", params={"cursor": cursor})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad-cursor")


async def test_cancelling_ends_a_waiting_job_once(place: Workplace, person: Person) -> None:
    url, render = await have_render_job(place, person, "queued")

    first = await person.post(f"{url}/cancel")
    second = await person.post(f"{url}/cancel")

    assert (first["status"], first["isTerminal"], first["finishedAt"] is not None) == ("cancelled", True, True)
    assert second == first == await person.get(url)
    assert (await place.row(Render, render.id)).status == "cancelled"
    assert [event["job"] for event in await place.told(person, "job:updated")] == [first]


async def test_cancelling_takes_a_running_job_from_its_worker(place: Workplace, person: Person) -> None:
    lease = now() + timedelta(seconds=20)
    url, _ = await have_render_job(place, person, "generating", status="running", token=4, lease_until=lease)

    await person.post(f"{url}/cancel")

    [job] = await place.rows(Job)
    assert (job.status, job.token, job.lease_until) == ("cancelled", 5, None)


@pytest.mark.parametrize("status", ["succeeded", "failed", "cancelled"])
async def test_what_is_over_stays_as_it_is(place: Workplace, person: Person, status: str) -> None:
    job = await have_job(place, person, status=status, finished_at=now())
    before = await person.get(f"/api/jobs/{job.id}")

    assert await person.post(f"/api/jobs/{job.id}/cancel") == before
    assert await place.told(person) == []


async def test_a_failed_job_is_asked_for_again_as_if_it_were_new(place: Workplace, person: Person) -> None:
    ended: dict[str, Any] = {"status": "failed", "error": REASON, "attempts": 3, "crashes": 2, "dead_letter": True}
    ended |= {"percent": 70, "stage": "uploading", "started_at": now(), "finished_at": now(), "token": 6}
    url, render = await have_render_job(place, person, "failed", **ended)

    job = await person.post(f"{url}/retry")

    assert (job["status"], job["isTerminal"], job["deadLetter"], job["error"]) == ("queued", False, False, None)
    assert (job["attempts"], job["crashes"], job["startedAt"], job["finishedAt"]) == (0, 0, None, None)
    assert job["progress"] == {"percent": 0, "stage": None, "queuePosition": 0}
    assert (await place.row(Render, render.id)).status == "queued"
    assert [event["event"] for event in await place.told(person)] == ["render:progress", "job:updated"]
    assert (await place.rows(Job))[0].token == 7


@pytest.mark.parametrize("status", ["queued", "running", "succeeded", "cancelled"])
async def test_only_what_failed_is_asked_for_again(place: Workplace, person: Person, status: str) -> None:
    job = await have_job(place, person, status=status)

    refused = await person.post(f"/api/jobs/{job.id}/retry", expect=409)

    assert (refused["code"], refused["jobStatus"]) == ("job-did-not-fail", status)


@pytest.mark.parametrize("path", ["", "/cancel", "/retry"])
async def test_nobody_elses_job_and_no_chore_is_there(place: Workplace, person: Person, path: str) -> None:
    foreign = await have_job(place, await place.person(), status="failed", error=REASON)
    chore = await have_job(place, person, kind="email.send", status="failed", error=REASON)

    for job_id in (foreign.id, chore.id, random_id()):
        answer = await person.http.request("POST" if path else "GET", f"/api/jobs/{job_id}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "job-not-found")

    assert {job.status for job in await place.rows(Job)} == {"failed"}

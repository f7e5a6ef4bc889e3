"""Removing stored files: ordered with the rows that named them, done by a job, harmless when done twice."""

from app.db.models import Job
from app.domain.files.messages import DeleteFiles
from app.domain.files.removal import FOLDERS_PER_JOB, remove_files_of_room, remove_files_of_session
from app.queue.outbox import Outbox
from tests.factories import make_asset
from tests.workplace import Person, Workplace


async def order(place: Workplace, person: Person, wish: DeleteFiles) -> None:
    """Order a removal."""
    async with place.resources.transaction() as db:
        Outbox(db).order(wish, person.id)


async def test_files_and_folders_go_and_nothing_else(place: Workplace, person: Person) -> None:
    for key in ("assets/1/upload", "assets/1/2/original.jpg", "assets/10/upload", "assets/3/a", "assets/3/b"):
        await place.resources.files.put(key, b"x")

    await order(place, person, DeleteFiles(keys=("assets/3/a", "assets/3/gone"), folders=("assets/1", "assets/9")))
    await place.work()

    assert sorted(await place.stored()) == ["assets/10/upload", "assets/3/b"]


async def test_done_twice_it_does_no_harm(place: Workplace, person: Person) -> None:
    await place.resources.files.put("assets/1/upload", b"x")
    await order(place, person, DeleteFiles(folders=("assets/1",)))
    await place.work()

    [job] = await place.rows(Job)
    await place.change(Job, job.id, status="queued")
    await place.work()

    assert ((await place.row(Job, job.id)).status, await place.stored()) == ("succeeded", {})


async def test_every_file_of_a_room_or_session_is_named_in_as_many_jobs_as_it_takes(
    place: Workplace, person: Person
) -> None:
    room, other = await place.room(person), await place.room(person)
    async with place.db() as db:
        ids = [(await make_asset(db, room)).id for _ in range(FOLDERS_PER_JOB + 1)]
        await make_asset(db, other)
        await remove_files_of_room(db, person.id, room.id)
        await remove_files_of_session(db, other.owner_id, other.session_id)
        await remove_files_of_session(db, (await place.person()).id, room.session_id)
        await db.commit()

    folders = [job.body["folders"] for job in await place.rows(Job)]
    assert [len(each) for each in folders] == [FOLDERS_PER_JOB, 1, 1]
    assert sorted(folders[0] + folders[1]) == sorted(f"assets/{asset_id}" for asset_id in ids)

import asyncio

from redis.asyncio import Redis

from app.lib.tasks import end
from app.web.live import Hub


async def test_a_task_that_loses_its_first_cancellation_ends_all_the_same() -> None:
    lost = 0

    async def forgetful() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                lost += 1
                if lost > 2:
                    raise

    task = asyncio.create_task(forgetful())
    await asyncio.sleep(0)

    await asyncio.wait_for(end(task), 5)

    assert task.cancelled()


async def test_ending_nothing_and_what_has_ended_takes_no_time() -> None:
    task = asyncio.create_task(asyncio.sleep(0))
    await task

    await asyncio.wait_for(end(), 1)
    await asyncio.wait_for(end(task), 1)


async def test_a_hub_stopped_while_it_connects_does_stop(redis: Redis) -> None:
    for pause_s in (0, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.01):
        hub = Hub(redis)
        await hub.start()
        await asyncio.sleep(pause_s)

        await asyncio.wait_for(hub.stop(), 3)

"""The main job on a drawn photo of 12 megapixels: upload to variants, render accepted, render complete."""

import asyncio
import io
import time
from statistics import median

import httpx

from bench.report import Table
from bench.stack import Stack

TIMES = 5
WIDTH, HEIGHT = 4_000, 3_000


async def measure_pictures(stack: Stack, seconds: float) -> Table:
    """Return how long the main job takes, step by step."""
    for kind in ("heavy", "light"):
        await stack.start(kind, "-m", "app.cli", kind)
    photo = await asyncio.to_thread(drawn_photo)
    table = Table("The main job, 12 megapixels", ["step", "median s", "min-max s"])
    steps: dict[str, list[float]] = {"upload answered": [], "upload to ready": [], "render accepted": []}
    steps["render complete"] = []
    async with httpx.AsyncClient(base_url=stack.url, headers=stack.headers(), timeout=60) as client:
        session = (await client.post("/api/sessions", json={"title": "Bench"})).json()["id"]
        room = {"name": "Living room", "type": "living-room"}
        room_id = (await client.post(f"/api/sessions/{session}/rooms", json=room)).json()["id"]
        for number in range(TIMES + 1):
            taken = await _once(client, session, room_id, photo)
            if number:  # the first one starts the child processes
                for name, value in zip(steps, taken, strict=True):
                    steps[name].append(value)
    for name, values in steps.items():
        table.add(name, f"{median(values):.3f}", f"{min(values):.3f}-{max(values):.3f}")
    table.note(
        f"the photo has {len(photo) / 1e6:.1f} MB; embedded restyler; heavy worker {stack.rss_mb('heavy'):.0f} MB"
    )
    for kind in ("heavy", "light"):
        await stack.stop(kind)
    return table


async def _once(client: httpx.AsyncClient, session: str, room_id: str, photo: bytes) -> tuple[float, ...]:
    began = time.perf_counter()
    made = await client.post(f"/api/rooms/{room_id}/assets", files={"file": ("room.jpg", photo, "image/jpeg")})
    asset_id = made.raise_for_status().json()["id"]
    answered = time.perf_counter() - began
    await _until(client, f"/api/assets/{asset_id}", "status", "ready")
    ready = time.perf_counter() - began
    wish = {"sessionId": session, "roomId": room_id, "stylePrompt": "warm oak and linen", "baseAssetId": asset_id}
    began = time.perf_counter()
    job = (await client.post("/api/renders", json=wish)).raise_for_status().json()
    accepted = time.perf_counter() - began
    await _until(client, f"/api/jobs/{job['jobId']}", "status", "succeeded")
    return answered, ready, accepted, time.perf_counter() - began


async def _until(client: httpx.AsyncClient, path: str, field: str, value: str) -> None:
    for _ in range(1_200):
        if (await client.get(path)).json()[field] == value:
            return
        await asyncio.sleep(0.02)
    raise RuntimeError(f"{path} did not become {value}")


def drawn_photo() -> bytes:
    """Return a JPEG with edges, surfaces and grain like a room's, drawn here."""
    import numpy as np
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (WIDTH, HEIGHT), (214, 205, 190))
    draw = ImageDraw.Draw(picture)
    draw.polygon([(0, 2100), (WIDTH, 2100), (WIDTH, HEIGHT), (0, HEIGHT)], fill=(143, 104, 70))
    draw.rectangle([400, 500, 1300, 1500], fill=(235, 242, 250), outline=(250, 250, 250), width=40)
    draw.rectangle([1800, 1500, 3300, 2300], fill=(96, 88, 84))
    for x in range(0, WIDTH, 260):
        draw.line([(x, 2100), (x * 2 - WIDTH // 2, HEIGHT)], fill=(110, 78, 52), width=6)
    grain = np.random.default_rng(1).normal(0, 6, (HEIGHT, WIDTH, 1))
    pixels = np.clip(np.asarray(picture, dtype=np.float32) + grain, 0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=88)
    return out.getvalue()

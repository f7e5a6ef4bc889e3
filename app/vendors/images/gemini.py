"""Gemini's image model through Google's SDK.

The SDK takes most of a second to import and most processes never draw, so it is imported in a thread at the first
picture. Its client belongs to the event loop it was made in, so it is made there, once.
"""

import asyncio
import importlib
from typing import Any

import httpx

from app.lib.text import one_line
from app.vendors import Unavailable
from app.vendors.http import LoopClient
from app.vendors.images import ImageBrief, ImageModel, ImageRefused, Picture, RunCpu
from app.vendors.images.pictures import conform, measure

HOST = "https://generativelanguage.googleapis.com"
CONNECT_S = 3.0
ANSWER_CAP = 20_000_000  # bytes; a 2K picture in base64 is about 8 million
SDK = ("google.genai", "google.genai.types", "google.genai.errors", "app.vendors.images.gemini_answers")

KEEP_THE_ROOM = (
    "Redesign the room in this photo. Keep its structure exactly: walls, windows, doors, ceiling, proportions, camera "
    "position and perspective stay as they are, so that both pictures can be laid over each other. Change surfaces, "
    "furniture, textiles, lamps and decoration only."
)
NEW_ROOM = "Draw a photo-realistic interior, straight verticals, eye level, daylight."
RULES = "No people, no text, no watermark, no collage: one picture."
VARIATIONS = (
    "",
    "Choose a different furniture layout than the obvious one.",
    "Choose bolder contrasts and accents.",
    "Choose a calmer, lighter interpretation.",
)


class GeminiImages(ImageModel):
    """Draws with a Gemini image model; each call is cut after `limit_s` seconds, whatever the vendor does."""

    def __init__(self, api_key: str, model: str, base_url: str, run_cpu: RunCpu, limit_s: float = 90) -> None:
        self._key = api_key
        self._model = model
        # The SDK adds the API version itself; given twice, every call would answer 404.
        self._base_url = (base_url or HOST).rstrip("/").removesuffix("/v1beta").removesuffix("/v1")
        self._limit_s = limit_s
        self._run_cpu = run_cpu
        self._http = LoopClient(limit_s, CONNECT_S, ANSWER_CAP)
        self._client: tuple[httpx.AsyncClient, Any] | None = None

    async def draw(self, brief: ImageBrief) -> Picture:
        """Return one picture in the photo's aspect ratio. Raises ImageRefused, or Unavailable when a retry may help."""
        ratio = await self._ratio(brief)
        for data in await self._ask(brief, ratio):
            if picture := await self._run_cpu(conform, data, ratio):
                return Picture(data=picture[0], content_type=picture[1], model=self._model)
        raise Unavailable("The picture service sent a damaged picture.", code="image-garbage")

    async def aclose(self) -> None:
        """Close the connection to the vendor; to be awaited in the loop that drew."""
        self._client = None
        await self._http.aclose()

    async def _ratio(self, brief: ImageBrief) -> float:
        if brief.photo is None:
            return brief.width_px / brief.height_px
        size = await self._run_cpu(measure, brief.photo)
        if size is None:
            raise ImageRefused("The photo could not be read. Upload another one.", code="image-input")
        return size[0] / size[1]

    async def _ask(self, brief: ImageBrief, ratio: float) -> list[bytes]:
        await asyncio.to_thread(_import_sdk)
        from app.vendors.images import gemini_answers as answers

        try:
            # The SDK's own limit is per read, so a trickle of bytes outlives it.
            async with asyncio.timeout(self._limit_s):
                answer = await self._generate(brief, answers.nearest_ratio(ratio))
        except answers.errors.APIError as error:
            raise answers.failure(error) from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Unavailable(answers.SLOW, code="vendor-timeout", detail=f"{self._limit_s:g} s") from error
        except Exception as error:
            # Broken connections, JSON that is none, JSON of another shape: the SDK lets many types through.
            detail = one_line(f"{type(error).__name__}: {error}", 300)
            raise Unavailable(answers.DOWN, code="vendor-error", detail=detail) from error
        return answers.pictures_in(answer)

    async def _generate(self, brief: ImageBrief, aspect_ratio: str) -> Any:
        from google.genai import types

        config = types.GenerateContentConfig(
            response_modalities=["IMAGE"],
            image_config=types.ImageConfig(aspect_ratio=aspect_ratio),
            candidate_count=1,
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        )
        parts = [types.Part.from_text(text=instructions(brief))]
        if brief.photo is not None:
            parts.insert(0, types.Part.from_bytes(data=brief.photo, mime_type=content_type(brief.photo)))
        contents = [types.Content(role="user", parts=parts)]
        return await self._open().aio.models.generate_content(model=self._model, contents=contents, config=config)

    def _open(self) -> Any:
        """The SDK's client of this event loop; making one takes 35 ms, so it is kept."""
        http = self._http.current()
        if self._client is None or self._client[0] is not http:
            from google import genai
            from google.genai import types

            options = types.HttpOptions(
                base_url=self._base_url,
                timeout=int(self._limit_s * 1000),  # milliseconds here, seconds elsewhere
                httpx_async_client=http,
            )  # without retry_options the SDK asks once; retries belong to the job
            self._client = http, genai.Client(api_key=self._key, vertexai=False, http_options=options)
        return self._client[1]


def instructions(brief: ImageBrief) -> str:
    """Return what the model is told, the homeowner's own words marked as such."""
    lines = [KEEP_THE_ROOM if brief.photo is not None else NEW_ROOM]
    if brief.room_type != "other":
        lines.append(f"It is a {brief.room_type.replace('_', ' ')}.")
    lines.append(f"The homeowner wants: {brief.prompt}")
    if brief.palette:
        lines.append(f"Palette, walls first: {', '.join(brief.palette)}.")
    if brief.materials:
        lines.append(f"Materials: {', '.join(brief.materials)}.")
    if hint := VARIATIONS[brief.variation % len(VARIATIONS)]:
        lines.append(hint)
    return "\n".join([*lines, RULES])


def content_type(photo: bytes) -> str:
    """Return the media type of a JPEG, PNG or WebP by its first bytes."""
    if photo.startswith(b"\x89PNG"):
        return "image/png"
    return "image/webp" if photo[8:12] == b"WEBP" else "image/jpeg"


def _import_sdk() -> None:
    for name in SDK:
        importlib.import_module(name)

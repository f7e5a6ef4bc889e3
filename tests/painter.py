"""An image model in place of the port: it paints at once, or does what a test tells it to."""

import asyncio
import itertools
from collections.abc import Callable

from PIL import Image

from app.vendors import Unavailable
from app.vendors.images import ImageBrief, ImageModel, ImageRefused, Picture
from tests.raw_pictures import saved

REFUSED = ImageRefused("The picture service will not draw this. Try other words.", code="image-refused")
BUSY = Unavailable("The picture service is busy.", code="vendor-busy")
Outcome = Exception | None


class Painter(ImageModel):
    """Paints one colour. `outcomes` says by variation what comes of its first tries; afterwards all goes well."""

    def __init__(self, outcomes: Callable[[ImageBrief], Outcome] = lambda brief: None) -> None:
        self.briefs: list[ImageBrief] = []
        self.stopped = 0
        self.begun = asyncio.Event()
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self._outcomes = outcomes
        self._colours = itertools.count(40, 25)

    async def draw(self, brief: ImageBrief) -> Picture:
        """Return a picture 600 pixels wide, or fail as told."""
        self.briefs.append(brief)
        self.begun.set()
        try:
            await self.goes_on.wait()
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        if outcome := self._outcomes(brief):
            raise outcome
        colour = next(self._colours) % 256
        picture = Image.new("RGB", (600, 400), (colour, 90, 255 - colour))
        return Picture(saved(picture, "PNG"), "image/png", "painter-1", 0.75)


def first_tries(**by_variation: list[Outcome]) -> Callable[[ImageBrief], Outcome]:
    """Return outcomes for the first tries of variations named `v0` to `v3`."""
    left = {name: list(outcomes) for name, outcomes in by_variation.items()}

    def next_outcome(brief: ImageBrief) -> Outcome:
        waiting = left.get(f"v{brief.variation}")
        return waiting.pop(0) if waiting else None

    return next_outcome

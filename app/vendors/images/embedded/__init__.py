"""The image model that needs no account: it repaints the real photo, and draws a simple room where there is none.

`restyle.draw` does the work, with numpy and Pillow; importing this package loads neither.
"""

from app.vendors.images import ImageBrief, Picture, RunCpu


def draw(brief: ImageBrief) -> Picture:
    """Return the picture; loads the imaging libraries in the process that draws, and only there."""
    from .restyle import draw as restyle

    return restyle(brief)


class EmbeddedImages:
    """Implements ImageModel: recolours and relights; no furniture is moved or exchanged, nothing is tidied."""

    def __init__(self, run_cpu: RunCpu) -> None:
        self._run_cpu = run_cpu

    async def draw(self, brief: ImageBrief) -> Picture:
        return await self._run_cpu(draw, brief)

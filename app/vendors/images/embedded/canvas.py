"""A room in perspective: places in metres, drawn as soft-edged shapes in linear light.

x runs to the right from the middle of the room, y up from the floor, z away from the camera.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from .colours import hex_light
from .floors import EYE_HEIGHT_M, View
from .planes import Plane, Size
from .tones import Tone

Place = tuple[float, float, float]
Point = tuple[float, float]

FINE = 3
"""Shapes are drawn this many times larger and averaged down: smooth edges."""

NEAREST_M = 0.6


class Canvas:
    """Linear light, (3, rows, columns), and the camera that looks at it."""

    def __init__(self, size: Size, view: View) -> None:
        self.light = np.zeros((3, size[1], size[0]), np.float32)
        self.view = view
        self.size = size

    def seen(self, place: Place) -> Point:
        """Return the pixel at which a place is seen."""
        x, y, z = place
        scale = self.view.focal / max(z, NEAREST_M)
        return self.view.middle_x + scale * x, self.view.horizon_y + scale * (EYE_HEIGHT_M - y)

    def fill(self, places: Sequence[Place], colour: Tone, shade: float = 1.0) -> None:
        """Paint a flat face."""
        self.paint([self.seen(place) for place in places], hex_light(colour.hex) * shade)

    def shadow(self, places: Sequence[Place], depth: float, blur_m: float) -> None:
        """Darken what is already drawn under a face, softly: `depth` 1 would be black."""
        nearest = min(place[2] for place in places)
        blur_px = blur_m * self.view.focal / max(nearest, NEAREST_M)
        self.dim([self.seen(place) for place in places], 1 - depth, blur_px)

    def paint(self, points: Sequence[Point], lit: NDArray[Any]) -> None:
        box = self._box(points, 1)
        if box is None:
            return
        mask = self._mask(points, box)
        left, top, right, bottom = box
        part = self.light[:, top:bottom, left:right]
        part += mask * (lit.astype(np.float32)[:, None, None] - part)

    def dim(self, points: Sequence[Point], factor: float, blur_px: float) -> None:
        """Multiply what is drawn by `factor` inside the points; above 1 it is a patch of light."""
        box = self._box(points, int(3 * blur_px) + 1)
        if box is None:
            return
        left, top, right, bottom = box
        self.light[:, top:bottom, left:right] *= 1 + (factor - 1) * self._mask(points, box, blur_px)

    def _box(self, points: Sequence[Point], margin: int) -> tuple[int, int, int, int] | None:
        """Return the part of the picture the points cover, or None."""
        xs, ys = [x for x, _ in points], [y for _, y in points]
        left, right = max(int(min(xs)) - margin, 0), min(int(max(xs)) + margin + 1, self.size[0])
        top, bottom = max(int(min(ys)) - margin, 0), min(int(max(ys)) + margin + 1, self.size[1])
        return (left, top, right, bottom) if left < right and top < bottom else None

    def _mask(self, points: Sequence[Point], box: tuple[int, int, int, int], blur_px: float = 0.0) -> Plane:
        left, top, right, bottom = box
        fine = FINE if blur_px < 2 else 1
        large = Image.new("L", ((right - left) * fine, (bottom - top) * fine))
        outline = [((x - left) * fine, (y - top) * fine) for x, y in points]
        ImageDraw.Draw(large).polygon(outline, fill=255)
        if blur_px >= 2:
            large = large.filter(ImageFilter.GaussianBlur(blur_px))
        small = large.resize((right - left, bottom - top), Image.Resampling.BOX)
        return np.asarray(small).astype(np.float32) / 255

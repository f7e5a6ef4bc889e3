"""How much of a photo's structure a picture drawn from it has kept."""

import numpy as np
from PIL import Image

from .photos import upright
from .planes import Plane, Planes, box_mean

SIDE_PX = 256
VISIBLE = 0.02
"""Steps of brightness (of 0..1) that count as structure; below them lie noise and JPEG blocks."""


def structure_score(photo: bytes, picture: bytes) -> float:
    """Return 0..1: 1 for the same edges in the same places, about 0 for another room.

    Colours, light, and which side of an edge is the darker do not count: a repaint changes them all.
    Raises ImageRefused if either cannot be decoded.
    """
    grey = upright(photo, SIDE_PX).convert("L")
    other = upright(picture, 2 * SIDE_PX).convert("L").resize(grey.size, Image.Resampling.BOX)
    one, two = _edges(np.asarray(grey)), _edges(np.asarray(other))
    energy = float(np.sqrt((one * one).sum() * (two * two).sum()))
    if energy < 1e-6:
        return 1.0 if not one.any() and not two.any() else 0.0
    return float(np.clip((one * two).sum() / energy, 0, 1))


def _edges(grey: Plane) -> Planes:
    """Return direction and strength of the edges around each pixel.

    Strength is measured against the surroundings and levels off: new paint changes how strong an edge is.
    """
    plane = np.pad(box_mean(grey.astype(np.float32) / 255, 1), 1, mode="edge")
    right = plane[1:-1, 2:] - plane[1:-1, :-2]
    down = plane[2:, 1:-1] - plane[:-2, 1:-1]
    step = np.hypot(right, down)
    scale = np.hypot(step, box_mean(step, 8) + VISIBLE)
    right, down = right / scale, down / scale
    tensor = box_mean(np.stack([right * right - down * down, 2 * right * down, right * right + down * down]), 2)
    tensor[2] -= tensor[2].mean()
    return tensor

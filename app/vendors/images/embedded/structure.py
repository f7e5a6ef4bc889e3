"""How much of a photo's structure a picture drawn from it has kept."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .photos import upright
from .planes import Planes, box_mean

SIDE_PX = 256
VISIBLE = 0.02
"""Steps of brightness (of 0..1) that count as structure; below them lie noise and JPEG blocks."""


def structure_score(photo: bytes, picture: bytes) -> float:
    """Return 0..1: 1 for the same edges in the same places, about 0 for another room.

    Colours, light, and which side of an edge is the darker do not count: a repaint changes them all.
    Raises ImageRefused if either cannot be decoded.
    """
    small = upright(photo, SIDE_PX)
    other = upright(picture, 2 * SIDE_PX).resize(small.size, Image.Resampling.BOX)
    one, two = _edges(np.asarray(small)), _edges(np.asarray(other))
    energy = float(np.sqrt((one * one).sum() * (two * two).sum()))
    if energy < 1e-6:
        return 1.0 if not one.any() and not two.any() else 0.0
    return float(np.clip((one * two).sum() / energy, 0, 1))


def _edges(pixels: NDArray[np.uint8]) -> Planes:
    """Return direction and strength of the edges around each pixel, be they of light or of colour.

    Strength is measured against the surroundings and levels off: new paint changes how strong an edge is.
    """
    planes = np.moveaxis(pixels, -1, 0).astype(np.float32) / 255
    planes = np.pad(box_mean(planes, 1), [(0, 0), (1, 1), (1, 1)], mode="edge")
    right = planes[:, 1:-1, 2:] - planes[:, 1:-1, :-2]
    down = planes[:, 2:, 1:-1] - planes[:, :-2, 1:-1]
    tensor = np.stack([right * right - down * down, 2 * right * down, right * right + down * down]).mean(1)
    step = np.sqrt(tensor[2])
    tensor = box_mean(tensor / (tensor[2] + (box_mean(step, 8) + VISIBLE) ** 2), 2)
    tensor[2] -= tensor[2].mean()
    return tensor

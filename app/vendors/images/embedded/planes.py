"""Pictures as float planes, and the few operations every step is made of.

A plane is float32, rows by columns; several planes stand in front of each other: (channels, rows, columns).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Plane = NDArray[Any]
Planes = NDArray[Any]
Size = tuple[int, int]
"""Columns, rows: the order Pillow uses."""

BOX, LINEAR, CUBIC = Image.Resampling.BOX, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC


def resized(planes: Planes, size: Size, how: Image.Resampling = LINEAR) -> Planes:
    if planes.ndim == 3:
        return np.stack([resized(plane, size, how) for plane in planes])
    return np.asarray(Image.fromarray(np.ascontiguousarray(planes, np.float32)).resize(size, how))


def low_pass(planes: Planes, px: float) -> Planes:
    """Return the light that changes over more than `px` pixels: averaged into cells, smoothly drawn back (1 ms)."""
    rows, columns = planes.shape[-2:]
    cells = (max(3, round(columns / px)), max(3, round(rows / px)))
    return resized(resized(planes, cells, BOX), (columns, rows), CUBIC)


def box_mean(planes: Planes, radius: int) -> Planes:
    """Return the mean of the square around each pixel; beyond the border the border goes on."""
    width = 2 * radius + 1
    sides = [(0, 0)] * (planes.ndim - 2)
    tall = np.pad(planes, [*sides, (radius + 1, radius), (0, 0)], mode="edge")
    sums = np.cumsum(tall, axis=-2, dtype=np.float32)
    down = sums[..., width:, :] - sums[..., :-width, :]
    wide = np.pad(down, [*sides, (0, 0), (radius + 1, radius)], mode="edge")
    sums = np.cumsum(wide, axis=-1, dtype=np.float32)
    return (sums[..., width:] - sums[..., :-width]) / np.float32(width * width)


def guided(guide: Plane, planes: Planes, radius: int = 4, eps: float = 4e-4) -> Planes:
    """Return the planes smoothed inside, with their borders moved onto the borders of the guide (0..1)."""
    mean = box_mean(guide, radius)
    variance = box_mean(guide * guide, radius) - mean * mean + eps
    means = box_mean(planes, radius)
    slope = (box_mean(planes * guide, radius) - means * mean) / variance
    return np.clip(box_mean(slope, radius) * guide + box_mean(means - slope * mean, radius), 0, 1)


def sigmoid(x: Any) -> Any:
    """Return a soft step from 0 to 1."""
    return 1 / (1 + np.exp(-np.clip(x, -30, 30)))


def bell(x: Any, width: float) -> Any:
    """Return 1 where x is 0, falling to 1/e at `width`."""
    return np.exp(-np.minimum((x / width) ** 2, 60))


def noise(size: Size, cells_px: tuple[int, ...], weights: tuple[float, ...], rng: np.random.Generator) -> Plane:
    """Return cloudy noise of about -1.3..1.3, the sum of one octave per cell size."""
    columns, rows = size
    total = np.zeros((rows, columns), np.float32)
    for cell, weight in zip(cells_px, weights, strict=True):
        grid = rng.standard_normal((max(3, rows // cell + 2), max(3, columns // cell + 2))).astype(np.float32)
        total += weight * resized(grid, size, CUBIC)
    return np.clip(total / (2 * total.std() + 1e-6), -1.3, 1.3)

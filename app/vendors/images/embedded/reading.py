"""What a photo shows, before any style: its light, surfaces and things. Half of a restyle's time goes here."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from .ceiling import ceiling_line
from .colours import lab, light, luminance, stored
from .graph import linked
from .horizon import Horizon, horizon
from .mattes import Mattes, mattes
from .photos import upright
from .planes import BOX, Plane, Planes, Size, resized
from .superpixels import Patches, patches
from .surfaces import WALL, Surfaces, surfaces
from .things import Thing, things

MASK_SIDE_PX = 512
"""Masks and gains are made at this size and drawn up softly; finer ones cost four times as much and look the same."""

SEED = 7


@dataclass(frozen=True, slots=True)
class Reading:
    """Nothing here is ever changed: the next style is painted from the same reading."""

    pixels: NDArray[np.uint8]  # (rows, columns, 3), stored
    light: Planes  # linear, at mask size, as all that follows
    luminance: Plane
    log: Plane  # of luminance
    lab: Planes
    horizon: Horizon
    surfaces: Surfaces
    masks: Mattes
    things: list[Thing]
    trust: float  # 0..1: how far the surfaces can be believed


@lru_cache(maxsize=1)  # further styles and variations of the same photo are four times as quick
def reading(photo: bytes) -> Reading:
    """Return what the photo shows. Raises ImageRefused if it cannot be decoded."""
    pixels = np.asarray(upright(photo))
    lit = _masks_light(pixels)
    fine = lab(lit)
    coarse = lab(_patches_light(lit))
    bright = luminance(lit)
    eye_level = horizon(bright, np.random.default_rng(SEED))
    patch = patches(coarse, fine)
    links = linked(patch, coarse)
    found = surfaces(patch, links, eye_level)
    line = ceiling_line(coarse, found.share[:, WALL][patch.label], eye_level.y)
    masks = mattes(patch, found, line, fine)
    return Reading(
        pixels=pixels,
        light=lit,
        luminance=np.maximum(bright, 1e-3),
        log=np.log(np.maximum(bright, 1e-3) + 0.004),
        lab=fine,
        horizon=eye_level,
        surfaces=found,
        masks=masks,
        things=things(patch, found, links, eye_level, fine, masks.thing),
        trust=_trust(patch, found, masks, eye_level),
    )


def _masks_light(pixels: NDArray[np.uint8]) -> Planes:
    """Return linear light at mask size; light, not stored values, is what averages truly."""
    rows, columns = pixels.shape[:2]
    size = _even(columns, rows)
    return np.stack([resized(light(pixels[..., channel]), size, BOX) for channel in range(3)])


def _even(columns: int, rows: int) -> Size:
    """Return a size with MASK_SIDE_PX as its long side and sides that halve, none too short to smooth."""
    scale = MASK_SIDE_PX / max(columns, rows)
    return max(16, 2 * round(columns * scale / 2)), max(16, 2 * round(rows * scale / 2))


def _patches_light(lit: Planes) -> Planes:
    """Return the light at half the mask size, its specks removed."""
    _, rows, columns = lit.shape
    small = stored(np.moveaxis(resized(lit, (columns // 2, rows // 2), BOX), 0, -1))
    return np.moveaxis(light(np.asarray(Image.fromarray(small).filter(ImageFilter.MedianFilter(3)))), -1, 0)


def _trust(patch: Patches, found: Surfaces, masks: Mattes, eye_level: Horizon) -> float:
    """Return 1 for a room that was understood; less where little wall, unclear labels or darkness raise doubts."""
    wall = float(np.clip((masks.wall + masks.ceiling).mean() / 0.12, 0.25, 1))
    upper: Any = found.share[patch.y < eye_level.y]
    clear = float(np.clip((upper.max(1).mean() - 0.5) / 0.25, 0.4, 1)) if len(upper) else 0.4
    return wall * clear * float(np.clip((found.wall_colour[0] - 8) / 30, 0.5, 1))

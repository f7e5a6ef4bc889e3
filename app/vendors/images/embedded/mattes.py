"""From patches to pixels: soft masks of ceiling, walls, floor, things, and what stays as it is.

A pixel belongs to a surface when it agrees with the surface's mean colour close by; so frames, cables and cushions stay
out of the wall, and its shadows stay in.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .ceiling import CeilingLine
from .planes import Plane, Planes, box_mean, guided, low_pass, resized, sigmoid
from .superpixels import Patches
from .surfaces import FLOOR, KEEP, THING, WALL, Surfaces

ISLAND_REACH = 60
"""Steps of two pixels the wall may flow from its broad parts through narrow ones."""

UNDECIDED = 0.35
"""How well every pixel agrees with being a thing or worth keeping: those have no one colour to compare with."""


@dataclass(frozen=True, slots=True)
class Mattes:
    """Soft masks that sum to 1 in every pixel."""

    ceiling: Plane
    wall: Plane
    floor: Plane
    thing: Plane
    keep: Plane
    below_ceiling: Plane  # rows from the ceiling line down to the pixel, negative above it


def mattes(patches: Patches, surfaces: Surfaces, line: CeilingLine, lab: Planes) -> Mattes:
    """Return the masks at the size of `lab`, twice that of the patches."""
    rows, columns = lab.shape[1:]
    cloth = box_mean(resized(surfaces.cloth[patches.label], (columns, rows)), 2)
    likely = _likely(patches, surfaces, lab, cloth)
    line_y = np.interp(np.arange(columns), np.arange(len(line.heights)) * 2 + 0.5, line.heights * 2 + 0.5)
    below = np.arange(rows, dtype=np.float32)[:, None] - line_y.astype(np.float32)
    agreement = np.full_like(likely, UNDECIDED)
    agreement[WALL] = _wall_agreement(likely[WALL], lab, (below < 0) & (line.confidence > 0.3))
    agreement[FLOOR] = _agreement(likely[FLOOR], lab, 48, 12, 0.4)
    masks = _normalised((likely * agreement + 1e-5) ** 1.7)
    masks = _sharpened(_normalised(guided(lab[0] / 100, masks) + 1e-6), lab, 1 - cloth)
    masks = _without_islands(masks)
    above = sigmoid(-below / 0.6) * line.confidence
    wall, floor, thing, keep = masks
    glow = keep * above * sigmoid((95 - lab[0]) / 1.2)  # the ceiling around a lamp; the lamp itself is brighter
    return Mattes(wall * above + glow, wall * (1 - above), floor, thing, keep - glow, below)


def _likely(patches: Patches, surfaces: Surfaces, lab: Planes, cloth: Plane) -> Planes:
    """Return the patches' labels softly spread over their borders; the lamps' own pixels are kept."""
    rows, columns = lab.shape[1:]
    coarse = np.moveaxis(surfaces.share[patches.label], -1, 0)
    likely = box_mean(np.clip(resized(coarse, (columns, rows)), 0, 1), 2)
    likely[WALL] *= 1 - 0.95 * cloth  # a pale curtain's pixels all agree with the pale wall behind it
    lamp = sigmoid((lab[0] - 90) / 1.2) * sigmoid((lab[0] - surfaces.wall_colour[0] - 14) / 2)
    likely *= 1 - lamp
    likely[KEEP] += lamp
    return likely


def _wall_agreement(likely: Plane, lab: Planes, ceiling: Any) -> Plane:
    """Return the agreement with the wall's or the ceiling's colour, each compared on its own side of the line."""
    if not ceiling.any():
        return _agreement(likely, lab, 40, 5.5, 0.6)
    above = _agreement(likely * ceiling, lab, 40, 5.5, 0.6) * ceiling
    return np.maximum(above, _agreement(likely * ~ceiling, lab, 40, 5.5, 0.6) * ~ceiling)


def _agreement(likely: Plane, lab: Planes, px: int, tolerance: float, lightness_weight: float) -> Plane:
    lighter, red, yellow = lab - _local_mean(likely**2, lab, px)
    apart = (lightness_weight * lighter) ** 2 + red**2 + yellow**2
    return np.exp(-np.minimum(apart / (2 * tolerance**2), 60))


def _sharpened(masks: Planes, lab: Planes, where: Plane) -> Planes:
    """Return the masks with the wall's soft rim resolved by colour: each pixel there lies between what is on its sides.

    Without this a dark frame on a repainted wall keeps a halo of the old paint. `where` is how far colour can tell.
    """
    wall = masks[WALL]
    inside, outside = _local_mean(wall**4, lab, 24), _local_mean((1 - wall) ** 4, lab, 6)
    across = inside - outside
    contrast = (across * across).sum(0)
    place = np.clip(((lab - outside) * across).sum(0) / (contrast + 1e-3), 0, 1)
    place = place * place * (3 - 2 * place)
    near = box_mean(wall, 3)
    doubt = where * np.clip(6 * near * (1 - near), 0, 1) * contrast / (contrast + 12.0**2)
    sharper = wall + doubt * (place - wall)
    masks = masks * ((1 - sharper) / np.maximum(1 - wall, 1e-4))
    masks[WALL] = sharper
    return _normalised(masks + 1e-6)


def _without_islands(masks: Planes) -> Planes:
    """Return the masks without wall in places the broad wall does not reach: those are the mats of framed pictures."""
    wall = masks[WALL]
    rows, columns = wall.shape
    allowed = (wall > 0.4)[::2, ::2]
    reached = (box_mean(wall, 5) > 0.95)[::2, ::2] & allowed
    for _ in range(ISLAND_REACH):
        wider = _grown(reached) & allowed
        if (wider == reached).all():
            break
        reached = wider
    soft_rim = _grown(_grown(reached)).astype(np.float32)
    masks = masks.copy()
    masks[THING] += wall * (1 - resized(soft_rim, (columns, rows)))
    masks[WALL] = wall * resized(soft_rim, (columns, rows))
    return masks


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the mask one pixel larger on every side."""
    wide = mask.copy()
    wide[:, 1:] |= mask[:, :-1]
    wide[:, :-1] |= mask[:, 1:]
    tall = wide.copy()
    tall[1:] |= wide[:-1]
    tall[:-1] |= wide[1:]
    return tall


def _local_mean(weights: Plane, lab: Planes, px: float) -> Planes:
    weights = weights + 1e-5
    return low_pass(weights * lab, px) / np.maximum(low_pass(weights, px), 1e-6)


def _normalised(masks: Planes) -> Planes:
    return masks / masks.sum(0)

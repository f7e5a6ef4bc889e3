"""From patches to pixels: soft masks of ceiling, walls, floor, things, and what stays as it is.

A pixel belongs to a surface when it agrees with the surface's mean colour close by; so frames, cables and cushions stay
out of the wall, and its shadows stay in.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .ceiling import CeilingLine
from .planes import Plane, Planes, box_mean, guided, low_pass, resized, sigmoid
from .superpixels import Patches
from .surfaces import FLOOR, KEEP, WALL, Surfaces

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
    likely = _likely(patches, surfaces, lab)
    line_y = np.interp(np.arange(columns), np.arange(len(line.heights)) * 2 + 0.5, line.heights * 2 + 0.5)
    below = np.arange(rows, dtype=np.float32)[:, None] - line_y.astype(np.float32)
    agreement = np.full_like(likely, UNDECIDED)
    agreement[WALL] = _wall_agreement(likely[WALL], lab, (below < 0) & (line.confidence > 0.3))
    agreement[FLOOR] = _agreement(likely[FLOOR], lab, 48, 12, 0.4)
    masks = _normalised((likely * agreement + 1e-5) ** 1.7)
    masks = _normalised(guided(lab[0] / 100, masks) + 1e-6)
    above = sigmoid(-below / 0.6) * line.confidence
    wall, floor, thing, keep = masks
    return Mattes(wall * above, wall * (1 - above), floor, thing, keep, below)


def _likely(patches: Patches, surfaces: Surfaces, lab: Planes) -> Planes:
    """Return the patches' labels softly spread over their borders; the lamps' own pixels are kept."""
    rows, columns = lab.shape[1:]
    coarse = np.moveaxis(surfaces.share[patches.label], -1, 0)
    likely = box_mean(np.clip(resized(coarse, (columns, rows)), 0, 1), 2)
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
    weights = likely**2 + 1e-5
    local = low_pass(weights * lab, px) / np.maximum(low_pass(weights, px), 1e-6)
    lighter, red, yellow = lab - local
    apart = (lightness_weight * lighter) ** 2 + red**2 + yellow**2
    return np.exp(-np.minimum(apart / (2 * tolerance**2), 60))


def _normalised(masks: Planes) -> Planes:
    return masks / masks.sum(0)

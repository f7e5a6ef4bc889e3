"""Which patches are wall or ceiling, floor, movable things, and what must be kept as it is.

Every patch first gives weak evidence by its own colour and place; the graph then lets it flow to its neighbours.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .graph import spread
from .horizon import Horizon
from .planes import bell, box_mean, sigmoid
from .superpixels import Patches, Values

WALL, FLOOR, THING, KEEP = range(4)
"""Wall means wall or ceiling here: by colour alone the two cannot be told apart, the ceiling line does it later."""


@dataclass(frozen=True, slots=True)
class Surfaces:
    share: NDArray[Any]  # (patches, 4): soft labels, each row sums to 1
    cloth: Values  # 0..1: rougher than the walls
    wall_colour: NDArray[Any]  # Lab
    floor_colour: NDArray[Any]  # Lab
    wooden_floor: float  # 0..1: how much the floor looks like boards, which a new floor may replace


def surfaces(patches: Patches, links: NDArray[Any], horizon: Horizon) -> Surfaces:
    """Return soft labels of all patches."""
    wall_colour, wall_rough = _wall_paint(patches, horizon)
    floor_colour, wooden_floor = _floor_colour(patches)
    cloth = _cloth(patches, links, wall_rough)
    evidence = _evidence(patches, horizon, wall_colour, floor_colour, cloth)
    first, second = np.sort(evidence, 1)[:, -1], np.sort(evidence, 1)[:, -2]
    trust = 0.03 + 0.8 * np.clip(first - second, 0, 1)  # a patch speaks as loud as its best label leads
    evidence /= evidence.sum(1, keepdims=True) + 1e-6
    share = spread(links, evidence, trust) ** 2
    return Surfaces(share / share.sum(1, keepdims=True), cloth, wall_colour, floor_colour, wooden_floor)


def _cloth(patches: Patches, links: NDArray[Any], wall_rough: float) -> Values:
    """Return 0..1: how surely each patch is rougher than the walls, judged together with its neighbours.

    Small rough places on a wall are edges and frames, no cloth.
    """
    own = sigmoid((patches.rough - max(0.42, 1.8 * wall_rough)) / 0.04) * sigmoid((5.5 - patches.edge) / 0.5)
    together = spread(links, own[:, None], np.ones(patches.count))[:, 0]
    cloth = sigmoid((together - 0.36) / 0.04)
    around = patches.over(box_mean(cloth[patches.label], max(1, round(0.045 * max(patches.label.shape)))))
    return cloth * sigmoid((around - 0.45) / 0.04)


def _densest(patches: Patches, weights: Values, reach: float) -> Values:
    """Return the weights again, kept only around the colour that most of them share."""
    colour = patches.colour * np.array([0.25, 1, 1])  # lightness says little: the same paint lies in light and shadow
    apart = np.sqrt(((colour[:, None] - colour[None]) ** 2).sum(-1))
    density = (bell(apart, reach) * weights).sum(1) * (weights > 0)
    return bell(apart[int(np.argmax(density))], reach + 1) * weights


def _wall_paint(patches: Patches, horizon: Horizon) -> tuple[NDArray[Any], float]:
    """Return colour and roughness of the paint that covers most around eye level."""
    dark, bright = np.percentile(patches.colour[:, 0], [5, 95])
    lightness = np.clip((patches.colour[:, 0] - dark) / (bright - dark + 1), 0, 1)
    height = bell(patches.y - (horizon.y - 0.08), 0.2)
    weights = patches.area * patches.smooth * height * (0.15 + lightness) * (lightness < 0.99)
    core = _densest(patches, weights + 1e-9, 4)
    return patches.mean(core), float((core * patches.rough).sum() / core.sum())


def _floor_colour(patches: Patches) -> tuple[NDArray[Any], float]:
    weights = patches.area * bell(patches.edge, 7) * sigmoid((patches.y - 0.80) / 0.05)
    weights = weights * (0.2 + _touching_border(patches)) * (0.15 + 3 * patches.woody)
    core = _densest(patches, weights + 1e-9, 5)
    return patches.mean(core), float((core * patches.woody).sum() / core.sum())


def _touching_border(patches: Patches) -> Values:
    """Return 1 for patches at the lower border, 0.6 at the lower ends of the sides: things rarely are."""
    rows = len(patches.label)
    touching = np.zeros(patches.count, np.float32)
    touching[np.unique(patches.label[int(rows * 0.7) :, [0, 1, -2, -1]])] = 0.6
    touching[np.unique(patches.label[-2:])] = 1
    return touching


def _evidence(
    patches: Patches, horizon: Horizon, wall: NDArray[Any], floor: NDArray[Any], cloth: Values
) -> NDArray[Any]:
    """Return (patches, 4) how much each patch by itself looks like each label; `cloth` is rougher than the walls."""
    lighter = patches.colour[:, 0] - wall[0]
    tint = _tint_apart(patches, wall)
    wall_like = _wall_like(tint, lighter, wall) * (1 - 0.9 * cloth)  # pale curtains before a pale wall
    floor_like = _floor_like(patches, floor)
    above = sigmoid((horizon.y + 0.16 - patches.y) / 0.05)
    below = sigmoid((patches.y - (horizon.y + 0.2)) / 0.04)
    low_wall = wall_like * patches.smooth * bell(tint, 4) * sigmoid((horizon.y + 0.45 - patches.y) / 0.05)
    at_top = 1.1 * sigmoid((0.16 - patches.y) / 0.04) * patches.smooth * bell(np.maximum(tint - 4, 0), 9)
    lit_wall = (
        patches.smooth * (patches.y < horizon.y - 0.02) * (tint < 10)
    )  # wall-hued and smooth: a lamp shines on it
    evidence = np.zeros((patches.count, 4), np.float32)
    upper_wall = np.maximum(wall_like * (0.25 + 0.75 * patches.smooth) * above, at_top)
    evidence[:, WALL] = np.maximum(
        upper_wall, 0.6 * low_wall
    )  # down there stand pale things too, so it must match well
    evidence[:, FLOOR] = 1.1 * floor_like * below * (0.3 + 0.7 * bell(patches.edge, 9))
    explained = np.maximum(np.maximum(wall_like * above, 0.9 * low_wall), floor_like * below)
    evidence[:, THING] = (0.65 - 0.55 * explained) * (1 - 0.6 * lit_wall)
    evidence[:, KEEP] = _keep(patches, horizon, lighter)
    return evidence


def _tint_apart(patches: Patches, wall: NDArray[Any]) -> Values:
    """Return the difference of hue and chroma from the wall, after scaling for the shadow a patch lies in."""
    lit = (wall[0] + 12) / (patches.colour[:, 0] + 12)
    return np.hypot(patches.colour[:, 1] * lit - wall[1], patches.colour[:, 2] * lit - wall[2])


def _wall_like(tint: Values, lighter: Values, wall: NDArray[Any]) -> Values:
    brightest = max(16.0, 0.8 * float(wall[0]) * (wall[0] < 45))  # in a dark room lamps lift parts of the wall far
    return bell(tint, 7) * bell(np.minimum(lighter + 8, 0), 16) * bell(np.maximum(lighter - brightest, 0), 14)


def _floor_like(patches: Patches, floor: NDArray[Any]) -> Values:
    lit = np.clip((floor[0] + 12) / (patches.colour[:, 0] + 12), 0.6, 1.6)
    tint = np.hypot(patches.colour[:, 1] * lit - floor[1], patches.colour[:, 2] * lit - floor[2])
    return bell(tint, 11) * bell(patches.colour[:, 0] - floor[0], 28)


def _keep(patches: Patches, horizon: Horizon, lighter: Values) -> Values:
    """Return the evidence for lamps, windows and plants."""
    lightness = patches.colour[:, 0]
    green = (patches.hue > 95) & (patches.hue < 175) & (patches.chroma > 10) & (patches.y < horizon.y + 0.25)
    window = sigmoid((lighter - 24) / 3) * (patches.y < horizon.y + 0.05) * (lightness > 70)
    return 2 * sigmoid((lightness - 96) / 1.5) + 0.8 * green + 0.8 * window

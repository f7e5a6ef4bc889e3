"""The new colours, as gains: what each pixel keeps of its own colour, and what it gets by its brightness alone.

Painting with gains instead of colours keeps light, shadow and texture, and needs the full-size photo only once.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .colours import hex_light, hue_gap, lab, luminance
from .planes import Plane, Planes, low_pass, noise, sigmoid
from .reading import Reading
from .scheme import Scheme
from .things import ACCENT, DARK, PLAIN, RUG, WOOD, Thing
from .tones import Tone

WHITE = 0.80
"""What a white wall in average light reflects on paper: brighter light must still have somewhere to go."""

SURE = 0.6
ENOUGH_PIXELS = 200

GRAIN = {
    "paint": (0.010, (4, 2), (1.0, 0.8)),
    "lime": (0.060, (70, 34, 14), (1.0, 0.8, 0.5)),
    "concrete": (0.11, (110, 50, 18, 5), (1.0, 0.8, 0.5, 0.35)),
}
"""Strength, cell sizes in pixels of a 512 px mask, and their weights."""

Light = NDArray[Any]
"""Three linear values."""


@dataclass(slots=True)
class Gains:
    """The picture is own · photo + grey · luminance + floor · pattern, all at mask size."""

    own: Planes
    grey: Planes
    floor: Planes | None


def painted(seen: Reading, scheme: Scheme) -> Gains:
    """Return the gains that turn the photo into the scheme's colours."""
    exposure, balance = exposed(seen)
    gains = Gains(np.zeros_like(seen.light), np.zeros_like(seen.light), None)
    _paint_wall(gains, seen, scheme)
    _paint_ceiling(gains, seen, scheme)
    ground = _paint_floor(gains, seen, scheme, exposure)
    sofa = _sofa(seen)
    for thing in [*seen.things, *ground]:
        _paint_thing(gains, seen, scheme, thing, thing is sofa, exposure, balance)
    gains.own += seen.masks.keep * np.minimum(balance * exposure, 1.25)[:, None, None]
    return gains


def exposed(seen: Reading) -> tuple[float, Light]:
    """Return how much brighter the photo should be, and the gains that make its white white again."""
    wall = seen.masks.wall + seen.masks.ceiling
    bright = _quantile(seen.luminance, wall, 0.7) or float(np.quantile(seen.luminance, 0.7))
    exposure = float(np.clip((0.5 / bright) ** 0.5, 0.92, 1.6))
    tint = np.array([_quantile(plane, wall, 0.5) or 1.0 for plane in seen.light])
    coloured = (
        float(np.hypot(*seen.surfaces.wall_colour[1:])) >= 16
    )  # such a wall was painted so: not the light's fault
    balance = np.ones(3) if coloured else np.clip((luminance(tint) / tint) ** 0.65, 0.8, 1.3)
    return exposure, balance / luminance(balance)


def _quantile(plane: Plane, mask: Plane, share: float) -> float | None:
    """Return the quantile inside the mask, or None where it covers next to nothing."""
    sure = mask > SURE
    return float(np.quantile(plane[sure], share)) if int(sure.sum()) > ENOUGH_PIXELS else None


def printable(colour: Tone) -> Light:
    """Return a paint's light, white toned down to WHITE, mid tones left as they are."""
    lit = hex_light(colour.hex)
    return lit * (1 - (1 - WHITE) * float(np.clip((luminance(lit) - 0.3) / 0.4, 0, 1)))


def _shading(log: Plane, mask: Plane, px: float, keep: float, knee: float) -> tuple[Plane, Plane]:
    """Return a surface's broad light and its marks, both as logarithms.

    Weak marks are stains and old grain: `keep` of them stays. Strong ones are shadows and things: they stay whole.
    """
    weights = mask * mask + 1e-3
    broad = np.clip(low_pass(weights * log, px) / np.maximum(low_pass(weights, px), 1e-3), log.min(), 0)
    marks = log - broad
    strong = np.clip((np.abs(marks) - knee) / knee, 0, 1)
    return broad, marks * (keep + (1 - keep) * strong * strong * (3 - 2 * strong))


def _reference(broad: Plane, mask: Plane, share: float) -> float:
    """Return the logarithm of the brightness at which the surface shows its nominal colour."""
    typical = _quantile(np.exp(broad), mask, share)
    return float(np.average(broad, weights=mask + 1e-6)) if typical is None else float(np.log(typical))


def _rolled_off(shade: Plane, target: Light) -> Plane:
    """Return brightness with the part above 1 pressed together; dark paint may shine further than white."""
    room = float(np.clip(0.5 / luminance(target) - 0.5, 0.12, 1.2))
    return np.where(shade > 1, 1 + room * np.tanh((shade - 1) / room), shade)


def _paint_wall(gains: Gains, seen: Reading, scheme: Scheme) -> None:
    amount, cells, weights = GRAIN[scheme.finish]
    rows, columns = seen.luminance.shape
    grain = 1 + amount * noise((columns, rows), cells, weights, np.random.default_rng(scheme.seed))
    broad, marks = _shading(seen.log, seen.masks.wall, 26, 0.42, 0.20)
    shade = np.exp(0.85 * (broad - _reference(broad, seen.masks.wall, 0.7)) + marks)
    target = printable(scheme.wall)
    _add_grey(gains, seen, seen.masks.wall * _rolled_off(shade, target) * grain, target)


def _paint_ceiling(gains: Gains, seen: Reading, scheme: Scheme) -> None:
    broad, marks = _shading(seen.log, seen.masks.ceiling, 40, 0.30, 0.22)
    marks = marks * (1 - np.exp(-np.minimum((seen.masks.below_ceiling / 2) ** 2, 60)))  # no dark rim along the line
    shade = np.exp(0.6 * (broad - _reference(broad, seen.masks.ceiling, 0.5)) + marks)
    target = printable(scheme.ceiling)
    _add_grey(gains, seen, seen.masks.ceiling * _rolled_off(shade, target), target)


def _add_grey(gains: Gains, seen: Reading, shade: Plane, target: Light) -> None:
    gains.grey += (shade / seen.luminance) * target.astype(np.float32)[:, None, None]


def _paint_floor(gains: Gains, seen: Reading, scheme: Scheme, exposure: float) -> list[Thing]:
    """Lay the new floor where boards lay; any other ground is returned, to be dyed like a rug with its texture kept."""
    mask, old = seen.masks.floor, seen.surfaces
    area = float(mask.mean())
    boards = old.wooden_floor > 0.55 and area > 0.015 and float(np.hypot(*old.floor_colour[1:])) > 9
    if not boards:
        return [Thing(RUG, mask, old.floor_colour, area)]
    broad, marks = _shading(seen.log, mask, 9, 0.22, 0.35)
    reference = _reference(broad, mask, 0.6)
    target = printable(scheme.floor)
    target = target * float(np.clip(np.exp(reference) * exposure / luminance(target), 0.25, 1.5)) ** 0.22
    shade = np.minimum(np.exp(0.8 * (broad - reference) + marks), 2.2)
    gains.floor = (mask * shade) * target.astype(np.float32)[:, None, None]
    return []


def _sofa(seen: Reading) -> Thing | None:
    """Return the one big plain thing that may carry a strong colour: a wrong mask of a small one would show."""
    eye_level = int(seen.horizon.y * len(seen.luminance))
    areas = [(float(thing.matte[eye_level:].sum()), thing) for thing in seen.things if thing.role == PLAIN]
    area, thing = max(areas, key=lambda pair: pair[0], default=(0.0, None))
    return thing if area > 0.07 * seen.luminance.size else None


@dataclass(frozen=True, slots=True)
class _Dye:
    target: Light
    strength: float  # of the new colour; the rest is the photo's, graded
    own: float  # share of the thing's own colour variation in it
    brightness: float  # 0: the target's, 1: the thing's


_DYES = {WOOD: (0.92, 0.30, 0.22), RUG: (0.88, 0.30, 0.25), DARK: (0.55, 0.50, 0.50), ACCENT: (0.85, 0.25, 0.45)}


def _paint_thing(
    gains: Gains, seen: Reading, scheme: Scheme, thing: Thing, sofa: bool, exposure: float, balance: Light
) -> None:
    colour = _thing_colour(scheme, thing, sofa)
    strength, own, brightness = _DYES.get(thing.role, (0.88, 0.25, 0.30) if sofa else (0.70, 0.35, 0.30))
    believed = float(np.clip(thing.area / 0.012, 0, 1))  # colours of small area are graded more than dyed
    dye = _Dye(hex_light(colour.hex), strength * believed, own, brightness)
    if thing.role not in (PLAIN, ACCENT):
        _add_dye(gains, seen, thing.matte, thing.matte, dye, exposure, balance)
        return
    rows = np.arange(len(thing.matte)) / len(thing.matte)
    low = sigmoid((rows - seen.horizon.y - 0.02) / 0.03).astype(np.float32)[:, None]
    _add_dye(gains, seen, thing.matte, thing.matte * low, dye, exposure, balance)
    calm = _Dye(
        hex_light(scheme.linen.hex), dye.strength * 0.5, own, 0.75
    )  # above eye level hang curtains and pictures
    _add_dye(gains, seen, thing.matte, thing.matte * (1 - low), calm, exposure, balance)


def _thing_colour(scheme: Scheme, thing: Thing, sofa: bool) -> Tone:
    if thing.role == ACCENT:  # the nearest in hue: a wrong mask then still looks natural
        return min(scheme.accents, key=lambda accent: hue_gap(lab(hex_light(accent.hex)), thing.colour))
    plain = scheme.sofa if sofa else scheme.linen
    return {WOOD: scheme.wood, RUG: scheme.rug, DARK: scheme.dark}.get(thing.role, plain)


def _add_dye(
    gains: Gains, seen: Reading, whole: Plane, mask: Plane, dye: _Dye, exposure: float, balance: Light
) -> None:
    """Dye what lies under `mask`; `whole` is the matte of the thing, from which its own mean colour is taken."""
    weights = whole * whole + 1e-7
    source = np.array([np.average(plane, weights=weights) for plane in seen.light])
    bright = max(float(luminance(source)), 0.006)
    target = dye.target * (bright * exposure / max(float(luminance(dye.target)), 1e-3)) ** dye.brightness
    target = target * min(1.0, 3 * bright * exposure / max(float(luminance(target)), 1e-4))  # lightened at most 3 times
    kept = (1 - dye.strength) * exposure
    own = dye.strength * dye.own * target / np.maximum(source, 0.2 * bright) + 0.7 * kept * balance
    grey = dye.strength * (1 - dye.own) * target / bright + 0.3 * kept
    gains.own += mask * own.astype(np.float32)[:, None, None]
    gains.grey += mask * grey.astype(np.float32)[:, None, None]

"""From gains to the picture: one pass over the full-size photo, then light and tone."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .colours import light, luminance, stored_curve
from .floors import View, pattern
from .paint import Gains, exposed
from .planes import Plane, Planes, low_pass, resized
from .reading import Reading
from .scheme import Scheme

BLOOM_TINT = np.array([1.04, 1.0, 0.92], np.float32)
CURVE_TOP, CURVE_STEPS = 4.0, 16384
"""The tone curve is a table over light 0..4: beyond it everything is white."""


def finished(seen: Reading, gains: Gains, scheme: Scheme) -> NDArray[np.uint8]:
    """Return the stored pixels (rows, columns, 3) of the restyled photo."""
    own, grey, floor = _balanced(seen, gains, scheme)
    glow = _bloom(seen, own, grey, floor)
    rows, columns = seen.pixels.shape[:2]
    size = (columns, rows)
    photo = light(np.moveaxis(seen.pixels, -1, 0))
    bright = luminance(photo)
    warm = _warmth(scheme)
    boards = _laid(seen, scheme, size) if floor is not None else None
    glow = resized(glow, size)
    out = np.empty_like(photo)
    for channel in range(3):
        plane = resized(own[channel], size) * photo[channel] + resized(grey[channel], size) * bright
        if floor is not None and boards is not None:
            plane += resized(floor[channel], size) * boards
        out[channel] = plane + glow * (BLOOM_TINT[channel] * warm[channel])
    return _toned(out, scheme)


def _warmth(scheme: Scheme) -> NDArray[Any]:
    return np.array([1 + scheme.warmth, 1, 1 - 1.3 * scheme.warmth], np.float32)


def _balanced(seen: Reading, gains: Gains, scheme: Scheme) -> tuple[Planes, Planes, Planes | None]:
    """Return the gains with the scheme's light, drawn towards the plain photo as far as its surfaces are in doubt."""
    exposure, balance = exposed(seen)
    warm = (_warmth(scheme) * np.float32(scheme.exposure))[:, None, None]
    plain = ((1 - seen.trust) * exposure * balance).astype(np.float32)[:, None, None]
    trust = np.float32(seen.trust)
    floor = None if gains.floor is None else trust * warm * gains.floor
    return warm * (trust * gains.own + plain), warm * trust * gains.grey, floor


def _bloom(seen: Reading, own: Planes, grey: Planes, floor: Planes | None) -> Plane:
    """Return the soft glow around lamps and windows."""
    painted = own * seen.light + grey * seen.luminance
    bright = luminance(painted if floor is None else painted + floor)
    return 0.3 * np.maximum(low_pass(np.maximum(bright - 0.75, 0), 20), 0)


def _laid(seen: Reading, scheme: Scheme, size: tuple[int, int]) -> Plane:
    """Return the floor's pattern where floor is, 1 elsewhere."""
    columns, rows = size
    view = View(columns, rows, seen.horizon.y, seen.horizon.x if seen.horizon.confidence > 0.3 else None)
    boards = np.ones((rows, columns), np.float32)
    y, x = np.nonzero(resized(seen.masks.floor, size) > 0.02)
    boards[y, x] = pattern(scheme.flooring, x, y, view, scheme.seed)
    return boards


def _toned(out: Planes, scheme: Scheme) -> NDArray[np.uint8]:
    """Return stored pixels after saturation and tone curve; saturation changes no brightness."""
    bright = luminance(out)
    curve = tone_curve(scheme.contrast)
    pixels = np.empty((*bright.shape, 3), np.uint8)
    for channel in range(3):
        plane = bright + (out[channel] - bright) * np.float32(scheme.saturation)
        pixels[..., channel] = curve[(np.clip(plane, 0, CURVE_TOP) * (CURVE_STEPS / CURVE_TOP)).astype(np.int32)]
    return pixels


def tone_curve(contrast: float) -> NDArray[np.uint8]:
    """Return stored values for light 0..CURVE_TOP: contrast around middle grey, then a shoulder instead of clipping."""
    lit = np.linspace(0, CURVE_TOP, CURVE_STEPS + 1)
    lit = 0.18 * (np.maximum(lit, 1e-9) / 0.18) ** contrast
    return stored_curve(np.where(lit > 0.7, 0.7 + 0.3 * np.tanh((lit - 0.7) / 0.3), lit))

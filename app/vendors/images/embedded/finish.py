"""From gains to the picture: one pass over the full-size photo, then light and tone."""

import numpy as np
from numpy.typing import NDArray

from .colours import light, luminance
from .floors import FOCAL, View, pattern
from .grading import toned, warmth
from .paint import Gains, exposed
from .planes import Plane, Planes, low_pass, resized
from .reading import Reading
from .scheme import Scheme

BLOOM_TINT = np.array([1.04, 1.0, 0.92], np.float32)


def finished(seen: Reading, gains: Gains, scheme: Scheme) -> NDArray[np.uint8]:
    """Return the stored pixels (rows, columns, 3) of the restyled photo."""
    own, grey, floor = _balanced(seen, gains, scheme)
    glow = _bloom(seen, own, grey, floor)
    rows, columns = seen.pixels.shape[:2]
    size = (columns, rows)
    photo = light(np.moveaxis(seen.pixels, -1, 0))
    bright = luminance(photo)
    warm = warmth(scheme)
    boards = _laid(seen, scheme, size) if floor is not None else None
    glow = resized(glow, size)
    out = np.empty_like(photo)
    for channel in range(3):
        plane = resized(own[channel], size) * photo[channel] + resized(grey[channel], size) * bright
        if floor is not None and boards is not None:
            plane += resized(floor[channel], size) * boards
        out[channel] = plane + glow * (BLOOM_TINT[channel] * warm[channel])
    return toned(out, scheme)


def _balanced(seen: Reading, gains: Gains, scheme: Scheme) -> tuple[Planes, Planes, Planes | None]:
    """Return the gains with the scheme's light, drawn towards the plain photo as far as its surfaces are in doubt."""
    exposure, balance = exposed(seen)
    warm = (warmth(scheme) * np.float32(scheme.exposure))[:, None, None]
    plain = ((1 - seen.trust) * exposure * balance).astype(np.float32)[:, None, None]
    trust = np.float32(seen.trust)
    floor = None if gains.floor is None else trust * warm * gains.floor
    return warm * (trust * gains.own + plain), warm * trust * gains.grey, floor


def _bloom(seen: Reading, own: Planes, grey: Planes, floor: Planes | None) -> Plane:
    """Return the soft glow around lamps and windows."""
    painted = own * seen.light + grey * seen.luminance
    bright = luminance(painted if floor is None else painted + floor)
    return 0.4 * np.maximum(low_pass(np.maximum(bright - 0.7, 0) * seen.masks.keep, 20), 0)


def _laid(seen: Reading, scheme: Scheme, size: tuple[int, int]) -> Plane:
    """Return the floor's pattern where floor is, 1 elsewhere."""
    columns, rows = size
    eye, focal = seen.horizon, FOCAL * max(size)
    turn = 0.0
    if eye.x is not None and eye.confidence > 0.3:
        turn = float(np.arctan2((eye.x - 0.5) * columns, focal))
    view = View(columns / 2, eye.y * rows, focal, turn)
    boards = np.ones((rows, columns), np.float32)
    y, x = np.nonzero(resized(seen.masks.floor, size) > 0.02)
    boards[y, x] = pattern(scheme.flooring, x, y, view, scheme.seed)
    return boards

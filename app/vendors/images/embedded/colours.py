"""Between stored colours, light and perceived colour, for whole pictures.

Light adds and multiplies (painting happens there), Lab measures what an eye calls a difference. Source: IEC 61966-2-1.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .planes import Plane, Planes

LIGHT_STEPS = 4096
"""Steps between black and white of the way back; one is 0.8 of 255 in the deepest shadow, less above."""

_stored = np.arange(256) / 255
_TO_LIGHT = np.where(_stored <= 0.04045, _stored / 12.92, ((_stored + 0.055) / 1.055) ** 2.4).astype(np.float32)
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_WHITE = np.array([[0.9505], [1.0], [1.089]], np.float32)
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32) / _WHITE


def light(stored: NDArray[np.uint8]) -> Planes:
    """Return linear light 0..1 of stored sRGB bytes, any shape."""
    return _TO_LIGHT[stored]


def hex_light(colour: str) -> NDArray[Any]:
    """Return the three linear values of "#rrggbb"."""
    return _TO_LIGHT[[int(colour[i : i + 2], 16) for i in (1, 3, 5)]]


def stored_curve(lit: NDArray[Any]) -> NDArray[np.uint8]:
    """Return stored bytes of linear light; meant for tables, it takes 10 ns a value."""
    lit = np.clip(lit, 0, 1)
    curve = np.where(lit <= 0.0031308, 12.92 * lit, 1.055 * np.maximum(lit, 1e-6) ** (1 / 2.4) - 0.055)
    return (curve * 255 + 0.5).astype(np.uint8)


_TO_STORED = stored_curve(np.arange(LIGHT_STEPS + 1) / LIGHT_STEPS)


def stored(lit: Planes) -> NDArray[np.uint8]:
    """Return stored sRGB bytes of linear light, through a table."""
    return _TO_STORED[(np.clip(lit, 0, 1) * LIGHT_STEPS).astype(np.int32)]


def _mixed(weights: NDArray[Any], planes: Planes) -> Plane:
    """Return the weighted sum of three planes; a matrix product would wake a thread per core for it."""
    return weights[0] * planes[0] + weights[1] * planes[1] + weights[2] * planes[2]


def luminance(lit: Planes) -> Plane:
    return _mixed(_LUMINANCE, lit)


def lab(lit: Planes) -> Planes:
    """Return CIE Lab (D65) of linear light; works on (3, ...) of any shape."""
    relative = np.maximum(np.stack([_mixed(row, lit) for row in _TO_XYZ]), 0)
    f = np.where(relative > 0.008856, np.cbrt(relative), 7.787 * relative + 16 / 116).astype(np.float32)
    return np.stack([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def hue_gap(one: Any, other: Any) -> float:
    """Return the angle between the hues of two Lab colours, 0..180 degrees."""
    angle = np.degrees(np.arctan2(one[2], one[1]) - np.arctan2(other[2], other[1]))
    return float(abs((angle + 180) % 360 - 180))

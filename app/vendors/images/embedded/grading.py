"""Light and tone of the finished picture, for restyled photos and drawn rooms alike."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .colours import luminance, stored_curve
from .planes import Planes
from .scheme import Scheme

CURVE_TOP, CURVE_STEPS = 4.0, 16384
"""The tone curve is a table over light 0..4: beyond it everything is white."""


def warmth(scheme: Scheme) -> NDArray[Any]:
    """Return the gains of red, green and blue that make the light warm or cool."""
    return np.array([1 + scheme.warmth, 1, 1 - 1.3 * scheme.warmth], np.float32)


def toned(out: Planes, scheme: Scheme) -> NDArray[np.uint8]:
    """Return stored pixels after saturation and tone curve; saturation changes no brightness."""
    bright = luminance(out)
    curve = _tone_curve(scheme.contrast)
    pixels = np.empty((*bright.shape, 3), np.uint8)
    for channel in range(3):
        plane = bright + (out[channel] - bright) * np.float32(scheme.saturation)
        pixels[..., channel] = curve[(np.clip(plane, 0, CURVE_TOP) * (CURVE_STEPS / CURVE_TOP)).astype(np.int32)]
    return pixels


def _tone_curve(contrast: float) -> NDArray[np.uint8]:
    """Return stored values for light 0..CURVE_TOP: contrast around middle grey, then a shoulder instead of clipping."""
    lit = np.linspace(0, CURVE_TOP, CURVE_STEPS + 1)
    lit = 0.18 * (np.maximum(lit, 1e-9) / 0.18) ** contrast
    return stored_curve(np.where(lit > 0.7, 0.7 + 0.3 * np.tanh((lit - 0.7) / 0.3), lit))

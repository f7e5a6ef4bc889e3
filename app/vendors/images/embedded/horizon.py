"""Where the eye level of the photo is: the point where the room's oblique lines meet."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .planes import Plane, box_mean

USUAL_Y = 0.42
"""Eye level of a hand-held photo of a room, as a share of its height from the top."""

POINTS, PAIRS = 1400, 1500
NEEDED_POINTS = 80


@dataclass(frozen=True, slots=True)
class Horizon:
    y: float  # 0 top .. 1 bottom
    x: float | None  # where the lines meet, 0 left .. 1 right; None when nothing shows it
    confidence: float  # 0..1


@dataclass(frozen=True, slots=True)
class _Lines:
    """Short straight edges: a point and the direction across each."""

    x: NDArray[Any]
    y: NDArray[Any]
    across_x: NDArray[Any]
    across_y: NDArray[Any]

    def distance(self, x: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return for each given point how far each line passes by it, and how far away the line's edge lies."""
        dx, dy = x[:, None] - self.x, y[:, None] - self.y
        return np.abs(dx * self.across_x + dy * self.across_y), np.hypot(dx, dy) + 1


def horizon(luminance: Plane, rng: np.random.Generator) -> Horizon:
    """Return the eye level, drawn towards the usual one by as much as the lines disagree."""
    rows, columns = luminance.shape
    lines = _oblique_lines(luminance, rng)
    if lines is None:
        return Horizon(USUAL_Y, None, 0.0)
    x, y = _crossings(lines, rows, columns, rng)
    if not len(x):
        return Horizon(USUAL_Y, None, 0.0)
    passing_by, away = lines.distance(x, y)
    agreeing = ((passing_by < 0.03 * away) & (away > 0.08 * columns)).sum(1)
    score = agreeing * np.exp(-(((y / rows - USUAL_Y) / 0.16) ** 2) / 2)
    best = int(np.argmax(score))
    near = (np.abs(x - x[best]) < 0.05 * columns) & (np.abs(y - y[best]) < 0.04 * rows)
    weights = score[near] + 1e-6
    confidence = min(1.0, float(score[best]) / len(lines.x) / 0.3)
    met_y = float(np.average(y[near], weights=weights)) / rows
    met_x = float(np.average(x[near], weights=weights)) / columns
    return Horizon(confidence * met_y + (1 - confidence) * USUAL_Y, met_x, confidence)


def _oblique_lines(luminance: Plane, rng: np.random.Generator) -> _Lines | None:
    """Return edges that are straight, strong and neither level nor upright; those two say nothing of depth."""
    down, right = np.gradient(box_mean(np.log(luminance + 0.03), 1))
    xx, yy, xy = box_mean(np.stack([right * right, down * down, right * down]), 2)
    straight = np.hypot(xx - yy, 2 * xy) / (xx + yy + 1e-6) > 0.9
    strength = np.hypot(right, down)
    across = 0.5 * np.arctan2(2 * xy, xx - yy)
    tilt = np.abs(across)  # 0: an upright line, 90 degrees: a level one
    oblique = (tilt > np.radians(14)) & (tilt < np.radians(87))
    y, x = np.nonzero(straight & oblique & (strength > np.quantile(strength, 0.9)))
    if len(y) < NEEDED_POINTS:
        return None
    chosen = rng.permutation(len(y))[:POINTS]
    y, x = y[chosen], x[chosen]
    return _Lines(x, y, np.cos(across[y, x]), np.sin(across[y, x]))


def _crossings(lines: _Lines, rows: int, columns: int, rng: np.random.Generator) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return where random pairs of lines cross, as far as an eye level could lie there."""
    i, j = rng.integers(0, len(lines.x), (2, PAIRS))
    turn = lines.across_x[i] * lines.across_y[j] - lines.across_y[i] * lines.across_x[j]
    i, j, turn = (part[np.abs(turn) > 0.15] for part in (i, j, turn))
    offset = lines.across_x * lines.x + lines.across_y * lines.y
    x = (offset[i] * lines.across_y[j] - lines.across_y[i] * offset[j]) / turn
    y = (lines.across_x[i] * offset[j] - offset[i] * lines.across_x[j]) / turn
    likely = (y > 0.2 * rows) & (y < 0.62 * rows) & (x > -1.2 * columns) & (x < 2.2 * columns)
    return x[likely], y[likely]

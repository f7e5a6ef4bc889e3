"""Where the walls end and the ceiling begins.

In a room without recesses that border, seen in a photo, is the upper hull of at most three straight lines: per column
the one that lies highest. So the search is for lines, and lamps or beams do not mislead it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .planes import Plane, Planes, box_mean

ANGLES = 48
LINES = 36
ENOUGH = 0.35
"""Score of a line that runs along a clear border over the whole width."""

Heights = NDArray[Any]
"""Rows from the top for every column; up to 2 means that no ceiling is seen there. (..., columns)"""


@dataclass(frozen=True, slots=True)
class CeilingLine:
    heights: Heights
    confidence: float  # 0..1; below 0.3 the ceiling is better painted like the wall


def ceiling_line(lab: Planes, plain: Plane, eye_level: float) -> CeilingLine:
    """Return the border between walls and ceiling; `plain` is how surely each pixel is wall or ceiling."""
    rows, columns = lab.shape[1:]
    top = max(4, min(int((eye_level + 0.02) * rows), rows - 2))
    border, slope = _thin_borders(lab, top)
    lines = _candidates(border, slope)
    if not len(lines):
        return CeilingLine(np.zeros(columns, np.float32), 0.0)
    heights, score = _best_hull(lines, _Score(border, plain[:top]))
    return CeilingLine(heights.astype(np.float32), float(np.clip(score / ENOUGH, 0, 1)))


def _thin_borders(lab: Planes, top: int) -> tuple[Plane, Plane]:
    """Return the strength of thin steps of colour, and the slope of the line along each; soft glow does not count."""
    down, right = np.gradient(box_mean(lab, 1)[:, : top + 2], axis=(1, 2))
    weights = np.array([1, 0.6, 0.6], np.float32)[:, None, None]
    steps = np.minimum(2 * np.sqrt((weights * (down**2 + right**2)).sum(0)), 5)[:top]
    border = np.clip(1.6 * (steps - 0.9 * box_mean(steps, 5)), 0, 5)
    level = np.abs(down[0]) > 0.38 * np.abs(right[0])
    border = border * level[:top]
    steep = np.where(level, down[0], 1)
    slope = np.clip(-right[0] / (steep + np.copysign(1e-6, steep)), -2.6, 2.6)
    return border, slope[:top]


def _candidates(border: Plane, slope: Plane) -> Heights:
    """Return the heights of the strongest straight lines, best first."""
    y, x = np.nonzero(border > 0.8)
    if len(y) < 40:
        return np.zeros((0, border.shape[1]))
    strength = border[y, x]
    found = [
        _polished(slope_, start, x, y, strength, border.shape[1])
        for slope_, start in _voted(x, y, slope[y, x], np.minimum(strength, 2.5), float(np.hypot(*border.shape)))
    ]
    return np.array(found) if found else np.zeros((0, border.shape[1]))


def _voted(
    x: NDArray[Any], y: NDArray[Any], slope: NDArray[Any], strength: NDArray[Any], reach: float
) -> list[tuple[float, float]]:
    """Return (slope, height at the left) of lines many edge points lie on: a Hough transform led by direction."""
    bins = max(16, round(reach / 2))
    votes = np.zeros((ANGLES + 1, 2 * bins))
    own = np.round((np.arctan(slope) / np.pi + 0.5) * ANGLES).astype(int)
    for turn in (-1, 0, 1):
        angle = np.clip(own + turn, 0, ANGLES)
        radians = (angle / ANGLES - 0.5) * np.pi
        offset = y * np.cos(radians) - x * np.sin(radians)
        cell = np.clip(np.round((offset / reach + 1) * bins).astype(int), 0, 2 * bins - 1)
        np.add.at(votes, (angle, cell), strength)
    return _peaks(votes, bins, reach)


def _peaks(votes: NDArray[Any], bins: int, reach: float) -> list[tuple[float, float]]:
    lines: list[tuple[float, float]] = []
    while len(lines) < LINES:
        angle, cell = divmod(int(votes.argmax()), 2 * bins)
        if votes[angle, cell] < 12:
            break
        radians = (angle / ANGLES - 0.5) * np.pi
        offset = (cell / bins - 1) * reach
        if abs(np.cos(radians)) > 0.05:
            lines.append((float(np.tan(radians)), float(offset / np.cos(radians))))
        votes[max(0, angle - 1) : angle + 2, max(0, cell - 1) : cell + 2] = 0
    return lines


def _polished(
    slope: float, start: float, x: NDArray[Any], y: NDArray[Any], strength: NDArray[Any], columns: int
) -> Heights:
    """Return the line's height in every column, fitted by least squares to the edge points it came from."""
    near = np.abs(y - (start + slope * x)) < 3 * np.hypot(1, slope)
    if near.sum() > 12:
        weights = strength[near] / strength[near].sum()
        middle_x, middle_y = (weights * x[near]).sum(), (weights * y[near]).sum()
        spread = (weights * (x[near] - middle_x) ** 2).sum()
        if spread > 4:
            slope = float((weights * (x[near] - middle_x) * (y[near] - middle_y)).sum() / spread)
            start = float(middle_y - slope * middle_x)
    return start + slope * np.arange(columns)


class _Score:
    """How well given heights run along borders, with nothing but plain ceiling above them."""

    def __init__(self, border: Plane, plain: Plane) -> None:
        above, below = np.roll(border, 1, 0), np.roll(border, -1, 0)
        above[0], below[-1] = 0, 0
        self._border = np.minimum(np.maximum(np.maximum(border, above), below), 2)
        clutter = np.cumsum(np.maximum(border - 0.7, 0) + 1.2 * (1 - plain), 0) * 0.045
        self._clutter = np.concatenate([np.zeros((3, border.shape[1])), clutter])[
            : len(border)
        ]  # not the border itself
        self._columns = np.arange(border.shape[1])

    def of(self, heights: Heights) -> NDArray[Any]:
        """Return one score for each row of heights."""
        last = len(self._border) - 1
        row = np.clip(np.round(heights), 0, last).astype(int)
        found = self._border[row, self._columns] - 0.6 - self._clutter[row, self._columns]
        return ((found - 2 * (heights > last - 1)) * (heights > 2)).mean(-1)


def _best_hull(lines: Heights, score: _Score) -> tuple[Heights, float]:
    """Return the best of all single lines, all pairs, and the 24 best pairs with any third line.

    A further line must earn its place by a better score of 0.02.
    """
    best, best_score = _top(lines, score)
    one, other = np.triu_indices(len(lines), 1)
    if not len(one):
        return best, best_score
    pairs = np.minimum(lines[one], lines[other])
    scores = score.of(pairs)
    order = np.argsort(-scores, kind="stable")[:24]
    if scores[order[0]] > best_score + 0.02:
        best, best_score = pairs[order[0]], float(scores[order[0]])
    triples = np.minimum(pairs[order][:, None], lines[None]).reshape(-1, lines.shape[1])
    third, third_score = _top(triples, score)
    return (third, third_score) if third_score > best_score + 0.02 else (best, best_score)


def _top(heights: Heights, score: _Score) -> tuple[Heights, float]:
    scores = score.of(heights)
    best = int(scores.argmax())
    return heights[best], float(scores[best])

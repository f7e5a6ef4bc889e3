"""The photo as a few hundred patches of one colour each, and what is known of every patch.

SLIC after Achanta et al. 2012: k-means in colour and place, each pixel choosing among the nine cells around it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .planes import BOX, Plane, Planes, bell, box_mean, resized, sigmoid

PATCHES = 380
COMPACTNESS = 9.0
ROUNDS = 5
VISIBLE_GRAIN = 1.3
"""Steps of L above the noise of a phone's photo."""

Values = NDArray[Any]
"""One number per patch."""


@dataclass(frozen=True, slots=True)
class Patches:
    label: NDArray[np.intp]  # (rows, columns): the patch of every pixel
    area: Values  # pixels
    colour: NDArray[Any]  # (patches, 3) mean Lab
    x: Values  # centre, 0 left .. 1 right
    y: Values  # centre, 0 top .. 1 bottom
    texture: Values  # mean difference of L from its surroundings, at twice the patches' resolution
    rough: Values  # share of pixels with visible texture: folds and patterns fill a patch, one sharp edge does not
    edge: Values  # mean step of Lab from pixel to pixel
    smooth: Values  # 1: painted plaster, 0: cloth, leaves, clutter
    chroma: Values
    hue: Values  # degrees
    woody: Values  # 0..1: has the colour of wood, tan leather or cork

    @property
    def count(self) -> int:
        return len(self.area)

    def over(self, plane: Plane) -> Values:
        """Return the plane's mean in every patch."""
        return np.bincount(self.label.ravel(), plane.ravel(), self.count).astype(np.float32) / self.area

    def mean(self, weights: Values) -> NDArray[Any]:
        """Return the mean Lab colour under the weights."""
        return (self.colour * weights[:, None]).sum(0) / max(float(weights.sum()), 1e-9)


def patches(lab: Planes, fine_lab: Planes) -> Patches:
    """Return the photo's patches with all that is measured of them; `fine_lab` is the same photo at twice the size."""
    grain = np.abs(fine_lab[0] - box_mean(fine_lab[0], 2))
    return _described(_segmented(lab, resized(grain, (lab.shape[2], lab.shape[1]), BOX)), lab, grain)


def _described(label: NDArray[np.intp], lab: Planes, grain: Plane) -> Patches:
    rows, columns = label.shape
    area = np.bincount(label.ravel()).astype(np.float32)

    def mean(plane: Any) -> Values:
        return np.bincount(label.ravel(), plane.ravel(), len(area)).astype(np.float32) / area

    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    colour = np.stack([mean(plane) for plane in lab], 1)
    texture = mean(resized(grain, (columns, rows)))
    rough = mean(resized((grain > VISIBLE_GRAIN).astype(np.float32), (columns, rows), BOX))
    down, right = np.gradient(lab, axis=(1, 2))
    edge = mean(np.sqrt((down**2 + right**2).sum(0)))
    chroma = np.hypot(colour[:, 1], colour[:, 2])
    hue = np.degrees(np.arctan2(colour[:, 2], colour[:, 1]))
    return Patches(
        label=label,
        area=area,
        colour=colour,
        x=mean(x) / columns,
        y=mean(y) / rows,
        texture=texture,
        rough=rough,
        edge=edge,
        smooth=bell(texture, 1.6) * bell(edge, 5),
        chroma=chroma,
        hue=hue,
        woody=woodiness(colour[:, 0], chroma, hue),
    )


def woodiness(lightness: Any, chroma: Any, hue: Any) -> Any:
    """Return 0..1: how much a colour is that of wood. Shadow takes chroma with it, so chroma is judged against L."""
    strong = sigmoid((chroma / (lightness + 8) - 0.19) / 0.025) * sigmoid(chroma - 5)
    orange = sigmoid((hue - 22) / 4) * sigmoid((88 - hue) / 4)
    return strong * orange * sigmoid((lightness - 12) / 2)


def _segmented(lab: Planes, grain: Plane) -> NDArray[np.intp]:
    """Return the patch number of every pixel, counted from 0 without gaps."""
    _, rows, columns = lab.shape
    step = float(np.sqrt(rows * columns / PATCHES))
    grid = (max(1, round(rows / step)), max(1, round(columns / step)))
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    pull = COMPACTNESS / step
    cloth = 3 * np.minimum(box_mean(grain, 1), 3)  # a patch is not half plaster, half curtain
    features = np.stack([*lab, cloth, y * pull, x * pull]).reshape(6, -1)
    cell = _cells(rows, columns, grid)
    candidates = _around(cell, grid)
    label = cell
    centres = np.zeros((6, grid[0] * grid[1]), np.float32)
    for _ in range(ROUNDS):
        centres = _moved(centres, features, label)
        label = _nearest(features, centres, candidates)
    return np.unique(label, return_inverse=True)[1].reshape(rows, columns)


def _cells(rows: int, columns: int, grid: tuple[int, int]) -> NDArray[np.intp]:
    row = np.arange(rows) * grid[0] // rows
    column = np.arange(columns) * grid[1] // columns
    return (row[:, None] * grid[1] + column).ravel()


def _around(cell: NDArray[np.intp], grid: tuple[int, int]) -> list[NDArray[np.intp]]:
    """Return for every pixel the nine cells around its own, those beyond the border replaced by the border's."""
    row, column = np.divmod(cell, grid[1])
    rows = [np.clip(row + step, 0, grid[0] - 1) * grid[1] for step in (-1, 0, 1)]
    columns = [np.clip(column + step, 0, grid[1] - 1) for step in (-1, 0, 1)]
    return [r + c for r in rows for c in columns]


def _moved(centres: NDArray[Any], features: NDArray[Any], label: NDArray[np.intp]) -> NDArray[Any]:
    """Return the mean of every cell's pixels; a cell nobody chose stays where it was."""
    count = centres.shape[1]
    area = np.bincount(label, minlength=count)
    sums = np.stack([np.bincount(label, feature, count) for feature in features])
    return np.where(area > 0, sums / np.maximum(area, 1), centres).astype(np.float32)


def _nearest(features: NDArray[Any], centres: NDArray[Any], candidates: list[NDArray[np.intp]]) -> NDArray[np.intp]:
    best = np.full(features.shape[1], np.inf, np.float32)
    label = candidates[0].copy()
    for candidate in candidates:
        distance = np.zeros_like(best)
        for feature, centre in zip(features, centres, strict=True):
            distance += (feature - centre[candidate]) ** 2
        closer = distance < best
        best = np.where(closer, distance, best)
        label = np.where(closer, candidate, label)
    return label

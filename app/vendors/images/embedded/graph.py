"""Patches as a graph: what one is, its neighbours probably are too, unless the photo has a border between them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .planes import Planes, bell
from .superpixels import Patches, Values


def linked(patches: Patches, lab: Planes) -> NDArray[Any]:
    """Return the symmetric matrix of how strongly each two patches belong together."""
    one, other, length, contrast = _borders(patches.label, lab)
    apart = np.sqrt(((patches.colour[one] - patches.colour[other]) ** 2).sum(1))
    alike = bell(contrast, 4.5) * bell(apart, 10) * bell(patches.texture[one] - patches.texture[other], 1.5)
    alike = alike * bell(patches.rough[one] - patches.rough[other], 0.5)  # pale curtain, pale wall: no other border
    strength = 3 * np.minimum(length / 8, 1.5) * alike
    links = np.zeros((patches.count, patches.count))
    links[one, other] = links[other, one] = strength
    return links + 0.06 * _look_alikes(patches)


def spread(links: NDArray[Any], evidence: NDArray[Any], trust: Values) -> NDArray[Any]:
    """Return the evidence after it flowed along the links: each patch settles between its own word and its neighbours'.

    One linear solve, 2 ms; how clear the result is tells how far it can be trusted.
    """
    system = np.diag(links.sum(1) + trust) - links
    return np.clip(np.linalg.solve(system, trust[:, None] * evidence), 0, 1)


def _borders(label: NDArray[np.intp], lab: Planes) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return every pair of touching patches, how long their common border is, and the mean step of Lab across it."""
    count = int(label.max()) + 1
    pairs: list[NDArray[Any]] = []
    steps: list[NDArray[Any]] = []
    for axis in (0, 1):
        before, after = np.moveaxis(label, axis, 0)[:-1], np.moveaxis(label, axis, 0)[1:]
        step = np.moveaxis(np.sqrt((np.diff(lab, axis=axis + 1) ** 2).sum(0)), axis, 0)
        border = before != after
        pairs.append((np.minimum(before, after) * count + np.maximum(before, after))[border])
        steps.append(step[border])
    pair, where = np.unique(np.concatenate(pairs), return_inverse=True)
    length = np.bincount(where, minlength=len(pair))
    contrast = np.bincount(where, np.concatenate(steps), len(pair)) / np.maximum(length, 1)
    return pair // count, pair % count, length, contrast


def _look_alikes(patches: Patches) -> NDArray[Any]:
    """Return weak links between patches alike but far apart, such as the wall left and right of a window."""
    place = np.stack([18 * patches.y, 6 * patches.x, 2 * patches.texture], 1)
    features = np.concatenate([patches.colour * [0.7, 1.2, 1.2], place], 1)
    apart = ((features[:, None] - features[None]) ** 2).sum(-1)
    alike = np.exp(-apart / 18) * (apart < 60)
    np.fill_diagonal(alike, 0)
    return alike

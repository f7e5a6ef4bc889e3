"""The movable things of the room, gathered into a few colours: sofa, table, rug, books, clothes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .graph import spread
from .horizon import Horizon
from .planes import Plane, Planes, box_mean, resized
from .superpixels import Patches, Values
from .surfaces import THING, Surfaces

COLOURS = 9
ROUNDS = 12

WOOD, RUG, DARK, ACCENT, PLAIN = "wood", "rug", "dark", "accent", "plain"


@dataclass(frozen=True, slots=True)
class Thing:
    """Everything of one colour."""

    role: str
    matte: Plane  # 0..1
    colour: NDArray[Any]  # Lab
    area: float  # share of the picture


def things(
    patches: Patches, surfaces: Surfaces, links: NDArray[Any], horizon: Horizon, lab: Planes, mask: Plane
) -> list[Thing]:
    """Return the things by colour; their mattes sum to `mask`, which says where things are."""
    share = surfaces.share[:, THING]
    weights = patches.area * share * (share > 0.35)
    member = _connected(_clustered(patches, weights), links)
    first = member.argmax(1)
    groups = [weights * (first == number) + 1e-6 * (first == number) for number in range(COLOURS)]
    colours = np.stack([patches.mean(group) for group in groups])
    mattes = _mattes(member[patches.label], colours, lab) * mask
    return [
        Thing(_role(patches, group, colour, horizon), matte, colour, float(matte.mean()))
        for group, colour, matte in zip(groups, colours, mattes, strict=True)
    ]


def _clustered(patches: Patches, weights: Values) -> NDArray[np.intp]:
    """Return the colour group of every patch: k-means started from the colours farthest apart."""
    height = 30 * patches.y[:, None]
    features = np.concatenate([patches.colour * [0.7, 1.2, 1.2], height], 1)
    weights = weights + 1e-6
    centres = features[[int(weights.argmax())]]
    while len(centres) < COLOURS:
        alone = ((features[:, None] - centres[None]) ** 2).sum(-1).min(1)
        centres = np.concatenate([centres, features[[int((alone * weights).argmax())]]])
    for _ in range(ROUNDS):
        group = ((features[:, None] - centres[None]) ** 2).sum(-1).argmin(1)
        member = (group == np.arange(COLOURS)[:, None]) * weights
        total = member.sum(1)[:, None]
        centres = np.where(total > 0, member @ features / np.maximum(total, 1e-9), centres)
    return ((features[:, None] - centres[None]) ** 2).sum(-1).argmin(1)


def _connected(group: NDArray[np.intp], links: NDArray[Any]) -> NDArray[Any]:
    """Return soft membership in which one connected thing tends to one group: no rug in two colours."""
    own = (group[:, None] == np.arange(COLOURS)).astype(float)
    member = spread(links, own, np.full(len(group), 0.25)) ** 2
    return member / (member.sum(1, keepdims=True) + 1e-9)


def _mattes(member: NDArray[Any], colours: NDArray[Any], lab: Planes) -> Planes:
    """Return a matte per colour; `member` is (rows, columns, colours) at half the size of `lab`."""
    rows, columns = lab.shape[1:]
    coarse = np.moveaxis(member, -1, 0).astype(np.float32)
    mattes = box_mean(resized(coarse, (columns, rows)), 4) + 0.02
    for number, colour in enumerate(colours.astype(np.float32)):
        lighter, red, yellow = lab - colour[:, None, None]
        apart = 0.5 * lighter * lighter + red * red + yellow * yellow
        mattes[number] *= np.exp(-np.minimum(apart / 800, 60)) + 1e-3
    return box_mean(mattes / mattes.sum(0), 1)


def _role(patches: Patches, group: Values, colour: NDArray[Any], horizon: Horizon) -> str:
    if group.sum() <= 0:
        return PLAIN
    lightness, red, yellow = (float(value) for value in colour)
    chroma = float(np.hypot(red, yellow))
    strength = chroma / (lightness + 8)  # shadow lowers chroma
    hue = float(np.degrees(np.arctan2(yellow, red)))
    below_eyes = float(np.average(patches.y, weights=group)) - horizon.y
    woody = float(np.average(patches.woody, weights=group))
    share = float(group.sum()) / float(patches.area.sum())
    if below_eyes > 0.26 and 4 < chroma < 26 and lightness > 22 and woody < 0.75:
        return RUG
    if below_eyes > 0.36 and lightness > 45 and share > 0.03:
        return RUG
    if woody > 0.5:
        return WOOD
    if lightness < min(24, 0.42 * float(np.median(patches.colour[:, 0]))) and strength < 0.55:
        return DARK
    if chroma > 17 or strength > 0.5 or (chroma > 11 and lightness > 30 and not 22 < hue < 95):
        return ACCENT
    return PLAIN

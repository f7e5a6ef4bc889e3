"""Floors drawn in the perspective of the photo: boards, tiles, screed.

Every pixel below the eye level is a place on the ground; all lengths are metres.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .planes import box_mean
from .vocabulary import Flooring

EYE_HEIGHT_M = 1.45
FOCAL = 0.85
"""Focal length in long sides of the picture: a phone's main camera."""

BOARD_M, BOARD_LENGTH_M, TILE_M = 0.17, 1.7, 0.36
VARIETY = {"plank": 0.10, "tile": 0.11, "screed": 0.05}
"""How far boards or tiles differ from each other."""

Values = NDArray[Any]


@dataclass(frozen=True, slots=True)
class View:
    """A camera held level; all in pixels but the turn."""

    middle_x: float
    horizon_y: float
    focal: float
    turn: float = 0.0  # radians from straight ahead to where the room's depth runs


@dataclass(frozen=True, slots=True)
class _Ground:
    across: Values
    along: Values
    pixel_across: Values  # size of one pixel there
    pixel_along: Values


def pattern(kind: Flooring, x: Values, y: Values, view: View, seed: int) -> Values:
    """Return the reflectance of the floor, about 1, at the given pixels."""
    ground = _ground(x, y, view)
    if kind == "plank":
        return _boards(ground, VARIETY[kind], seed)
    if kind == "tile":
        return _tiles(ground, VARIETY[kind], seed)
    return 1 + VARIETY[kind] * (
        _grain(ground.across * 40, ground.along * 40) + _grain(ground.across * 9, ground.along * 9)
    )


def _ground(x: Values, y: Values, view: View) -> _Ground:
    below = np.maximum(y - view.horizon_y, 0.035 * view.focal).astype(np.float32)
    away = EYE_HEIGHT_M * view.focal / below
    aside = EYE_HEIGHT_M * (x - view.middle_x).astype(np.float32) / below
    cosine, sine = np.float32(np.cos(view.turn)), np.float32(np.sin(view.turn))
    pixel = EYE_HEIGHT_M / below
    return _Ground(
        across=aside * cosine - away * sine,
        along=aside * sine + away * cosine,
        pixel_across=pixel,
        pixel_along=pixel * np.maximum(away / EYE_HEIGHT_M, 1),
    )


def _boards(ground: _Ground, variety: float, seed: int) -> Values:
    row = np.floor(ground.across / BOARD_M)
    place = ground.along / BOARD_LENGTH_M + _hashed(row, np.full_like(row, 7), seed)  # rows start anywhere
    board = np.floor(place)
    shade = _hashed(row, board, seed) - 0.5
    grain = _grain(ground.across * 260 + shade * 900, ground.along * 26 + shade * 333)
    sides = _joint(ground.across / BOARD_M - row, BOARD_M, 0.0035, ground.pixel_across, 0.0045 / ground.pixel_across)
    ends = _joint(place - board, BOARD_LENGTH_M, 0.0035, ground.pixel_along, 0.0045 / ground.pixel_across)
    near = np.clip(0.010 / ground.pixel_across, 0, 1)  # grain finer than a pixel would flicker
    return 1 + variety * (2 * shade + 0.9 * grain * near) - 0.45 * np.maximum(sides, ends)


def _tiles(ground: _Ground, variety: float, seed: int) -> Values:
    column, row = np.floor(ground.across / TILE_M), np.floor(ground.along / TILE_M)
    shade = _hashed(column, row, seed) - 0.5
    cloud = _grain(ground.across * 90, ground.along * 90) * np.clip(0.02 / ground.pixel_across, 0, 1)
    sides = _joint(ground.across / TILE_M - column, TILE_M, 0.005, ground.pixel_across, 0.008 / ground.pixel_across)
    ends = _joint(ground.along / TILE_M - row, TILE_M, 0.005, ground.pixel_along, 0.008 / ground.pixel_along)
    return 1 + variety * (1.6 * shade + 0.6 * cloud) - 0.3 * np.maximum(sides, ends)


def _joint(place: Values, period_m: float, joint_m: float, pixel_m: Values, strength: Values) -> Values:
    """Return 1 in the joint, 0 on the board; never narrower than a pixel, but fainter the less of it one covers."""
    from_joint = (0.5 - np.abs(place - 0.5)) * period_m
    width = np.maximum(joint_m, 0.8 * pixel_m)
    return np.clip(1 - from_joint / width, 0, 1) * np.clip(strength, 0.12, 1)


def _hashed(one: Values, other: Values, seed: int) -> Values:
    """Return 0..1, the same for the same pair of whole numbers."""
    mixed = (one.astype(np.int64) * 73856093) ^ (other.astype(np.int64) * 19349663) ^ ((seed % 9973) * 83492791)
    mixed = ((mixed ^ (mixed >> 13)) * 1274126177) & 0xFFFFFFFF
    return ((mixed ^ (mixed >> 16)) & 0xFFFF).astype(np.float32) / 65535


@lru_cache(maxsize=1)
def _grain_table() -> NDArray[Any]:
    """Return 512 × 512 of fine and coarse noise, -1..1, whose opposite borders fit."""
    white = np.pad(np.random.default_rng(5).standard_normal((512, 512)).astype(np.float32), 16, mode="wrap")
    grain = (2.2 * box_mean(white, 1) + 7 * box_mean(white, 6))[16:-16, 16:-16]
    return grain / np.abs(grain).max()


def _grain(one: Values, other: Values) -> Values:
    return _grain_table()[one.astype(np.int32) & 511, other.astype(np.int32) & 511]

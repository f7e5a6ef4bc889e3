"""What stands in each kind of room, as boxes in metres: enough to recognise the room by, nothing more.

Coordinates as in `canvas`; the back wall stands at z = 5.2, the side walls at x = ±2.4.
"""

from typing import NamedTuple

BACK_M = 5.2
HALF_WIDTH_M = 2.4
HEIGHT_M = 2.6


class Block(NamedTuple):
    x: tuple[float, float]
    y: tuple[float, float]
    z: tuple[float, float]
    role: str  # a colour of the scheme, or "accent0", "accent1"
    legs: float = 0.0  # height of the legs it stands on


class Layout(NamedTuple):
    blocks: tuple[Block, ...]
    rug: tuple[float, float, float, float] | None = None  # x from, to, z from, to
    picture: tuple[float, float, float, float] | None = None  # x from, to, y from, to, on the back wall
    window: tuple[float, float, float, float] = (-2.05, -0.75, 0.95, 2.15)
    plant: tuple[float, float] | None = None  # x, z
    lamp: tuple[float, float] | None = None  # x, z of a floor lamp


def _cushion(x: float, z: float, y: float, role: str) -> Block:
    return Block((x - 0.2, x + 0.2), (y, y + 0.36), (z, z + 0.12), role)


def _chair(x: float, z: float) -> tuple[Block, ...]:
    return (
        Block((x - 0.22, x + 0.22), (0.42, 0.48), (z, z + 0.42), "wood", 0.42),
        Block((x - 0.22, x + 0.22), (0.48, 0.88), (z + 0.38, z + 0.42), "wood"),
    )


LIVING = Layout(
    blocks=(
        Block((-0.55, 1.75), (0.40, 0.82), (4.80, 5.10), "sofa"),
        Block((-0.55, 1.75), (0.12, 0.44), (4.15, 4.90), "sofa"),
        Block((-0.75, -0.53), (0.12, 0.60), (4.10, 5.10), "sofa"),
        Block((1.73, 1.95), (0.12, 0.60), (4.10, 5.10), "sofa"),
        _cushion(-0.2, 4.66, 0.44, "accent0"),
        _cushion(1.35, 4.66, 0.44, "accent1"),
        Block((0.05, 1.15), (0.34, 0.40), (2.95, 3.50), "wood", 0.34),
        Block((-2.40, -2.00), (0.15, 0.55), (2.60, 4.20), "wood", 0.15),
    ),
    rug=(-0.9, 2.05, 2.55, 4.3),
    picture=(0.15, 1.05, 1.35, 1.95),
    plant=(-2.0, 4.75),
    lamp=(2.15, 4.7),
)

BEDROOM = Layout(
    blocks=(
        Block((-0.45, 1.35), (0.20, 1.15), (5.05, 5.15), "wood"),
        Block((-0.40, 1.30), (0.14, 0.36), (3.05, 5.05), "wood"),
        Block((-0.38, 1.28), (0.36, 0.56), (3.08, 5.03), "linen"),
        Block((-0.40, 1.30), (0.40, 0.60), (3.06, 3.75), "accent0"),
        Block((-0.28, 0.36), (0.56, 0.72), (4.60, 4.95), "ceiling"),
        Block((0.54, 1.18), (0.56, 0.72), (4.60, 4.95), "ceiling"),
        Block((1.50, 1.95), (0.25, 0.55), (4.70, 5.10), "wood", 0.25),
        Block((-1.05, -0.60), (0.25, 0.55), (4.70, 5.10), "wood", 0.25),
        Block((1.95, 2.40), (0.00, 2.10), (2.70, 4.20), "wood"),
    ),
    rug=(-1.1, 1.75, 2.5, 4.0),
    picture=(0.0, 0.9, 1.45, 2.0),
    window=(-2.1, -1.15, 0.9, 2.15),
    plant=(-2.05, 4.2),
)

KITCHEN = Layout(
    blocks=(
        Block((-0.60, 2.40), (0.10, 0.88), (4.60, 5.20), "wood"),
        Block((-0.62, 2.40), (0.88, 0.92), (4.56, 5.20), "linen"),
        Block((-0.60, 0.55), (1.45, 2.15), (4.85, 5.20), "wood"),
        Block((1.25, 2.40), (1.45, 2.15), (4.85, 5.20), "wood"),
        Block((0.65, 1.15), (1.50, 1.62), (4.70, 5.20), "dark"),
        Block((1.85, 2.40), (0.05, 2.10), (4.00, 4.60), "linen"),
        Block((-0.75, 0.95), (0.08, 0.88), (3.00, 3.65), "sofa"),
        Block((-0.82, 1.02), (0.88, 0.93), (2.94, 3.70), "linen"),
        Block((-0.55, -0.20), (0.60, 0.66), (2.50, 2.85), "wood", 0.60),
        Block((0.35, 0.70), (0.60, 0.66), (2.50, 2.85), "wood", 0.60),
        Block((-0.35, -0.10), (0.93, 1.10), (3.25, 3.45), "accent0"),
    ),
    window=(-2.05, -0.85, 1.0, 2.1),
    plant=(-2.0, 4.7),
)

DINING = Layout(
    blocks=(
        Block((0.90, 2.20), (0.12, 0.80), (4.75, 5.15), "wood", 0.12),
        *_chair(-0.75, 3.95),
        *_chair(0.05, 3.95),
        *_chair(0.80, 3.95),
        Block((-1.15, 1.25), (0.70, 0.76), (3.05, 3.95), "wood", 0.70),
        *_chair(-0.55, 2.55),
        *_chair(0.55, 2.55),
        Block((-0.05, 0.15), (0.76, 0.98), (3.40, 3.60), "accent0"),
        Block((0.04, 0.06), (1.92, 2.60), (3.49, 3.51), "dark"),
        Block((-0.22, 0.32), (1.72, 1.92), (3.30, 3.70), "dark"),
    ),
    rug=(-1.7, 1.8, 2.5, 4.5),
    picture=(1.05, 2.0, 1.3, 1.9),
    plant=(-2.0, 4.7),
)

OFFICE = Layout(
    blocks=(
        Block((0.00, 1.60), (0.70, 0.75), (4.45, 5.15), "wood", 0.70),
        Block((1.10, 1.55), (0.10, 0.70), (4.55, 5.10), "linen"),
        Block((0.45, 1.05), (0.88, 1.25), (4.90, 4.94), "dark"),
        Block((0.70, 0.80), (0.75, 0.90), (4.90, 4.94), "dark"),
        Block((0.45, 0.95), (0.42, 0.50), (3.75, 4.20), "accent0", 0.42),
        Block((0.45, 0.95), (0.50, 1.00), (3.70, 3.78), "accent0"),
        Block((2.05, 2.40), (0.00, 2.00), (2.90, 4.40), "wood"),
        Block((0.05, 1.55), (1.55, 1.59), (4.92, 5.20), "wood"),
        Block((0.20, 0.50), (1.59, 1.84), (4.98, 5.18), "accent1"),
        Block((0.55, 0.75), (1.59, 1.80), (4.98, 5.18), "rug"),
    ),
    rug=(-0.6, 1.7, 2.9, 4.3),
    plant=(-2.0, 4.6),
)

BATHROOM = Layout(
    blocks=(
        Block((-2.40, -1.55), (0.00, 0.58), (3.10, 5.00), "ceiling"),
        Block((0.10, 1.60), (0.30, 0.82), (4.65, 5.20), "wood"),
        Block((0.05, 1.65), (0.82, 0.87), (4.60, 5.20), "linen"),
        Block((0.55, 1.15), (0.87, 0.99), (4.70, 5.10), "ceiling"),
        Block((0.35, 1.35), (1.20, 1.95), (5.15, 5.20), "mirror"),
        Block((1.95, 2.35), (0.35, 0.45), (3.90, 4.45), "ceiling"),
        Block((1.95, 2.35), (0.00, 0.38), (4.00, 4.40), "ceiling"),
        Block((2.15, 2.38), (0.38, 0.85), (3.95, 4.40), "ceiling"),
        Block((-0.75, -0.70), (0.85, 1.45), (5.12, 5.18), "accent0"),
    ),
    rug=(0.2, 1.5, 3.7, 4.4),
    window=(-2.0, -1.0, 1.25, 2.1),
)

HALLWAY = Layout(
    blocks=(
        Block((0.90, 1.80), (0.00, 2.05), (5.14, 5.20), "wood"),
        Block((-2.40, -2.05), (0.74, 0.80), (3.00, 4.50), "wood", 0.74),
        Block((-2.30, -2.10), (0.80, 1.05), (3.40, 3.60), "accent0"),
        Block((1.95, 2.40), (0.36, 0.44), (2.80, 4.20), "wood", 0.36),
        Block((1.98, 2.38), (0.44, 0.52), (2.85, 3.50), "accent1"),
        Block((2.33, 2.40), (1.60, 1.68), (2.90, 4.10), "wood"),
    ),
    rug=(-0.7, 0.7, 2.4, 4.9),
    picture=(-0.2, 0.5, 1.3, 2.0),
    window=(-2.0, -0.8, 1.0, 2.1),
)

LAUNDRY = Layout(
    blocks=(
        Block((-0.40, 0.22), (0.02, 0.86), (4.58, 5.18), "ceiling"),
        Block((0.26, 0.88), (0.02, 0.86), (4.58, 5.18), "ceiling"),
        Block((-0.24, 0.06), (0.28, 0.60), (4.55, 4.58), "dark"),
        Block((0.42, 0.72), (0.28, 0.60), (4.55, 4.58), "dark"),
        Block((0.92, 2.40), (0.10, 0.88), (4.58, 5.18), "wood"),
        Block((-0.45, 2.40), (0.88, 0.92), (4.52, 5.20), "linen"),
        Block((-0.40, 2.20), (1.55, 1.60), (4.90, 5.20), "wood"),
        Block((1.20, 1.65), (0.92, 1.15), (4.70, 5.00), "accent0"),
        Block((0.00, 0.35), (1.60, 1.85), (4.95, 5.18), "accent1"),
    ),
    window=(-2.0, -0.9, 1.0, 2.1),
)

_LAYOUTS = {
    "living-room": LIVING,
    "bedroom": BEDROOM,
    "nursery": BEDROOM,
    "kitchen": KITCHEN,
    "dining-room": DINING,
    "office": OFFICE,
    "bathroom": BATHROOM,
    "hallway": HALLWAY,
    "laundry": LAUNDRY,
    "garage": LAUNDRY,
}


def layout(room_type: str) -> Layout:
    """Return what stands in a room; a type without furniture of its own is lived in."""
    return _LAYOUTS.get(room_type, LIVING)

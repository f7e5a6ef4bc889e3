"""A room from words alone: one vanishing point, painted walls, a laid floor, a window, plain furniture.

It shows colours and materials together, and does not pretend to be a photo.
"""

import numpy as np
from numpy.typing import NDArray

from app.vendors.images import LONG_SIDE_PX, ImageBrief

from .canvas import Canvas, Place
from .colours import hex_light
from .floors import View, pattern
from .furniture import BACK_M, HALF_WIDTH_M, HEIGHT_M, Block, Layout, layout
from .grading import toned, warmth
from .paint import GRAIN, printable
from .planes import Planes, noise
from .scheme import Scheme
from .tones import Tone

SMALLEST_PX = 64
FRONT_M = 0.8
SKY, HORIZON_GREEN = Tone(94, 6, 240), Tone(72, 22, 135)
LEAF = Tone(42, 26, 130)
LAMPLIGHT = Tone(95, 18, 88)


def drawn_room(brief: ImageBrief, scheme: Scheme) -> NDArray[np.uint8]:
    """Return the stored pixels of a room at the size the brief asks for."""
    size = _size(brief)
    focal = 0.85 * min(max(size), 1.45 * min(size))
    canvas = Canvas(size, View(size[0] / 2, 0.46 * size[1], focal))
    chosen = layout(brief.room_type)
    if scheme.seed & 1:
        chosen = _mirrored(chosen)
    _draw_shell(canvas, scheme)
    _draw_window(canvas, scheme, chosen.window)
    _draw_decor(canvas, scheme, chosen)
    for block in sorted(chosen.blocks, key=lambda block: -block.z[1]):
        _draw_block(canvas, scheme, block)
    _draw_plant(canvas, scheme, chosen)
    _draw_lamp(canvas, scheme, chosen)
    return toned(_lit(canvas, scheme, chosen), scheme)


def _size(brief: ImageBrief) -> tuple[int, int]:
    """Return the size asked for, its long side at most LONG_SIDE_PX."""
    scale = min(1.0, LONG_SIDE_PX / max(brief.width_px, brief.height_px, 1))
    return max(SMALLEST_PX, round(brief.width_px * scale)), max(SMALLEST_PX, round(brief.height_px * scale))


def _mirrored(room: Layout) -> Layout:
    """Return the room seen in a mirror: left and right changed."""
    blocks = tuple(block._replace(x=(-block.x[1], -block.x[0])) for block in room.blocks)
    rug = room.rug and (-room.rug[1], -room.rug[0], *room.rug[2:])
    picture = room.picture and (-room.picture[1], -room.picture[0], *room.picture[2:])
    window = (-room.window[1], -room.window[0], *room.window[2:])
    plant = room.plant and (-room.plant[0], room.plant[1])
    lamp = room.lamp and (-room.lamp[0], room.lamp[1])
    return Layout(blocks, rug, picture, window, plant, lamp)


def _colour(scheme: Scheme, role: str) -> Tone:
    """Return a role's colour; accents count round."""
    if role.startswith("accent"):
        return scheme.accents[int(role[6:]) % len(scheme.accents)]
    named = {"sofa": scheme.sofa, "linen": scheme.linen, "rug": scheme.rug, "dark": scheme.dark}
    named |= {"ceiling": scheme.ceiling, "mirror": scheme.wall.mixed(SKY, 0.6)}
    return named.get(role, scheme.wood)


def _draw_shell(canvas: Canvas, scheme: Scheme) -> None:
    """Draw walls, ceiling and floor, with the soft dark of corners."""
    w, h, b, f = HALF_WIDTH_M, HEIGHT_M, BACK_M, FRONT_M
    canvas.light += hex_light(scheme.wall.hex)[:, None, None] * 0.5
    strength, cells, weights = GRAIN[scheme.finish]
    grain = noise(canvas.size, tuple(3 * cell for cell in cells), weights, np.random.default_rng(scheme.seed))
    wall = printable(scheme.wall)
    back: list[Place] = [(-w, 0, b), (w, 0, b), (w, h, b), (-w, h, b)]
    for places, shade in (
        ([(-w, 0, b), (-w, 0, f), (-w, h, f), (-w, h, b)], 0.80),
        ([(w, 0, b), (w, 0, f), (w, h, f), (w, h, b)], 0.80),
        (back, 0.92),
    ):
        canvas.paint([canvas.seen(place) for place in places], wall * shade)
    canvas.light *= 1 + strength * grain
    ceiling: list[Place] = [(-w, h, b), (w, h, b), (w, h, f), (-w, h, f)]
    canvas.paint([canvas.seen(place) for place in ceiling], printable(scheme.ceiling) * 0.95)
    _draw_floor(canvas, scheme)
    for one, other in ((0, 1), (1, 2), (2, 3), (3, 0)):
        _draw_corner(canvas, back[one], back[other])
    skirting: list[Place] = [(-w, 0, b), (w, 0, b), (w, 0.08, b), (-w, 0.08, b)]
    canvas.fill(skirting, scheme.ceiling, 0.75)


def _draw_floor(canvas: Canvas, scheme: Scheme) -> None:
    w = HALF_WIDTH_M
    places: list[Place] = [(-w, 0, BACK_M), (w, 0, BACK_M), (w, 0, FRONT_M), (-w, 0, FRONT_M)]
    before = canvas.light.copy()
    canvas.fill(places, scheme.floor)
    covered = np.abs(canvas.light - before).sum(0) > 0
    y, x = np.nonzero(covered & (np.arange(canvas.size[1])[:, None] > canvas.view.horizon_y))
    canvas.light[:, y, x] *= pattern(scheme.flooring, x, y, canvas.view, scheme.seed)


def _draw_corner(canvas: Canvas, one: Place, other: Place) -> None:
    """Darken a strip along an edge of the back wall: less light reaches corners."""
    (x1, y1), (x2, y2) = canvas.seen(one), canvas.seen(other)
    wide = 0.02 * max(canvas.size)
    if abs(x1 - x2) > abs(y1 - y2):
        points = [(x1, y1 - wide), (x2, y2 - wide), (x2, y2 + wide), (x1, y1 + wide)]
    else:
        points = [(x1 - wide, y1), (x2 - wide, y2), (x2 + wide, y2), (x1 + wide, y1)]
    canvas.dim(points, 0.86, 1.2 * wide)


def _on_back(x: tuple[float, float], y: tuple[float, float], out_m: float = 0.0) -> list[Place]:
    """Return a rectangle on the back wall, `out_m` in front of it."""
    z = BACK_M - out_m
    return [(x[0], y[0], z), (x[1], y[0], z), (x[1], y[1], z), (x[0], y[1], z)]


def _draw_window(canvas: Canvas, scheme: Scheme, window: tuple[float, float, float, float]) -> None:
    left, right, low, high = window
    canvas.fill(_on_back((left - 0.07, right + 0.07), (low - 0.07, high + 0.07)), scheme.ceiling, 0.85)
    middle = low + 0.28 * (high - low)
    canvas.fill(_on_back((left, right), (middle, high)), SKY, 1.25)
    canvas.fill(_on_back((left, right), (low, middle)), HORIZON_GREEN, 1.2)
    centre = (left + right) / 2
    canvas.fill(_on_back((centre - 0.025, centre + 0.025), (low, high)), scheme.ceiling, 0.85)
    canvas.fill(_on_back((left - 0.14, right + 0.14), (low - 0.12, low - 0.05), 0.12), scheme.ceiling, 0.9)
    for side in (left - 0.28, right + 0.02):
        _draw_curtain(canvas, scheme, side, high + 0.15)


def _draw_curtain(canvas: Canvas, scheme: Scheme, left: float, top: float) -> None:
    folds = 7
    width = 0.26 / folds
    for fold in range(folds):
        x = left + fold * width
        shade = 0.88 + 0.10 * np.cos(np.pi * fold)
        canvas.fill(_on_back((x, x + width + 0.004), (0.03, top), 0.10), scheme.linen, float(shade))


def _draw_decor(canvas: Canvas, scheme: Scheme, room: Layout) -> None:
    """Draw the rug and the framed picture."""
    if room.rug:
        left, right, near, far = room.rug
        _draw_flat(canvas, (left, right), (near, far), 0.0, _colour(scheme, "rug"), 0.95)
        _draw_flat(
            canvas, (left + 0.1, right - 0.1), (near + 0.1, far - 0.1), 0.0, scheme.rug.mixed(scheme.linen, 0.35)
        )
    if room.picture:
        left, right, low, high = room.picture
        canvas.shadow(_on_back((left, right), (low - 0.05, high - 0.05)), 0.25, 0.04)
        canvas.fill(_on_back((left, right), (low, high)), scheme.dark)
        canvas.fill(_on_back((left + 0.03, right - 0.03), (low + 0.03, high - 0.03)), scheme.linen)
        third = (right - left) / 3
        canvas.fill(_on_back((left + 0.1, left + 0.1 + third), (low + 0.1, high - 0.1)), scheme.accents[0])
        canvas.fill(_on_back((left + 0.14 + third, right - 0.1), (low + 0.1, high - 0.22)), scheme.accents[-1])


def _draw_flat(
    canvas: Canvas, x: tuple[float, float], z: tuple[float, float], y: float, colour: Tone, shade: float = 1.0
) -> None:
    canvas.fill([(x[0], y, z[0]), (x[1], y, z[0]), (x[1], y, z[1]), (x[0], y, z[1])], colour, shade)


def _draw_block(canvas: Canvas, scheme: Scheme, block: Block) -> None:
    """Draw the faces of a box that the camera sees, its legs and its shadow."""
    (x0, x1), (y0, y1), (z0, z1) = block.x, block.y, block.z
    colour = _colour(scheme, block.role)
    if block.legs or y0 < 0.35:  # what stands on furniture throws no shadow on the floor
        footprint: list[Place] = [(x0, 0, z0), (x1, 0, z0), (x1, 0, z1), (x0, 0, z1)]
        canvas.shadow(footprint, 0.45 if block.legs < 0.3 else 0.28, 0.10)
    if block.legs:
        _draw_legs(canvas, scheme, block)
    if x0 > 0:
        canvas.fill([(x0, y0, z0), (x0, y0, z1), (x0, y1, z1), (x0, y1, z0)], colour, 0.72)
    if x1 < 0:
        canvas.fill([(x1, y0, z0), (x1, y0, z1), (x1, y1, z1), (x1, y1, z0)], colour, 0.72)
    if y1 < 1.45:
        _draw_flat(canvas, block.x, block.z, y1, colour, 1.06)
    if y0 > 1.45:
        _draw_flat(canvas, block.x, block.z, y0, colour, 0.55)
    canvas.fill([(x0, y0, z0), (x1, y0, z0), (x1, y1, z0), (x0, y1, z0)], colour, 0.90)
    if block.role in ("wood", "sofa") and y1 - y0 > 0.45 and x1 - x0 > 0.9:
        _draw_joints(canvas, block, colour)


def _draw_legs(canvas: Canvas, scheme: Scheme, block: Block) -> None:
    wood = _colour(scheme, "wood").moved(lightness=-8)
    for z in (block.z[1] - 0.05, block.z[0] + 0.01):
        for x in (block.x[0] + 0.02, block.x[1] - 0.06):
            canvas.fill([(x, 0, z), (x + 0.04, 0, z), (x + 0.04, block.y[0], z), (x, block.y[0], z)], wood, 0.8)


def _draw_joints(canvas: Canvas, block: Block, colour: Tone) -> None:
    """Draw the gaps between the doors of a long cupboard."""
    (x0, x1), (y0, y1), z = block.x, block.y, block.z[0]
    doors = max(2, round((x1 - x0) / 0.6))
    for door in range(1, doors):
        x = x0 + (x1 - x0) * door / doors
        canvas.fill([(x, y0, z), (x + 0.012, y0, z), (x + 0.012, y1, z), (x, y1, z)], colour, 0.6)


def _draw_plant(canvas: Canvas, scheme: Scheme, room: Layout) -> None:
    if not room.plant:
        return
    x, z = room.plant
    _draw_block(canvas, scheme, Block((x - 0.16, x + 0.16), (0.0, 0.34), (z - 0.16, z + 0.16), "accent1"))
    rng = np.random.default_rng(scheme.seed)
    for _ in range(18):
        lean, height, shade = rng.uniform(-0.42, 0.42), rng.uniform(0.6, 1.35), rng.uniform(0.6, 1.3)
        middle, bend = x + 0.35 * lean, 0.34 + 0.45 * (height - 0.34)
        leaf = [(x - 0.02, 0.34, z), (middle - 0.07, bend, z), (x + lean, height, z), (middle + 0.07, bend, z)]
        canvas.fill(leaf, LEAF, shade)


def _draw_lamp(canvas: Canvas, scheme: Scheme, room: Layout) -> None:
    if not room.lamp:
        return
    x, z = room.lamp
    canvas.fill([(x - 0.012, 0.0, z), (x + 0.012, 0.0, z), (x + 0.012, 1.5, z), (x - 0.012, 1.5, z)], scheme.dark)
    canvas.fill([(x - 0.14, 0.0, z), (x + 0.14, 0.0, z), (x + 0.14, 0.02, z), (x - 0.14, 0.02, z)], scheme.dark)
    glow: list[Place] = [(x - 0.5, 1.0, z), (x + 0.5, 1.0, z), (x + 0.5, 2.2, z), (x - 0.5, 2.2, z)]
    canvas.shadow(glow, -0.22, 0.30)
    canvas.fill([(x - 0.2, 1.42, z), (x + 0.2, 1.42, z), (x + 0.13, 1.75, z), (x - 0.13, 1.75, z)], LAMPLIGHT, 1.05)


def _lit(canvas: Canvas, scheme: Scheme, room: Layout) -> Planes:
    """Return the picture in the window's light: a patch on the floor, and everything darker away from it."""
    left, right, low, high = room.window
    drift = 0.9 if left < 0 else -0.9
    pool: list[Place] = [
        (left + drift, 0, 4.3),
        (right + drift, 0, 4.3),
        (right + 2 * drift, 0, 2.9),
        (left + 2 * drift, 0, 2.9),
    ]
    canvas.shadow(pool, -0.30, 0.12)
    x, y = canvas.seen(((left + right) / 2, (low + high) / 2, BACK_M))
    rows, columns = np.ogrid[: canvas.size[1], : canvas.size[0]]
    away = np.hypot(columns - x, rows - y) / (0.55 * max(canvas.size))
    light = (0.86 + 0.34 * np.exp(-(away**2))).astype(np.float32) * np.float32(scheme.exposure)
    return canvas.light * light * warmth(scheme)[:, None, None]

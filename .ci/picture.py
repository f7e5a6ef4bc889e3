"""The picture of who imports whom, as SVG: drawn from the imports alone, so the same imports give the same bytes.

An arrow is an import. Where two arrows already lead from one part to another, the direct one is left out; the letters
in a box name everything it imports.
"""

from collections import defaultdict
from typing import NamedTuple

WIDTH, LEFT, RIGHT = 1200, 190, 1180
# The letters in the boxes, from top to bottom; the features' is not that of the tables.
LETTERS = {
    "domain": "f",
    "web": "w",
    "queue": "q",
    "resources": "r",
    "db": "d",
    "vendors": "v",
    "lib": "l",
    "settings": "s",
}
STYLE = """
text{font:14px system-ui,'Segoe UI',Roboto,'Noto Sans',sans-serif;fill:#241f1a}
.n{font-weight:600;text-anchor:middle}.s{font-size:12px;fill:#574e45}.c{font-size:12px;fill:#6d6257}
.l{font:600 10px ui-monospace,'DejaVu Sans Mono',monospace;text-anchor:middle;fill:#fffdfa}
.b{fill:#f2ece3}.p{fill:#fffdfa;stroke:#8f8374}.k{fill:#574e45}.a{fill:none;stroke:#a9492a;stroke-width:1.5}
.f{fill:none;stroke:#5c7159;stroke-width:1.5}
"""
HEAD = '<marker id="{0}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
HEAD += '<path d="M0 0 8 4 0 8z" fill="{1}"/></marker>'


class Box(NamedTuple):
    """A part of the tree where it is drawn."""

    x: int
    y: int
    w: int
    h: int

    @property
    def mid(self) -> int:
        return self.x + self.w // 2


# The parts that stay where they are; the band of features is as wide as it needs to be.
PLACES = {
    "cli": Box(20, 40, 140, 54),
    "api": Box(330, 40, 140, 54),
    "asgi": Box(560, 40, 140, 54),
    "workers": Box(790, 40, 140, 54),
    "domain": Box(LEFT, 140, RIGHT - LEFT, 190),
    "web": Box(560, 392, 160, 54),
    "queue": Box(790, 392, 160, 54),
    "db/seed": Box(20, 510, 110, 54),
    "resources": Box(600, 510, 160, 54),
    "db": Box(310, 602, 160, 54),
    "vendors": Box(740, 602, 400, 72),
    "embedded": Box(20, 736, 140, 54),
    "settings": Box(310, 736, 160, 40),
    "lib": Box(860, 736, 160, 40),
}
BANDS = (
    (20, "put the parts together, know everything", 94),
    (132, "features, each imports only features to its left", 206),
    (366, "how a request, and how a job, reaches a service", 98),
    (484, "what a process holds open, tables, one folder per outside service", 210),
    (714, "know nothing of renovation", 82),
)


def draw(packages: dict[str, set[str]], features: tuple[tuple[str, ...], ...]) -> str:
    """Return the picture of these packages, with the features in their order."""
    graph = _coarse(packages)
    parts = [_band(y, words, height) for y, words, height in BANDS]
    parts += [_arrow(name, other) for name in sorted(graph) for other in sorted(_reduced(graph, name))]
    parts += [_box(name, PLACES[name], graph[name]) for name in sorted(graph) if name in PLACES and name != "domain"]
    parts.append(_vendors(packages))
    parts += _features(packages, features)
    parts.append(_legend())
    missing = sorted(set(graph) - set(PLACES))
    if missing:
        raise ValueError(f"give {', '.join(missing)} a place in the picture")
    body = "\n".join(parts)
    heads = HEAD.format("i", "#a9492a") + HEAD.format("j", "#5c7159")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} 850" role="img" '
        f'aria-label="Layers of the application and who imports whom">\n<style>{STYLE}</style><defs>{heads}</defs>\n'
        f'<rect width="{WIDTH}" height="850" fill="#faf6f0"/>\n{body}\n</svg>\n'
    )


def _part(name: str) -> str:
    """Return the box a package is drawn in."""
    return name.partition("/")[0] if name.startswith(("domain/", "vendors/")) else name


def _coarse(packages: dict[str, set[str]]) -> dict[str, set[str]]:
    graph: defaultdict[str, set[str]] = defaultdict(set)
    for name, others in packages.items():
        graph[_part(name)] |= {_part(other) for other in others} - {_part(name), "app"}
    return graph


def _reduced(graph: dict[str, set[str]], name: str) -> set[str]:
    """Return those that a package imports and that none of its other imports leads to."""
    return {one for one in graph[name] if not any(one in _below(graph, other) for other in graph[name] - {one})}


def _below(graph: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    todo = [*graph.get(start, ())]
    while todo:
        if (name := todo.pop()) not in found:
            found.add(name)
            todo += graph.get(name, ())
    return found


def _band(y: int, words: str, height: int) -> str:
    text = f'<text class="c" x="{RIGHT - 10}" y="{y + 16}" text-anchor="end">{words}</text>'
    return f'<rect class="b" x="{LEFT - 20}" y="{y}" width="{RIGHT - LEFT + 30}" height="{height}" rx="10"/>{text}'


def _box(name: str, box: Box, imported: set[str]) -> str:
    """Return a box with its name and, below it, the letters of what it imports."""
    letters = [letter for letter in LETTERS if letter in imported]
    rows = [f'<rect class="p" x="{box.x}" y="{box.y}" width="{box.w}" height="{box.h}" rx="6"/>']
    rows.append(f'<text class="n" x="{box.mid}" y="{box.y + (22 if letters else 25)}">{name}</text>')
    start = box.mid - 6 * len(letters)
    for place, letter in enumerate(letters):
        rows.append(_letter(letter, start + 12 * place, box.y + 33))
    return "".join(rows)


def _letter(name: str, x: int, y: int) -> str:
    title = f"<title>{name}</title>"
    return f'<g>{title}<rect class="k" x="{x}" y="{y}" width="11" height="13" rx="2"/>' + (
        f'<text class="l" x="{x + 5.5}" y="{y + 10}">{LETTERS[name]}</text></g>'
    )


def _arrow(name: str, other: str) -> str:
    """Return an import from one fixed part to another: sideways from edge to edge, down from bottom to top."""
    start, end = PLACES[name], PLACES[other]
    if abs(start.y - end.y) < 40:
        y = start.y + min(start.h, end.h) // 2
        rightwards = start.x < end.x
        path = f"M{start.x + start.w if rightwards else start.x} {y}H{end.x if rightwards else end.x + end.w}"
    elif start.x < LEFT and end.x < LEFT:  # down the lane beside the bands, past what lies between
        x = end.x + end.w - (15 if other == "embedded" else 55)
        path = f"M{x} {start.y + start.h}V{end.y}"
    else:
        shift = 24 if start.mid < end.mid else -24 if start.mid > end.mid else 0
        x1, x2 = start.mid + shift, end.mid - shift
        if "domain" in (name, other):  # as wide as the page: straight from or to the smaller box
            x1 = x2 = start.mid if other == "domain" else end.mid
        y1, y2 = start.y + start.h, end.y
        half = (y1 + y2) // 2
        path = f"M{x1} {y1}C{x1} {half} {x2} {half} {x2} {y2}"
    return f'<path class="a" d="{path}" marker-end="url(#i)"/>'


def _vendors(packages: dict[str, set[str]]) -> str:
    names = sorted(name.partition("/")[2] for name in packages if name.startswith("vendors/"))
    box = PLACES["vendors"]
    return f'<text class="s" x="{box.mid}" y="{box.y + 62}" text-anchor="middle">{" · ".join(names)}</text>'


def _features(packages: dict[str, set[str]], order: tuple[tuple[str, ...], ...]) -> list[str]:
    """Return the features from left to right, a gap where the order has a step, and arcs for imports among them."""
    count, steps = sum(len(group) for group in order), len(order) - 1
    area, gap, step = PLACES["domain"], 6, 10
    width = (area.w - gap * (count - 1) - step * steps) // max(count, 1)
    boxes: dict[str, Box] = {}
    x = area.x
    for group in order:
        for name in group:
            boxes[name] = Box(x, 264, width, 54)
            x += width + gap
        x += step
    parts: list[str] = []
    edges = sorted(
        (name, other.partition("/")[2])
        for name in boxes
        for other in packages.get(f"domain/{name}", ())
        if other.startswith("domain/")
    )
    for name, box in boxes.items():
        imported = {_part(other) for other in packages.get(f"domain/{name}", ())} - {"domain"}
        size = 12 if len(name) < 12 else 11
        parts.append(_box(name, box, imported).replace('class="n"', f'class="n" style="font-size:{size}px"'))
    return [_arc(boxes, edges, edge) for edge in edges] + parts


def _arc(boxes: dict[str, Box], edges: list[tuple[str, str]], edge: tuple[str, str]) -> str:
    """Return one import among features; it leaves left of the importer's middle and arrives right of the other's."""
    start, end = boxes[edge[0]], boxes[edge[1]]
    out = sorted((other for name, other in edges if name == edge[0]), key=lambda other: -boxes[other].x)
    into = sorted((name for name, other in edges if other == edge[1]), key=lambda name: boxes[name].x)
    x1 = start.mid - 8 - 9 * out.index(edge[1])
    x2 = end.mid + 8 + 9 * (len(into) - 1 - into.index(edge[0]))
    top = start.y - 12 - min(96, (start.x - end.x) // 6)
    return f'<path class="f" d="M{x1} {start.y}C{x1} {top} {x2} {top} {x2} {end.y - 1}" marker-end="url(#j)"/>'


def _legend() -> str:
    parts = ['<text class="s" x="20" y="828">imports directly:</text>']
    x = 128
    for name in LETTERS:
        parts.append(_letter(name, x, 817) + f'<text class="s" x="{x + 16}" y="828">{name}</text>')
        x += 32 + 7 * len(name)
    parts.append(
        f'<text class="s" x="{x + 6}" y="828">an arrow imports; those that follow from others are left out</text>'
    )
    return "".join(parts)

"""Who imports whom inside `app`, read from the source, and which of these imports the layers do not allow."""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# From bottom to top: a package may import whatever lies in a lower layer.
LAYERS = (
    ("lib", "settings"),
    ("db", "vendors", "resources", "db/seed", "embedded"),
    ("queue", "web"),
    ("domain",),
    ("workers", "asgi", "api", "cli"),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
# Within a layer: who may also import whom. Features have an order of their own, which app/domain/__init__.py states.
BESIDE = {
    "resources": {"db", "vendors"},
    "db/seed": {"db", "resources"},  # fills the tables, so it stands on what the tables' users stand on
    "web": {"queue"},
    "asgi": {"workers"},
    "api": {"asgi"},
    "cli": {"workers", "asgi", "api"},
}
SHARED_BY_VENDORS = {"vendors", "vendors/http"}  # the rest of a vendor's folder is its own business
ALONE = {"embedded": {"cli"}}  # who else may import it, although it lies below them


class Import(NamedTuple):
    """One module's import of another, both as dotted names, and where it stands."""

    importer: str
    imported: str
    place: str


class Tree:
    """The modules of one source tree and the imports between them."""

    def __init__(self, app: Path) -> None:
        self.app = app
        self.files = {_name(file, app): file for file in sorted(app.rglob("*.py"))}
        self.imports = [found for name in self.files for found in self._read(name)]
        self.features = _feature_line(app)

    def packages(self) -> dict[str, set[str]]:
        """Return for each package those it imports: `web`, `vendors/mail`, `domain/renders`, ..."""
        graph: defaultdict[str, set[str]] = defaultdict(set)
        for name in self.files:
            graph[package(name)].update()
        for found in self.imports:
            graph[package(found.importer)].add(package(found.imported))
        return {name: others - {name} for name, others in graph.items() if name not in ("app", "domain")}

    def faults(self) -> list[str]:
        """Return what the layers do not allow, one line each."""
        places = {name.partition("/")[2] for name in self.packages() if name.startswith("domain/")}
        named = {feature for group in self.features for feature in group}
        faults = [f"app/domain/__init__.py does not place {name}" for name in sorted(places - named)]
        faults += [f"app/domain/__init__.py places {name}, which is not there" for name in sorted(named - places)]
        for found in self.imports:
            if why := self._objection(package(found.importer), package(found.imported)):
                faults.append(f"{found.place}: {found.importer} imports {found.imported}: {why}")
        return faults + [f"a ring of imports: {' > '.join(ring)}" for ring in rings(self.imports)]

    def _objection(self, importer: str, imported: str) -> str:
        (low, part), (high, other) = _layer(importer), _layer(imported)
        if importer == imported or "app" in (importer, imported):
            return ""
        if high in ALONE:
            return "" if low in ALONE[high] else "it stands alone"
        if low not in RANK or high not in RANK:
            return "no layer is named for it"
        if RANK[high] != RANK[low]:
            return "" if RANK[high] < RANK[low] else "upwards"
        if low == high == "domain":
            return "" if not other or self._is_left(other, part) else "not to its left"
        if low == high == "vendors":
            return "" if imported in SHARED_BY_VENDORS else "another vendor's folder"
        return "" if high in BESIDE.get(low, ()) else "sideways"

    def _is_left(self, feature: str, of: str) -> bool:
        places = {name: place for place, group in enumerate(self.features) for name in group}
        return feature not in places or of not in places or places[feature] < places[of]

    def _read(self, name: str) -> Iterator[Import]:
        file = self.files[name]
        for node in _nodes(ast.parse(file.read_text(encoding="utf-8"))):
            place = f"{file.relative_to(self.app.parent)}:{getattr(node, 'lineno', 0)}"
            for imported in sorted(self._modules(node, name)):
                if imported != name:
                    yield Import(name, imported, place)

    def _modules(self, node: ast.AST, name: str) -> set[str]:
        """Return the modules of `app` that one statement imports; `from app.web import csrf` is the module csrf."""
        if isinstance(node, ast.Import):
            return {alias.name for alias in node.names if alias.name in self.files}
        if not isinstance(node, ast.ImportFrom):
            return set()
        source = ".".join(filter(None, [self._above(name, node.level), node.module]))
        parts = {f"{source}.{alias.name}" for alias in node.names}
        return (parts & self.files.keys()) or ({source} & self.files.keys())

    def _above(self, name: str, dots: int) -> str:
        """Return the package that the dots of a relative import in a module stand for; none without dots."""
        here = name.split(".") if self.files[name].name == "__init__.py" else name.split(".")[:-1]
        return ".".join(here[: len(here) - dots + 1]) if dots else ""


def package(module: str) -> str:
    """Return the part of the tree a module belongs to: `lib`, `db`, `domain/renders`, ..."""
    parts = module.split(".")[1:] or ["app"]
    return "/".join(parts[:2]) if parts[0] in ("domain", "vendors") or parts[:2] == ["db", "seed"] else parts[0]


def _layer(name: str) -> tuple[str, str]:
    """Return the name a package has in the layers, and its own name within it where it shares that with others."""
    layer, _, part = name.partition("/")
    return (name, "") if name in RANK else (layer, part)


def rings(imports: list[Import]) -> list[list[str]]:
    """Return groups of modules that import each other in a circle, found by taking away what is in none."""
    graph: defaultdict[str, set[str]] = defaultdict(set)
    for found in imports:
        graph[found.importer].add(found.imported)
    reach = {name: _reached(graph, name) for name in graph}
    within = {name: frozenset(other for other in reach[name] if name in reach.get(other, ())) for name in graph}
    return sorted(sorted(group) for group in set(within.values()) if group)


def _reached(graph: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    todo = list(graph[start])
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += graph.get(name, ())
    return found


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield every statement but those only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            yield node
            yield from _nodes(node)


def _name(file: Path, app: Path) -> str:
    return ".".join(file.relative_to(app.parent).with_suffix("").parts).removesuffix(".__init__")


def _feature_line(app: Path) -> tuple[tuple[str, ...], ...]:
    """Return the features from left to right, as the docstring of `app.domain` has them; a group shares its place."""
    file = app / "domain" / "__init__.py"
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "" if file.exists() else ""
    line = " ".join(line for line in text.splitlines() if "‹" in line)
    return tuple(tuple(re.findall(r"\w+", group)) for group in line.split("‹")) if line else ()


if __name__ == "__main__":
    sys.stdout.write("\n".join(Tree(Path(__file__).parents[1] / "app").faults()) + "\n")

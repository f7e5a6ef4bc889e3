"""Who imports whom inside `app`, package by package. An import that points upwards is marked, and fails the run."""

import ast
import sys
from collections import defaultdict
from pathlib import Path

APP = Path(__file__).parents[1] / "app"
# From bottom to top; `embedded` stands alone, and what is not named here may be imported by all.
LAYERS = (
    ("lib", "settings"),
    ("db", "resources", "vendors"),
    ("web", "queue"),
    ("domain",),
    ("asgi", "api", "cli", "workers"),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}


def package(module: str) -> str:
    """Return the part of the tree a module belongs to: `lib`, `db`, `domain/renders`, ..."""
    parts = module.split(".")[1:] or ["app"]
    return "/".join(parts[:2]) if parts[0] in ("domain", "vendors") and len(parts) > 1 else parts[0]


def imports(file: Path) -> set[str]:
    """Return the modules of `app` that a file imports, wherever in the file it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {
                f"{node.module}.{alias.name}" for alias in node.names if node.module == "app.domain"
            }
    return {name for name in found if name.startswith("app.")}


def points_up(importer: str, imported: str) -> bool:
    low, high = (RANK.get(name.partition("/")[0]) for name in (importer, imported))
    return low is not None and high is not None and high > low


def main() -> int:
    graph: defaultdict[str, set[str]] = defaultdict(set)
    for file in sorted(APP.rglob("*.py")):
        module = ".".join(file.relative_to(APP.parent).with_suffix("").parts).removesuffix(".__init__")
        graph[package(module)] |= {package(name) for name in imports(file)}
    wrong = 0
    for importer in sorted(graph, key=lambda name: (-RANK.get(name.partition("/")[0], -1), name)):
        others = sorted(graph[importer] - {importer, "domain"})
        marked = [f"{name} (upwards!)" if points_up(importer, name) else name for name in others]
        wrong += sum(points_up(importer, name) for name in others)
        sys.stdout.write(f"{importer:24} {', '.join(marked) or '-'}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

"""Who imports whom inside `app`: written out and drawn as docs/architecture.svg.

Exits with 1 and one line for each import that the layers do not allow. With `--check` nothing is written, and a picture
that shows other imports than there are is a fault too. `--tree FOLDER` looks at another checkout.
"""

import argparse
import sys
from pathlib import Path

from imports import LAYERS, Tree
from picture import draw

ROOT = Path(__file__).parents[1]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}


def main() -> int:
    """Show the map, or only check it."""
    options = _options()
    tree = Tree(options.tree / "app")
    faults = tree.faults()
    picture = options.tree / "docs" / "architecture.svg"
    if not faults:
        drawn = draw(tree.packages(), tree.features)
        if not options.check:
            picture.write_text(drawn, encoding="utf-8")
        elif not picture.exists() or picture.read_text(encoding="utf-8") != drawn:
            faults = ["docs/architecture.svg shows other imports than there are: run `make map` and commit it"]
    if not options.check:
        sys.stdout.write("".join(_lines(tree)))
    sys.stdout.write("".join(f"{fault}\n" for fault in faults))
    return 1 if faults else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Show who imports whom, and what the layers do not allow.")
    parser.add_argument("--check", action="store_true", help="write nothing, say only what is wrong")
    parser.add_argument("--tree", type=Path, default=ROOT, help="the checkout to look at")
    return parser.parse_args()


def _lines(tree: Tree) -> list[str]:
    """Return one line a package, from the top layer down, the features in their order."""
    order = [f"domain/{name}" for group in reversed(tree.features) for name in group]
    graph = tree.packages()

    def key(name: str) -> tuple[int, int, str]:
        rank = RANK.get(name, RANK.get(name.partition("/")[0], -1))
        return -rank, order.index(name) if name in order else 0, name

    return [
        f"{name:24}{', '.join(sorted(graph[name] - {'app', 'domain'})) or '-'}\n" for name in sorted(graph, key=key)
    ]


if __name__ == "__main__":
    sys.exit(main())

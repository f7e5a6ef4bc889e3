"""A worker that knows errands beside the product's own jobs: `python -m bench.chaos.worker heavy|light`.

Everything is imported where it is used, because the worker's child processes import this module too.
"""

import sys


def main(kind: str) -> None:
    """Work until told to stop."""
    from app.settings import Settings
    from app.workers.heavy import run_heavy
    from app.workers.light import run_light
    from bench.chaos import errands

    assert errands.ORDERS  # importing them declared them
    run = {"heavy": run_heavy, "light": run_light}[kind]
    run(Settings.load())


if __name__ == "__main__":
    main(sys.argv[1])

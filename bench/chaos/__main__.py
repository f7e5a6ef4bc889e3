"""`make chaos`: run faults and print one line for each; the exit code is 1 when one was not survived.

python -m bench.chaos [--only F01,F17] [--short] [--full] [--seconds 60] [--seed 1] [--without-guards]
"""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path

from bench.chaos import api_faults, mix, server_faults, six, worker_faults
from bench.chaos.faults import FAULTS, try_fault
from bench.chaos.waiting import open_folder
from bench.chaos.without_guards import without_guards
from bench.chaos.world import whole_world

REGISTERED = (worker_faults, server_faults, api_faults, mix)


def parse() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--only", default="", help="ids, such as F01,F17,SIX")
    parser.add_argument("--short", action="store_true", help="a few seconds each, with leases that are cut short")
    parser.add_argument("--full", action="store_true", help="the mix for 300 s instead of 60")
    parser.add_argument("--seconds", type=float, default=0, help="how long the mix lasts")
    parser.add_argument("--seed", type=int, default=1, help="for everything that is left to chance")
    parser.add_argument("--without-guards", action="store_true", help="show that each fault is noticed")
    parser.add_argument("--patience", type=float, default=600, help="the longest wait for what was ordered, in seconds")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs")
    return parser.parse_args()


async def run_all(options: argparse.Namespace, wanted: list[str]) -> bool:
    """Run faults one after another in one installation; return whether all were survived."""
    seconds = options.seconds or (15 if options.short else 300 if options.full else 60)
    folder = open_folder(Path(tempfile.mkdtemp(prefix="chaos-")))
    survived = True
    try:
        if any(name in FAULTS for name in wanted):
            async with whole_world(folder / "world", 1 if options.short else 2) as world:
                for name in [name for name in wanted if name in FAULTS]:
                    verdict = await try_fault(
                        world,
                        name,
                        short=options.short,
                        seconds=seconds,
                        seed=options.seed,
                        patience_s=options.patience,
                    )
                    survived &= verdict.passed
                    print(verdict.line(), flush=True)
        if "SIX" in wanted:
            verdict = await six.six_renders_under_up(folder / "up", short=options.short)
            survived &= verdict.passed
            print(verdict.line(), flush=True)
    finally:
        if options.keep or not survived:
            print(f"logs are in {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return survived


def main() -> int:
    """Return 0 when everything held."""
    options = parse()
    wanted = options.only.upper().split(",") if options.only else [*sorted(FAULTS), "SIX"]
    if unknown := [name for name in wanted if name not in FAULTS and name != "SIX"]:
        sys.exit(f"no such fault: {', '.join(unknown)}; there are {', '.join([*FAULTS, 'SIX'])}")
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("REDIS_URL", None)
    if options.without_guards:
        return 0 if asyncio.run(without_guards(wanted, options.seed)) else 1
    return 0 if asyncio.run(run_all(options, wanted)) else 1


if __name__ == "__main__":
    sys.exit(main())

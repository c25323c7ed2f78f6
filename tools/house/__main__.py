"""Print the newcomer's test and the share of functions with a twin.

Run it from the root of the repository: ``PYTHONPATH=tools python -m house --seed 8 --count 20``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from house.exceptions import read_excuses
from house.newcomer import candidates, look_for, table
from house.twins import judge_twins, read_house

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Draw, look, print."""
    parser = argparse.ArgumentParser(prog="house", description=__doc__)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--count", type=int, default=20)
    options = parser.parse_args()
    reference, core = Path("reference_py/omega_reference"), Path("rust_impl/core/src")
    excuses = read_excuses(ROOT / "tests" / "unit" / "house" / "twins.toml")
    report = judge_twins(read_house(reference, core, Path("rust_impl/python/src")))
    drawn = candidates(reference, excuses)
    print(f"{options.count} of {len(drawn)} functions, drawn with seed {options.seed}:")
    print(table(look_for(drawn, core, count=options.count, seed=options.seed)))
    print(report)


if __name__ == "__main__":
    main()

"""Several symbols beside the targets of the migration plan: ``python benchmarks/multi_symbol.py`` writes the page.

Every symbol has a bar in every step, in Rust in columns of its own; the reference shares one set, whose numbers as
Python objects would not fit otherwise. A step through the view looks at one symbol's close; "in Rust" is the core
without the binding. Memory is what opening and a walk add to the resident set at its highest, by the number of steps.
"""

from __future__ import annotations

import gc
import platform
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import omega
from omega.data.writing import write_file
from omega.serve.approvals import trial
from omega.slices import MultiSymbolDataIterator
from omega_parity.cli.bench import inside_rust

RESULTS: Final = Path(__file__).parent / "results"
SYMBOLS: Final = (10, 50, 100, 1_000)
STEPS: Final = 10_000
MANY: Final = 1_000_000
ROUNDS: Final = 7


def market(symbols: int, steps: int, side: str) -> dict[str, omega.Bars]:
    """Make bars of so many symbols, for Rust each in memory of its own."""
    shared = omega.sample_bars(steps, seed=1)
    names = [f"S{place}" for place in range(symbols)]
    return {name: omega.read_bars(shared.table, timeframe="M5") if side == "rust" else shared for name in names}


def look(opened: MultiSymbolDataIterator) -> None:
    """Look at one symbol in every step."""
    for one in opened:
        candle = one["S7"].bid
        assert candle is not None
        assert candle.close > 0.0


def seconds(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the median duration."""
    found = []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return statistics.median(found)


def _status(key: str) -> int:
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024
    raise KeyError(key)


def page() -> str:
    """Measure everything, and return the page."""
    bars, shared = (market(50, MANY, side) for side in ("rust", "python"))
    omega.multi_symbol(market(2, STEPS, "rust"), backend="rust")
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    before = _status("VmRSS")
    opening = seconds(lambda: omega.multi_symbol(bars, backend="rust"), 1)
    million = omega.multi_symbol(bars, backend="rust")
    walk = seconds(lambda: look(million), 3)
    memory = (_status("VmHWM") - before) / MANY
    begin = time.perf_counter()
    slow = omega.multi_symbol(shared, backend="python")
    slow_opening = time.perf_counter() - begin
    slow_walk = seconds(lambda: look(slow), 1)
    assert million.block(MANY - 5).equals(slow.block(MANY - 5))
    steps = [f"{one / MANY * 1e3:.5f} ms" for one in (slow_walk, walk)]
    head = [
        *("# Several symbols", "", " ".join((__doc__ or "").split("\n\n")[1].split()), ""),
        f"Written by `python benchmarks/multi_symbol.py` at commit {_commit()}; {platform.machine()}, "
        f"Python {platform.python_version()}. Medians.",
        "",
        "| 50 symbols | plan, before | plan, target | reference | Rust |",
        "|---|---|---|---|---|",
        f"| a step, through the view | 0.9 ms | < 0.05 ms | {steps[0]} | {steps[1]} |",
        f"| 1,000,000 steps | 900 s | < 50 s | {slow_walk:.1f} s | {walk:.2f} s |",
        f"| opening them before | | | {slow_opening:.1f} s | {opening:.2f} s |",
        f"| memory of a slice | | < 0.5 KB | | {memory:.0f} bytes |",
        "",
    ]
    return "\n".join([*head, *_by_symbols(), ""])


def _by_symbols() -> list[str]:
    """Return the table of what a step costs, by the number of symbols."""
    inside = {row["benchmark"]: row["median_ms"] for row in inside_rust() if row["component"] == "multi_symbol"}
    lines = ["| a step of 10,000, in µs | reference | Rust, through the view | in Rust | in Rust, a symbol |"]
    lines.append("|---|---|---|---|---|")
    for symbols in SYMBOLS:
        opened = {side: omega.multi_symbol(market(symbols, STEPS, side), backend=side) for side in ("python", "rust")}
        slow = seconds(lambda data=opened["python"]: look(data), 1)  # type: ignore[misc]
        fast = seconds(lambda data=opened["rust"]: look(data))  # type: ignore[misc]
        core = inside[f"10,000 steps of {symbols:,} symbols"] * 1e3 / STEPS
        cells = [f"{one / STEPS * 1e6:.2f}" for one in (slow, fast)]
        lines.append(f"| {symbols:,} symbols | {cells[0]} | {cells[1]} | {core:.3f} | {core / symbols:.4f} |")
    return lines


def _commit() -> str:
    command = ["git", "rev-parse", "--short=12", "HEAD"]
    return subprocess.run(command, cwd=RESULTS, capture_output=True, text=True, check=True).stdout.strip()


@trial()  # of builds without a GO record too (F-8)
def main() -> None:
    """Write the page, and print it."""
    text = page()
    write_file(RESULTS / "multi-symbol.md", text)
    print(text, end="")


if __name__ == "__main__":
    main()

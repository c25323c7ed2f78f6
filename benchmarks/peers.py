"""Indicators beside those of other libraries, in one run: ``make peers`` writes page and plot.

Each call begins at what a user holds (bars, NumPy arrays, a pandas or polars frame) and ends at NumPy arrays: with
Omega from flags to arrays, with polars-talib through a frame's expression. The libraries take turns, call by call,
each after a call of its own, so that none finds its data in the caches of another. Times are of the process, all of
its threads, and the least of some rounds, since others may use the machine. They do not all compute the same: where
definitions part, the docstring of the indicator says so. The recurrence is the least that the rows take of what the
contract has one after the other: its own operations in their order, in registers, into memory that is there
(`rust_impl/core/examples/recurrences.rs`). roc and true_range have none, no row waits for another: what stands in its
place is the bare loop over their rows. It is timed over and over, and `alone` are whole calls, flags, parameters and
NumPy included, timed over and over too and not in turns with the others. An array of 31 MB came and went first (glibc
learns nothing from one of 32): from then on the C library's malloc keeps the pages of smaller ones. Without that, three
outputs of 100,000 rows cost TA-Lib four times as much, fresh pages in each call, and whether they do would hang on what
the process did before.
"""

from __future__ import annotations

import json
import math
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import kand
import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import polars_talib as plt
import talib

import omega
from omega.data.writing import write_file
from omega.serve.approvals import trial
from omega.serve.planning import plan_run
from omega_parity.cli.bench import BENCHMARKS

from .peers_plot import plot

Array = npt.NDArray[np.float64]
Call = Callable[[], object]
Times = Mapping[str, float]
"""Milliseconds by library."""

RESULTS: Final = BENCHMARKS / "results"
ROUNDS: Final = {100_000: 61, 1_000_000: 11}
REFERENCE_ROUNDS: Final = 3
REFERENCE_AT: Final = 100_000
"""Rows up to which the reference is measured too."""
ALONE: Final = "alone"
LIBRARIES: Final = ("TA-Lib", "polars-talib", "kand", "pandas")
WITHIN_ITS_RECURRENCE: Final = ("atr",)
"""Judged by its own recurrence and not in the mean: Wilder's division stands in its path (I-6)."""
PLANNED: Final = {"atr": 7299, "sma": 528, "ema": 337, "macd": 285}
"""Speed-ups over Python of the original's migration plan for this wave, and over all together:"""
PLANNED_TOTAL: Final = 474


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """The same bars as each library takes them."""

    bars: omega.Bars
    high: Array
    low: Array
    close: Array
    frame: pd.DataFrame
    table: pl.DataFrame

    @classmethod
    def of(cls, rows: int) -> Market:
        """Make bars of so many rows."""
        bars = omega.sample_bars(rows, seed=7)
        names = ("high", "low", "close")
        columns = {name: np.ascontiguousarray(bars.table[f"bid_{name}"].to_numpy()) for name in names}
        return cls(bars=bars, **columns, frame=pd.DataFrame(columns), table=pl.DataFrame(columns))


REQUESTS: Final[dict[str, dict[str, Any]]] = {
    "sma": {"period": 20},
    "ema": {"period": 30},
    "rsi": {"period": 14},
    "macd": {"fast_period": 12, "slow_period": 26, "signal_period": 9},
    "roc": {"period": 14},
    "true_range": {},
    "atr": {"period": 14},
    "dmi": {"period": 14},
    "bollinger": {"period": 20, "std_factor": 2.0},
    "zscore": {"window": 100, "mean": "rolling"},
    "choppiness": {"period": 14},
}


def talib_calls(of: Market) -> dict[str, Call]:
    """TA-Lib over NumPy arrays."""
    high, low, close = of.high, of.low, of.close
    return {
        "sma": lambda: talib.SMA(close, 20),
        "ema": lambda: talib.EMA(close, 30),
        "rsi": lambda: talib.RSI(close, 14),
        "macd": lambda: talib.MACD(close, 12, 26, 9),
        "roc": lambda: talib.ROC(close, 14),
        "true_range": lambda: talib.TRANGE(high, low, close),
        "atr": lambda: talib.ATR(high, low, close, 14),
        "dmi": lambda: [call(high, low, close, 14) for call in (talib.PLUS_DI, talib.MINUS_DI, talib.ADX)],
        "bollinger": lambda: talib.BBANDS(close, 20, 2.0, 2.0),
    }


def polars_calls(of: Market) -> dict[str, Call]:
    """polars-talib over a frame, its columns back as NumPy arrays."""
    high, low, close = pl.col("high"), pl.col("low"), pl.col("close")

    def select(*wanted: pl.Expr) -> list[Array]:
        return [column.to_numpy() for column in of.table.select(*wanted).get_columns()]

    def fields(wanted: pl.Expr) -> list[Array]:
        return [column.to_numpy() for column in of.table.select(wanted.struct.unnest()).get_columns()]

    moves = {"plus": plt.plus_di, "minus": plt.minus_di, "adx": plt.adx}
    return {
        "sma": lambda: select(plt.sma(close, timeperiod=20)),
        "ema": lambda: select(plt.ema(close, timeperiod=30)),
        "rsi": lambda: select(plt.rsi(close, timeperiod=14)),
        "macd": lambda: fields(plt.macd(close, fastperiod=12, slowperiod=26, signalperiod=9)),
        "roc": lambda: select(plt.roc(close, timeperiod=14)),
        "true_range": lambda: select(plt.trange(high, low, close)),
        "atr": lambda: select(plt.atr(high, low, close, timeperiod=14)),
        "dmi": lambda: select(*(call(high, low, close, timeperiod=14).alias(name) for name, call in moves.items())),
        "bollinger": lambda: fields(plt.bbands(close, timeperiod=20, nbdevup=2.0, nbdevdn=2.0)),
    }


def kand_calls(of: Market) -> dict[str, Call]:
    """Kand, a library in Rust, over NumPy arrays."""
    high, low, close = of.high, of.low, of.close
    return {
        "sma": lambda: kand.sma(close, 20),
        "ema": lambda: kand.ema(close, 30),
        "rsi": lambda: kand.rsi(close, 14),
        "macd": lambda: kand.macd(close, 12, 26, 9),
        "roc": lambda: kand.roc(close, 14),
        "true_range": lambda: kand.trange(high, low, close),
        "atr": lambda: kand.atr(high, low, close, 14),
        "dmi": lambda: [call(high, low, close, 14) for call in (kand.plus_di, kand.minus_di, kand.adx)],
        "bollinger": lambda: kand.bbands(close, 20, 2.0, 2.0),
    }


def pandas_calls(of: Market) -> dict[str, Call]:
    """The formulas as pandas users write them."""
    close, high, low = of.frame.close, of.frame.high, of.frame.low

    def smoothed(values: pd.Series) -> pd.Series:
        return values.ewm(alpha=1.0 / 14, adjust=False).mean()

    def span(values: pd.Series, period: int) -> pd.Series:
        return values.ewm(span=period, adjust=False).mean()

    def ranges() -> pd.Series:
        before = close.shift(1)
        return pd.concat([high - low, (high - before).abs(), (low - before).abs()], axis=1).max(axis=1)

    def rsi() -> pd.Series:
        change = close.diff()
        gain, loss = smoothed(change.clip(lower=0.0)), smoothed((-change).clip(lower=0.0))
        return 100.0 - 100.0 / (1.0 + gain / loss)

    def macd() -> list[pd.Series]:
        line = span(close, 12) - span(close, 26)
        return [line, span(line, 9), line - span(line, 9)]

    def dmi() -> list[pd.Series]:
        up, down, width = high.diff(), -low.diff(), smoothed(ranges())
        plus = 100.0 * smoothed(up.where((up > down) & (up > 0.0), 0.0)) / width
        minus = 100.0 * smoothed(down.where((down > up) & (down > 0.0), 0.0)) / width
        return [plus, minus, smoothed(100.0 * (plus - minus).abs() / (plus + minus))]

    def bollinger() -> list[pd.Series]:
        mid, band = close.rolling(20).mean(), 2.0 * close.rolling(20).std()
        return [mid + band, mid, mid - band]

    def zscore() -> pd.Series:
        distance = close - close.rolling(100).mean()
        return distance / distance.rolling(100).std()

    def choppiness() -> pd.Series:
        width = high.rolling(14).max() - low.rolling(14).min()
        return 100.0 * np.log10(ranges().rolling(14).sum() / width) / math.log10(14.0)

    return {
        "sma": lambda: close.rolling(20).mean().to_numpy(),
        "ema": lambda: span(close, 30).to_numpy(),
        "rsi": rsi,
        "macd": macd,
        "roc": lambda: 100.0 * close.pct_change(14),
        "true_range": ranges,
        "atr": lambda: smoothed(ranges()),
        "dmi": dmi,
        "bollinger": bollinger,
        "zscore": zscore,
        "choppiness": choppiness,
    }


def recurrences() -> dict[tuple[str, int], float]:
    """Milliseconds of each bare recurrence; needs cargo."""
    command = [
        "cargo",
        "run",
        "--quiet",
        "--release",
        "--locked",
        "--package",
        "omega-core",
        "--example",
        "recurrences",
    ]
    finished = subprocess.run(command, cwd=BENCHMARKS.parent, stdout=subprocess.PIPE, check=True, text=True)
    rows = [json.loads(line) for line in finished.stdout.splitlines()]
    return {(row["benchmark"], row["size"]): row["least_ms"] for row in rows}


def measured(rows: int) -> dict[str, Times]:
    """Let the libraries take turns over every indicator."""
    market = Market.of(rows)
    makers = {"TA-Lib": talib_calls, "polars-talib": polars_calls, "kand": kand_calls, "pandas": pandas_calls}
    theirs = {library: make(market) for library, make in makers.items()}
    found: dict[str, Times] = {}
    for name, given in REQUESTS.items():

        def ours(side: str, name: str = name, given: Mapping[str, Any] = given) -> object:
            return omega.indicator(name, market.bars, backend=side, **given)

        calls: dict[str, Call] = {"Rust": lambda: ours("rust")}
        calls |= {library: of[name] for library, of in theirs.items() if name in of}
        spent = turns(calls, ROUNDS[rows])
        if rows <= REFERENCE_AT:
            spent |= turns({"reference": lambda: ours("python")}, REFERENCE_ROUNDS)
        spent |= turns({ALONE: calls["Rust"]}, ROUNDS[rows])
        found[name] = spent
    return found


def turns(calls: Mapping[str, Call], rounds: int) -> dict[str, float]:
    """Return the least of each in milliseconds; before each call that counts is one of its own that does not."""
    spent: dict[str, list[int]] = {library: [] for library in calls}
    for _ in range(rounds):
        for library, call in calls.items():
            call()
            begin = time.process_time_ns()
            call()
            spent[library].append(time.process_time_ns() - begin)
    return {library: min(times) / 1e6 for library, times in spent.items()}


def mean_of(ratios: Sequence[float]) -> float:
    """Geometric mean."""
    return math.exp(statistics.fmean(map(math.log, ratios)))


def against(times: Mapping[str, Times], library: str) -> float:
    """Rust ÷ library, over what both have and what is not judged by its own recurrence."""
    judged = [spent for name, spent in times.items() if library in spent and name not in WITHIN_ITS_RECURRENCE]
    return mean_of([spent["Rust"] / spent[library] for spent in judged])


def table(rows: int, times: Mapping[str, Times], bare: Mapping[tuple[str, int], float]) -> list[str]:
    """One line per indicator."""
    has_reference = rows <= REFERENCE_AT
    heads = [
        *(["reference"] if has_reference else []),
        "Rust",
        *LIBRARIES,
        "Rust ÷ TA-Lib",
        "recurrence",
        ALONE,
        "alone ÷ it",
    ]
    lines = [f"## {rows:,} rows, milliseconds", ""]
    lines += ["| " + " | ".join(["indicator", *heads]) + " |", "|---|" + "---|" * len(heads)]
    for name, spent in times.items():
        own = bare.get((name, rows))
        cells = {library: f"{value:.3f}" for library, value in spent.items() if library != ALONE}
        if "TA-Lib" in spent:
            cells["Rust ÷ TA-Lib"] = f"{spent['Rust'] / spent['TA-Lib']:.2f}"
        if own is not None:
            cells |= {
                "recurrence": f"{own:.3f}",
                ALONE: f"{spent[ALONE]:.3f}",
                "alone ÷ it": f"{spent[ALONE] / own:.2f}",
            }
        given = ", ".join(map(str, REQUESTS[name].values()))
        lines.append("| " + " | ".join([f"{name}({given})", *(cells.get(head, "") for head in heads)]) + " |")
    means = ", ".join(f"{against(times, library):.2f} of {library}" for library in LIBRARIES)
    return [*lines, "", f"Rust takes, in the geometric mean without {', '.join(WITHIN_ITS_RECURRENCE)}: {means}.", ""]


def plan_table(times: Mapping[str, Times]) -> list[str]:
    """The table of the migration plan beside ours."""
    lines = [
        *("## Beside the migration plan", ""),
        "The plan of the original counts speed-ups over its Python; ours are over the reference, and over pandas.",
        "",
        "| indicator | plan | reference ÷ Rust | pandas ÷ Rust |",
        "|---|---|---|---|",
    ]
    for name, factor in PLANNED.items():
        spent = times[name]
        ours = [f"{spent[side] / spent['Rust']:,.0f}x" for side in ("reference", "pandas")]
        lines.append(f"| {name} | {factor:,}x | {ours[0]} | {ours[1]} |")
    total = {side: math.fsum(times[name][side] for name in PLANNED) for side in ("reference", "pandas", "Rust")}
    ours = [f"{total[side] / total['Rust']:,.0f}x" for side in ("reference", "pandas")]
    return [*lines, f"| all together | {PLANNED_TOTAL:,}x | {ours[0]} | {ours[1]} |", ""]


def fixed_costs() -> list[str]:
    """What a call costs beside the computing: over 30 bars, and of a series that is kept."""
    bars = omega.sample_bars(30, seed=7)
    kept = bars.indicators(backend="rust")
    kept("sma", period=5)

    def many(call: Call, times: int = 5_000) -> float:
        begin = time.process_time_ns()
        for _ in range(times):
            call()
        return (time.process_time_ns() - begin) / times / 1e3

    calls: list[Call] = [
        lambda: omega.indicator("sma", bars, period=5),
        lambda: plan_run(("indicator_cache",)),
        lambda: kept("sma", period=5),
        lambda: _nothing("sma", period=5),
    ]
    # In turns: whoever uses the machine meanwhile disturbs them alike.
    rounds = [[many(call) for call in calls] for _ in range(15)]
    whole, flags, again, empty = map(min, zip(*rounds, strict=True))
    return [
        f"A call of `omega.indicator` over 30 bars takes {whole:.1f} µs, {flags:.1f} of them to read the flags; one of",
        f"`bars.indicators()`, whose plan is made, {again:.2f} µs for a series that is kept, which is handed out as it "
        f"is;",
        f"one of a function that does nothing {empty:.2f} µs.",
        "",
    ]


def _nothing(name: str, **params: object) -> None:
    """Take what an indicator takes."""


def page() -> tuple[str, str]:
    """Measure everything; return the page and the plot."""
    bare = recurrences()
    np.zeros(31 * 2**20 // 8).fill(0.0)  # comes and goes: malloc keeps pages from here on
    times = {rows: measured(rows) for rows in ROUNDS}
    packages = ("TA-Lib", "polars-talib", "kand", "pandas", "numpy")
    command = ["git", "rev-parse", "--short=12", "HEAD"]
    commit = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    about = " ".join((__doc__ or "").split("\n\n")[1].split())
    of = ", ".join(f"{package} {version(package)}" for package in packages)
    head = [
        *("# Indicators beside other libraries", "", about, ""),
        f"Written by `make peers` at commit {commit.stdout.strip()}; {platform.machine()},",
        f"Python {platform.python_version()}, {of}.",
        *("", "![Rust and others beside TA-Lib](peers.svg)", ""),
    ]
    tables = [line for rows, spent in times.items() for line in table(rows, spent, bare)]
    text = "\n".join([*head, *tables, *plan_table(times[REFERENCE_AT]), *fixed_costs()])
    return text, plot(times, ("Rust", *LIBRARIES), base="TA-Lib")


@trial()  # of builds without a GO record too (F-8)
def main() -> None:
    """Write page and plot, and print the page."""
    text, drawn = page()
    write_file(RESULTS / "peers.md", text)
    write_file(RESULTS / "peers.svg", drawn)
    print(text, end="")


if __name__ == "__main__":
    main()

"""One fuzzing process: ``python tests/fuzz/fuzz.py CALLS FIRST_SEED FOLDER``; it ends with a line of JSON.

A call is one input given to the public API, on both sides where both take it. The process dies of a crash, a hang of
over five seconds or an exception without a code; the seed of the call then stands in ``FOLDER/seed``.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any, Final

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent))
import weird  # type: ignore[import-not-found, unused-ignore]

import omega
from omega.contract.errors import OmegaError
from omega.contract.indicators import Parameter
from omega.serve import native

SECONDS: Final = 5
MEGABYTES: Final = 1_000

BARS: Final = omega.sample_bars(40, backend="python")
HONEST: Final = BARS.table.append_column("symbol", pa.array(["EURUSD"] * 40))
MODULE: Final = native.load()
SIDES: Final = ("python", "rust") if MODULE is not None else ("python",)
INDICATORS: Final = omega.indicators()
KNOWN: Final = sorted({parameter.name for one in INDICATORS for parameter in one.parameters})
TIMES: Final = [int(time) for time in BARS.times]
CONFIG: Final[dict[str, object]] = {"symbol": "EURUSD", "timeframe": "M5"}
KEYS: Final = (  # noqa: SIM905
    "variant symbol timeframe start end warmup_bars account_currency initial_balance risk_per_trade risk_fraction seed "
    "max_positions_per_symbol pip_buffer_factor close_at_end sizing costs instruments strategy data feature_flags self "
    "keys rates rates_max_age margin on_ruin intrabar market_fill signal_time unknown"
).split()
FIELDS: Final = (  # noqa: SIM905 (as a list it takes thirty lines)
    "timestamp symbol signal_type direction order_type price size stop_loss take_profit magic_number expires_at "
    "trailing_distance trailing_step break_even_at_r break_even_offset max_holding scenario reason tags metadata junk"
).split()
DOCUMENTS: Final = {
    ".yaml": b"symbol: EURUSD\ntimeframe: M5\ncosts: &a {slippage: {fixed_pips: 0.1}, fee: {per_million: 30}}\n"
    b"strategy: {name: mean_reversion_z_score, parameters: {window_length: 50}}\n",
    ".json": b'{"symbol": "EURUSD", "timeframe": "M5", "sizing": {"mode": "risk"}, "start": "2020-01-06T00:00:00Z"}',
    ".toml": b'symbol = "EURUSD"\ntimeframe = "M5"\n[costs.slippage]\nfixed_pips = 0.1\n',
}


def outcome(work: Callable[[], object]) -> object:
    """What a call says: its error's parts, or that there was none; any other exception goes through."""
    try:
        work()
    except OmegaError as error:
        value = error.value
        if not (value is None or isinstance(value, bool | int | float | str)):
            raise AssertionError(f"an error carries {type(value).__name__}") from error
        str(error)
        return int(error.code), error.column, error.row, repr(value)
    return "fine"


def both(work: Callable[[str], object]) -> object:
    """Call both sides; they must say the same."""
    found = [outcome(lambda side=side: work(side)) for side in SIDES]  # type: ignore[misc]
    if any(one != found[0] for one in found):
        raise AssertionError(f"the sides differ: {found}")
    return found[0]


def arrow(rng: Random, _: Path) -> object:
    """Objects of four libraries as bars."""
    if rng.random() < 0.05:
        return both(lambda side: omega.read_bars(weird.scalar(Random(1)), backend=side))
    seed = rng.random()
    return both(lambda side: omega.read_bars(weird.table(Random(seed), HONEST), backend=side))


def capsules(rng: Random, _: Path) -> object:
    """Streams of producers that lie: through the API, and at the binding."""
    seed = rng.random()
    found = outcome(lambda: omega.read_bars(weird.Stream(weird.lying_capsule(Random(seed), HONEST)), backend="python"))
    if MODULE is not None:
        outcome(lambda: MODULE.check_bars(weird.lying_capsule(Random(seed), HONEST), BARS.timeframe))
    return found


def files(rng: Random, folder: Path) -> object:
    """Damaged tables."""
    suffix = rng.choice(tuple(CONTENTS))
    path = folder / f"bars{suffix}"
    path.write_bytes(weird.damaged(rng, CONTENTS[suffix]))
    return both(lambda side: omega.read_bars(path, backend=side))


def documents(rng: Random, folder: Path) -> object:
    """Damaged configurations."""
    suffix = rng.choice(tuple(DOCUMENTS))
    path = folder / f"config{suffix}"
    path.write_bytes(weird.damaged(rng, DOCUMENTS[suffix]))
    return outcome(lambda: omega.config.load_config(path))


def configurations(rng: Random, _: Path) -> object:
    """Keys with any value, to the run."""
    keys = {**CONFIG, **{rng.choice(KEYS): _value(rng) for _ in range(rng.choice((1, 1, 2)))}}
    if isinstance(keys.get("data"), str):
        del keys["data"]
    return both(lambda side: omega.run_signals(BARS, [], keys, backend=side))


def _value(rng: Random, depth: int = 0) -> object:
    if depth < 3 and rng.random() < 0.4:
        names = (
            "slippage",
            "fee",
            "mode",
            "below_min",
            "name",
            "parameters",
            "window_length",
            "sample",
            "n",
            "fixed_pips",
        )
        return {rng.choice(names): _value(rng, depth + 1) for _ in range(rng.choice((1, 2)))}
    return weird.scalar(rng)


def signals(rng: Random, __: Path) -> object:
    """Rows with any value, or tables, to the run."""
    if rng.random() < 0.3:
        seed = rng.random()
        table = pa.Table.from_pylist([_row(Random(1))], schema=omega.contract.schemas.SIGNALS)
        return both(lambda side: omega.run_signals(BARS, weird.table(Random(seed), table), CONFIG, backend=side))
    rows: Any = [_row(rng) for _ in range(rng.choice((0, 1, 2)))]
    for row in rows:
        for _ in range(rng.choice((0, 1, 2))):
            row[rng.choice(FIELDS)] = weird.scalar(rng)
    given = rng.choice((rows, rows, rows, tuple(rows), weird.scalar(rng)))
    given = None if isinstance(given, str) else given
    return both(lambda side: omega.run_signals(BARS, given, CONFIG | _STRATEGY, backend=side))


_STRATEGY: Final[dict[str, object]] = {"strategy": {"name": "mean_reversion_z_score"}}
"""What runs where the signals are None."""


def _row(rng: Random) -> dict[str, object]:
    row = {"timestamp": rng.choice(TIMES), "symbol": "EURUSD", "signal_type": "entry", "direction": "long"}
    return {**row, "order_type": "market", "stop_loss": 1.0}


def indicators(rng: Random, _: Path) -> object:
    """Names, sides and parameters: honest ones, and up to two of any kind instead or besides."""
    indicator = rng.choice(INDICATORS)
    form = rng.choice(("", "", "_local"))
    name: Any = rng.choice((*[indicator.name + form] * 9, weird.scalar(rng)))
    side: Any = rng.choice((*("bid", "ask") * 4, weird.scalar(rng)))
    parameters: Any = {} if form == "" else {"lookback": rng.randrange(1, 30)}
    for parameter in indicator.parameters:
        taken_with, value = parameter.only_with or ("", None)
        if parameters.get(taken_with) == value and not (parameter.is_optional and rng.random() < 0.5):
            parameters[parameter.name] = _honest(rng, parameter)
    for _fault in range(rng.choice((0, 0, 1, 2))):
        names = (*parameters, *KNOWN, "\ud800", "x", "né")
        parameters[rng.choice(names)] = weird.scalar(rng)
    return both(lambda backend: omega.indicator(name, BARS, side, backend=backend, **parameters))


def _honest(rng: Random, parameter: Parameter) -> object:
    if parameter.kind == "length":
        return rng.randrange(parameter.least, min(parameter.most, parameter.least + 50) + 1)
    if parameter.kind == "choice":
        return rng.choice(parameter.choices)
    return rng.random() < 0.5 if parameter.kind == "flag" else rng.random()


def _contents(folder: Path) -> dict[str, bytes]:
    pq.write_table(HONEST, folder / "a.parquet")
    pyarrow.feather.write_feather(HONEST, str(folder / "a.arrow"), compression="lz4")
    text = "timestamp," + ",".join(BARS.table.column_names[1:]) + "\n"
    for row in BARS.table.to_pylist():
        text += (
            ",".join([row["timestamp"].isoformat(), *(str(row[name]) for name in BARS.table.column_names[1:])]) + "\n"
        )
    return {
        ".parquet": (folder / "a.parquet").read_bytes(),
        ".arrow": (folder / "a.arrow").read_bytes(),
        ".csv": text.encode(),
    }


KINDS: Final = (arrow, capsules, files, documents, configurations, signals, indicators)
CONTENTS: dict[str, bytes] = {}


def _too_long(_: int, __: FrameType | None) -> None:
    raise AssertionError(f"a call took more than {SECONDS} s")


def main(calls: int, first_seed: int, folder: Path) -> None:
    """Fuzz, and print what came out."""
    faulthandler.enable()
    CONTENTS.update(_contents(folder))
    signal.signal(signal.SIGALRM, _too_long)
    found: Counter[str] = Counter()
    faults: list[str] = []
    slowest, most, before = 0.0, 0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed in range(first_seed, first_seed + calls):
        kind = KINDS[seed % len(KINDS)]
        (folder / "seed").write_text(f"{seed} {kind.__name__}\n")
        faulthandler.dump_traceback_later(2 * SECONDS, exit=True)
        signal.alarm(SECONDS)
        begun = time.perf_counter()
        try:
            found[kind.__name__ + (" fine" if kind(Random(seed), folder) == "fine" else " refused")] += 1
        except BaseException:
            faults.append(f"seed {seed}, {kind.__name__}\n{traceback.format_exc(limit=-6)}")
            (folder / "faults").write_text("\n".join(faults))  # a long run may be ended before it can tell
        signal.alarm(0)
        slowest = max(slowest, time.perf_counter() - begun)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        most, before = max(most, peak - before), peak
        if seed % 2_000 == 0:
            gc.collect()
        if len(faults) >= 10:
            break
    faulthandler.cancel_dump_traceback_later()
    outcomes = dict(sorted(found.items()))
    print(json.dumps({"outcomes": outcomes, "faults": faults, "slowest": slowest, "megabytes": most / 1024}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))

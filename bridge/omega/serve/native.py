"""The Rust implementation behind the Protocols of :mod:`omega.contract.protocols`, which document every class here.

``omega_rust`` speaks Arrow capsules; here they become pyarrow and back. Nothing is computed here, and nothing of
``omega_rust`` is imported before it is asked for, so that the pure-Python half works without it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import xxhash

from omega.contract import CHAIN_LAYOUT_VERSION, CONTRACT_VERSION, schemas
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.protocols import (
    BarFinding,
    DetailBars,
    IndicatorParameter,
    MultiSymbolSlice,
    OnProgress,
    OwnStrategy,
    QualityFindings,
    RunOutput,
    Series,
    Side,
)
from omega.contract.protocols import CheckedBars as CheckedBarsProtocol
from omega.contract.types import Bar, EngineConfig, Portfolio, Tick
from omega.custom import Custom, Prices
from omega.flags.plan import NativeStatus
from omega.serve.trial import MODULE, missing_bytes

if TYPE_CHECKING:
    from types import ModuleType

    import numpy.typing as npt
    import omega_rust
    from typing_extensions import CapsuleType

    ArrowPair = tuple[CapsuleType, CapsuleType]

_NO_EVENTS: Final = schemas.EVENTS.empty_table()

BUILD_COMMAND: Final = "maturin develop --release -m rust_impl/python/Cargo.toml"
"""What builds the module in a checkout; ``make build`` runs it."""


_LEFT_OUT: Final = {"target", "tests", "examples", "benches"}
"""Folders of what is not built into the module."""


def source_digest(root: Path) -> str:
    """Return the digest of the Rust sources of a checkout, as ``build.rs`` computes it (F-6).

    Parameters
    ----------
    root : Path
        Folder of the workspace's ``Cargo.toml``.

    Returns
    -------
    str
        xxh3_128 in hex over ``rust_impl/**/*.rs``, ``rust_impl/**/Cargo.toml``, ``Cargo.toml`` and ``Cargo.lock`` in
        the order of their posix paths: path, one NUL byte, length as u64 little-endian, content with LF line ends, of
        Rust without the lines that are comments. Tests, examples and build output do not count.
    """
    rust = root / "rust_impl"
    found = [root / "Cargo.toml", root / "Cargo.lock", *rust.rglob("*.rs"), *rust.rglob("Cargo.toml")]
    named = {path.relative_to(root).as_posix(): path for path in found}
    digest = xxhash.xxh3_128()
    for name in sorted(named, key=str.encode):
        if _LEFT_OUT.intersection(name.split("/")[:-1]):
            continue
        content = named[name].read_bytes().replace(b"\r\n", b"\n")
        if name.endswith(".rs"):
            content = b"".join(line for line in BytesIO(content) if not line.lstrip().startswith(b"//"))
        digest.update(name.encode() + b"\0" + len(content).to_bytes(8, "little"))
        digest.update(content)
    return digest.hexdigest()


def checkout_root() -> Path | None:
    """Return the checkout this package runs from, or None for an installed copy without the Rust sources."""
    root = Path(__file__).resolve().parents[3]
    return root if (root / "rust_impl" / "core" / "Cargo.toml").is_file() else None


_PROMISED: Final = ("SOURCE_DIGEST", "BUILD_PROFILE", "__version__", "crossings", "run", "Bars", "ExecutionSimulator")
"""What a module of this contract has; one that lacks any of it is another one of the same name."""


@cache
def _inspect() -> tuple[ModuleType | None, NativeStatus]:
    short = missing_bytes()
    if short is not None:
        return None, _broken(short)
    try:
        module = importlib.import_module(MODULE)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # an init may raise anything: a panic of PyO3 and SystemExit are no Exception
        if isinstance(error, ModuleNotFoundError) and error.name in (None, MODULE):
            return None, NativeStatus(is_usable=False, why=f"omega_rust is not installed ({error})", fix=BUILD_COMMAND)
        return None, _broken(f"importing it raises {type(error).__name__}: {error}")
    return module, _judge(module, checkout_root())


def _broken(why: str) -> NativeStatus:
    return NativeStatus(is_usable=False, why=f"omega_rust is broken: {why}", fix=BUILD_COMMAND, is_alarming=True)


def _judge(module: ModuleType, root: Path | None) -> NativeStatus:
    built = (getattr(module, "CONTRACT_VERSION", None), getattr(module, "CHAIN_LAYOUT_VERSION", None))
    if built == (None, None):
        place = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ["an unknown place"])))
        return _broken(f"what stands at {place} is another module of that name")
    if built != (CONTRACT_VERSION, CHAIN_LAYOUT_VERSION):
        why = (
            f"omega_rust speaks contract {built[0]} and chain layout {built[1]}, this package contract "
            f"{CONTRACT_VERSION} and layout {CHAIN_LAYOUT_VERSION}"
        )
        return NativeStatus(is_usable=False, why=why, fix=BUILD_COMMAND, is_alarming=True)
    lacking = [name for name in _PROMISED if not hasattr(module, name)]
    if lacking:
        return _broken(f"it lacks {', '.join(lacking)}")
    if root is not None and source_digest(root) != module.SOURCE_DIGEST:
        why = "omega_rust was built from other sources than those in this checkout"
        return NativeStatus(is_usable=False, why=why, fix=BUILD_COMMAND, is_alarming=True)
    if module.BUILD_PROFILE != "release":
        why = f"omega_rust {module.__version__} is a {module.BUILD_PROFILE} build: right, but slow"
        return NativeStatus(is_usable=True, why=why, fix=BUILD_COMMAND)
    return NativeStatus(is_usable=True, why=f"omega_rust {module.__version__} is built from these sources")


def status() -> NativeStatus:
    """Return whether ``omega_rust`` can serve and why: versions of contract and chain, sources, build profile (F-6).

    The module is imported and judged once per process.
    """
    return _inspect()[1]


def load() -> ModuleType | None:
    """Return ``omega_rust`` if it is usable, else None; :func:`status` says why."""
    module, found = _inspect()
    return module if found.is_usable else None


def _native() -> Any:  # the stub describes it, but type checking must not need the compiled module
    module = load()
    if module is None:
        found = status()
        message = f"{found.why}; build it with `{found.fix}`"
        code = ErrorCode.INVALID_STATE if found.is_alarming else ErrorCode.NOT_FOUND
        raise omega_error(code, message, rule="F-6", recoverable=False)
    return module


def _stream(table: object, names: Sequence[str]) -> CapsuleType:
    """Return the stream capsule of the columns the contract knows; nothing else crosses."""
    if not isinstance(table, pa.Table):
        message = f"expected a pyarrow.Table, found {type(table).__name__}"
        raise omega_error(ErrorCode.TYPE_MISMATCH, message, rule="T-8a", value=type(table).__name__)
    found = table.column_names
    if found != names:
        table = table.select([index for index, name in enumerate(found) if name in names])
    stream: CapsuleType = table.__arrow_c_stream__()  # type: ignore[no-untyped-call]
    return stream


def _bar_stream(bars: object) -> CapsuleType:
    return _stream(bars, schemas.BARS_WITH_SYMBOL.names)


def _tick_stream(ticks: object) -> CapsuleType:
    return _stream(ticks, schemas.TICKS_WITH_SYMBOL.names)


def _signals(table: pa.Table) -> CapsuleType:
    return _stream(table, schemas.SIGNALS.names)


def _values(series: Sequence[float]) -> CapsuleType:
    array: Any = pa.chunked_array([pa.array(series, pa.float64())])
    stream: CapsuleType = array.__arrow_c_stream__()
    return stream


def _table(pair: ArrowPair) -> pa.Table:
    return pa.Table.from_batches([pa.RecordBatch._import_from_c_capsule(*pair)])


def _array(pair: ArrowPair) -> Any:  # of the type that the schema capsule says
    return pa.Array._import_from_c_capsule(*pair)


class CheckedBars:
    """Bars that Rust checked and keeps."""

    def __init__(self, inner: omega_rust.Bars) -> None:
        self.inner = inner

    def __len__(self) -> int:
        return len(self.inner)

    def quality(self) -> QualityFindings:
        return QualityFindings(*self.inner.quality())

    def off_grid(self, digits: int) -> int:
        return self.inner.off_grid(digits)

    def window(self, first: int, rows: int) -> CheckedBars:
        return CheckedBars(self.inner.window(first, rows))


def _bars(bars: pa.Table | CheckedBarsProtocol) -> CapsuleType | omega_rust.Bars:
    return bars.inner if isinstance(bars, CheckedBars) else _bar_stream(bars)


def _output(
    trades: ArrowPair,
    events: ArrowPair,
    equity: ArrowPair,
    positions: ArrowPair,
    chain: ArrowPair,
    metrics: dict[str, int | float | None],
    decisions: ArrowPair,
) -> RunOutput:
    return RunOutput(
        trades=_table(trades),
        events=_table(events),
        equity=_table(equity),
        positions=_table(positions),
        chain=_array(chain),
        metrics=metrics,
        decisions=_table(decisions),
    )


class Engine:
    """Waves 2–4: a whole run in one call and two crossings (L-2)."""

    def run(
        self,
        bars: pa.Table | CheckedBarsProtocol,
        signals: pa.Table | None,
        config: EngineConfig,
        on_progress: OnProgress | None = None,
        detail: DetailBars | None = None,
        own: OwnStrategy | None = None,
    ) -> RunOutput:
        native = _native()
        signal_stream = None if signals is None else _signals(signals)
        inside = None if detail is None else (_bars(detail.bars), detail.timeframe)
        asked = None if own is None else (own.ask, own.rows)
        return _output(*native.run(_bars(bars), signal_stream, config, on_progress, inside, asked))

    def run_many(
        self,
        bars: Sequence[pa.Table | CheckedBarsProtocol],
        signals: pa.Table | None,
        configs: Sequence[EngineConfig],
        on_progress: OnProgress | None = None,
        own: OwnStrategy | None = None,
    ) -> RunOutput:
        native = _native()
        signal_stream = None if signals is None else _signals(signals)
        asked = None if own is None else (own.ask, own.rows)
        return _output(*native.run_many([_bars(one) for one in bars], signal_stream, configs, on_progress, asked))

    def run_ticks(
        self, ticks: pa.Table, signals: pa.Table, config: EngineConfig, on_progress: OnProgress | None = None
    ) -> RunOutput:
        return _output(*_native().run_ticks(_tick_stream(ticks), _signals(signals), config, on_progress))


class ExecutionSimulator:
    """Wave 4, step by step (E-19)."""

    def __init__(self, config: EngineConfig) -> None:
        self._inner: omega_rust.ExecutionSimulator = _native().ExecutionSimulator(config)

    @property
    def cash(self) -> float:
        return self._inner.cash

    @property
    def equity(self) -> float:
        return self._inner.equity

    @property
    def state_hash(self) -> bytes:
        return self._inner.state_hash

    def process_signals(self, bar: pa.Table, signals: pa.Table) -> pa.Table:
        return _table(self._inner.process_signals(_bar_stream(bar), _signals(signals)))

    def evaluate_exits(self, bars: pa.Table) -> pa.Table:
        return _table(self._inner.evaluate_exits(_bar_stream(bars)))

    def evaluate_bar(self, bar: Bar) -> pa.Table:
        events = self._inner.evaluate_bar(bar)
        return _NO_EVENTS if events is None else _table(events)

    def process_tick_signals(self, tick: pa.Table, signals: pa.Table) -> pa.Table:
        return _table(self._inner.process_tick_signals(_tick_stream(tick), _signals(signals)))

    def evaluate_ticks(self, ticks: pa.Table) -> pa.Table:
        return _table(self._inner.evaluate_ticks(_tick_stream(ticks)))

    def evaluate_tick(self, tick: Tick) -> pa.Table:
        events = self._inner.evaluate_tick(tick)
        return _NO_EVENTS if events is None else _table(events)

    def close_all(self) -> pa.Table:
        return _table(self._inner.close_all())

    def apply_updates(
        self,
        order_ids: Sequence[int],
        stop_losses: Sequence[float | None],
        take_profits: Sequence[float | None],
        close_fractions: Sequence[float | None],
    ) -> pa.Table:
        return _table(self._inner.apply_updates(order_ids, stop_losses, take_profits, close_fractions))

    def check_batch(self, signals: pa.Table) -> None:
        self._inner.check_batch(_signals(signals))

    def lot_sizes(
        self,
        prices: Sequence[float],
        stop_losses: Sequence[float],
        sizes: Sequence[float | None],
        times: Sequence[int],
    ) -> list[float | None]:
        return self._inner.lot_sizes(prices, stop_losses, sizes, times)

    def fees(
        self, lots: Sequence[float], prices: Sequence[float], times: Sequence[int], legs: Sequence[int]
    ) -> list[float]:
        return self._inner.fees(lots, prices, times, legs)

    def trades(self) -> pa.Table:
        return _table(self._inner.trades())

    def metrics(self) -> dict[str, int | float | None]:
        return self._inner.metrics()

    def positions(self) -> pa.Table:
        return _table(self._inner.positions())

    def snapshot(self) -> dict[str, pa.Table]:
        return {name: _table(pair) for name, pair in self._inner.snapshot().items()}

    def restore(self, parts: Mapping[str, pa.Table]) -> None:
        self._inner.restore({name: _stream(part, part.column_names) for name, part in parts.items()})


class IndicatorCache:
    """Wave 1; the bars are shared, not copied, if they are in one chunk."""

    def __init__(self, bars: pa.Table | CheckedBarsProtocol) -> None:
        self._inner: omega_rust.IndicatorCache = _native().IndicatorCache(_bars(bars))
        self._served: dict[int, npt.NDArray[np.float64]] = {}

    def get(self, name: str, side: Side, **parameters: IndicatorParameter) -> tuple[npt.NDArray[np.float64], ...]:
        return tuple([self._serve(series) for series in self._inner.get(name, side, parameters)])

    def stream(self, name: str, **parameters: IndicatorParameter) -> IndicatorStream:
        return IndicatorStream(name, parameters)

    def _serve(self, series: omega_rust.Series) -> npt.NDArray[np.float64]:
        # Rust keeps every series and hands out the same memory for equal requests: the address says which it is.
        address = series.address
        served = self._served.get(address)
        if served is None:
            served = self._served[address] = np.frombuffer(series, np.float64)  # type: ignore[call-overload]  # PEP 688
        return served


def custom_series(
    custom: Custom, prices: Prices, given: Mapping[str, IndicatorParameter]
) -> tuple[npt.NDArray[np.float64], ...]:
    """Let the twin of an indicator of one's own compute: a panic of it is a failure of Rust's (F-5, Q-I18b)."""
    assert custom.rust is not None, "asked for where there is a twin"
    return custom.compute(custom.rust, prices, given)


class IndicatorStream:
    """Wave 1, bar by bar (Q-I18)."""

    def __init__(self, name: str, parameters: Mapping[str, IndicatorParameter]) -> None:
        self._inner: omega_rust.IndicatorStream = _native().IndicatorStream(name, parameters)

    def push(self, high: float, low: float, close: float) -> tuple[float, ...]:
        return self._inner.push(high, low, close)


class PortfolioModel:
    """Wave 2, for a loop in Python: the portfolio is Python's, what changes it is Rust."""

    def book_entry(self, portfolio: Portfolio, fee: float) -> None:
        portfolio.cash, portfolio.fees = _native().book_entry(portfolio.cash, portfolio.fees, fee)

    def book_swap(self, portfolio: Portfolio, amount: float) -> None:
        booked = _native().book_swap(portfolio.cash, portfolio.cash_before, portfolio.swap, amount)
        portfolio.cash, portfolio.cash_before, portfolio.swap = booked

    def book_exit(self, portfolio: Portfolio, fee: float, result: float) -> None:
        portfolio.cash, portfolio.fees = _native().book_exit(portfolio.cash, portfolio.fees, fee, result)

    def note_corner(self, portfolio: Portfolio, equity: float) -> None:
        noted = _native().note_corner(portfolio.peak, portfolio.max_drawdown_intrabar, equity)
        portfolio.max_drawdown_intrabar = noted

    def mark(self, portfolio: Portfolio, equity: float) -> None:
        drawdowns = (
            portfolio.drawdown_bars,
            portfolio.max_drawdown_bars,
            portfolio.max_drawdown_abs,
            portfolio.max_drawdown_ratio,
            portfolio.max_drawdown_initial,
        )
        marked = _native().mark(portfolio.initial_balance, portfolio.cash, portfolio.peak, drawdowns, equity)
        portfolio.cash_before, portfolio.equity, portfolio.peak, drawdowns = marked
        (
            portfolio.drawdown_bars,
            portfolio.max_drawdown_bars,
            portfolio.max_drawdown_abs,
            portfolio.max_drawdown_ratio,
            portfolio.max_drawdown_initial,
        ) = drawdowns


class CostModel:
    """Wave 0."""

    def __init__(self, config: EngineConfig) -> None:
        self._inner: omega_rust.CostModel = _native().CostModel(config)

    def slippage(
        self, timestamp: int, magic_number: int, ordinal: int, leg: int, direction: int, order_type: int
    ) -> float:
        return self._inner.slippage(timestamp, magic_number, ordinal, leg, direction, order_type)

    def fee(self, lots: float, price: float, value: float, time: int, leg: int) -> float:
        return self._inner.fee(lots, price, value, time, leg)

    def slippage_batch(
        self,
        timestamps: Sequence[int],
        magic_numbers: Sequence[int],
        ordinals: Sequence[int],
        legs: Sequence[int],
        directions: Sequence[int],
        order_types: Sequence[int],
    ) -> list[float]:
        return self._inner.slippage_batch(timestamps, magic_numbers, ordinals, legs, directions, order_types)

    def fee_batch(
        self,
        lots: Sequence[float],
        prices: Sequence[float],
        values: Sequence[float],
        times: Sequence[int],
        legs: Sequence[int],
    ) -> list[float]:
        return self._inner.fee_batch(lots, prices, values, times, legs)


class MultiSymbol:
    """Wave 6; its slices are the module's own."""

    def __init__(
        self,
        symbols: Sequence[str],
        bars: Sequence[pa.Table | CheckedBarsProtocol],
        timeframes: Sequence[int],
        mode: str,
        series: Sequence[Series],
    ) -> None:
        streams = [{label: list(map(_values, outputs)) for label, outputs in one.items()} for one in series]
        given = list(map(_bars, bars))
        self._inner: omega_rust.MultiSymbol = _native().MultiSymbol(symbols, given, timeframes, mode, streams)

    def __len__(self) -> int:
        return len(self._inner)

    def __iter__(self) -> Iterator[MultiSymbolSlice]:
        return iter(self._inner)

    def part(self, first: int, stop: int) -> MultiSymbol:
        part = object.__new__(MultiSymbol)
        part._inner = self._inner.part(first, stop)
        return part

    def block(self, first: int, stop: int) -> pa.Table:
        return _table(self._inner.block(first, stop))


class DataHandler:
    """Wave 5."""

    def check_bars(self, table: pa.Table, timeframe: int) -> QualityFindings:
        return QualityFindings(*_native().check_bars(_bar_stream(table), timeframe))

    def check_ticks(self, table: pa.Table) -> int:
        return int(_native().check_ticks(_tick_stream(table)))

    def keep_bars(self, table: pa.Table, timeframe: int) -> CheckedBars:
        return CheckedBars(_native().Bars(_bar_stream(table), timeframe))

    def find_timeframe(self, table: pa.Table) -> int:
        return int(_native().find_timeframe(_bar_stream(table)))

    def examine(self, table: pa.Table, timeframe: int | None, digits: int | None = None) -> tuple[BarFinding, ...]:
        found = _native().examine(_bar_stream(table), timeframe, digits)
        return tuple(
            BarFinding(rule, code, column, message, count, tuple(rows))
            for rule, code, column, message, count, rows in found
        )

    def join_sides(self, bid: pa.Table, ask: pa.Table, max_missing_ratio: float) -> pa.Table:
        sides = (_stream(side, schemas.SIDE_BARS.names) for side in (bid, ask))
        return _table(_native().join_sides(*sides, max_missing_ratio))

    def sample_bars(self, n: int, seed: int) -> pa.Table:
        return _table(_native().sample_bars(n, seed))

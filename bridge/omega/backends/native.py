"""The Rust implementation behind the Protocols of :mod:`omega.contract.protocols`.

``omega_rust`` speaks Arrow capsules; here they become pyarrow and back. Nothing is computed here, and nothing of
``omega_rust`` is imported before it is asked for, so that the pure-Python half works without it.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import xxhash

from omega.backends.choice import NativeStatus
from omega.contract import CHAIN_LAYOUT_VERSION, CONTRACT_VERSION, schemas
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.protocols import CheckedBars as CheckedBarsProtocol
from omega.contract.protocols import IndicatorParameter, OnProgress, QualityFindings, RunOutput, Side
from omega.contract.types import EngineConfig

if TYPE_CHECKING:
    from types import ModuleType

    import numpy as np
    import numpy.typing as npt
    import omega_rust
    from typing_extensions import CapsuleType

    ArrowPair = tuple[CapsuleType, CapsuleType]

BUILD_COMMAND: Final = "maturin develop --release -m rust_impl/python/Cargo.toml"
"""What builds the module in a checkout; ``make build`` runs it."""

BAR_COLUMNS: Final = (*schemas.BARS.names, "symbol")
SIDE_COLUMNS: Final = ("timestamp", "open", "high", "low", "close", "volume")


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
        the order of their posix paths: path, one NUL byte, length as u64 little-endian, content with LF line ends.
    """
    rust = root / "rust_impl"
    found = [root / "Cargo.toml", root / "Cargo.lock", *rust.rglob("*.rs"), *rust.rglob("Cargo.toml")]
    named = {path.relative_to(root).as_posix(): path for path in found}
    digest = xxhash.xxh3_128()
    for name in sorted(named, key=str.encode):
        if "target" in name.split("/")[:-1]:
            continue
        content = named[name].read_bytes().replace(b"\r\n", b"\n")
        digest.update(name.encode() + b"\0" + len(content).to_bytes(8, "little"))
        digest.update(content)
    return digest.hexdigest()


def checkout_root() -> Path | None:
    """Return the checkout this package runs from, or None for an installed copy without the Rust sources."""
    root = Path(__file__).resolve().parents[3]
    return root if (root / "rust_impl" / "core" / "Cargo.toml").is_file() else None


@cache
def _inspect() -> tuple[ModuleType | None, NativeStatus]:
    try:
        module = importlib.import_module("omega_rust")
    except ImportError as error:
        return None, NativeStatus(is_usable=False, why=f"omega_rust is not installed ({error})", fix=BUILD_COMMAND)
    return module, _judge(module, checkout_root())


def _judge(module: ModuleType, root: Path | None) -> NativeStatus:
    built = (getattr(module, "CONTRACT_VERSION", None), getattr(module, "CHAIN_LAYOUT_VERSION", None))
    if built != (CONTRACT_VERSION, CHAIN_LAYOUT_VERSION):
        why = (
            f"omega_rust speaks contract {built[0]} and chain layout {built[1]}, this package contract "
            f"{CONTRACT_VERSION} and layout {CHAIN_LAYOUT_VERSION}"
        )
        return NativeStatus(is_usable=False, why=why, fix=BUILD_COMMAND, is_alarming=True)
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
    known = [index for index, name in enumerate(table.column_names) if name in names]
    stream: CapsuleType = table.select(known).__arrow_c_stream__()  # type: ignore[no-untyped-call]
    return stream


def _table(pair: ArrowPair) -> pa.Table:
    return pa.Table.from_batches([pa.RecordBatch._import_from_c_capsule(*pair)])


def _array(pair: ArrowPair) -> Any:  # of the type that the schema capsule says
    return pa.Array._import_from_c_capsule(*pair)


class CheckedBars:
    """Bars that Rust checked and keeps; see :class:`omega.contract.protocols.CheckedBars`.

    Parameters
    ----------
    inner : omega_rust.Bars
    """

    def __init__(self, inner: omega_rust.Bars) -> None:
        self.inner = inner

    def __len__(self) -> int:
        return len(self.inner)

    def quality(self) -> QualityFindings:
        """Count quality findings (Q-T2b)."""
        return _findings(self.inner.quality())

    def window(self, first: int, rows: int) -> CheckedBars:
        """Return ``rows`` bars from ``first`` on, without copying."""
        return CheckedBars(self.inner.window(first, rows))


def _findings(counts: tuple[int, int, int, int, int]) -> QualityFindings:
    names = ("crossed_quotes", "zero_spread", "gaps", "spikes", "weekend_bars")
    findings: Mapping[str, int] = dict(zip(names, counts, strict=True))
    return QualityFindings(**findings)


def _bars(bars: pa.Table | CheckedBarsProtocol) -> CapsuleType | omega_rust.Bars:
    return bars.inner if isinstance(bars, CheckedBars) else _stream(bars, BAR_COLUMNS)


class Engine:
    """Waves 2–4 in Rust: a whole run in one call and two crossings (L-2)."""

    def run(
        self,
        bars: pa.Table | CheckedBarsProtocol,
        signals: pa.Table | None,
        config: EngineConfig,
        on_progress: OnProgress | None = None,
    ) -> RunOutput:
        """Run ``signals`` over ``bars``, or ``config.strategy`` when ``signals`` is None.

        Parameters
        ----------
        bars : pyarrow.Table or CheckedBars
            T-2; extra columns are ignored. What :meth:`DataHandler.keep_bars` made is not checked again.
        signals : pyarrow.Table or None
            T-6.
        config : EngineConfig
        on_progress : callable, optional
            Called with (bars done, bars in total), at most 20 times a second; an exception stops the run and surfaces.

        Returns
        -------
        RunOutput

        Raises
        ------
        OmegaError
            What breaks T-2 or T-6, with rule, column, row and value.
        KeyboardInterrupt
            Within 50 ms of Ctrl-C and the end of the current block of bars.
        """
        native = _native()
        run_bars = _bars(bars)
        signal_stream = None if signals is None else _stream(signals, schemas.SIGNALS.names)
        tables = native.run(run_bars, signal_stream, config, on_progress)
        trades, events, equity, positions, chain, metrics = tables
        return RunOutput(
            trades=_table(trades),
            events=_table(events),
            equity=_table(equity),
            positions=_table(positions),
            chain=_array(chain),
            metrics=metrics,
        )


class ExecutionSimulator:
    """Wave 4 in Rust, step by step (E-19): signals of a bar first, then its exits.

    Parameters
    ----------
    config : EngineConfig
        ``config.strategy`` is not asked here.
    """

    def __init__(self, config: EngineConfig) -> None:
        self._inner: omega_rust.ExecutionSimulator = _native().ExecutionSimulator(config)

    @property
    def cash(self) -> float:
        """Cash in the account currency (P-2)."""
        return self._inner.cash

    @property
    def equity(self) -> float:
        """Equity in the account currency after the last bar (P-3)."""
        return self._inner.equity

    @property
    def state_hash(self) -> bytes:
        """Last digest of the state chain; 16 zero bytes before the first bar (H-1)."""
        return self._inner.state_hash

    def process_signals(self, bar: pa.Table, signals: pa.Table) -> pa.Table:
        """Process ``signals`` in the one-row table ``bar`` and return the new event rows."""
        return _table(self._inner.process_signals(_stream(bar, BAR_COLUMNS), _stream(signals, schemas.SIGNALS.names)))

    def evaluate_exits(self, bars: pa.Table) -> pa.Table:
        """Pass, management, equity and state chain for each row of ``bars``; return the new event rows."""
        return _table(self._inner.evaluate_exits(_stream(bars, BAR_COLUMNS)))

    def positions(self) -> pa.Table:
        """Return pending and open positions in order_id order."""
        return _table(self._inner.positions())


class IndicatorCache:
    """Wave 1 in Rust: indicator series over one set of bars, each computed once (I-17).

    Parameters
    ----------
    bars : pyarrow.Table or CheckedBars
        T-2; shared, not copied, if it is in one chunk.
    """

    def __init__(self, bars: pa.Table | CheckedBarsProtocol) -> None:
        self._inner: omega_rust.IndicatorCache = _native().IndicatorCache(_bars(bars))
        self._served: dict[int, npt.NDArray[np.float64]] = {}

    def get(self, name: str, side: Side, **parameters: IndicatorParameter) -> tuple[npt.NDArray[np.float64], ...]:
        """Return the read-only series of an indicator, one array per output; equal requests, identical objects.

        Parameters
        ----------
        name : {"sma", "ema", "true_range", "atr", "bollinger", "zscore"}
        side : {"bid", "ask"}
        **parameters
            As in :class:`omega.contract.protocols.IndicatorCache`.
        """
        return tuple(self._serve(_array(pair)) for pair in self._inner.get(name, side, parameters))

    def _serve(self, series: Any) -> npt.NDArray[np.float64]:
        # Rust keeps every series and hands out the same memory for equal requests: the address says which it is.
        address = series.buffers()[1].address
        if address not in self._served:
            self._served[address] = series.to_numpy(zero_copy_only=True)
        return self._served[address]


class CostModel:
    """Wave 0 in Rust: slippage and fees of one run's configuration (C-1, C-2, C-5).

    Parameters
    ----------
    config : EngineConfig
    """

    def __init__(self, config: EngineConfig) -> None:
        self._inner: omega_rust.CostModel = _native().CostModel(config)

    def slippage(self, timestamp: int, magic_number: int, ordinal: int, leg: int) -> float:
        """Return the unsigned slippage offset of one fill, in price (Q-C1, N-6)."""
        return self._inner.slippage(timestamp, magic_number, ordinal, leg)

    def fee(self, lots: float, price: float) -> float:
        """Return the fee of one fill in the account currency (Q-C2)."""
        return self._inner.fee(lots, price)

    def slippage_batch(
        self,
        timestamps: Sequence[int],
        magic_numbers: Sequence[int],
        ordinals: Sequence[int],
        legs: Sequence[int],
    ) -> list[float]:
        """Return :meth:`slippage` of each row; unequal lengths are SIZE_MISMATCH (C-5)."""
        return self._inner.slippage_batch(timestamps, magic_numbers, ordinals, legs)

    def fee_batch(self, lots: Sequence[float], prices: Sequence[float]) -> list[float]:
        """Return :meth:`fee` of each row; unequal lengths are SIZE_MISMATCH, NaN and infinity refused (Q-C5)."""
        return self._inner.fee_batch(lots, prices)


class DataHandler:
    """Wave 5 in Rust: validation, joining and the built-in sample."""

    def check_bars(self, table: pa.Table, timeframe: int) -> QualityFindings:
        """Refuse what breaks T-2 (order of checks: Q-T2); count quality findings. ``timeframe`` is in µs."""
        return _findings(_native().check_bars(_stream(table, BAR_COLUMNS), timeframe))

    def keep_bars(self, table: pa.Table, timeframe: int) -> CheckedBars:
        """Check as :meth:`check_bars`, and keep the bars, sharing their memory if they are in one chunk."""
        return CheckedBars(_native().Bars(_stream(table, BAR_COLUMNS), timeframe))

    def join_sides(self, bid: pa.Table, ask: pa.Table, max_missing_ratio: float) -> pa.Table:
        """Join two tables of timestamp, open, high, low, close, volume on equal timestamps (G-1)."""
        sides = (_stream(side, SIDE_COLUMNS) for side in (bid, ask))
        return _table(_native().join_sides(*sides, max_missing_ratio))

    def sample_bars(self, n: int, seed: int) -> pa.Table:
        """Return ``n`` bars of the built-in five-minute EURUSD (Q-D1)."""
        return _table(_native().sample_bars(n, seed))

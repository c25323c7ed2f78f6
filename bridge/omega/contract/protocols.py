"""What either implementation offers to the bridge: one Protocol per component (DESIGN, waves).

Everything that crosses is Arrow in the schemas of :mod:`omega.contract.schemas` or a frozen record of
:mod:`omega.contract.types`. Every method may raise :class:`omega.contract.errors.OmegaError`, with the same
code, rule, column, row and value on both sides; a failed call leaves state as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import pyarrow as pa

from omega.contract.multi_symbol import Candle as Candle
from omega.contract.multi_symbol import MultiSymbol as MultiSymbol
from omega.contract.multi_symbol import MultiSymbolSlice as MultiSymbolSlice
from omega.contract.multi_symbol import Series as Series
from omega.contract.multi_symbol import SymbolSnapshot as SymbolSnapshot
from omega.contract.own import OwnStrategy as OwnStrategy
from omega.contract.types import Bar, EngineConfig, Portfolio, Tick

Side = Literal["bid", "ask"]
IndicatorParameter = int | float | str
OnProgress = Callable[[int, int], None]
"""Called with (bars done, bars in total), at most 20 times a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOutput:
    """Everything a run yields, in the schemas of the contract.

    ``chain`` is a ``pa.binary(16)`` array with one digest per bar ≥ start; ``metrics`` are those of P-5;
    ``decisions`` has no row unless a strategy of both sides ran (Q-A10b), ``orders`` (T-6) are those of one of the
    user's own, which whoever runs it adds (Q-L3).
    """

    trades: pa.Table
    events: pa.Table
    equity: pa.Table
    positions: pa.Table
    chain: pa.FixedSizeBinaryArray
    metrics: dict[str, int | float | None]
    decisions: pa.Table
    orders: pa.Table | None = None


class CostModel(Protocol):
    """Wave 0: slippage, fees and commission (C-1, C-2, C-3, C-5) of one run's configuration.

    ``ordinal`` is k of N-6, ``leg`` 0 for entry and 1 for exit, ``direction`` and ``order_type`` the numbers of T-6.
    """

    def slippage(
        self, timestamp: int, magic_number: int, ordinal: int, leg: int, direction: int, order_type: int
    ) -> float:
        """Return the unsigned slippage offset of one fill, in price (Q-C1, N-6)."""
        ...

    def fee(self, lots: float, price: float, value: float, time: int, leg: int) -> float:
        """Return the fee or commission of one fill in the account currency (Q-C2, Q-C3).

        ``value`` is what its price is worth (Q-S1), ``time`` its bar's in µs; every leg but 0 is an exit.
        """
        ...

    def slippage_batch(
        self,
        timestamps: Sequence[int],
        magic_numbers: Sequence[int],
        ordinals: Sequence[int],
        legs: Sequence[int],
        directions: Sequence[int],
        order_types: Sequence[int],
    ) -> Sequence[float]:
        """Return :meth:`slippage` of each row; unequal lengths are SIZE_MISMATCH (C-5)."""
        ...

    def fee_batch(
        self,
        lots: Sequence[float],
        prices: Sequence[float],
        values: Sequence[float],
        times: Sequence[int],
        legs: Sequence[int],
    ) -> Sequence[float]:
        """Return :meth:`fee` of each row; unequal lengths are SIZE_MISMATCH, NaN and infinity refused (Q-C5)."""
        ...


class PortfolioModel(Protocol):
    """Wave 2: what fees, nights, exits and the ends of bars do to the money of a run (P-2, P-4, P-5, Q-C4b).

    Amounts are in the account currency.
    """

    def book_entry(self, portfolio: Portfolio, fee: float) -> None:
        """Book the fee of an entry (P-2)."""
        ...

    def book_swap(self, portfolio: Portfolio, amount: float) -> None:
        """Book what nights bring, negative where they cost (Q-C4b)."""
        ...

    def book_exit(self, portfolio: Portfolio, fee: float, result: float) -> None:
        """Book fee and result of an exit, the fee first (Q-P2)."""
        ...

    def note_corner(self, portfolio: Portfolio, equity: float) -> None:
        """Keep the largest way from the peak down to a corner of a bar (P-5)."""
        ...

    def mark(self, portfolio: Portfolio, equity: float) -> None:
        """Take over a bar's cash and equity, and update peak and drawdowns (Q-P4)."""
        ...


@dataclass(frozen=True, slots=True)
class QualityFindings:
    """Counts of Q-T2b; findings are reported, never repaired."""

    crossed_quotes: int
    zero_spread: int
    gaps: int
    spikes: int
    weekend_bars: int
    uneven_steps: int
    off_grid: int | None = None
    """Bars with a price of more digits than their instrument has; None where those are not known: it is unchecked."""
    no_volume: int = 0
    """1 where the bars came without a volume, which is then 0 in every row (Q-T2f)."""


@dataclass(frozen=True, slots=True)
class BarFinding:
    """A breach or a finding of a whole table of bars, counted (Q-T2e).

    Attributes
    ----------
    rule, column, message : str
        As an error has them; of a finding the column and the message are its name.
    code : int
        Code of X-1; 0 for a finding.
    count : int
        How often it was found.
    rows : tuple of int
        The first rows, at most five; none where a whole column or table is at fault.
    """

    rule: str
    code: int
    column: str
    message: str
    count: int
    rows: tuple[int, ...]


class CheckedBars(Protocol):
    """Bars of one symbol that passed T-2 for one timeframe, in the form in which one side keeps them.

    Runs and indicator caches of the same side take them instead of a table and do not check them again. They never
    change, so threads share them; the memory they were made of must not be written any more. A part of checked bars is
    checked. A run of another timeframe or symbol than they were
    checked for is refused as a table would be, at the same place (Q-L1c).
    """

    def __len__(self) -> int: ...

    def quality(self) -> QualityFindings:
        """Count quality findings (Q-T2b), those of :meth:`off_grid` and ``no_volume`` left out."""
        ...

    def off_grid(self, digits: int) -> int:
        """Count bars with a price of more than ``digits`` decimals, 0 … 15 (Q-T2b)."""
        ...

    def window(self, first: int, rows: int) -> CheckedBars:
        """Return ``rows`` bars from ``first`` on, without copying."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailBars:
    """Bars of a finer timeframe under those of a run (E-22).

    Attributes
    ----------
    bars : pyarrow.Table or CheckedBars
        Columns of T-2.
    timeframe : int
        Length of one of them, µs.
    """

    bars: pa.Table | CheckedBars
    timeframe: int


class IndicatorStream(Protocol):
    """Wave 1: an indicator bar by bar, the bits of its series (Q-I18)."""

    def push(self, high: float, low: float, close: float) -> tuple[float, ...]:
        """Return the outputs after a bar; a NaN acts as a missing row."""
        ...


class IndicatorCache(Protocol):
    """Wave 1: indicator series over one set of bars (a table or bars its side keeps), each computed once (I-17)."""

    def get(self, name: str, side: Side, **parameters: IndicatorParameter) -> tuple[Sequence[float], ...]:
        """Return the read-only series of an indicator, one per output; equal requests return the identical objects.

        ``get("sma"|"ema"|"atr", side, period=…)``, ``get("true_range", side)``,
        ``get("bollinger", side, period=…, std_factor=…)`` → upper, mid, lower,
        ``get("zscore", side, window=…, mean="rolling")`` or ``mean="ema", ema_period=…``.
        Each series has the bars' length. All names and parameters: :mod:`omega.contract.indicators`.
        """
        ...


class StreamingCache(IndicatorCache, Protocol):
    """What the caches of both sides are: they know the form bar by bar too."""

    def stream(self, name: str, **parameters: IndicatorParameter) -> IndicatorStream:
        """Return the same indicator bar by bar (Q-I18), from before its first bar; the cache's bars play no part."""
        ...


class Engine(Protocol):
    """Waves 2–4: portfolio, event engine, execution simulator and strategy, as one run."""

    def run(
        self,
        bars: pa.Table | CheckedBars,
        signals: pa.Table | None,
        config: EngineConfig,
        on_progress: OnProgress | None = None,
        detail: DetailBars | None = None,
        own: OwnStrategy | None = None,
    ) -> RunOutput:
        """Run ``signals`` (T-6) over ``bars`` (T-2), or ``own`` or ``config.strategy`` when ``signals`` is None.

        A table is checked; ``CheckedBars`` are those that this side's ``DataHandler.keep_bars`` made. What happens
        inside of bars is looked for in ``detail``, where there is any (E-22).

        Raises
        ------
        OmegaError
            What breaks T-2 or T-6, with rule, column, row and value.
        Exception
            What ``on_progress`` raises stops the run and surfaces; in Rust Ctrl-C does within 50 ms and the end of the
            current block of bars.
        """
        ...

    def run_many(
        self,
        bars: Sequence[pa.Table | CheckedBars],
        signals: pa.Table | None,
        configs: Sequence[EngineConfig],
        on_progress: OnProgress | None = None,
        own: OwnStrategy | None = None,
    ) -> RunOutput:
        """Run ``signals``, or ``own`` when they are None, over the bars of several symbols, one config each (M-4).

        Raises what :meth:`run` does, in the order of Q-M4d.
        """
        ...

    def run_ticks(
        self, ticks: pa.Table, signals: pa.Table, config: EngineConfig, on_progress: OnProgress | None = None
    ) -> RunOutput:
        """Run ``signals`` (T-6) over ``ticks`` (T-3); ``config.strategy`` is not asked (Q-E17c).

        Raises what :meth:`run` does, of T-3 in place of T-2.
        """
        ...


class ExecutionSimulator(Protocol):
    """Wave 4, step by step (E-19): signals of a bar first, then its exits; both return the new event rows.

    ``config.strategy`` is not asked.
    """

    @property
    def cash(self) -> float:
        """Cash in the account currency (P-2)."""
        ...

    @property
    def equity(self) -> float:
        """Equity in the account currency after the last bar (P-3)."""
        ...

    @property
    def state_hash(self) -> bytes:
        """Last digest of the state chain; 16 zero bytes before the first bar (H-1)."""
        ...

    def process_signals(self, bar: pa.Table, signals: pa.Table) -> pa.Table:
        """Process ``signals`` in the one-row table ``bar``; times must be ≤ the bar's and sorted over all calls."""
        ...

    def evaluate_exits(self, bars: pa.Table) -> pa.Table:
        """Pass, management, equity and state chain for each row of ``bars``."""
        ...

    def evaluate_bar(self, bar: Bar) -> pa.Table:
        """Do what ``evaluate_exits`` does with a table of this one row, and refuse what it refuses."""
        ...

    def process_tick_signals(self, tick: pa.Table, signals: pa.Table) -> pa.Table:
        """Process ``signals`` at the one-row table ``tick`` (T-3), as in a bar (Q-E17d)."""
        ...

    def evaluate_ticks(self, ticks: pa.Table) -> pa.Table:
        """Pass, management, equity and state chain for each row of ``ticks`` (E-17)."""
        ...

    def evaluate_tick(self, tick: Tick) -> pa.Table:
        """Do what ``evaluate_ticks`` does with a table of this one row, and refuse what it refuses."""
        ...

    def close_all(self) -> pa.Table:
        """Let E-18 act in the last evaluated bar and return the new event rows (Q-E18b)."""
        ...

    def apply_updates(
        self,
        order_ids: Sequence[int],
        stop_losses: Sequence[float | None],
        take_profits: Sequence[float | None],
        close_fractions: Sequence[float | None],
    ) -> pa.Table:
        """Change and close by id in the last evaluated bar and return the new event rows (B-4)."""
        ...

    def check_batch(self, signals: pa.Table) -> None:
        """Refuse what ``process_signals`` would refuse of ``signals`` whatever their bar (B-2)."""
        ...

    def lot_sizes(
        self,
        prices: Sequence[float],
        stop_losses: Sequence[float],
        sizes: Sequence[float | None],
        times: Sequence[int],
    ) -> Sequence[float | None]:
        """Return the lots that orders would get now, None where one is too small (B-5)."""
        ...

    def fees(
        self, lots: Sequence[float], prices: Sequence[float], times: Sequence[int], legs: Sequence[int]
    ) -> Sequence[float]:
        """Return what fills would be charged in the account currency; every leg but 0 is an exit (B-5)."""
        ...

    def trades(self) -> pa.Table:
        """Return the positions closed so far in the order of closing (T-7)."""
        ...

    def metrics(self) -> dict[str, int | float | None]:
        """Return the metrics of a run over the bars evaluated so far (P-5)."""
        ...

    def positions(self) -> pa.Table:
        """Return pending and open positions in order_id order."""
        ...

    def snapshot(self) -> dict[str, pa.Table]:
        """Return the whole state as tables of ``omega.contract.schemas.STATE_PARTS`` (Q-R1)."""
        ...

    def restore(self, parts: Mapping[str, pa.Table]) -> None:
        """Take the state of a simulator of this configuration; every part is there and has its schema."""
        ...


class DataHandler(Protocol):
    """Wave 5: validation, joining and the built-in sample."""

    def check_bars(self, table: pa.Table, timeframe: int) -> QualityFindings:
        """Refuse what breaks T-2 (order of checks: Q-T2); count quality findings. ``timeframe`` is in µs."""
        ...

    def check_ticks(self, table: pa.Table) -> int:
        """Refuse what breaks T-3 (order of checks: Q-T3); count crossed ticks."""
        ...

    def keep_bars(self, table: pa.Table, timeframe: int) -> CheckedBars:
        """Check as ``check_bars``, and keep the bars for every run and cache of this side."""
        ...

    def find_timeframe(self, table: pa.Table) -> int:
        """Return the timeframe that the bars have, µs; refuse what has none (Q-T4)."""
        ...

    def examine(self, table: pa.Table, timeframe: int | None, digits: int | None = None) -> tuple[BarFinding, ...]:
        """Return every breach of T-2 and T-4, or the findings of a table that has none (Q-T2e).

        ``digits`` are the decimals of the prices (0 … 15); without them no ``off_grid`` is listed.
        """
        ...

    def join_sides(self, bid: pa.Table, ask: pa.Table, max_missing_ratio: float) -> pa.Table:
        """Join two tables in the schema ``SIDE_BARS`` on equal timestamps (G-1)."""
        ...

    def sample_bars(self, n: int, seed: int) -> pa.Table:
        """Return ``n`` bars of the built-in five-minute EURUSD (Q-D1)."""
        ...

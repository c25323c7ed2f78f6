"""Records and closed sets of the contract (T-1 … T-9).

Times are int microseconds since the epoch, UTC. Prices are in quote currency, sizes in lots, money in
the account currency. ``None`` means "not set" (T-9).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from omega.contract.metrics import Metrics as Metrics
from omega.contract.portfolio import Portfolio as Portfolio
from omega.contract.strategies import DecisionPoint as DecisionPoint
from omega.contract.strategies import DirectionFilter as DirectionFilter
from omega.contract.strategies import HigherBars as HigherBars
from omega.contract.strategies import MeanReversionParameters as MeanReversionParameters
from omega.contract.strategies import Overlay as Overlay
from omega.contract.strategies import OverlayMode as OverlayMode
from omega.contract.strategies import StrategyConfig as StrategyConfig
from omega.contract.strategies import Trend as Trend
from omega.contract.strategies import VolatilityFeature as VolatilityFeature
from omega.contract.terms import BelowMin as BelowMin
from omega.contract.terms import ChargedSides as ChargedSides
from omega.contract.terms import Closed as Closed
from omega.contract.terms import Commission as Commission
from omega.contract.terms import CommissionBasis as CommissionBasis
from omega.contract.terms import Instrument as Instrument
from omega.contract.terms import Rate as Rate
from omega.contract.terms import SizingMode as SizingMode
from omega.contract.terms import Swap as Swap


class Variant(Closed):
    CANONICAL = 0
    V1 = 1


class SignalType(Closed):
    ENTRY = 0
    EXIT = 1
    MODIFY = 2


class Direction(Closed):
    LONG = 0
    SHORT = 1


class OrderType(Closed):
    MARKET = 0
    LIMIT = 1
    STOP = 2


class Status(Closed):
    PENDING = 0
    OPEN = 1
    CLOSED = 2


class StopKind(Closed):
    INITIAL = 0
    BREAK_EVEN = 1
    TRAILING = 2
    MODIFIED = 3


class EventKind(Closed):
    ACCEPTED = 0
    REJECTED = 1
    OPENED = 2
    MODIFIED = 3
    PARTIALLY_CLOSED = 4
    CLOSED = 5
    EXPIRED = 6
    CANCELLED = 7
    SWAP = 8


class MarketFill(Closed):
    """Where a market order fills (E-1)."""

    CLOSE = 0
    NEXT_OPEN = 1


class SignalTime(Closed):
    """What the time of a signal is compared with: a bar's, or its end (L-1a)."""

    BAR = 0
    DECISION = 1


class Intrabar(Closed):
    """Which extreme of a bar came first: the nearer one, or the one worse for the position (E-7)."""

    PATH = 0
    ADVERSE = 1


class SliceMode(Closed):
    """Which times of several symbols are steps: those of any, or those that all have (M-1)."""

    UNION = 0
    INTERSECTION = 1


class OnRuin(Closed):
    """What happens once an account has nothing left (E-21)."""

    STOP = 0
    CONTINUE = 1


class Reason(Closed):
    """Why a row of the event log is there; the table of reasons in the contract."""

    BEFORE_START = 0
    AFTER_END = 1
    UNKNOWN_SYMBOL = 2
    CHANGE_MISSING = 3
    DIRECTION_MISSING = 4
    ORDER_TYPE_MISSING = 5
    STOP_LOSS_MISSING = 6
    PRICE_MISSING = 7
    NOT_POSITIVE = 8
    MAX_POSITIONS = 9
    ALREADY_EXPIRED = 10
    STOP_DISTANCE = 11
    STOP_SIDE = 12
    TARGET_SIDE = 13
    BELOW_MIN = 14
    FREE_MARGIN = 15
    STOPPED_OUT = 16
    SIZE_ADJUSTED = 17
    LIMIT_EXPIRED = 18
    EXPIRED = 19
    STOP_OUT = 20
    END_OF_DATA = 21
    TAKE_PROFIT = 22
    STOP_LOSS = 23
    TIMEOUT = 24
    BREAK_EVEN_STOP_LOSS = 25
    TRAILING_STOP = 26
    MODIFIED_STOP_LOSS = 27
    SIGNAL_EXIT = 28
    STRATEGY_EXIT = 29
    BREAK_EVEN = 30
    TRAILING = 31
    MODIFY_SIGNAL = 32
    STRATEGY_MODIFY = 33
    NO_MATCH = 34
    PART_BELOW_MIN = 35


class Timeframe(IntEnum):
    """Length of a bar in µs (T-4)."""

    M1 = 60_000_000
    M5 = 5 * M1
    M15 = 15 * M1
    M30 = 30 * M1
    H1 = 60 * M1
    H4 = 4 * H1
    D1 = 24 * H1


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of one symbol (T-2), stamped by its open time."""

    timestamp: int
    bid_open: float
    bid_high: float
    bid_low: float
    bid_close: float
    ask_open: float
    ask_high: float
    ask_low: float
    ask_close: float
    volume: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One quote (T-3), a bar of no length to the rules of execution (E-17)."""

    timestamp: int
    bid: float
    ask: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One instruction to the execution simulator (T-6). Distances are in price, ``max_holding`` in µs."""

    timestamp: int
    symbol: str
    signal_type: SignalType
    direction: Direction | None
    order_type: OrderType | None
    price: float | None = None
    size: float | None = None
    stop_loss: float | None = None
    take_profit: float | None = None
    magic_number: int = 0
    expires_at: int | None = None
    trailing_distance: float | None = None
    trailing_step: float | None = None
    break_even_at_r: float | None = None
    break_even_offset: float | None = None
    max_holding: int | None = None
    fraction: float | None = None
    """Of an exit signal: which part of each position it closes (E-16); None for all of it."""
    row: int | None = None
    """Row in the caller's signal table, by which text fields are found again; from a strategy in ``decisions``."""
    scenario: str | None = None
    """Set by a strategy; for a signal table the text stays in the table."""


@dataclass(slots=True, kw_only=True)
class Position:
    """An accepted order and what became of it (T-7)."""

    order_id: int
    symbol: str
    magic_number: int
    direction: Direction
    order_type: OrderType
    status: Status
    entry_time: int
    trigger_time: int | None
    entry_price: float
    """``order_price`` until the order opens, then its fill."""
    order_price: float
    """By what the order is sized and judged (T-7)."""
    signal_price: float | None
    """As the signal has it."""
    initial_stop_loss: float
    initial_take_profit: float | None
    stop_loss: float
    stop_reach: float
    """From where on the stop counts as reached, by the buffer that it has of its own (E-6)."""
    take_profit: float | None
    size: float
    risk_per_trade: float | None
    expires_at: int | None
    max_holding: int | None
    trailing_distance: float | None
    trailing_step: float | None
    break_even_at_r: float | None
    break_even_offset: float | None
    requested_size: float | None
    """Explicit size of the signal in lots, the raw of S-4."""
    lots: float
    """What ``size`` becomes when the order opens; 0.0 before it is sized (S-2)."""
    signal_timestamp: int
    ordinal: int
    """k of N-6: with ``signal_timestamp`` and ``magic_number`` the key of this order's draws."""
    signal_row: int | None
    scenario: str | None
    value_at_entry: float
    """What a price was worth when the order was accepted (Q-S1), by which its risk is measured."""
    margin: float = 0.0
    parts: int = 0
    """Partial closes so far, by which their draws differ (N-6)."""
    is_break_even_done: bool = False
    """Whether the one chance of E-13 is used up."""
    is_opened_at_open: bool = False
    """Whether its fill came at the open of its bar, so that all of the bar came after it (E-21)."""
    stop_kind: StopKind = StopKind.INITIAL
    exit_time: int | None = None
    known_at: int | None = None
    exit_price: float | None = None
    result: float | None = None
    net_result: float | None = None
    r_multiple: float | None = None
    reason: Reason | None = None
    entry_fee: float | None = None
    exit_fee: float | None = None
    swap: float = 0.0
    """The sum of its swaps so far as money (C-4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One row of the ordered log (T-8); which fields are set per kind is Q-T8."""

    seq: int
    timestamp: int
    known_at: int
    kind: EventKind
    order_id: int | None = None
    symbol: str
    direction: Direction | None
    order_type: OrderType | None
    price: float | None = None
    size: float | None = None
    stop_loss: float | None = None
    take_profit: float | None = None
    result: float | None = None
    fee: float | None = None
    reason: Reason | None = None
    error_code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Why a strategy gave a signal: one row of ``decisions`` (Q-A10b). Prices, but ``z`` and the numbers."""

    timestamp: int
    scenario: int
    direction: Direction
    z: float
    atr: float
    spread: float
    upper: float | None = None
    mid: float | None = None
    lower: float | None = None
    ema: float | None = None
    htf_bias: float | None = None
    extra_htf_bias: float | None = None
    cluster: int | None = None
    overlays: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConfig:
    """One run, resolved: what the bridge hands to either implementation.

    ``instrument`` is None only in a v1 run of an unknown symbol (S-5). ``start`` is µs or None. Without
    ``commission`` the fee is charged (C-2), without ``swap`` nights are free (C-4), without ``margin_leverage`` there
    is no margin (E-21). ``rates_max_age`` is in µs (Q-C6).
    """

    variant: Variant
    symbol: str
    timeframe: int
    """Length of a bar, µs."""
    start: int | None
    account_currency: str
    initial_balance: float
    risk_per_trade: float
    risk_fraction: float | None
    max_positions: int | None
    seed: int
    pip_buffer_factor: float
    close_at_end: bool
    on_ruin: OnRuin
    margin_leverage: float | None
    margin_stop_out: float
    market_fill: MarketFill
    signal_time: SignalTime
    intrabar_stop_entry: Intrabar
    intrabar_limit_entry: Intrabar
    intrabar_open_position: Intrabar
    below_min: BelowMin
    sizing_mode: SizingMode
    sizing_lots: float | None
    """Of fixed sizes; None in the other modes (S-3)."""
    slippage_fixed_pips: float
    slippage_random_pips: float
    fee_per_million: float
    fee_min: float
    commission: Commission | None
    swap: Swap | None
    rates: tuple[Rate, ...]
    rates_max_age: int
    instrument: Instrument | None
    strategy: StrategyConfig | None
    decision_point: DecisionPoint = DecisionPoint.CLOSE
    stale_limit: int | None = None
    """Primary bars that a higher timeframe's bar is carried forward (G-3); None: twice what fits into it."""
    higher_bars: tuple[HigherBars, ...] = ()
    """The timeframes that are given; any other is resampled (G-2)."""

"""What there is while a run runs: orders and positions, money and counters, what is written down, and the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from omega.contract.protocols import CostModel
from omega.contract.protocols import PortfolioModel as PortfolioModelProtocol
from omega.contract.types import (
    BelowMin,
    Direction,
    EngineConfig,
    Event,
    Intrabar,
    MarketFill,
    OnRuin,
    OrderType,
    Portfolio,
    Position,
    Rate,
    Signal,
    SignalTime,
    SizingMode,
)
from omega_reference.costs.commission import commission_terms
from omega_reference.costs.slippage import slippage_offset
from omega_reference.costs.swap import SwapTerms, swap_terms
from omega_reference.grid import grid_distance
from omega_reference.portfolio.model import PortfolioModel
from omega_reference.portfolio.money import new_portfolio
from omega_reference.quotes import Quote
from omega_reference.terms import SymbolTerms, symbol_terms
from omega_reference.variants import VariantRules, variant_rules
from omega_reference.worth import series_of

OrdinalKey = tuple[str, int, Direction | None, OrderType | None]
"""What makes signals of one time equal (N-6): symbol, magic number, direction, order type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buffers:
    """How much nearer a level counts as reached in one bar, in price; 0 where each stop has its buffer (E-6)."""

    stop: float
    target: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What execution reads of the configuration, times in µs, money in the account currency."""

    symbol: str
    numbers: Mapping[str, int]
    """Of the run's symbols, in their order (M-2, Q-H1)."""
    start: int | None
    max_positions: int | None
    timeframe: int
    risk_per_trade: float
    risk_fraction: float | None
    close_at_end: bool
    fills_at_next_open: bool
    """Of market orders (E-1)."""
    takes_decisions: bool
    """Whether a signal's time is compared with the ends of bars (L-1a)."""
    intrabar_stop_entry: Intrabar
    intrabar_limit_entry: Intrabar
    intrabar_open_position: Intrabar
    refuses_below_min: bool
    sizing_mode: SizingMode
    sizing_lots: float | None
    """Of fixed sizes (S-3)."""
    stops_out: bool
    """Whether an account that has nothing left is stopped out (E-21)."""
    margin_leverage: float | None
    """None in a run without margin (E-21)."""
    margin_stop_out: float
    """Share of the margin in use at which an account is stopped out."""
    stop_buffer: float
    """How much nearer than its price each stop counts as reached, in price; 0 where the bar says so (E-6)."""
    buffers: Buffers
    idle_buffers: Buffers
    """In a bar whose pass starts without an open position (E-6)."""
    terms: SymbolTerms
    variant: VariantRules
    costs: CostModel
    books: PortfolioModelProtocol
    """Who books and marks the run's money."""
    swap: SwapTerms | None
    """None where nights are free (C-4)."""
    rate_series: tuple[Rate, ...]
    """The series of rates that a run looks at, in the order in which they are checked (Q-C6)."""
    rates_max_age: int
    """Of the row of a series at a bar, µs."""
    largest_slippage: float
    """More than any draw of slippage gives, in price (C-1); 0.0 where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """An exit or modify signal that waits for the end of the pass (E-15)."""

    signal: Signal
    """As it was given."""
    stop_loss: float | None
    take_profit: float | None
    """On the grid (N-8)."""
    before_order_id: int
    """It reaches what signals before it asked for: orders with a smaller id."""


@dataclass(slots=True)
class Book:
    """Orders and positions of one symbol."""

    positions: list[Position] = field(default_factory=list)
    """Pending and open, in order_id order."""
    waiting: list[Instruction] = field(default_factory=list)
    """What exit and modify signals ask for, in the order given; empty after the pass."""
    has_closed: bool = False
    """Whether ``positions`` holds closed ones that wait to be forgotten."""
    rollovers_passed: int = 0
    """Rollovers up to the last bar (C-4)."""
    records: bytes | None = b""
    """Bytes of ``positions`` in the state chain; None once one of them changed."""


@dataclass(slots=True)
class Ordinals:
    """Counts k of N-6. Signals come in order of time, so only those of one time have to be counted."""

    timestamp: int | None = None
    counts: dict[OrdinalKey, int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Account:
    """What a run has once: money, counters and the last digest."""

    portfolio: Portfolio
    next_order_id: int = 1
    next_seq: int = 0
    first_time: int | None = None
    """Of the run's first bar, µs (L-1a); None before it."""
    ordinals: Ordinals = field(default_factory=Ordinals)
    ambiguous_bars: int = 0
    """Count of Q-E7."""
    is_stopped_out: bool = False
    """Whether all that comes is rejected (E-21)."""
    stop_outs: int = 0
    """Positions that were closed by it."""
    margin_elsewhere: float = 0.0
    """What other symbols than that of an order take of the equity (Q-M4c)."""
    adjusted_sizes: int = 0
    """Explicit sizes that S-4 changed (P-5)."""
    digest: bytes = bytes(16)
    """Last of the state chain (H-1)."""


@dataclass(slots=True)
class Log:
    """What a run writes down; no rule reads it."""

    events: list[Event] = field(default_factory=list)
    bar_events: list[Event] = field(default_factory=list)
    """Events since the last digest, which the next one covers."""
    trades: list[Position] = field(default_factory=list)
    """Closed positions, in the order of closing."""
    timestamps: list[int] = field(default_factory=list)
    known_at: list[int] = field(default_factory=list)
    cash_curve: list[float] = field(default_factory=list)
    equity_curve: list[float] = field(default_factory=list)
    """One point per bar (P-4)."""
    chain: list[bytes] = field(default_factory=list)
    """One digest per bar (H-1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmarkedBar:
    """The last evaluated bar as it was before its end, which E-18 would precede (Q-E18b)."""

    quote: Quote
    portfolio: Portfolio
    digest: bytes
    """Of the bar before."""
    events: Sequence[Event]
    """That its digest covers."""


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far signals and bars have come, times in µs."""

    last_bar: UnmarkedBar | None = None
    last_signal_bar: int | None = None
    last_signal_time: int | None = None
    signals_taken: int = 0


def rules_of(config: EngineConfig, costs: CostModel) -> Rules:
    """Return the rules of a run.

    Raises
    ------
    OmegaError
        As :func:`omega_reference.terms.symbol_terms` and :func:`omega_reference.costs.commission.commission_terms`.
    """
    terms = symbol_terms(config)
    commission = commission_terms(config, terms)
    ways = () if commission is None else (*commission.from_quote, *commission.to_account)
    variant = variant_rules(config.variant)
    idle_pip_size = terms.pip_size if variant.idle_pip_size is None else variant.idle_pip_size
    return Rules(
        symbol=config.symbol,
        numbers={config.symbol: 0},
        start=config.start,
        max_positions=config.max_positions,
        timeframe=config.timeframe,
        risk_per_trade=config.risk_per_trade,
        risk_fraction=config.risk_fraction,
        close_at_end=config.close_at_end,
        fills_at_next_open=config.market_fill is MarketFill.NEXT_OPEN,
        takes_decisions=config.signal_time is SignalTime.DECISION,
        intrabar_stop_entry=config.intrabar_stop_entry,
        intrabar_limit_entry=config.intrabar_limit_entry,
        intrabar_open_position=config.intrabar_open_position,
        refuses_below_min=variant.refuses_below_min and config.below_min is BelowMin.REJECT,
        sizing_mode=config.sizing_mode,
        sizing_lots=config.sizing_lots,
        stops_out=variant.looks_inside_bars and config.on_ruin is OnRuin.STOP,
        margin_leverage=config.margin_leverage if variant.looks_inside_bars else None,
        margin_stop_out=config.margin_stop_out,
        stop_buffer=new_stop_buffer(config.pip_buffer_factor, terms, variant),
        buffers=new_buffers(config.pip_buffer_factor, terms.pip_size, variant),
        idle_buffers=new_buffers(config.pip_buffer_factor, idle_pip_size, variant),
        terms=terms,
        variant=variant,
        costs=costs,
        books=PortfolioModel(),
        swap=swap_terms(config, terms),
        rate_series=series_of((*terms.worth.steps, *ways)),
        rates_max_age=config.rates_max_age,
        largest_slippage=slippage_offset(
            config.slippage_fixed_pips, config.slippage_random_pips, 1.0, terms.pip_size, terms.grid
        ),
    )


def new_stop_buffer(pip_buffer_factor: float, terms: SymbolTerms, variant: VariantRules) -> float:
    """Return the buffer that each stop has of its own (E-6, Q-E6)."""
    return 0.0 if variant.buffers_by_bar else grid_distance(terms.grid, pip_buffer_factor * terms.pip_size)


def new_buffers(pip_buffer_factor: float, pip_size: float, variant: VariantRules) -> Buffers:
    """Return the buffers of a bar's pass (E-6, Q-E6)."""
    buffer = (pip_buffer_factor * pip_size) if variant.buffers_by_bar else 0.0
    return Buffers(stop=buffer, target=buffer)


def new_account(config: EngineConfig) -> Account:
    """Return the account of a run that has not started."""
    return Account(portfolio=new_portfolio(config.initial_balance))

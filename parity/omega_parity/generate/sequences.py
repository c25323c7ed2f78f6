"""Generated bars, signals and configurations, expanded from blocks of bytes (see :mod:`omega_parity.generate.blocks`).

Valid by construction, and aimed: prices stand on the symbol's grid, and stops, targets and order prices are often laid
on a level that a later bar has, to the last bit, one point or one ulp beside it, or a buffer away, because that is
where the two sides could part.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pyarrow as pa

from omega.contract.config import Timeframe
from omega.contract.schemas import BARS, PRICE_COLUMNS, SIGNALS
from omega.contract.types import (
    BelowMin,
    DirectionFilter,
    EngineConfig,
    Instrument,
    MeanReversionParameters,
    StrategyConfig,
    Variant,
)
from omega_parity.generate.blocks import Decisions, keyed_bytes
from omega_parity.generate.cases import STRATEGY, Case, Floors, Market

HEAD_BYTES: Final = 16
"""Block of what holds for all bars of a sequence: the regimes."""
BAR_BYTES: Final = 8
SIGNAL_BYTES: Final = 32
CONFIG_BYTES: Final = 40
_STRATEGY_FROM: Final = 24
"""Place in the block of a configuration from which the strategy's parameters are read."""
PLAN_BYTES: Final = 6
"""Block of a whole case: world, number of bars and signals, strategy or signals."""

BARS_MIN: Final = 12
BARS_MAX: Final = 230
SIGNALS_MAX: Final = 48
BARS_PER_REGIME: Final = 12

GENERATED: Final = "generated"
"""First part of the name of a generated case."""

_START_US: Final = 1_704_067_200_000_000
_BEFORE_1970_US: Final = -86_400_000_000 * 100
_FLOOR_PIPS: Final = 200
_Z_OF_SECOND: Final = math.sqrt(2.0)
"""Size of the z-score in row 1 over a window of two: row 0 is no distance from its own EMA. Every other time to the
last bit, else an ulp less."""
_LATER: Final = ("trailing_distance", "trailing_step", "break_even_at_r", "break_even_offset")
"""Fields of rules that are refused row by row until they are built (E-13, E-14)."""
_MAGIC_NUMBERS: Final = (0, 1, -1, 2**63 - 1, -(2**63))

_Row = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A symbol with its grid of prices, for sequences to happen in.

    Attributes
    ----------
    instrument : Instrument or None
        None runs ``v1`` only (S-5).
    digits : int
        Of the grid; a point is 10^−digits.
    pip_points : int
        Points per pip.
    price : int
        Bid before the first bar, points.
    timeframe : int
        Length of a bar, µs.
    start : int
        Time of the first bar, µs.
    """

    symbol: str
    instrument: Instrument | None
    digits: int
    pip_points: int
    price: int
    timeframe: int
    start: int = _START_US

    @property
    def scale(self) -> int:
        """Points per unit of price."""
        points: int = 10**self.digits
        return points

    @property
    def pip_size(self) -> float:
        """Price of a pip."""
        return 0.0001 if self.instrument is None else self.instrument.pip_size


def _instrument(symbol: str, quote: str, **fields: float | int | None) -> Instrument:
    base = symbol[:3]
    return Instrument(
        symbol=symbol,
        base_currency=base,
        quote_currency=quote,
        profit_currency=quote,
        **fields,  # type: ignore[arg-type]  # the numbers, by name
    )


WORLDS: Final = (
    World(
        symbol="EURUSD",
        digits=5,
        pip_points=10,
        price=110_000,
        timeframe=Timeframe.M5.value,
        instrument=_instrument(
            "EURUSD",
            "USD",
            pip_size=0.0001,
            tick_size=0.00001,
            tick_value=1.0,
            contract_size=100_000.0,
            volume_min=0.01,
            volume_step=0.01,
            volume_max=100.0,
            digits=5,
        ),
    ),
    World(
        symbol="USDJPY",
        digits=3,
        pip_points=10,
        price=91_250,
        timeframe=Timeframe.M1.value,
        instrument=_instrument(
            "USDJPY",
            "JPY",
            pip_size=0.01,
            tick_size=0.001,
            tick_value=1.0857,
            contract_size=100_000.0,
            volume_min=0.01,
            volume_step=0.01,
            volume_max=2.5,
            digits=3,
            min_stop_distance_pips=0.3,
        ),
    ),
    World(
        symbol="GER30",
        digits=1,
        pip_points=10,
        price=112_345,
        timeframe=Timeframe.H1.value,
        instrument=_instrument(
            "GER30",
            "EUR",
            pip_size=1.0,
            tick_size=0.5,
            tick_value=0.55,
            contract_size=1.0,
            volume_min=0.25,
            volume_step=0.15,
            volume_max=64.0,
            digits=1,
            min_stop_distance_pips=2.0,
        ),
    ),
    World(
        symbol="NZDUSD",
        digits=5,
        pip_points=10,
        price=72_000,
        timeframe=Timeframe.D1.value,
        start=_BEFORE_1970_US,
        instrument=_instrument(
            "NZDUSD",
            "USD",
            pip_size=0.0001,
            tick_size=0.00001,
            tick_value=None,
            contract_size=10_000.0,
            volume_min=0.1,
            volume_step=0.03,
            volume_max=7.0,
            digits=5,
            min_stop_distance_pips=0.0,
        ),
    ),
    World(symbol="EURGBP", digits=5, pip_points=10, price=85_000, timeframe=Timeframe.M15.value, instrument=None),
)
"""Five digits and three, a CFD, mini lots without tick value on an odd grid and around 1970, and one without a spec."""


def times_of(table: pa.Table) -> list[int]:
    """Return the times of bars or signals, µs."""
    times: list[int] = table.column("timestamp").cast(pa.int64()).to_numpy().tolist()
    return times


def world_of(market: Market) -> World:
    """Describe a market of real bars as a world, so that signals and configurations fit it."""
    instrument = market.instrument
    digits = 5 if instrument is None else instrument.digits
    pip_size = 0.0001 if instrument is None else instrument.pip_size
    return World(
        symbol=market.symbol,
        instrument=instrument,
        digits=digits,
        pip_points=max(1, round(pip_size * 10**digits)),
        price=0,
        timeframe=market.timeframe,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Regime:
    """How bars of a stretch behave; lengths in tenths of a pip."""

    drift: int = 0
    step: int = 1
    gap: int = 0
    wick: int = 1
    spread: int = 10
    spread_spike: int = 0


_CALM: Final = _Regime()
_REGIMES: Final = (
    _CALM,
    _Regime(drift=18),
    _Regime(drift=-18),
    _Regime(gap=4),
    _Regime(spread=8, spread_spike=2),
    _Regime(spread=-6),
    _Regime(step=0, wick=0, spread=1),
    _Regime(step=3, wick=4, spread=20),
    _Regime(gap=2, step=2, wick=2, spread_spike=1),
)
"""Calm, up, down, gapping, spread spikes, crossed quotes, one-point ranges, wild, and gaps with wide spreads."""


def expand_bars(world: World, head: bytes, blocks: Sequence[bytes]) -> pa.Table:
    """Make valid bars (T-2), one per block.

    Parameters
    ----------
    head : bytes
        Chooses a regime for each stretch of bars.
    blocks : sequence of bytes
        One per bar.
    """
    columns: list[list[int]] = [[] for _ in PRICE_COLUMNS]
    times: list[int] = []
    volumes: list[float] = []
    time, price = world.start - world.timeframe, world.price
    for index, block in enumerate(blocks):
        stretch = index // BARS_PER_REGIME
        regime = _REGIMES[head[stretch % len(head)] % len(_REGIMES)] if head else _CALM
        decisions = Decisions(block)
        time += world.timeframe * decisions.choose((232, 1), (10, 2), (8, 7), (6, 300))
        quotes = _bar(world, regime, price, decisions)
        if index and decisions.choose((244, False), (12, True)):
            quotes = [column[-1] for column in columns]  # the bar before again: ties everywhere
        for column, quote in zip(columns, quotes, strict=True):
            column.append(quote)
        price = quotes[3]
        times.append(time)
        volumes.append(float(decisions.choose((128, 0), (64, 7), (64, 1_000))))
    scale = world.scale
    prices = [[points / scale for points in column] for column in columns]
    return pa.table([times, *prices, volumes], schema=BARS)


def _bar(world: World, regime: _Regime, price: int, decisions: Decisions) -> list[int]:
    """Return bid and ask open, high, low, close in points."""
    tenth = max(1, world.pip_points // 10)
    floor = _FLOOR_PIPS * world.pip_points
    move, gap = decisions.signed(), decisions.signed()
    up, down = abs(decisions.signed()) // 2, abs(decisions.signed()) // 2
    opening = max(floor, price + regime.gap * gap * tenth)
    close = max(floor, opening + (regime.drift + regime.step * move) * tenth)
    high = max(opening, close) + regime.wick * up * tenth
    low = max(floor // 2, min(opening, close) - regime.wick * down * tenth)
    bid = [opening, high, low, close]
    ask = [quote + regime.spread * tenth for quote in bid]
    spike = regime.spread_spike * abs(gap) * tenth
    if spike:  # at the open or at the close only, as spreads do at a news release
        ask[0 if gap < 0 else 3] += spike
        ask[1] = max(ask)
    return bid + ask


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """The bars as signals see them."""

    world: World
    times: list[int]
    prices: dict[str, list[float]]
    reach: float
    """Price of a usual distance to a stop."""


def expand_signals(world: World, bars: pa.Table, blocks: Sequence[bytes]) -> pa.Table:
    """Make a signal table (T-6) over ``bars``, one row per block, sorted by time."""
    prices: dict[str, list[float]] = {name: bars.column(name).to_numpy().tolist() for name in PRICE_COLUMNS}
    ranges = sorted(high - low for high, low in zip(prices["bid_high"], prices["bid_low"], strict=True))
    stage = _Stage(
        world=world,
        times=times_of(bars),
        prices=prices,
        reach=max(2.0 * ranges[len(ranges) // 2], 3.0 * world.pip_size),
    )
    rows: list[_Row] = []
    for block in blocks:
        decisions = Decisions(block)
        row = _signal(stage, decisions)
        if decisions.choose((240, False), (16, True)) and rows:
            row = {**rows[-1], "size": row["size"]}  # equals, which only their ordinal tells apart (N-6)
        rows.append(row)
    rows.sort(key=_time_of)
    columns = [pa.array([row.get(field.name) for row in rows], field.type) for field in SIGNALS]
    return pa.table(columns, schema=SIGNALS)


def _time_of(row: _Row) -> int:
    time = row["timestamp"]
    assert isinstance(time, int)
    return time


def _signal(stage: _Stage, decisions: Decisions) -> _Row:
    step = stage.world.timeframe
    place = decisions.below(len(stage.times))
    place -= decisions.choose((200, 0), (56, place % 8))  # crowds several signals into one bar
    late = (len(stage.times) - place) * step
    time = stage.times[place] + decisions.choose((200, 0), (20, -step // 2), (16, -1), (12, 1), (5, late), (3, -step))
    direction = decisions.evenly("long", "short")
    order_type = decisions.choose((112, "market"), (72, "limit"), (72, "stop"))
    row: _Row = {
        "timestamp": time,
        "symbol": decisions.choose(
            (253, stage.world.symbol), *((1, symbol) for symbol in _strange(stage.world.symbol))
        ),
        "signal_type": decisions.choose((250, "entry"), (3, "exit"), (3, "modify")),
        "direction": decisions.choose((253, direction), (3, None)),
        "order_type": decisions.choose((253, order_type), (3, None)),
        "magic_number": decisions.choose((128, 0), (64, 1), (64, _MAGIC_NUMBERS[place % len(_MAGIC_NUMBERS)])),
        "size": decisions.choose(
            (196, None), (14, 0.5), (6, 0.125), (14, 0.07), (8, 1e6), (8, 1e-9), (6, 0.1 + 0.2), (2, 0.0), (2, -1.0)
        ),
        "max_holding": decisions.choose(
            (130, None), (52, 6 * step), (8, 6 * step - 1), (40, 2 * step), (16, step // 2), (10, 0)
        ),
    }
    side = 1.0 if direction == "long" else -1.0
    base, row["price"] = _price(stage, place, side, order_type, decisions)
    row["stop_loss"] = _stop_loss(stage, place, side, base, decisions)
    row["take_profit"] = _take_profit(stage, place, side, base, decisions)
    expiry = stage.times[place] + decisions.choose((100, 5), (100, 20), (56, 1)) * step
    row["expires_at"] = decisions.choose(
        (160, None), (60, expiry), (8, expiry - 1), (8, expiry + 1), (12, expiry - step // 2), (8, stage.times[place])
    )
    later = decisions.choose((248, ""), *((2, name) for name in _LATER))
    if later:
        row[later] = stage.reach
    return row


def _strange(symbol: str) -> tuple[str, ...]:
    """Return symbols that are not the run's: like it, and another."""
    return symbol.lower(), f"{symbol}.r", "XXXYYY"


def _price(stage: _Stage, place: int, side: float, order_type: str, decisions: Decisions) -> tuple[float, float | None]:
    """Return the price that stop and target are measured from, and that of the signal."""
    prefix = "ask" if side > 0.0 else "bid"
    close, low, high = (stage.prices[f"{prefix}_{part}"][place] for part in ("close", "low", "high"))
    if order_type == "market":
        share = decisions.byte() / 255.0
        price = decisions.choose(
            (130, close),
            (50, None),
            (40, _on_grid(stage, low + share * (high - low))),
            (12, high),
            (12, low),
            (6, _beside(high, 1)),
            (6, high + stage.reach),
        )
        return (close if price is None else price), price
    is_below = (order_type == "limit") is (side > 0.0)
    away = (decisions.byte() / 160.0) * stage.reach
    usual = _on_grid(stage, close - away if is_below else close + away)
    aimed = _aim(stage, place, f"{prefix}_{'low' if is_below else 'high'}", decisions)
    marketable = _on_grid(stage, close + away if is_below else close - away)
    level = decisions.choose((110, usual), (110, aimed), (32, marketable), (4, None))
    return (usual if level is None else level), level


def _stop_loss(stage: _Stage, place: int, side: float, base: float, decisions: Decisions) -> float | None:
    spec = stage.world.instrument
    nearest = (0.1 if spec is None else spec.min_stop_distance_pips) * stage.world.pip_size
    share = decisions.byte() / 255.0
    usual = _on_grid(stage, base - side * (0.1 + 2.5 * share * share) * stage.reach)
    aimed = _aim(stage, place, "bid_low" if side > 0.0 else "ask_high", decisions)
    is_losing = aimed < base if side > 0.0 else aimed > base
    return decisions.choose(
        (114, usual),
        (90, aimed if is_losing else usual),
        (8, aimed),
        (8, base - side * nearest),
        (6, base - side * 0.5 * nearest),
        (6, base - side * 1e-5),
        (6, base + side * stage.reach),
        (4, base - side * min(0.4 * base, 500.0 * stage.reach)),
        (9, base),
        (3, None),
        (2, -base),
    )


def _take_profit(stage: _Stage, place: int, side: float, base: float, decisions: Decisions) -> float | None:
    share = decisions.byte() / 255.0
    usual = _on_grid(stage, base + side * (0.05 + 2.0 * share * share) * stage.reach)
    aimed = _aim(stage, place, "bid_high" if side > 0.0 else "ask_low", decisions)
    is_winning = aimed > base if side > 0.0 else aimed < base
    return decisions.choose(
        (40, None),
        (96, usual),
        (96, aimed if is_winning else usual),
        (8, aimed),
        (6, base - side * 0.5 * stage.reach),
        (5, _beside(base, 1 if side > 0.0 else -1)),
        (5, base),
    )


def _aim(stage: _Stage, place: int, column: str, decisions: Decisions) -> float:
    """Return a level that a bar soon after reaches exactly, or misses by as little as can be."""
    target = min(place + decisions.byte() % 12, len(stage.times) - 1)
    prefix = column.partition("_")[0]
    name = decisions.choose((160, column), (32, f"{prefix}_open"), (32, f"{prefix}_close"), (32, column))
    level = stage.prices[name][target]
    point = 1.0 / stage.world.scale
    buffer = 0.5 * stage.world.pip_size
    return decisions.choose(
        (96, level),
        (20, _on_grid(stage, level + point)),
        (20, _on_grid(stage, level - point)),
        (20, _beside(level, 1)),
        (20, _beside(level, -1)),
        (40, level - buffer),
        (40, level + buffer),
    )


def _on_grid(stage: _Stage, price: float) -> float:
    return round(price, stage.world.digits)


def _beside(price: float, direction: int) -> float:
    return math.nextafter(price, math.inf * direction)


def expand_config(world: World, block: bytes, times: Sequence[int] = ()) -> EngineConfig:
    """Make a configuration for ``world``; ``times`` are those of the bars, for a start among them."""
    decisions = Decisions(block)
    variant = decisions.evenly(*((Variant.CANONICAL, Variant.V1) if world.instrument is not None else (Variant.V1,)))
    fixed_pips, random_pips = decisions.choose((96, (0.0, 0.0)), (64, (0.1, 0.3)), (48, (0.7, 0.0)), (48, (0.0, 2.0)))
    per_million, min_fee = decisions.choose((96, (0.0, 0.0)), (96, (35.0, 0.0)), (64, (5.0, 1.5)))
    return EngineConfig(
        variant=variant,
        symbol=world.symbol,
        timeframe=world.timeframe,
        start=_start(decisions, times),
        account_currency="USD",
        initial_balance=decisions.choose((160, 10_000.0), (48, 1_000_000.0), (48, 150.0)),
        risk_per_trade=decisions.choose((128, 100.0), (64, 33.33), (40, 1_000.0), (24, 2.0)),
        risk_fraction=decisions.choose((170, None), (56, 0.01), (30, 0.5)),
        max_positions=decisions.choose((200, None), (24, 3), (20, 2), (12, 1)),
        seed=decisions.choose((128, 0), (64, 7), (64, 2**64 - 1)),
        pip_buffer_factor=decisions.choose((128, 0.5), (56, 0.0), (40, 0.1), (32, 5.0)),
        close_at_end=decisions.choose((150, False), (106, True)),
        below_min=decisions.choose((128, BelowMin.REJECT), (128, BelowMin.CLAMP)),
        slippage_fixed_pips=fixed_pips,
        slippage_random_pips=random_pips,
        fee_per_million=per_million,
        fee_min=min_fee,
        instrument=world.instrument,
        strategy=None,
    )


def _start(decisions: Decisions, times: Sequence[int]) -> int | None:
    is_late = decisions.choose((210, False), (46, True))
    place, before = decisions.byte(), decisions.choose((128, 0), (128, 1))
    return times[place * len(times) >> 10] - before if is_late and times else None


def expand_strategy(world: World, block: bytes) -> StrategyConfig:
    """Make parameters of scenario 1 that let it trade within a few dozen bars, some at the very threshold."""
    decisions = Decisions(block)
    low, high = decisions.byte(), decisions.byte()
    holding: int | None = decisions.choose((64, None), (96, 8), (96, 2))
    parameters = MeanReversionParameters(
        atr_length=1 + decisions.byte() % 6,
        atr_mult=decisions.choose((96, 2.0), (80, 0.7), (80, 1.3)),
        window_length=2 + decisions.byte() % 9,
        ema_length=1 + decisions.byte() % 7,
        z_score_long=-0.2 - low / 200.0,
        z_score_short=0.2 + high / 200.0,
        direction_filter=decisions.choose(
            (200, DirectionFilter.BOTH), (28, DirectionFilter.LONG), (28, DirectionFilter.SHORT)
        ),
        max_holding=None if holding is None else holding * world.timeframe,
    )
    magic_number = decisions.evenly(*_MAGIC_NUMBERS)
    if decisions.choose((208, False), (48, True)):
        parameters = replace(
            parameters, atr_length=1, window_length=2, z_score_long=-_Z_OF_SECOND, z_score_short=_Z_OF_SECOND
        )
    return StrategyConfig(name=STRATEGY, magic_number=magic_number, parameters=parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is decided about a case before its bars."""

    world: World
    bars: int
    signals: int
    """0 in a run of the strategy."""

    @property
    def block_bytes(self) -> int:
        """Bytes that all blocks of the case have together."""
        return HEAD_BYTES + self.bars * BAR_BYTES + self.signals * SIGNAL_BYTES + CONFIG_BYTES


def expand_plan(block: bytes) -> Plan:
    """Choose the world, the length and whether signals or the strategy trade."""
    decisions = Decisions(block)
    world = WORLDS[decisions.byte() % len(WORLDS)]
    bars = BARS_MIN + decisions.below(BARS_MAX - BARS_MIN + 1)
    is_strategy = decisions.choose((216, False), (40, True))
    signals = 4 + decisions.below(SIGNALS_MAX - 3) * (bars + BARS_MAX) // (2 * BARS_MAX)
    return Plan(world=world, bars=bars, signals=0 if is_strategy else signals)


def expand_case(
    name: str, plan: Plan, head: bytes, bar_blocks: Sequence[bytes], signal_blocks: Sequence[bytes], config: bytes
) -> Case:
    """Put a case together from its blocks."""
    bars = expand_bars(plan.world, head, bar_blocks)
    return case_on_bars(name, plan.world, bars, signal_blocks, config)


def case_on_bars(name: str, world: World, bars: pa.Table, signal_blocks: Sequence[bytes], config: bytes) -> Case:
    """Put a case together on bars that are already there; without signal blocks the strategy runs."""
    resolved = expand_config(world, config, times_of(bars))
    signals = expand_signals(world, bars, signal_blocks) if signal_blocks else None
    if signals is None:
        resolved = replace(resolved, strategy=expand_strategy(world, config[_STRATEGY_FROM:]))
    return Case(name=name, bars=bars, signals=signals, config=resolved, data_hash="", floors=Floors())


def sample_cases(n: int, seed: int = 0) -> Iterator[Case]:
    """Yield ``n`` generated cases; case i depends on ``seed`` and i only, so that a longer sample begins the same."""
    for index in range(n):
        yield sample_case(seed, index)


def sample_case(seed: int, index: int) -> Case:
    """Return case ``index`` of the sample with ``seed``."""
    plan = expand_plan(keyed_bytes(seed, 2 * index, PLAN_BYTES))
    source = keyed_bytes(seed, 2 * index + 1, plan.block_bytes)
    head, rest = source[:HEAD_BYTES], source[HEAD_BYTES:]
    bar_blocks, rest = _blocks(rest, plan.bars, BAR_BYTES)
    signal_blocks, config = _blocks(rest, plan.signals, SIGNAL_BYTES)
    return expand_case(f"{GENERATED}/{seed}-{index}", plan, head, bar_blocks, signal_blocks, config)


def window_cases(market: Market, n: int, seed: int = 0) -> Iterator[Case]:
    """Yield ``n`` generated cases over windows of a market's own bars."""
    world = world_of(market)
    for index in range(n):
        plan = expand_plan(keyed_bytes(seed, 2 * index, PLAN_BYTES))
        source = keyed_bytes(seed, 2 * index + 1, plan.block_bytes)
        length = min(plan.bars + 30, market.bars.num_rows)
        first = Decisions(source).below(market.bars.num_rows - length + 1)
        blocks, config = _blocks(source[HEAD_BYTES:], plan.signals, SIGNAL_BYTES)
        bars = market.bars.slice(first, length).combine_chunks()
        yield case_on_bars(f"{market.name}/window-{seed}-{index}", world, bars, blocks, config)


def _blocks(source: bytes, count: int, size: int) -> tuple[list[bytes], bytes]:
    end = count * size
    return [source[start : start + size] for start in range(0, end, size)], source[end:]

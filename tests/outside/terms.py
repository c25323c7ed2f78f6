"""What a run is told, as exact numbers: the configuration, the instrument and the grid of prices.

A number that a user writes is taken as its decimal text says (0.1 is one tenth), a price of the data as the double that
it is. Prices are counted in points of 10^−digits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

import omega
from omega.contract.types import Timeframe

from .charges import Commission, Nights, commission_of, nights_of
from .worth import Worth, typed, worth_of

if TYPE_CHECKING:
    from .orders import Order

Points = int | Fraction
"""A price or a distance; an int where it lies on the grid."""

BUILT_IN = Path(omega.__file__).parent / "settings" / "instruments.yaml"
MICROSECONDS = 1_000_000
LAST_TIME = 253_402_300_799_999_999
INTRABAR = ("stop_entry", "limit_entry", "open_position")


def finer(distance: Points) -> Fraction:
    """Round a distance to a tenth of a point: d of Q-N8."""
    return Fraction(round(Fraction(distance) * 10), 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One run, resolved; distances in points, money in the account currency, sizes in lots, times in µs."""

    symbol: str
    timeframe: int
    digits: int
    pip: Fraction
    contract_size: Fraction
    worth: Worth
    volume_min: Fraction
    volume_step: Fraction
    volume_max: Fraction
    min_distance: Fraction
    buffer: Fraction
    fills_next: bool
    """Market orders, at the next open."""
    by_decision: bool
    """Signals, by their bar's end."""
    intrabar: Mapping[str, str]
    fixed_pips: Fraction
    random_pips: Fraction
    per_million: Fraction
    min_fee: Fraction
    commission: Commission | None
    nights: Nights | None
    tick: Fraction
    """Price."""
    sizing: str
    fixed_lots: Fraction | None
    initial_balance: Fraction
    risk_per_trade: Fraction
    risk_fraction: Fraction | None
    max_positions: int | None
    seed: int
    start: int | None
    end: int | None
    close_at_end: bool
    clamps: bool
    stops_out: bool
    margin: tuple[Fraction, Fraction] | None
    """Leverage, and the share of the margin in use that is the level (E-21)."""

    @property
    def scale(self) -> int:
        """Points per 1.0 of price."""
        points: int = 10**self.digits
        return points

    def value(self, points: Points, time: int) -> Fraction:
        """Account currency per 1.0 of price and lot, at a price, which may be signed."""
        price = Fraction(points) / self.scale
        return self.worth.at(abs(price), time)

    def profit(self, order: Order, price: Points, time: int) -> Fraction:
        """What an order brings at a price of its exit side, signed, gross (Q-P1, Q-P3)."""
        return (price - order.price) * order.lots * self.value(price, time) / self.scale

    def bar_end(self, time: int) -> int:
        """Return when a bar is over (Q-T8d)."""
        return min(time + self.timeframe, LAST_TIME)

    def p(self, price: float) -> int:
        """Quantize a price: the nearest point, halves to even (N-5, N-8)."""
        return round(Fraction(price) * self.scale)

    def points(self, distance: float | None) -> Fraction:
        """Return a typed distance in points; null is 0."""
        return typed(distance or 0.0) * self.scale

    def on_grid(self, price: Points) -> int:
        """Quantize a price of the bars, which may be signed."""
        return price if isinstance(price, int) else self.p(float(price / self.scale))

    def price(self, points: int) -> float:
        """Return the double nearest to a price of the grid."""
        return points / self.scale


def terms_of(keys: Mapping[str, Any]) -> Terms:
    """Resolve a configuration as a user writes it; ``ValueError`` where the contract refuses the run."""
    config = omega.Config(**keys)
    assert config.variant == "canonical"
    assert config.symbol is not None
    assert config.timeframe is not None
    spec = _instrument(config)
    slippage, fee = config.costs.slippage, config.costs.fee
    scale = 10 ** spec["digits"]
    pip = typed(spec["pip_size"]) * scale
    return Terms(
        symbol=config.symbol,
        timeframe=Timeframe[config.timeframe].value,
        digits=spec["digits"],
        pip=pip,
        contract_size=typed(spec["contract_size"]),
        worth=worth_of(spec, config.account_currency, config.rates or {}),
        volume_min=typed(spec["volume_min"]),
        volume_step=typed(spec["volume_step"]),
        volume_max=typed(spec["volume_max"]),
        min_distance=finer(typed(spec.get("min_stop_distance_pips", 0.1)) * pip),
        buffer=finer(typed(config.pip_buffer_factor or 0.0) * pip),
        fills_next=config.market_fill == "next_open",
        by_decision=config.signal_time == "decision",
        intrabar={name: getattr(config.intrabar, name, None) or "path" for name in INTRABAR},
        fixed_pips=typed(slippage.fixed_pips),
        random_pips=typed(slippage.random_pips),
        per_million=typed(fee.per_million),
        min_fee=typed(fee.min_fee),
        commission=commission_of(config.costs.commission, spec, config.account_currency, config.rates or {}),
        nights=nights_of(config.costs.swap),
        tick=typed(spec["tick_size"]),
        sizing=config.sizing.mode,
        fixed_lots=None if config.sizing.lots is None else typed(config.sizing.lots),
        initial_balance=typed(config.initial_balance),
        risk_per_trade=typed(config.risk_per_trade),
        risk_fraction=None if config.risk_fraction is None else typed(config.risk_fraction),
        max_positions=config.max_positions_per_symbol,
        seed=config.seed,
        start=_microseconds(config.start),
        end=_microseconds(config.end),
        close_at_end=config.close_at_end,
        clamps=config.sizing.below_min == "clamp",
        stops_out=config.on_ruin != "continue",
        margin=None if config.margin is None else (typed(config.margin.leverage), typed(config.margin.stop_out)),
    )


def _instrument(config: omega.Config) -> dict[str, Any]:
    """Find the specification (S-5): the user's, else the built-in one."""
    own = [spec.model_dump() for spec in config.instruments] if isinstance(config.instruments, list) else []
    for spec in [*own, *_built_in()]:
        if spec["symbol"] == config.symbol:
            return spec
    raise ValueError(f"no specification of {config.symbol}")


@cache
def _built_in() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = YAML(typ="safe").load(BUILT_IN.read_text())["instruments"]
    return found


def _microseconds(time: Any) -> int | None:
    if time is None:
        return None
    whole = int(time.replace(microsecond=0).timestamp())
    return whole * MICROSECONDS + int(time.microsecond)

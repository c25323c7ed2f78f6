"""The symbols in which generated sequences happen: five digits and three, a CFD, mini lots, one without a spec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from omega.contract.types import Instrument, Timeframe
from omega_parity.generate.cases import Market

_START_US: Final = 1_704_067_200_000_000

_BEFORE_1970_US: Final = -86_400_000_000 * 100


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A symbol with its grid of prices, for sequences to happen in.

    Attributes
    ----------
    instrument : Instrument or None
        None runs ``v1`` only (S-5).
    digits : int
        Of the grid; a point is 10^−digits. Below 0 for the grid of a large price.
    pip_points : int
        Points per pip.
    price : int
        Bid before the first bar, points.
    timeframe : int
        Length of a bar, µs.
    start : int
        Time of the first bar, µs.
    spread_tenths : int or None
        Between bid and ask, in tenths of a pip; None for that of each stretch of bars.
    """

    symbol: str
    instrument: Instrument | None
    digits: int
    pip_points: int
    price: int
    timeframe: int
    start: int = _START_US
    spread_tenths: int | None = None

    @property
    def point(self) -> float:
        """Price of a point."""
        return self.price_of(1)

    def price_of(self, points: int) -> float:
        """Return a number of points as a price, rounded once."""
        digits = self.digits
        return points / 10**digits if digits >= 0 else float(points * 10**-digits)

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

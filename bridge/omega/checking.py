"""Whether an indicator is what it has to be: it looks back only, and its forms are one to the bit (Q-I18b)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from omega.boundary.arguments import whole_number
from omega.boundary.guard import guarded
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.protocols import IndicatorParameter
from omega.custom import Prices, find_custom
from omega.data.bars import Bars
from omega.reading import read_bars
from omega.run import indicator
from omega.streaming import IndicatorStream

Floats = npt.NDArray[np.float64]
CUTS: Final = 20
_LEAST_BARS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Where two forms of an indicator part.

    Attributes
    ----------
    what : str
        What is beside the series over all bars: ``rust``, ``stream``, or ``the first 300 bars``.
    row : int
        First row that differs.
    output : int
        Number of the output, from 0.
    """

    what: str
    row: int
    output: int
    series: float
    other: float

    def __str__(self) -> str:
        return (
            f"row {self.row:,}, output {self.output}: {self.series!r} over all bars in Python, "
            f"{self.other!r} by {self.what}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorCheck:
    """What :func:`check_indicator` showed.

    Attributes
    ----------
    forms : tuple of str
        What was compared: ``cuts``, and ``rust`` and ``stream`` where there are such.
    values : int
        Compared values.
    found : Disagreement or None
        The first that was found.
    """

    name: str
    bars: int
    forms: tuple[str, ...]
    values: int
    found: Disagreement | None

    @property
    def is_clean(self) -> bool:
        """Whether nothing differed."""
        return self.found is None

    def __str__(self) -> str:
        if self.found is not None:
            return f"{self.name}: {self.found}"
        return f"{self.name}: {', '.join(self.forms)} agree to the bit, {self.values:,} values of {self.bars:,} bars"


@guarded("parameters")
def check_indicator(
    name: str,
    bars: Bars | object,
    side: Literal["bid", "ask"] = "bid",
    *,
    cuts: int = CUTS,
    **params: IndicatorParameter,
) -> IndicatorCheck:
    """Compare an indicator of one's own with itself, bit by bit.

    Over the first bars alone, as many as each of ``cuts`` leaves, it has to give what it gives there over all bars:
    else it looks ahead. Its twin and its streaming form, where it has such, have to give the same over all bars.

    Parameters
    ----------
    name, bars, side, **params
        As of :func:`omega.indicator`.
    cuts : int
        How many, at least 1, spread over the bars.

    Raises
    ------
    OmegaError
        As :func:`omega.indicator`; 1001 for a name that was not registered, 1003 for fewer cuts than 1, and for fewer
        bars than 2, which show nothing.

    Examples
    --------
    >>> import numpy as np, omega
    >>> def centred(prices):
    ...     return prices.close - prices.close.mean()
    >>> _ = omega.register_indicator("centred", centred)
    >>> omega.check_indicator("centred", omega.sample_bars(100)).is_clean
    False
    """
    custom = find_custom(name)
    if custom is None:
        message = f"name: expected an indicator that was registered, got {name!r}"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="I-18", column="name", value=str(name))
    many = whole_number("cuts", cuts, rule="I-18")
    if many < 1:
        raise omega_error(ErrorCode.OUT_OF_BOUNDS, "cuts: expected at least 1", rule="I-18", column="cuts", value=many)
    loaded = _enough(bars)

    def series(part: Bars, backend: str) -> tuple[Floats, ...]:
        found = indicator(name, part, side, backend, **params)
        return found if isinstance(found, tuple) else (found,)

    def others() -> Iterator[tuple[str, tuple[Floats, ...]]]:
        if custom.rust is not None:
            yield "rust", series(loaded, "rust")
        if custom.stream is not None:
            yield "stream", _streamed(name, Prices.of(loaded.table, side), params)
        for rows in sorted({max(1, len(loaded) * place // (many + 1)) for place in range(1, many + 1)}):
            for backend in ("python",) if custom.rust is None else ("python", "rust"):
                yield f"the first {rows:,} bars in {backend.capitalize()}", series(loaded.first(rows), backend)

    whole = series(loaded, "python")
    values, found = 0, None
    for what, other in others():
        values += sum(map(len, other))
        found = _first_parted(what, whole, other)
        if found is not None:
            break
    forms = ("cuts", *(["rust"] if custom.rust else []), *(["stream"] if custom.stream else []))
    return IndicatorCheck(name=name, bars=len(loaded), forms=forms, values=values, found=found)


def _enough(bars: Bars | object) -> Bars:
    """Read bars, of which some can be left out: nothing compared would be nothing shown."""
    loaded = bars if isinstance(bars, Bars) else read_bars(bars)
    if len(loaded) < _LEAST_BARS:
        message = f"bars: expected at least {_LEAST_BARS}, got {len(loaded)}"
        raise omega_error(ErrorCode.OUT_OF_BOUNDS, message, rule="I-18", column="bars", value=len(loaded))
    return loaded


def _streamed(name: str, prices: Prices, params: dict[str, Any]) -> tuple[Floats, ...]:
    stream = IndicatorStream(name, "python", **params)
    rows = zip(prices.high.tolist(), prices.low.tolist(), prices.close.tolist(), strict=True)
    pushed = [stream.push(high=high, low=low, close=close) for high, low, close in rows]
    if pushed and isinstance(pushed[0], tuple):
        return tuple(np.array(values) for values in zip(*pushed, strict=True))
    return (np.array(pushed, np.float64),)


def _first_parted(what: str, whole: tuple[Floats, ...], other: tuple[Floats, ...]) -> Disagreement | None:
    """Return the first row in which the bits differ, up to where ``other`` ends; any NaN is any NaN."""
    for output, (one, two) in enumerate(zip(whole, other, strict=True)):
        one = one[: len(two)]
        parted = (one.view(np.int64) != two.view(np.int64)) & ~(np.isnan(one) & np.isnan(two))
        if parted.any():
            row = int(np.argmax(parted))
            return Disagreement(what=what, row=row, output=output, series=float(one[row]), other=float(two[row]))
    return None

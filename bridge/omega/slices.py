"""Several symbols at once: slice by slice over the bars of each (M-1 … M-3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, NoReturn, Self

import pyarrow as pa

from omega.boundary.arguments import whole_number
from omega.boundary.guard import guarded, plain_value
from omega.boundary.limits import check
from omega.boundary.scalars import plain_scalar
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.protocols import MultiSymbol, MultiSymbolSlice, Series
from omega.contract.types import SliceMode
from omega.data.bars import Bars
from omega.flags.plan import Choice, Serving
from omega.reading import read_bars
from omega.serve.control import Settled, settle
from omega.serve.planning import plan_run
from omega.serve.tasks import indicator_task
from omega.serve.walks import walk_task

__all__ = ["MultiSymbolDataIterator", "MultiSymbolDataIteratorRust", "multi_symbol"]

_COMPONENT: Final = "multi_symbol"
_INDICATORS: Final = "indicator_cache"

Indicators = Mapping[str, Mapping[str, Any]]
"""By label: ``name`` and ``side`` (bid unless said) of an indicator, and its parameters."""


class MultiSymbolDataIterator:
    """Bars of several symbols, slice by slice, on the reference; ``MultiSymbolDataIteratorRust`` is its twin.

    Each ``for`` is a pass of its own from the first step. ``next`` goes on with one pass that the iterator keeps.

    Parameters
    ----------
    *bars : Bars, path or table
        What :func:`omega.read_bars` gives or takes, one per symbol, in the order that slices have; or one mapping of
        names to these.
    mode : {"union", "intersection"}
        Whether a step is a time that some symbol has, or one that all have (Q-M1).
    indicators : mapping, optional
        Per label an indicator that each snapshot shows: ``{"slow": {"name": "ema", "side": "bid", "period": 30}}``.

    Attributes
    ----------
    symbols : tuple of str
    mode : str
    choice : Choice
        Which side was to serve it, and why; ``backend`` says which one does.

    Raises
    ------
    OmegaError
        Q-M1b: 1010 no symbol, 1008 bars without a name, 1006 a name that comes twice or another timeframe, 1001 a mode
        or an indicator that is not known.

    Examples
    --------
    >>> import omega
    >>> euro = omega.sample_bars(4, seed=1)
    >>> pair = MultiSymbolDataIterator({"EURUSD": euro, "GBPUSD": omega.sample_bars(3, seed=2)})
    >>> [(one.step, one["GBPUSD"].bid is None, one["GBPUSD"].last_seen) for one in pair]
    [(0, False, 0), (1, False, 1), (2, False, 2), (3, True, 2)]
    """

    _backend: ClassVar[str] = "python"

    @guarded("bars")
    def __init__(self, *bars: object, mode: str = SliceMode.UNION.text, indicators: Indicators | None = None) -> None:
        self._take(*_opened(self._backend, bars, mode, indicators))

    def _take(self, choice: Choice, symbols: tuple[str, ...], mode: str, settled: Settled[MultiSymbol]) -> None:
        self.choice = choice
        self.mode = mode
        self.symbols = symbols
        self._data = settled.value
        self._served_by = settled.sides[_COMPONENT]
        self._pass: Iterator[MultiSymbolSlice] | None = None

    @property
    def backend(self) -> str:
        """Which side serves it: ``python`` or ``rust``."""
        return self._served_by

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[MultiSymbolSlice]:
        return iter(self._data)

    def __next__(self) -> MultiSymbolSlice:
        if self._pass is None:
            self._pass = iter(self._data)
        return next(self._pass)

    def reset(self) -> None:
        """Let ``next`` begin at the first step again."""
        self._pass = None

    @guarded("first")
    def part(self, first: int, stop: int) -> Self:
        """Return the steps from ``first`` to before ``stop``, over the same memory (Q-M2).

        Raises
        ------
        OmegaError
            1003 unless 0 ≤ first ≤ stop ≤ the number of steps.
        """
        part = object.__new__(type(self))
        part.__dict__.update(self.__dict__)
        bounds = (whole_number(name, value, rule="M-2") for name, value in (("first", first), ("stop", stop)))
        part._data = self._data.part(*bounds)
        part._pass = None
        return part

    @guarded("first")
    def block(self, first: int = 0, stop: int | None = None) -> pa.Table:
        """Return steps as one table, a row per step and symbol (Q-M3c).

        Parameters
        ----------
        first, stop : int
            As of :meth:`part`; all steps if left out.

        Returns
        -------
        pyarrow.Table
            Schema :data:`omega.contract.schemas.SLICES`.

        Raises
        ------
        OmegaError
            1003 as :meth:`part`, 6004 for more rows than the limit ``rows``.
        """
        part = self.part(first, len(self) if stop is None else stop)
        check("rows", "a block of steps and symbols", len(part) * len(self.symbols), column="stop")
        return part._data.block(0, len(part))

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        message = f"{type(self).__name__} cannot be copied or pickled; take part(0, len(…)), or open it from its bars"
        raise omega_error(ErrorCode.NOT_IMPLEMENTED, message, rule="M-2")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.symbols)} symbols, {self.mode}, {len(self):,} steps, {self.backend})"


class MultiSymbolDataIteratorRust(MultiSymbolDataIterator):
    """The twin, always in Rust: the same slices, to the bit."""

    _backend = "rust"


@guarded("bars")
def multi_symbol(
    *bars: object,
    mode: str = SliceMode.UNION.text,
    indicators: Indicators | None = None,
    backend: str | None = None,
) -> MultiSymbolDataIterator:
    """Walk the bars of several symbols together, slice by slice.

    Parameters
    ----------
    *bars, mode, indicators
        As of :class:`MultiSymbolDataIterator`.
    backend : {"python", "rust"}, optional
        Otherwise the flag MULTI_SYMBOL decides; ``choice`` of what is returned says who serves it, and why.

    Returns
    -------
    MultiSymbolDataIterator
        The reference, or ``MultiSymbolDataIteratorRust``.

    Examples
    --------
    >>> import omega
    >>> minutes = {"EURUSD": omega.sample_bars(3, seed=1), "GBPUSD": omega.sample_bars(3, seed=2)}
    >>> pair = omega.multi_symbol(minutes, indicators={"mean": {"name": "sma", "period": 2}})
    >>> [round(one["EURUSD"].bid.close - one["GBPUSD"].bid.close, 5) for one in pair]
    [2e-05, 6e-05, -0.00011]
    >>> sorted(next(pair)["EURUSD"].indicators)
    ['mean']
    """
    opened = _opened(backend, bars, mode, indicators)
    is_rust = opened[-1].sides[_COMPONENT] == "rust"
    made = object.__new__(MultiSymbolDataIteratorRust if is_rust else MultiSymbolDataIterator)
    made._take(*opened)
    return made


def _opened(
    backend: str | None, bars: tuple[object, ...], mode: object, indicators: Indicators | None
) -> tuple[Choice, tuple[str, ...], str, Settled[MultiSymbol]]:
    plan = plan_run((_COMPONENT, _INDICATORS), backend=backend)
    chosen = _text("mode", mode)
    requests = _requests(indicators)
    named = _named(bars, backend)
    series = [_series(one, requests, plan.serving(_INDICATORS)) for _, one in named]
    settled = settle(plan.serving(_COMPONENT), walk_task(named, chosen, series))
    return plan.choice(_COMPONENT), tuple(name for name, _ in named), chosen, settled


def _named(given: tuple[object, ...], backend: str | None) -> list[tuple[str, Bars]]:
    """Take bars with the names of their symbols, which they have themselves or a mapping gives them."""
    if len(given) == 1 and isinstance(given[0], Mapping):
        names = {name: _text("symbols", name, row=place) for place, name in enumerate(given[0])}
        return [(names[name], _bars(one, names[name], backend)) for name, one in given[0].items()]
    loaded = [_bars(one, None, backend) for one in given]
    return [(_own_name(one, place), one) for place, one in enumerate(loaded)]


def _own_name(bars: Bars, place: int) -> str:
    if bars.symbol is None:
        message = "the bars have no symbol; give a mapping of names to bars"
        raise omega_error(ErrorCode.MISSING_REQUIRED_FIELD, message, rule="M-1", column="symbols", row=place)
    return bars.symbol


def _bars(given: object, name: str | None, backend: str | None) -> Bars:
    return given if isinstance(given, Bars) else read_bars(given, symbol=name, backend=backend)


def _requests(asked: Indicators | None) -> dict[str, dict[str, Any]]:
    """Take the indicators that are asked for: per label the parameters, with ``name`` and ``side`` among them."""
    found: dict[str, dict[str, Any]] = {}
    if not isinstance(asked, Mapping | None):
        message = f"indicators must be a mapping of labels to requests, not {type(asked).__name__}"
        raise omega_error(ErrorCode.TYPE_MISMATCH, message, rule="M-3", column="indicators", value=plain_value(asked))
    for label, request in (asked or {}).items():
        column = _text("indicators", label)
        if not isinstance(request, Mapping) or "name" not in request:
            message = f"indicators[{column!r}] must name an indicator: {{'name': 'ema', 'side': 'bid', 'period': 30}}"
            raise omega_error(ErrorCode.MISSING_REQUIRED_FIELD, message, rule="M-3", column="indicators", value=column)
        found[column] = {"side": "bid", **{_text("indicators", key): plain_scalar(one) for key, one in request.items()}}
    return found


def _series(bars: Bars, requests: Mapping[str, Mapping[str, Any]], serving: Serving) -> Series:
    """Compute the indicators of one symbol (Q-M3d)."""
    if not requests or not len(bars):
        return {}
    found: dict[str, tuple[Any, ...]] = {}
    for label, request in requests.items():
        parameters = dict(request)
        name, side = parameters.pop("name"), parameters.pop("side")
        found[label] = settle(serving, indicator_task(bars, name, side, parameters)).value
    return found


def _text(column: str, value: object, row: int | None = None) -> str:
    """Take a text; a lone surrogate is none (Q-X4c)."""
    if not isinstance(value, str) or value.encode("utf-8", "ignore").decode() != value:
        message = f"{column} must be a text, not {type(value).__name__}"
        raise omega_error(
            ErrorCode.TYPE_MISMATCH, message, rule="M-1", column=column, row=row, value=plain_value(value)
        )
    return value

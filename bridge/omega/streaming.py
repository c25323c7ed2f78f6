"""What indicators there are, and any of them bar by bar (Q-I18)."""

from __future__ import annotations

from numbers import Real

from omega.boundary.guard import guarded
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.indicators import INDICATORS, Indicator
from omega.contract.protocols import IndicatorParameter
from omega.custom import CustomStream, check_name, find_custom
from omega.serve.planning import plan_run
from omega.serve.watched import WatchedStream


def indicators() -> tuple[Indicator, ...]:
    """List every indicator with its parameters, defaults, outputs, warm-up, formula and source.

    Each that is not ``…_stepwise`` has a form ``…_local`` besides, which takes ``lookback`` too (Q-I14).

    Examples
    --------
    >>> [parameter.name for parameter in indicators()[0].parameters]
    ['period']
    """
    return INDICATORS


class IndicatorStream:
    """An indicator bar by bar: to the bit what :func:`omega.indicator` computes over the same bars.

    Parameters
    ----------
    name : str
        One of :func:`omega.indicators`, forms over a higher timeframe left out, or one that was registered with a
        streaming form.
    backend : {"python", "rust"}, optional
        Otherwise the flag INDICATOR_CACHE decides.
    **params
        As for :func:`omega.indicator`.

    Raises
    ------
    OmegaError
        1001 an unknown name or parameter, 1003 a parameter out of range, 1004 a wrong type.

    Examples
    --------
    >>> mean = IndicatorStream("sma", backend="python", period=2)
    >>> [mean.push(close=price) for price in (1.0, 2.0, 4.0)]
    [nan, 1.5, 3.0]
    """

    @guarded("parameters")
    def __init__(self, name: str, backend: str | None = None, **params: IndicatorParameter) -> None:
        serving = plan_run(("indicator_cache",), backend=backend).serving("indicator_cache")
        custom = find_custom(name)
        if custom is None:
            check_name(name)
        self._inner = WatchedStream(serving, name, params) if custom is None else CustomStream(custom, params)

    @property
    def backend(self) -> str:
        """The side that serves now: Rust is left for good where it fails or differs (F-2, F-5).

        An indicator of one's own has one streaming form, whatever it is written in: that of ``python``.
        """
        return "python" if isinstance(self._inner, CustomStream) else self._inner.watch.sides["indicator_cache"]

    @guarded("close")
    def push(self, *, close: float, high: float = float("nan"), low: float = float("nan")) -> float | tuple[float, ...]:
        """Return the value after a bar, or a tuple of several outputs.

        Parameters
        ----------
        close, high, low : float
            Prices of the bar; a NaN acts as a missing one. Indicators over closes take no notice of high and low.

        Raises
        ------
        OmegaError
            1004 for a price that is no number.
        """
        outputs = self._inner.push(_price("high", high), _price("low", low), _price("close", close))
        return outputs[0] if len(outputs) == 1 else outputs


def _price(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        message = f"{name}: expected a number, got {type(value).__name__}"
        raise omega_error(ErrorCode.TYPE_MISMATCH, message, rule="I-17", column=name)
    return float(value)

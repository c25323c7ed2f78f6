"""Indicators of one side over one set of bars, those of chapter I and those of one's own (Q-I18b)."""

from __future__ import annotations

from typing import Any

from omega.contract.protocols import IndicatorCache, IndicatorParameter, Side
from omega.custom import Prices, check_name, find_custom
from omega.data.bars import Bars
from omega.flags.plan import BackendName
from omega.serve.factories import create_data_handler, create_indicators


class Indicators:
    """See :class:`omega.contract.protocols.IndicatorCache`; what is registered is computed in each call."""

    def __init__(self, backend: BackendName, bars: Bars) -> None:
        self._backend = backend
        self._bars = bars
        self._cache: IndicatorCache | None = None

    def get(
        self, name: str, side: Side, **parameters: IndicatorParameter
    ) -> tuple[Any, ...]:  # arrays, or the reference's lists
        """Return the outputs of an indicator, built-in or one's own."""
        custom = find_custom(name)
        if custom is None:
            check_name(name)
            if self._cache is None:
                handler = create_data_handler(self._backend)
                self._cache = create_indicators(self._backend, self._bars.checked_by(handler))
            return self._cache.get(name, side, **parameters)
        given = custom.checked(side, parameters)
        prices = Prices.of(self._bars.table, side)
        if self._backend == "python" or custom.rust is None:
            return custom.compute(custom.series, prices, given)
        from omega.serve import native

        return native.custom_series(custom, prices, given)

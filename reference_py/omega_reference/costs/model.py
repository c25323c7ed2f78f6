"""Slippage, fees and commission of one run's configuration, one by one and in batches (C-1, C-2, C-3, C-5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from omega.contract.errors import ErrorCode
from omega.contract.types import Direction, EngineConfig, OrderType
from omega_reference.breaches import breach
from omega_reference.costs.commission import commission_terms, fill_commission
from omega_reference.costs.fee import fill_fee
from omega_reference.costs.slippage import slippage_offset
from omega_reference.rng import symbol_id, uniform
from omega_reference.terms import symbol_terms
from omega_reference.variants import variant_rules

_WORD_END: Final = 1 << 32
_DIRECTION_END: Final = len(Direction)
_ORDER_TYPE_END: Final = len(OrderType)


class CostModel:
    """Slippage, fees and commission of one run (wave 0); see :class:`omega.contract.protocols.CostModel`.

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT when the symbol has no spec or no value per price (S-1, S-5), or the commission's currency no
        rate (C-3).
    """

    def __init__(self, config: EngineConfig) -> None:
        terms = symbol_terms(config)
        self._fixed_pips = config.slippage_fixed_pips
        self._random_pips = config.slippage_random_pips
        self._pip_size = terms.pip_size
        self._grid = terms.grid
        self._seed = config.seed
        self._symbol_id = symbol_id(config.symbol)
        self._contract_size = terms.contract_size
        self._per_million = config.fee_per_million
        self._min_fee = config.fee_min
        self._is_converted = variant_rules(config.variant).converts_fees
        self._commission = commission_terms(config, terms)

    def slippage(
        self, timestamp: int, magic_number: int, ordinal: int, leg: int, direction: int, order_type: int
    ) -> float:
        """Return the unsigned offset in price of one fill (C-1, N-6).

        Parameters
        ----------
        timestamp, magic_number : int
            Of the order's signal, µs and int64.
        ordinal, leg : int
            k of N-6; 0 entry, 1 exit. Both in 0 … 2³² − 1.
        direction, order_type : int
            Of the order, as the numbers of T-6.

        Raises
        ------
        OmegaError
            OUT_OF_BOUNDS naming the argument.
        """
        _check_word("ordinal", ordinal, _WORD_END, None)
        _check_word("leg", leg, _WORD_END, None)
        _check_word("direction", direction, _DIRECTION_END, None)
        _check_word("order_type", order_type, _ORDER_TYPE_END, None)
        u = 0.0
        if self._random_pips != 0.0:
            u = uniform(self._seed, timestamp, magic_number, ordinal, self._symbol_id, leg, direction, order_type)
        return slippage_offset(self._fixed_pips, self._random_pips, u, self._pip_size, self._grid)

    def fee(self, lots: float, price: float, value: float, time: int, leg: int) -> float:
        """Return the fee of one fill in the account currency, or its commission (C-2, C-3).

        Parameters
        ----------
        lots, price : float
        value : float
            What the price is worth, account currency per 1.0 of price and 1 lot (Q-S1).
        time : int
            Of the bar, µs; rates count at it.
        leg : int
            0 is the entry, any other an exit (N-6).
        """
        if self._commission is not None:
            return fill_commission(self._commission, lots, price, value, time, leg)
        # Quote to account currency; x · 1.0 is x.
        conversion = (value / self._contract_size) if self._is_converted else 1.0
        return fill_fee(lots, price, self._contract_size, self._per_million, conversion, self._min_fee)

    def slippage_batch(
        self,
        timestamps: Sequence[int],
        magic_numbers: Sequence[int],
        ordinals: Sequence[int],
        legs: Sequence[int],
        directions: Sequence[int],
        order_types: Sequence[int],
    ) -> list[float]:
        """Return :meth:`slippage` of each row (C-5).

        Raises
        ------
        OmegaError
            SIZE_MISMATCH naming the argument of another length, OUT_OF_BOUNDS naming argument and row.
        """
        rows = len(timestamps)
        _check_length("magic_numbers", len(magic_numbers), rows)
        _check_length("ordinals", len(ordinals), rows)
        _check_length("legs", len(legs), rows)
        _check_length("directions", len(directions), rows)
        _check_length("order_types", len(order_types), rows)
        _check_words("ordinals", ordinals, _WORD_END)
        _check_words("legs", legs, _WORD_END)
        _check_words("directions", directions, _DIRECTION_END)
        _check_words("order_types", order_types, _ORDER_TYPE_END)
        columns = (timestamps, magic_numbers, ordinals, legs, directions, order_types)
        return [self.slippage(*row) for row in zip(*columns, strict=True)]

    def fee_batch(
        self,
        lots: Sequence[float],
        prices: Sequence[float],
        values: Sequence[float],
        times: Sequence[int],
        legs: Sequence[int],
    ) -> list[float]:
        """Return :meth:`fee` of each row (C-5).

        Raises
        ------
        OmegaError
            SIZE_MISMATCH, NAN_VALUE, INFINITE_VALUE or OUT_OF_BOUNDS naming argument and row.
        """
        _check_length("prices", len(prices), len(lots))
        _check_length("values", len(values), len(lots))
        _check_length("times", len(times), len(lots))
        _check_length("legs", len(legs), len(lots))
        _check_finite("lots", lots)
        _check_finite("prices", prices)
        _check_finite("values", values)
        _check_words("legs", legs, _WORD_END)
        return [self.fee(*row) for row in zip(lots, prices, values, times, legs, strict=True)]


def _check_length(argument: str, length: int, rows: int) -> None:
    if length != rows:
        message = f"arguments of a batch have one length, here {rows}"
        raise breach(ErrorCode.SIZE_MISMATCH, "C-5", argument, message, value=length)


def _check_words(argument: str, values: Sequence[int], end: int) -> None:
    for row, value in enumerate(values):
        _check_word(argument, value, end, row)


def _check_word(argument: str, value: int, end: int, row: int | None) -> None:
    if not 0 <= value < end:
        raise breach(ErrorCode.OUT_OF_BOUNDS, "C-5", argument, f"must be in 0 … {end - 1}", row, value)


def _check_finite(argument: str, values: Sequence[float]) -> None:
    for row, value in enumerate(values):
        if value != value:
            raise breach(ErrorCode.NAN_VALUE, "C-5", argument, "must be a number", row, value)
        if value - value != 0.0:
            raise breach(ErrorCode.INFINITE_VALUE, "C-5", argument, "must be finite", row, value)

"""Slippage and fees of one run's configuration (C-1, C-2, C-5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.types import EngineConfig, Variant
from omega_reference.breaches import breach
from omega_reference.rng import symbol_id, uniform
from omega_reference.sizing import symbol_terms

_WORD_END: Final = 1 << 32

Number = TypeVar("Number", int, float)


def slippage_offset(fixed_pips: float, random_pips: float, u: float, pip_size: float) -> float:
    """Return the unsigned slippage in price for a draw ``u`` (C-1, Q-C1)."""
    return (fixed_pips + (u * random_pips)) * pip_size


class CostModel:
    """Slippage and fees of one run (wave 0); see :class:`omega.contract.protocols.CostModel`.

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT when the symbol has no spec or no value per price (S-1, S-5).
    """

    def __init__(self, config: EngineConfig) -> None:
        terms = symbol_terms(config)
        self._fixed_pips = config.slippage_fixed_pips
        self._random_pips = config.slippage_random_pips
        self._pip_size = terms.pip_size
        self._seed = config.seed
        self._symbol_id = symbol_id(config.symbol)
        self._contract_size = terms.contract_size
        self._per_million = config.fee_per_million
        self._min_fee = config.fee_min
        # Quote to account currency; v1 does not convert, and x · 1.0 is x.
        is_v1 = config.variant is Variant.V1
        self._conversion = 1.0 if is_v1 else (terms.value_per_price / terms.contract_size)

    def slippage(self, timestamp: int, magic_number: int, ordinal: int, leg: int) -> float:
        """Return the unsigned offset in price of one fill (C-1, N-6).

        Parameters
        ----------
        timestamp, magic_number : int
            Of the order's signal, µs and int64.
        ordinal, leg : int
            k of N-6; 0 entry, 1 exit. Both in 0 … 2³² − 1.

        Raises
        ------
        OmegaError
            OUT_OF_BOUNDS naming ``ordinal`` or ``leg``.
        """
        _check_word("ordinal", ordinal)
        _check_word("leg", leg)
        u = 0.0
        if self._random_pips != 0.0:
            u = uniform(self._seed, timestamp, magic_number, ordinal, self._symbol_id, leg)
        return slippage_offset(self._fixed_pips, self._random_pips, u, self._pip_size)

    def fee(self, lots: float, price: float) -> float:
        """Return the fee of one fill in the account currency (C-2, Q-C2)."""
        base = (((lots * self._contract_size) * price) / 1e6) * self._per_million
        base = base * self._conversion
        # hit C-2 if base != 0.0 or self._min_fee > 0.0
        # hit Q-C2 if base < self._min_fee
        return self._min_fee if self._min_fee > 0.0 and base < self._min_fee else base

    def slippage_batch(
        self,
        timestamps: Sequence[int],
        magic_numbers: Sequence[int],
        ordinals: Sequence[int],
        legs: Sequence[int],
    ) -> list[float]:
        """Return :meth:`slippage` of each row (C-5).

        Raises
        ------
        OmegaError
            SIZE_MISMATCH naming the argument of another length, OUT_OF_BOUNDS naming argument and row.
        """
        arguments = {"timestamps": timestamps, "magic_numbers": magic_numbers, "ordinals": ordinals, "legs": legs}
        _check_lengths(arguments)
        _check_rows("ordinals", ordinals, _explain_word)
        _check_rows("legs", legs, _explain_word)
        return [self.slippage(*row) for row in zip(timestamps, magic_numbers, ordinals, legs, strict=True)]

    def fee_batch(self, lots: Sequence[float], prices: Sequence[float]) -> list[float]:
        """Return :meth:`fee` of each row (C-5).

        Raises
        ------
        OmegaError
            SIZE_MISMATCH, NAN_VALUE or INFINITE_VALUE naming argument and row.
        """
        _check_lengths({"lots": lots, "prices": prices})
        _check_rows("lots", lots, _explain_number)
        _check_rows("prices", prices, _explain_number)
        return [self.fee(*row) for row in zip(lots, prices, strict=True)]


def _check_lengths(arguments: dict[str, Sequence[int]] | dict[str, Sequence[float]]) -> None:
    expected: int | None = None
    for name, values in arguments.items():
        if expected is None:
            expected = len(values)
        elif len(values) != expected:
            message = f"arguments of a batch have one length, here {expected}"
            raise breach(ErrorCode.SIZE_MISMATCH, "C-5", name, message, value=len(values))


def _check_rows(
    column: str, values: Sequence[Number], explain: Callable[[str, Number, int | None], OmegaError | None]
) -> None:
    for row, value in enumerate(values):
        found = explain(column, value, row)
        if found is not None:
            raise found


def _check_word(column: str, value: int) -> None:
    found = _explain_word(column, value, None)
    if found is not None:
        raise found


def _explain_word(column: str, value: int, row: int | None) -> OmegaError | None:
    if 0 <= value < _WORD_END:
        return None
    return breach(ErrorCode.OUT_OF_BOUNDS, "C-5", column, "must be in 0 … 2³² − 1", row, value)


def _explain_number(column: str, value: float, row: int | None) -> OmegaError | None:
    if value != value:
        return breach(ErrorCode.NAN_VALUE, "C-5", column, "must be a number", row, value)
    if value - value != 0.0:
        return breach(ErrorCode.INFINITE_VALUE, "C-5", column, "must be finite", row, value)
    return None

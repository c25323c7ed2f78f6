"""Bars that are to be read: what the caller handed in, and the reading of it with one side's data handler."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from omega.boundary.guard import plain_value
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.protocols import BarFinding, DataHandler
from omega.contract.schemas import BARS_WITH_SYMBOL
from omega.contract.types import Timeframe
from omega.data.arrow import types_of
from omega.data.bars import QUALITIES, Bars, Quality, checked_bars, symbol_of
from omega.data.datasets import is_catalogue, read_series
from omega.data.memory import sealed
from omega.data.missing import names_in, with_names
from omega.data.sides import (
    SideName,
    checked_spread,
    read_columns,
    read_side,
    with_lone_times,
    with_other_side,
    with_volume,
)
from omega.data.styles.form import Said
from omega.data.styles.tables import styled_table
from omega.data.ticks import refuse_ticks
from omega.data.windows import ALL, Window, within
from omega.flags.plan import Choice

_ARGUMENTS: Final = frozenset({"spread_pips", "pip_size", "symbol"})
"""What is missing under these names is no column: the error says itself what to give."""


_COMPLETE: Final = frozenset({"T-11", "T-14"})
"""Rules whose errors name what is there already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BarSource:
    """The whole, a pair, or one side, and what is known and asked of them; see :func:`omega.read_bars`.

    Attributes
    ----------
    source, bid, ask : path or table
    pip_size : float or callable
        Price of a pip, or what finds it; called only when a side is made from a spread.
    digits_of : callable
        Finds the decimals of a symbol's prices; None if nobody knows them.
    columns, zone : mapping, str
        What is said about a CSV of another program (T-11).
    window : Window
        The rows that are read.
    """

    pip_size: float | Callable[[], float]
    digits_of: Callable[[str | None], int | None]
    source: object | None = None
    bid: object | None = None
    ask: object | None = None
    symbol: str | None = None
    timeframe: str | None = None
    spread_pips: float | str | None = None
    max_missing_ratio: float = 0.0
    quality: Quality = "report"
    columns: Mapping[str, str] | None = None
    zone: str | None = None
    window: Window = ALL

    @property
    def is_pair(self) -> bool:
        """Whether both sides were given."""
        return self.bid is not None and self.ask is not None

    @property
    def one_side(self) -> tuple[SideName, object] | None:
        """The side that came alone, with its name."""
        if self.source is not None or self.is_pair:
            return None
        return ("bid", self.bid) if self.bid is not None else ("ask", self.ask)

    def read(self, handler: DataHandler, reader: Choice) -> Bars:
        """Read, join where there are two sides, and check.

        Raises
        ------
        OmegaError
            As :func:`omega.read_bars`.
        """
        self.refuse_wrong_use()
        return self.check(handler, reader, *self.load(handler))

    def load(self, handler: DataHandler) -> tuple[pa.Table, bool]:
        """Read the table that is checked, in memory that nobody writes, and whether its volume was absent."""
        is_ours = self.is_pair or all(isinstance(one, str | Path | None) for one in (self.source, self.bid, self.ask))
        with self._names_of_missing():
            table, lacks_volume = self._table(handler)
            return sealed(table, is_ours=is_ours), lacks_volume

    def check(self, handler: DataHandler, reader: Choice, table: pa.Table, lacks_volume: bool) -> Bars:
        """Check what :meth:`load` read."""
        with self._names_of_missing():
            return checked_bars(
                handler,
                table,
                symbol=self.symbol,
                timeframe=self._step,
                quality=self.quality,
                reader=reader,
                digits_of=self.digits_of,
                lacks_volume=lacks_volume,
            )

    def examine(self, handler: DataHandler, table: pa.Table, lacks_volume: bool) -> tuple[BarFinding, ...]:
        """List every breach of what :meth:`load` read, or the findings of bars that have none (Q-T2e)."""
        found = handler.examine(table, self._step, self.digits_of(self.symbol or symbol_of(table)))
        if lacks_volume and not any(one.code for one in found):
            found = (*found, BarFinding("T-2", int(ErrorCode.OK), "no_volume", "no_volume", 1, ()))
        return found

    def refuse_wrong_use(self) -> None:
        """Refuse arguments that no data could make right."""
        for given in (self.source, self.bid, self.ask):
            refuse_ticks(given)
        _check_choice("quality", self.quality, QUALITIES, rule="T-2")
        _ = self._step
        self._refuse_contradiction()
        if self.is_pair:
            self._refuse_idle_spread()
        elif self.max_missing_ratio != 0.0:
            why = "is about times that one side of a pair lacks; leave it out, or give bid= and ask="
            raise _idle("max_missing_ratio", self.max_missing_ratio, why, rule="Q-G1")
        if self.one_side is not None:
            checked_spread(self.one_side[0], self.spread_pips)

    @property
    def _step(self) -> int | None:
        """The timeframe that is asked for, µs."""
        return None if self.timeframe is None else parse_timeframe(self.timeframe)

    @contextmanager
    def _names_of_missing(self) -> Iterator[None]:
        """Say with a column that is missing which ones there are."""
        try:
            yield
        except OmegaError as error:
            is_said = error.column in _ARGUMENTS or error.rule in _COMPLETE
            if error.code is not ErrorCode.MISSING_REQUIRED_FIELD or is_said:
                raise
            raise with_names(error, self._names(error.column or "")) from None

    def _names(self, column: str) -> list[str] | None:
        """Name the columns of the part in which ``column`` is missing."""
        if self.is_pair:
            return names_in(self.ask if column.startswith("ask_") else self.bid)
        return names_in(self.source if self.one_side is None else self.one_side[1])

    def _table(self, handler: DataHandler) -> tuple[pa.Table, bool]:
        if self.is_pair:
            bid, lacks_volume = with_volume(self._side("bid", self.bid))
            ask, _ = with_volume(self._side("ask", self.ask))
            try:
                return handler.join_sides(bid, ask, self.max_missing_ratio), lacks_volume
            except OmegaError as error:
                raise with_lone_times(error, bid, ask) from None
        if self.one_side is not None:
            styled = self._styled(self.one_side[1], self.one_side[0])
            return with_volume(self._with_other_side(*self.one_side) if styled is None else styled)
        styled = self._styled(self.source, None)
        if styled is not None:
            return styled, False
        table = self._whole()
        if {"bid_open", "ask_open"}.issubset(table.column_names):
            self._refuse_idle_spread()
        elif self.spread_pips is not None and "bid_open" not in table.column_names:
            table = self._with_other_side("bid", self.source)
        return with_volume(table)

    def _whole(self) -> pa.Table:
        if isinstance(self.source, str | Path) and self.source != "" and is_catalogue(Path(self.source)):
            return read_series(Path(self.source), self.symbol, self.timeframe, self.window)
        return read_columns(self.source, types_of(BARS_WITH_SYMBOL), self.window)

    def _side(self, side: SideName, source: object) -> pa.Table:
        styled = self._styled(source, side, needs_spread=False)
        return read_side(source, self.window) if styled is None else styled

    def _styled(self, source: object, side: SideName | None, *, needs_spread: bool = True) -> pa.Table | None:
        """Read a CSV of another program (T-11); None for anything else."""
        pips = self.spread_pips
        said = Said(
            columns=self.columns,
            zone=self.zone,
            side=side,
            spread_pips=None if isinstance(pips, str) else pips,
            pip_size=self.pip_size,
            known_digits=self.digits_of(self.symbol),
        )
        table = styled_table(source, said, needs_spread=needs_spread)
        return None if table is None else within(table, *self.window)

    def _with_other_side(self, side: SideName, source: object) -> pa.Table:
        digits = self.digits_of(self.symbol)
        return with_other_side(side, source, self.spread_pips, self.pip_size, digits, self.window)

    def _refuse_contradiction(self) -> None:
        if (self.source is None) == (self.bid is None and self.ask is None):
            raise omega_error(
                ErrorCode.INVALID_ARGUMENT,
                "give either one source, or bid= and ask= (one of them with spread_pips=)",
                rule="G-1",
                column="source",
            )

    def _refuse_idle_spread(self) -> None:
        """Refuse what would make a side where both are there (Q-G1c)."""
        given = {"spread_pips": self.spread_pips, "pip_size": None if callable(self.pip_size) else self.pip_size}
        for argument, value in given.items():
            if value is not None:
                why = "would make one side from the other, but both are there; leave it out"
                raise _idle(argument, value, why, rule="Q-G1c")


def _idle(argument: str, value: object, why: str, *, rule: str) -> OmegaError:
    message = f"{argument} {why}"
    return omega_error(ErrorCode.INVALID_ARGUMENT, message, rule=rule, column=argument, value=plain_value(value))


def parse_timeframe(name: str) -> int:
    """Length of a timeframe in µs."""
    _check_choice("timeframe", name, tuple(Timeframe.__members__), rule="T-4")
    return Timeframe[name].value


def _check_choice(argument: str, value: object, choices: tuple[str, ...], *, rule: str) -> None:
    if value not in choices:
        raise omega_error(
            ErrorCode.INVALID_ARGUMENT,
            f"{argument} must be one of {', '.join(choices)}, not {value!r}",
            rule=rule,
            column=argument,
            value=plain_value(value),
        )

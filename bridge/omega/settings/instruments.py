"""Symbol specifications (T-5): the built-in table and those a user brings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from omega.boundary.arguments import path_of
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.types import Instrument
from omega.data.documents import read_document
from omega.settings.base import Model
from omega.settings.model import Config, InstrumentConfig, Unit, parse

BUILTIN_PATH: Final = Path(__file__).with_name("instruments.yaml")


class InstrumentFile(Model):
    """A file of specifications; ``account_currency`` is what its tick values are in."""

    account_currency: str = "USD"
    instruments: list[InstrumentConfig]


class BuiltinFile(InstrumentFile):
    """The committed file; its tick values are what v1 had (S-1), for a USD account."""

    v1_tick_values: dict[str, Unit]


@dataclass(frozen=True, slots=True)
class InstrumentTable:
    """Specifications by symbol."""

    account_currency: str
    instruments: Mapping[str, InstrumentConfig]


@cache
def builtin_instruments(variant: str = "canonical") -> InstrumentTable:
    """Load the committed table: majors, their crosses, gold and silver, and the CFD of the sample data.

    Its specifications have no tick values but in ``v1``, where some have those of the original.
    """
    document = read_document(BUILTIN_PATH)
    assert isinstance(document, Mapping), "the committed table"
    file: BuiltinFile = parse(BuiltinFile, document)
    specs = by_symbol(file.instruments)
    if variant == "v1":
        for symbol, tick_value in file.v1_tick_values.items():
            specs[symbol] = specs[symbol].model_copy(update={"tick_value": tick_value})
    return InstrumentTable(file.account_currency, specs)


def parse_instruments(document: object) -> InstrumentTable:
    """Check a document that holds a list of specifications, or a mapping with the key ``instruments``.

    Raises
    ------
    OmegaError
        As :class:`omega.settings.model.Config`.
    """
    if isinstance(document, list):
        document = {"instruments": document}
    if not isinstance(document, Mapping):
        raise omega_error(
            ErrorCode.TYPE_MISMATCH,
            f"instruments must be a list of specifications, not {type(document).__name__}",
            rule="T-5",
            column="instruments",
        )
    file: InstrumentFile = parse(InstrumentFile, document)
    return InstrumentTable(file.account_currency, by_symbol(file.instruments))


def by_symbol(specs: Iterable[InstrumentConfig]) -> dict[str, InstrumentConfig]:
    """Index specifications; a symbol that comes twice is refused."""
    table: dict[str, InstrumentConfig] = {}
    for spec in specs:
        if spec.symbol in table:
            raise omega_error(
                ErrorCode.CONSTRAINT_VIOLATION,
                f"symbol {spec.symbol!r} is specified twice",
                rule="T-5",
                column="instruments",
                value=spec.symbol,
            )
        table[spec.symbol] = spec
    return table


def find_instrument(config: Config, symbol: str) -> Instrument | None:
    """Find a symbol's specification: the configuration's own first, then the built-in table; None in v1 (S-5).

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT when a canonical run has none, and for an empty path.
    """
    if config.variant == "v1" and config.instruments == []:
        return None  # Q-S5: the original's users run so, and sizes differ
    tables = (_given_instruments(config), builtin_instruments(config.variant))
    for table in tables:
        if symbol in table.instruments:
            return _in_account_currency(table, symbol, config.account_currency)
    if config.variant == "v1":
        return None
    known = ", ".join(name for table in tables for name in table.instruments)
    raise omega_error(
        ErrorCode.INVALID_ARGUMENT,
        f"no specification of symbol {symbol!r}; add it under `instruments` (known: {known})",
        rule="S-5",
        column="symbol",
        value=symbol,
    )


def _given_instruments(config: Config) -> InstrumentTable:
    if isinstance(config.instruments, str):
        return parse_instruments(read_document(path_of(config.instruments, rule="S-5", column="instruments")))
    return InstrumentTable(config.account_currency, by_symbol(config.instruments or ()))


def _in_account_currency(table: InstrumentTable, symbol: str, account_currency: str) -> Instrument:
    values = table.instruments[symbol].model_dump()
    if account_currency != table.account_currency:
        # The table's tick values are money of another account; without them S-1 converts or refuses.
        values["tick_value"] = None
    return Instrument(**values)


def builtin_digits(symbol: str | None) -> int | None:
    """Find the decimals of a symbol's prices in the built-in table; None if it is not there."""
    spec = None if symbol is None else builtin_instruments().instruments.get(symbol)
    return None if spec is None else spec.digits


def builtin_pip_size(symbol: str | None) -> float:
    """Find the price of a pip in the built-in table.

    Raises
    ------
    OmegaError
        MISSING_REQUIRED_FIELD without a symbol, or for one that is not in it.
    """
    known = builtin_instruments().instruments
    if symbol is None or symbol not in known:
        raise omega_error(
            ErrorCode.MISSING_REQUIRED_FIELD,
            f"spread_pips needs the price of a pip: give pip_size=, or a symbol= of {', '.join(known)}",
            rule="S-5",
            column="pip_size" if symbol is None else "symbol",
            value=symbol,
        )
    return known[symbol].pip_size

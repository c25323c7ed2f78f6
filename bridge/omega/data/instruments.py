"""Symbol specifications (T-5): the built-in table and those a user brings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from omega.contract.config import InstrumentConfig, Model, parse
from omega.contract.errors import ErrorCode, omega_error
from omega.data.files import read_document

BUILTIN_PATH: Final = Path(__file__).with_name("instruments.yaml")


class InstrumentFile(Model):
    """A file of specifications; ``account_currency`` is what its tick values are in."""

    account_currency: str = "USD"
    instruments: list[InstrumentConfig]


@dataclass(frozen=True, slots=True)
class InstrumentTable:
    """Specifications by symbol."""

    account_currency: str
    instruments: Mapping[str, InstrumentConfig]


@cache
def builtin_instruments() -> InstrumentTable:
    """Load the committed table: the majors and the CFD of the sample data, tick values for a USD account."""
    return parse_instruments(read_document(BUILTIN_PATH))


def parse_instruments(document: object) -> InstrumentTable:
    """Check a document that holds a list of specifications, or a mapping with the key ``instruments``.

    Raises
    ------
    OmegaError
        As :class:`omega.contract.config.Config`.
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

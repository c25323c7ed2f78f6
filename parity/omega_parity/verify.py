"""From what the user asked for to a verdict on disk."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from omega.contract.errors import ErrorCode, omega_error
from omega_parity.cases import Case, Floors, Market, full_cases, market_cases, quick_cases
from omega_parity.environment import describe_environment, describe_flags
from omega_parity.markets import file_market, sample_market
from omega_parity.report_html import render
from omega_parity.runner import OnCase, Sides, run_cases
from omega_parity.verdict import Verdict

_USER_FLOORS: Final = Floors(fills=1)
"""Random signals fill on any market; how often the strategy trades on it is not for us to demand."""


def choose_cases(
    paths: Iterable[Path], *, is_quick: bool, symbol: str | None = None
) -> tuple[list[Case], tuple[str, ...]]:
    """Make the cases of the sample and of the user's files, with notes on what could not be run.

    Raises
    ------
    OmegaError
        As :func:`omega_parity.markets.file_market`.
    """
    markets = [file_market(path, symbol) for path in paths]
    sample = sample_market()
    cases = list(quick_cases(sample) if is_quick else full_cases(sample))
    for market in markets:
        cases += market_cases(market, strategy_floors=Floors(), signal_floors=_USER_FLOORS)
    return cases, tuple(_note(market) for market in markets if market.instrument is None)


def judge(cases: Sequence[Case], sides: Sides, on_case: OnCase | None = None, notes: tuple[str, ...] = ()) -> Verdict:
    """Run ``cases`` on both sides and decide."""
    return Verdict(
        cases=run_cases(cases, sides, on_case),
        environment=describe_environment(),
        flags=describe_flags(),
        notes=notes,
    )


def write_report(verdict: Verdict, folder: Path) -> Path:
    """Write ``verdict.html`` and ``verdict.json``; return the path of the page.

    Raises
    ------
    OmegaError
        IO_ERROR when the folder cannot be written.
    """
    page = folder / "verdict.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        page.write_text(render(verdict), encoding="utf-8")
        (folder / "verdict.json").write_text(json.dumps(verdict.as_data(), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        reason = f"cannot write the report: {error.strerror}"
        raise omega_error(ErrorCode.IO_ERROR, reason, column="out", value=str(folder)) from None
    return page


def _note(market: Market) -> str:
    return f"{market.name}: no specification of {market.symbol} is known, so only variant v1 ran (S-5)"

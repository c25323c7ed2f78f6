"""The pytest plugin of the gates: fixtures, options, the summary, and the rules that keep gates honest.

A skip is a failure, unless it is the declared absence of market data. A run that compared nothing fails. The
``conftest.py`` of a folder of gates takes all of it with ``from omega_parity.gates.plugin import *``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from omega.compare.compare import Comparison
from omega.compare.outcome import Failure, Value
from omega_parity.drive.components import compare_calls, error_text
from omega_parity.drive.sides import NativeMissingError, Sides, both_sides
from omega_parity.gates import ledger, whole
from omega_parity.gates.checks.bench import Bench, Check, CheckFailedError, LeftOutError
from omega_parity.gates.provenance import foreign_parts
from omega_parity.gates.search import Search, add_options, register, search_of
from omega_parity.generate.cases import Case
from omega_parity.generate.markets import (
    MARKET_DATA_VARIABLE,
    REQUIRE_VARIABLE,
    market_data_folder,
    market_data_required,
)
from omega_parity.judge.replay import report
from omega_parity.judge.verdict import CaseVerdict

__all__ = [
    "agree",
    "bench",
    "hold",
    "judge",
    "market_folder",
    "pytest_addoption",
    "pytest_configure",
    "pytest_make_collect_report",
    "pytest_runtest_makereport",
    "search",
    "sides",
]

Agree = Callable[..., Comparison]
"""Type of the fixture :func:`agree`."""
Hold = Callable[..., None]
"""Type of the fixture :func:`hold`."""

DECLARED_ABSENCE = f"no market data on this machine; {MARKET_DATA_VARIABLE} names their folder"


@pytest.fixture(scope="session")
def sides(request: pytest.FixtureRequest) -> Sides:
    """Both implementations; without Rust there is nothing to judge, which is a failure, not a skip, and said once."""
    try:
        both = both_sides()
        foreign = foreign_parts()
        if not foreign:
            return both
        why = "; ".join(foreign)
    except NativeMissingError as missing:
        why = f"{missing.error}\nbuild it with: {missing.fix}"
    request.session.shouldfail = "without both sides there is nothing to judge"
    pytest.fail(why, pytrace=False)


@pytest.fixture
def bench(sides: Sides, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Both sides, as far as the session goes; what is compared with it is counted."""
    made = Bench(sides, search_of(request.config).extent)
    yield made
    counts: dict[str, object] = dict(made.counts)
    request.node.user_properties.append((ledger.RECORD, counts | ({"set": made.bar_set} if made.bar_set else {})))


@pytest.fixture
def judge(bench: Bench, request: pytest.FixtureRequest) -> Callable[[Case], CaseVerdict]:
    """Run a case on both sides, count what was compared, and fail unless it is a GO."""

    def run(case: Case) -> CaseVerdict:
        with _without_trace(bench.sides, request.node.name):
            return bench.judge(case)

    return run


@contextmanager
def _without_trace(sides: Sides, found_by: str, about: str = "") -> Iterator[None]:
    """Let what does not hold fail with its own words alone, and a run that differs with its smallest case."""
    try:
        yield
        return
    except (CheckFailedError, LeftOutError) as error:
        case = error.case if isinstance(error, CheckFailedError) else None
        why = f"{about}{error if case is None else report(case, sides, found_by=found_by)}"
    pytest.fail(why, pytrace=False)


@pytest.fixture
def agree(request: pytest.FixtureRequest) -> Iterator[Agree]:
    """Compare two calls, or take a comparison made elsewhere; fail on the first difference."""
    made: list[Comparison] = []

    def check(
        reference: Callable[[], object],
        candidate: Callable[[], object],
        *,
        about: object = "",
        error_key: Callable[[Failure], Value] = error_text,
    ) -> Comparison:
        comparison = compare_calls(reference, candidate, error_key)
        made.append(comparison)
        if comparison.differences:
            shown = "\n".join(map(str, comparison.differences[:3]))
            pytest.fail(f"{about}: {comparison.values_differing} values differ\n{shown}", pytrace=False)
        return comparison

    yield check
    compared = sum(comparison.comparisons for comparison in made)
    bits = sum(comparison.bits_differing for comparison in made)
    request.node.user_properties.append((ledger.RECORD, {"comparisons": compared, "bits_differing": bits}))
    if compared == 0:
        pytest.fail("nothing was compared", pytrace=False)


@pytest.fixture
def hold(bench: Bench) -> Hold:
    """Do a check that `omega verify` does too, as far as the session goes, and fail unless it holds."""

    def do(check: Check, *parameter: object) -> None:
        with _without_trace(bench.sides, check.name, f"{check.kind}, {check.name}: "):
            check(bench, *parameter)

    return do


@pytest.fixture
def search(sides: Sides, request: pytest.FixtureRequest) -> Iterator[Search]:
    """Judge many generated cases; the first that differs is reduced, kept and reported."""
    searching = Search(sides, search_of(request.config))
    yield searching
    if searching.tally.counts:
        request.node.user_properties.append((ledger.RECORD, {**searching.tally.counts, "set": searching.tally.bar_set}))


@pytest.fixture
def market_folder() -> Path:
    """The folder of the real market data; their absence is declared, or a failure where they are required."""
    folder = market_data_folder()
    if folder is not None:
        return folder
    if market_data_required():
        pytest.fail(f"{REQUIRE_VARIABLE}=1, and {DECLARED_ABSENCE}", pytrace=False)
    pytest.skip(DECLARED_ABSENCE)


@pytest.hookimpl(wrapper=True, tryfirst=True)  # outermost, so that it sees what xfail made of the report
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn every skip but the declared one into a failure, and every mark of an expected failure."""
    report = yield
    is_xpass = report.passed and hasattr(report, "wasxfail")
    if is_xpass or (report.skipped and not _is_declared(item, report.longrepr)):
        why = "marked xfail, and passed" if is_xpass else _reason(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"a skip in parity/ is a failure: {why}"
        vars(report).pop("wasxfail", None)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn the skip of a whole module into a failure."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"a skip in parity/ is a failure: {_reason(report.longrepr)}"
    return report


def _is_declared(item: pytest.Item, longrepr: object) -> bool:
    return item.get_closest_marker("market") is not None and _reason(longrepr).endswith(DECLARED_ABSENCE)


def _reason(longrepr: object) -> str:
    return str(longrepr[2] if isinstance(longrepr, tuple) else longrepr)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the gates."""
    add_options(parser)
    parser.getgroup("parity").addoption(
        whole.GATE_OPTION, action="store_true", help="a part is no answer: exit code 4 for PARTIAL, as with CI=true"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Start what tells about searches, and the ledger."""
    register(config)
    whole.register(config, ledger.register(config, DECLARED_ABSENCE))

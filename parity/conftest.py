"""The gates: what they share, and the rules that keep them honest.

A skip is a failure, unless it is the declared absence of market data. A run that compared nothing fails. A summary
says what was compared, and that Rust really ran.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from omega_parity import plugin
from omega_parity.cases import Case
from omega_parity.compare import Comparison
from omega_parity.components import compare_calls
from omega_parity.markets import (
    MARKET_DATA_VARIABLE,
    REQUIRE_VARIABLE,
    market_data_folder,
    market_data_required,
    market_set_names,
)
from omega_parity.runner import Sides, run_case
from omega_parity.sides import NativeMissingError, both_sides
from omega_parity.verdict import CaseVerdict

DECLARED_ABSENCE = f"no market data on this machine; {MARKET_DATA_VARIABLE} names their folder"

_COUNTS = ("comparisons", "bits_differing", "bars", "events", "fills", "trades", "crossings")
_RECORD = "parity"


@pytest.fixture(scope="session")
def sides() -> Sides:
    """Both implementations; without Rust there is nothing to judge, which is a failure and not a skip."""
    try:
        return both_sides()
    except NativeMissingError as missing:
        pytest.fail(f"{missing.error}; build it with: {missing.fix}", pytrace=False)


@pytest.fixture
def judge(sides: Sides, request: pytest.FixtureRequest) -> Callable[[Case], CaseVerdict]:
    """Run a case on both sides, count what was compared, and fail unless it is a GO."""

    def run(case: Case) -> CaseVerdict:
        verdict = run_case(case, sides)
        counts = {name: getattr(verdict, name) for name in _COUNTS}
        request.node.user_properties.append((_RECORD, {**counts, "set": case.name.split("/")[0]}))
        if not verdict.is_go:
            explanation = "" if verdict.divergence is None else f"\n{verdict.divergence.text()}"
            pytest.fail(f"{case.name}: {'; '.join(verdict.against)}{explanation}", pytrace=False)
        return verdict

    return run


@pytest.fixture
def agree(sides: Sides, request: pytest.FixtureRequest) -> Iterator[Callable[..., Comparison]]:
    """Compare two calls, or take a comparison made elsewhere; fail on the first difference."""
    made: list[Comparison] = []

    def check(reference: Callable[[], object], candidate: Callable[[], object], *, about: object = "") -> Comparison:
        comparison = compare_calls(reference, candidate)
        made.append(comparison)
        if comparison.differences:
            shown = "\n".join(map(str, comparison.differences[:3]))
            pytest.fail(f"{about}: {comparison.values_differing} values differ\n{shown}", pytrace=False)
        return comparison

    yield check
    compared = sum(comparison.comparisons for comparison in made)
    bits = sum(comparison.bits_differing for comparison in made)
    request.node.user_properties.append((_RECORD, {"comparisons": compared, "bits_differing": bits}))
    if compared == 0:
        pytest.fail("nothing was compared", pytrace=False)


@pytest.fixture
def search(sides: Sides, request: pytest.FixtureRequest) -> Iterator[plugin.Search]:
    """Judge many generated cases; the first that differs is reduced, kept and reported."""
    searching = plugin.Search(sides, plugin.search_of(request.config))
    yield searching
    if searching.tally.counts:
        request.node.user_properties.append((_RECORD, {**searching.tally.counts, "set": searching.tally.bar_set}))


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
    """Turn every skip but the declared one into a failure."""
    report = yield
    if report.skipped and not _is_declared(item, report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"a skip in parity/ is a failure: {_reason(report.longrepr)}"
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


class _Ledger:
    """Adds up what the gates of this session compared."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = dict.fromkeys(_COUNTS, 0)
        self.sets: set[str] = set()
        self.is_used = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect from the report, which also travels from a worker process."""
        if report.when != "teardown":
            return
        for name, record in report.user_properties:
            if name == _RECORD and isinstance(record, dict):
                self.is_used = True
                self.sets |= {str(record["set"])} if "set" in record else set()
                for key in _COUNTS:
                    self.counts[key] += int(record.get(key, 0))

    @property
    def is_red(self) -> bool:
        """Whether tests ran that recorded themselves but compared nothing."""
        return self.is_used and self.counts["comparisons"] == 0


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the gates."""
    plugin.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Start the ledger, and what tells about searches."""
    plugin.register(config)
    config.pluginmanager.register(_Ledger(), "omega-parity-ledger")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a session that compared nothing."""
    ledger = session.config.pluginmanager.get_plugin("omega-parity-ledger")
    if isinstance(ledger, _Ledger) and ledger.is_red:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how much was compared, and that Rust really ran."""
    ledger = config.pluginmanager.get_plugin("omega-parity-ledger")
    if not isinstance(ledger, _Ledger) or not ledger.is_used:
        return
    counts = ledger.counts
    real = len(ledger.sets & set(market_set_names()))
    terminalreporter.section("parity")
    terminalreporter.line(
        f"{len(ledger.sets)} bar sets ({real} of {len(market_set_names())} real), {counts['bars']:,} bars, "
        f"{counts['events']:,} events, {counts['fills']:,} fills, {counts['trades']:,} trades"
    )
    terminalreporter.line(
        f"{counts['comparisons']:,} values compared by type and bits, {counts['bits_differing']:,} bits differ"
    )
    ran = f"Rust ran: {counts['crossings']:,} boundary crossings" if counts["crossings"] else "Rust never ran a case"
    terminalreporter.line(ran)
    if market_data_folder() is None:
        terminalreporter.line(f"NOT COMPARED: {DECLARED_ABSENCE}")

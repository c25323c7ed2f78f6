"""What the gates of a session compared: adds it up, says it, and turns a session red that compared nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest

from omega_parity.gates.checks.bench import COUNTS
from omega_parity.generate.markets import market_set_names

RECORD: Final = "parity"
"""Name of the user property in which a gate says what it compared: counts, and under ``set`` the bars' name."""


class Ledger:
    """Adds up what the gates recorded.

    Attributes
    ----------
    counts : dict
        Sums by the names of ``COUNTS``.
    sets : set of str
        Names of the bar sets.
    absence : str
        What to say where there is no market data.
    gates, deselected : int
        Tests that ran, and those that the command line left out.
    """

    def __init__(self, absence: str) -> None:
        self.counts: dict[str, int] = dict.fromkeys(COUNTS, 0)
        self.sets: set[str] = set()
        self.absence = absence
        self.gates = 0
        self.failed = 0
        self.deselected = 0
        self._is_market_absent = False

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Count the gates that the command line left out."""
        self.deselected += len(items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect from the report, which also travels from a worker process."""
        self._is_market_absent |= report.skipped  # the one skip that the gates let pass
        self.failed += report.failed
        if report.when != "teardown":
            return
        self.gates += 1
        for name, record in report.user_properties:
            if name == RECORD and isinstance(record, Mapping):
                self.sets |= {str(record["set"])} if "set" in record else set()
                for key in COUNTS:
                    self.counts[key] += int(record.get(key, 0))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a session that ran gates and compared nothing; one that ran none fails by itself."""
        is_worker = hasattr(session.config, "workerinput")
        if self._is_empty and not is_worker and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @property
    def _is_empty(self) -> bool:
        return self.gates > 0 and self.counts["comparisons"] == 0

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
        """Say how much was compared, that Rust really ran, and what was left out."""
        if not self.gates and not self.deselected:
            return
        terminalreporter.section("parity")
        for line in self.lines():
            terminalreporter.line(line)
        if exitstatus == pytest.ExitCode.INTERRUPTED:
            terminalreporter.line(f"interrupted after {self.gates} gates")
        if self._is_empty and not {"failed", "error"} & set(terminalreporter.stats):
            terminalreporter.line("RED: nothing was compared, which proves nothing", red=True)

    def lines(self) -> list[str]:
        """Return the summary."""
        counts = self.counts
        lines = self._lines_of_runs() if self.sets else []
        is_silent = self.failed and not counts["bits_differing"]
        found = f"{self.failed} failures" if is_silent else f"{counts['bits_differing']:,} bits differ"
        lines.append(f"{counts['comparisons']:,} values compared by type and bits, {found}")
        if counts["crossings"]:
            lines.append(f"Rust ran: {counts['crossings']:,} boundary crossings")
        elif self.sets:
            lines.append("Rust never ran a case")
        if self._is_market_absent:
            lines.append(f"NOT COMPARED: {self.absence}")
        return lines

    def _lines_of_runs(self) -> list[str]:
        counts = self.counts
        names = market_set_names()
        return [
            f"{len(self.sets)} bar sets ({len(self.sets & set(names))} of {len(names)} real), {counts['bars']:,} bars, "
            f"{counts['events']:,} events,",
            f"{counts['fills']:,} fills, {counts['trades']:,} trades",
        ]


def register(config: pytest.Config, absence: str) -> Ledger:
    """Start a ledger and return it; ``absence`` is what to say where there is no market data.

    Raises
    ------
    pytest.UsageError
        As :func:`add_plugin`.
    """
    ledger = Ledger(absence)
    add_plugin(config, ledger, "omega-parity-ledger")
    return ledger


def add_plugin(config: pytest.Config, plugin: object, name: str) -> None:
    """Add a plugin without which the gates are none.

    Raises
    ------
    pytest.UsageError
        When the command line switches it off (``-p no:…``).
    """
    if config.pluginmanager.register(plugin, name) is None:
        raise pytest.UsageError(f"-p no:{name}: without it the gates prove nothing")

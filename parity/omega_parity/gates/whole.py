"""Whether a session of pytest was whole: every recorded gate passed, as far as it went when it was recorded.

A session that was not says PARTIAL and why. Where a gate decides (``--gate``, ``CI=true``) it ends with exit code 4,
and ``parity.json`` in the folder of artefacts says what it was; an exit code alone proves nothing, because pytest can
be told to run without this plugin.
"""

from __future__ import annotations

import json
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

from omega.contract.errors import OmegaError
from omega.data.writing import make_folder, write_file
from omega_parity.gates.ledger import Ledger, add_plugin
from omega_parity.gates.provenance import CHECKOUT, OPTIMIZED, package_folder, source_digest
from omega_parity.gates.recorded import Recorded, recorded
from omega_parity.gates.search import EXAMPLES_OPTION, search_of
from omega_parity.golden.kept import folder_to_write
from omega_parity.variables import CI_VARIABLE, is_set

GATE_OPTION: Final = "--gate"
EXIT_PARTIAL: Final = 4
DOCUMENT: Final = "parity.json"
SCHEMA_VERSION: Final = 2

_MOST_NAMED: Final = 5
_JUDGE: Final = "omega_parity"


class Whole:
    """Compares what passed with what is recorded.

    Attributes
    ----------
    reasons : list of str
        Why the session is no whole one; known at its end.
    """

    def __init__(self, config: pytest.Config, ledger: Ledger) -> None:
        self.reasons: list[str] = []
        self._config = config
        self._ledger = ledger
        self._done: dict[str, set[str]] = {}
        self._left_out: dict[str, set[str]] = {}
        self._failed: set[str] = set()
        self._word = "NO-GO"
        self._record: Recorded | None = None
        self._no_record = ""
        if self._is_ours:
            self._write("NO-GO", ["the session has not ended: it is running, or it was stopped"])
            try:
                self._record = recorded()
            except OmegaError as error:
                self._no_record = str(error)

    @property
    def _is_ours(self) -> bool:
        """Whether the gates are those of the checkout that this plugin belongs to."""
        if CHECKOUT is None:
            return False
        ours = CHECKOUT / "parity" / "conftest.py"
        files = (getattr(one, "__file__", None) for one in self._config.pluginmanager.get_plugins())
        return any(file is not None and Path(file).resolve() == ours for file in files)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what ran and what was left out: a skip that stands is the declared absence of market data."""
        name = report.nodeid.replace("\\", "/").removeprefix("parity/")
        gate = name.split("[")[0]
        if report.skipped:
            self._left_out.setdefault(gate, set()).add(name)
        if report.failed:
            self._failed.add(name)
        if report.failed or (report.when == "call" and not report.skipped):
            self._done.setdefault(gate, set()).add(name)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Decide what the session was, and let it end with 4 where a part is no answer."""
        if hasattr(session.config, "workerinput"):
            return
        self.reasons = list(self._why_partial(session))
        is_green = session.exitstatus == pytest.ExitCode.OK
        if is_green and self.reasons and is_deciding(session.config):
            session.exitstatus = EXIT_PARTIAL
        self._word = "PARTIAL" if self.reasons else "GO"
        if not is_green and session.exitstatus != pytest.ExitCode.INTERRUPTED:
            self._word = "NO-GO"
        if self._is_ours:
            self._write(self._word, [*sorted(self._failed), *self.reasons])

    def _why_partial(self, session: pytest.Session) -> Iterator[str]:
        config = session.config
        if self._no_record:
            yield self._no_record
        if session.exitstatus == pytest.ExitCode.INTERRUPTED:
            yield "interrupted"
        if self._record is None:
            deselected = self._ledger.deselected
            if deselected:
                yield f"{deselected} of {deselected + self._ledger.gates} gates were deselected"
            return
        yield from self._fewer(self._record.gates)
        examples = search_of(config).examples
        if examples < self._record.sequences["gate"]:
            yield f"{EXAMPLES_OPTION} {examples}: {examples:,} of {self._record.sequences['gate']:,} recorded sequences"
        for name in self._foreign_plugins():
            yield f"the plugin {name} took part, which may change what is reported"

    @property
    def left_out(self) -> list[str]:
        """Which gates could not run here, with how many of their tests and why."""
        why = self._ledger.absence
        return [f"{gate}: {len(names)}, {why}" for gate, names in sorted(self._left_out.items())]

    def _fewer(self, gates: Mapping[str, int]) -> Iterator[str]:
        ran = Counter({gate: len(self._done.get(gate, ())) + len(self._left_out.get(gate, ())) for gate in gates})
        fewer = {gate: f"{ran[gate]} of {count}" for gate, count in gates.items() if ran[gate] < count}
        if fewer:
            few = [f"{gate} {counts}" for gate, counts in list(fewer.items())[:_MOST_NAMED]]
            more = f" and {len(fewer) - len(few)} more" if len(fewer) > len(few) else ""
            yield f"{len(gates) - len(fewer)} of {len(gates)} recorded gates ran whole; not {', '.join(few)}{more}"

    def _foreign_plugins(self) -> Iterator[str]:
        """Name the plugins that are neither installed nor of the checkout: they may change what a report says."""
        assert CHECKOUT is not None
        installed = (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
        known = (*map(Path, installed), CHECKOUT / "parity" / "conftest.py", CHECKOUT / "tests", package_folder(_JUDGE))
        for name, plugin in self._config.pluginmanager.list_name_plugin():
            if plugin is None:
                continue
            module = plugin if isinstance(plugin, ModuleType) else sys.modules.get(type(plugin).__module__)
            file = getattr(module, "__file__", None)
            if file is None or not any(Path(file).resolve().is_relative_to(folder.resolve()) for folder in known):
                yield str(name)

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what the session was."""
        for gate in self.left_out:
            terminalreporter.line(f"left out: {gate}")
        for reason in self.reasons:
            terminalreporter.line(f"PARTIAL: {reason}")
        if self._record is not None and not self.reasons:
            left_out = sum(map(len, self._left_out.values()))
            count = sum(self._record.gates.values()) - left_out
            besides = f", {left_out} left out" if left_out else ""
            terminalreporter.line(f"whole: {len(self._record.gates)} recorded gates, {count} tests passed{besides}")

    def _write(self, word: str, against: list[str]) -> None:
        if not is_deciding(self._config) or hasattr(self._config, "workerinput"):
            return
        folder = folder_to_write().parent if is_set(CI_VARIABLE) else Path("omega-report")
        document = {
            "schema": SCHEMA_VERSION,
            "verdict": word,
            "against": against,
            "passed": {gate: len(names - self._failed) for gate, names in sorted(self._done.items())},
            "left_out": self.left_out,
            "counts": dict(self._ledger.counts),
            "sequences": search_of(self._config).examples,
            "Python sources": source_digest(),
        }
        make_folder(folder)
        write_file(folder / DOCUMENT, json.dumps(document, indent=1) + "\n")


def is_deciding(config: pytest.Config) -> bool:
    """Whether a part is no answer."""
    return bool(config.getoption("gate", False)) or is_set(CI_VARIABLE)


def register(config: pytest.Config, ledger: Ledger) -> None:
    """Add the plugin to a session.

    Raises
    ------
    pytest.UsageError
        Where assertions are left out, or the gates are those of a checkout that this judge does not belong to.
    """
    if not __debug__:
        raise pytest.UsageError(f"{OPTIMIZED}: run them without it")
    others = config.rootpath / "parity" / "omega_parity"
    if others.is_dir() and others.resolve() != Path(__file__).resolve().parents[1]:
        raise pytest.UsageError(f"the gates below {config.rootpath.name} are not those of this omega_parity")
    add_plugin(config, Whole(config, ledger), "omega-parity-whole")

"""The search of the gates: its options, Hypothesis profiles, what it has to reach, and its summary."""

from __future__ import annotations

import argparse
import secrets
import statistics
from dataclasses import dataclass, field, replace
from typing import Final, NoReturn

import hypothesis
import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from omega_parity.drive.sides import Sides
from omega_parity.gates.checks.bench import COUNTS, GATE, Extent
from omega_parity.gates.ledger import add_plugin
from omega_parity.gates.reach import REACH_RECORD
from omega_parity.gates.settings import search_settings
from omega_parity.generate.cases import Case
from omega_parity.golden.kept import folder_to_write
from omega_parity.judge.replay import report
from omega_parity.judge.run_case import run_case
from omega_parity.judge.verdict import CaseVerdict
from omega_parity.variables import CI_VARIABLE, is_set

EXAMPLES_OPTION: Final = "--parity-examples"
PROFILE_OPTION: Final = "--parity-profile"
SEED_OPTION: Final = "--parity-seed"

FIGURES_RECORD: Final = "parity-figures"
RULES_RECORD: Final = "parity-rules"
FAULTS_RECORD: Final = "parity-faults"
MACHINE_RECORD: Final = "parity-machine"
_SECTIONS: Final = {
    FAULTS_RECORD: "built-in faults",
    RULES_RECORD: "rules",
    MACHINE_RECORD: "rules met by the state machine",
    REACH_RECORD: "reach",
}
"""Records of lines for the summary, and their headings."""

EXAMPLES: Final = {"default": 1_000, "ci": 3_000, "long": 20_000}
"""Generated sequences per profile. Only ``long`` is random; the others search the same on the same commit."""

STEPS_PER_MACHINE: Final = 25

FLOOR_EXAMPLES: Final = 1_000
"""From so many sequences on, a search has to reach the floors."""
BARS_PER_SEQUENCE: Final = 100
TRADES_PER_SEQUENCE: Final = 5
MEDIAN_ACCEPTED: Final = 8
SHARE_WITHOUT_FILL: Final = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPlan:
    """How this session searches.

    Attributes
    ----------
    seed : int or None
        Of a random search; None for one that depends on the commit only.
    """

    profile: str
    examples: int
    seed: int | None

    def settings(self, examples: int | None = None) -> hypothesis.settings:
        """Return Hypothesis' settings."""
        count = self.examples if examples is None else examples
        return search_settings(count, is_random=self.seed is not None, steps=STEPS_PER_MACHINE)

    @property
    def extent(self) -> Extent:
        """How far the checks of the session go."""
        return replace(GATE, share=self.examples / EXAMPLES["default"], seed=self.seed)

    def __str__(self) -> str:
        how = "derandomized" if self.seed is None else f"{SEED_OPTION} {self.seed}"
        return f"profile {self.profile}, {how}"


def add_options(parser: pytest.Parser) -> None:
    """Add the options of the gates."""
    group = parser.getgroup("parity", "parity between the Python reference and Rust")
    group.addoption(
        EXAMPLES_OPTION, type=_positive, default=None, metavar="N", help="generated sequences (default: by profile)"
    )
    group.addoption(
        PROFILE_OPTION,
        choices=sorted(EXAMPLES),
        default="default",
        help=f"default ({EXAMPLES['default']:,} sequences) and ci ({EXAMPLES['ci']:,}) are derandomized; "
        f"long ({EXAMPLES['long']:,}) is random and prints its seed",
    )
    group.addoption(SEED_OPTION, type=int, default=None, metavar="SEED", help="search at random, from this seed")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1 on, not {text!r}")
    return int(text)


def search_of(config: pytest.Config) -> SearchPlan:
    """Return how the session searches."""
    profile = config.getoption(PROFILE_OPTION, "default")
    examples = config.getoption(EXAMPLES_OPTION, None) or EXAMPLES[profile]
    return SearchPlan(profile=profile, examples=examples, seed=config.getoption(SEED_OPTION, None))


@dataclass(slots=True)
class Tally:
    """Adds up the verdicts of a search."""

    bar_set: str = ""
    accepted: list[int] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    without_fill: int = 0

    def add(self, verdict: CaseVerdict) -> None:
        """Count one sequence."""
        self.bar_set = verdict.case.partition("/")[0]
        self.accepted.append(verdict.accepted)
        self.without_fill += verdict.fills == 0
        for name in COUNTS:
            self.counts[name] = self.counts.get(name, 0) + getattr(verdict, name)

    def figures(self) -> dict[str, float]:
        """Return the figures the issue of a gate asks for."""
        sequences = len(self.accepted)
        return {
            "sequences": sequences,
            "bars": self.counts.get("bars", 0),
            "trades": self.counts.get("trades", 0),
            "median_accepted": statistics.median(self.accepted) if self.accepted else 0.0,
            "share_without_fill": self.without_fill / sequences if sequences else 1.0,
        }


def shortfalls(figures: dict[str, float], examples: int) -> list[str]:
    """Say which figures of a search prove too little; a search that was asked to be small need not reach the floors."""
    sequences = figures["sequences"]
    found = [] if sequences >= examples else [f"{sequences:,} of {examples:,} sequences ran"]
    if examples < FLOOR_EXAMPLES:
        return found
    for name, floor in (("bars", BARS_PER_SEQUENCE * examples), ("trades", TRADES_PER_SEQUENCE * examples)):
        if figures[name] < floor:
            found.append(f"{name} {figures[name]:,.0f} < {floor:,}")
    if figures["median_accepted"] < MEDIAN_ACCEPTED:
        found.append(f"median of accepted orders {figures['median_accepted']:g} < {MEDIAN_ACCEPTED}")
    if figures["share_without_fill"] >= SHARE_WITHOUT_FILL:
        found.append(f"{figures['share_without_fill']:.1%} without a fill, at most {SHARE_WITHOUT_FILL:.0%} may be")
    return found


class CounterexampleError(AssertionError):
    """A case that is no GO."""


class Search:
    """Judges many generated cases and keeps count.

    Attributes
    ----------
    plan : SearchPlan
    tally : Tally
    """

    def __init__(self, sides: Sides, plan: SearchPlan) -> None:
        self.sides = sides
        self.plan = plan
        self.tally = Tally()

    def judge(self, case: Case) -> None:
        """Run a case on both sides and count it; raise :class:`CounterexampleError` unless it is a GO."""
        verdict = run_case(case, self.sides)
        if not verdict.is_go:
            raise CounterexampleError(case.name)
        self.tally.add(verdict)

    def fail(self, case: Case, found_by: str) -> NoReturn:
        """Reduce and keep a counterexample, and fail with what it shows."""
        pytest.fail(report(case, self.sides, found_by=found_by), pytrace=False)


class SearchPlugin:
    """Replays what was found before everything else, and tells what was searched."""

    def __init__(self) -> None:
        self._figures: list[dict[str, float]] = []
        self._lines: dict[str, list[str]] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put marked items first."""
        items.sort(key=lambda item: item.get_closest_marker("replayed_first") is None)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect from the reports, which also travel from a worker process."""
        if report.when != "teardown":
            return
        for name, record in report.user_properties:
            if name == FIGURES_RECORD and isinstance(record, dict):
                self._figures.append(record)
            if name in _SECTIONS and isinstance(record, list):
                self._lines[name] = [str(line) for line in record]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
        """Print the figures of the search, what became of the faults, and how often each rule fired."""
        plan = search_of(config)
        if self._figures or plan.seed is not None:
            terminalreporter.section(f"generated sequences ({plan})")
        for figures in self._figures:
            terminalreporter.line(
                f"{figures['sequences']:,} sequences, {figures['bars']:,} bars, {figures['trades']:,} closed trades,"
            )
            terminalreporter.line(
                f"median {figures['median_accepted']:g} accepted orders, "
                f"{figures['share_without_fill']:.1%} without a fill"
            )
        for name, heading in _SECTIONS.items():
            if name in self._lines:
                terminalreporter.section(heading)
            for line in self._lines.get(name, ()):
                terminalreporter.line(line)


def register(config: pytest.Config) -> None:
    """Add the plugin to a session.

    A random seed is drawn here, into the options, so that worker processes search from the same one.
    """
    if config.getoption(PROFILE_OPTION, "default") == "long" and config.getoption(SEED_OPTION) is None:
        config.option.parity_seed = secrets.randbits(63)
    config.addinivalue_line("markers", "replayed_first: runs before every other gate")
    add_plugin(config, SearchPlugin(), "omega-parity-search")
    if is_set(CI_VARIABLE):
        _leave_tree_alone(config)


def _leave_tree_alone(config: pytest.Config) -> None:
    """Keep pytest's memory of failures and Hypothesis' files out of the tree."""
    for name in ("lfplugin", "nfplugin"):
        if config.pluginmanager.has_plugin(name):
            config.pluginmanager.unregister(name=name)
    set_hypothesis_home_dir(folder_to_write().parent / "hypothesis")

"""Where a check stands: both sides, how far it goes, and what it compared; and the list that every check enters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from omega.compare.answers import compare_results
from omega.compare.compare import Comparison
from omega.compare.outcome import Failure
from omega_parity.drive.observe import capture
from omega_parity.drive.sides import Sides
from omega_parity.generate.cases import Case
from omega_parity.judge.run_case import OnSeen, run_case
from omega_parity.judge.verdict import CaseVerdict

COUNTS: Final = ("comparisons", "bits_differing", "bars", "events", "fills", "trades", "crossings")

_FEWEST: Final = 3
"""Of the parameters of a check, in the quickest look."""

_T = TypeVar("_T")


class CheckFailedError(AssertionError):
    """A check does not hold; its text says where and what differs. Raised, never asserted: ``-O`` changes nothing.

    Attributes
    ----------
    case : Case or None
        What differs, where that is a run.
    """

    def __init__(self, why: str, case: Case | None = None) -> None:
        super().__init__(why)
        self.case = case


class LeftOutError(Exception):
    """A check cannot be done here; its text says why.

    Attributes
    ----------
    is_declared : bool
        Whether the platform is why; otherwise it speaks against a GO in a checkout.
    """

    def __init__(self, why: str, *, is_declared: bool = False) -> None:
        super().__init__(why)
        self.is_declared = is_declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How far a check goes; never what kind of things it compares.

    Attributes
    ----------
    name : str
        Who asks, for the report.
    share : float
        Of the generated inputs, where 1.0 is the default of the gates.
    every : int
        Of a list of inputs, such as broken tables, every so manyth is taken.
    seed : int or None
        Of a random search; None for one that depends on the commit only.
    """

    name: str
    share: float = 1.0
    every: int = 1
    seed: int | None = None

    def few(self, whole: int, least: int = 1) -> int:
        """Return how many of ``whole`` generated inputs are taken."""
        return max(least, int(whole * self.share))

    def some(self, whole: Sequence[_T], least: int = 1) -> Sequence[_T]:
        """Return every so manyth of a list, and at least so many of it."""
        step = max(1, min(self.every, len(whole) // max(1, least)))
        return whole[::step]


GATE: Final = Extent(name="gate")
VERIFY: Final = Extent(name="verify", share=0.1)
QUICK: Final = Extent(name="quick", share=0.02, every=9)


class Bench:
    """Compares for one check, and counts.

    Attributes
    ----------
    counts : Counter
        Sums by the names of :data:`COUNTS`.
    compared, differing : Counter
        Values compared, and those that differ, by component.
    bar_set : str
        Name of the bars of the last run; empty without one.
    kept : Path or None
        Where counterexamples are kept; None for where the gates keep theirs.
    """

    def __init__(self, sides: Sides, extent: Extent, kept: Path | None = None) -> None:
        self.sides = sides
        self.extent = extent
        self.kept = kept
        self.counts: Counter[str] = Counter()
        self.compared: Counter[str] = Counter()
        self.differing: Counter[str] = Counter()
        self.bar_set = ""
        self._component = "event_engine"

    def begin(self, component: str) -> None:
        """Count calls for ``component`` from now on."""
        self._component = component

    def settle(self, comparison: Comparison, about: object = "") -> Comparison:
        """Count a comparison made elsewhere, and fail on its first difference."""
        self.compared[self._component] += comparison.comparisons
        self.differing[self._component] += comparison.values_differing
        self.counts["comparisons"] += comparison.comparisons
        self.counts["bits_differing"] += comparison.bits_differing
        if comparison.differences:
            shown = "\n".join(map(str, comparison.differences[:3]))
            raise CheckFailedError(f"{about}: {comparison.values_differing} values differ\n{shown}")
        return comparison

    def agree(self, reference: Callable[[], object], candidate: Callable[[], object], *, about: object = "") -> Any:
        """Compare what two calls return, or how they fail; return what became of the reference's."""
        left, right = capture(reference), capture(candidate)
        self.settle(compare_results(left, right), about)
        return left

    def refuse(self, reference: Callable[[], object], candidate: Callable[[], object], *, about: object) -> Failure:
        """Compare two calls, fail unless both are refused alike, and return how."""
        found: Failure = self.agree(reference, candidate, about=about)
        self.require(isinstance(found, Failure), f"{about} was not refused")
        return found

    def answer(self, reference: Callable[[], object], candidate: Callable[[], object], *, about: object) -> None:
        """Compare two calls, and fail unless neither is refused."""
        found = self.agree(reference, candidate, about=about)
        self.require(not isinstance(found, Failure), f"{about} was refused")

    def judge(self, case: Case, on_seen: OnSeen | None = None) -> CaseVerdict:
        """Run a case on both sides, and fail unless it is a GO."""
        verdict = run_case(case, self.sides, on_seen=on_seen)
        self.bar_set = case.name.split("/")[0]
        self.compared.update(verdict.compared)
        self.differing.update(verdict.differing)
        for name in COUNTS:
            self.counts[name] += getattr(verdict, name)
        if not verdict.is_go:
            raise CheckFailedError(f"{case.name}: {'; '.join(verdict.against)}", case)
        return verdict

    def count(self, comparisons: int) -> None:
        """Count values that were compared elsewhere and did not differ."""
        self.compared[self._component] += comparisons
        self.counts["comparisons"] += comparisons

    def require(self, is_so: bool, why: str, case: Case | None = None) -> None:
        """Fail with ``why`` unless something is so; ``case`` is a run that shows it."""
        if not is_so:
            self.differing[self._component] += 1
            raise CheckFailedError(why, case)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check, which the gates of pytest and ``omega verify`` both do.

    Attributes
    ----------
    kind : str
        What kind of thing it compares, as ``layouts of tables``.
    name : str
        Its name within the kind.
    component : str
        The one that its calls are about; runs are shared out by what they show.
    parameters : tuple
        What it is done for, one by one, each by a name; empty for a check without.
    is_market : bool
        Whether it needs the real market data.
    rules : tuple of str
        Rules of its component that calls apply and no run counts.
    """

    kind: str
    name: str
    component: str
    body: Callable[..., None]
    parameters: tuple[Any, ...] = ()
    is_market: bool = False
    rules: tuple[str, ...] = ()

    def __call__(self, bench: Bench, *parameter: object) -> None:
        """Do it, for one parameter if it has any; raise :class:`CheckFailedError` when it does not hold.

        A bench serves many calls: each has to compare something itself.
        """
        before = bench.counts["comparisons"]
        bench.begin(self.component)
        self.body(bench, *parameter)
        bench.require(bench.counts["comparisons"] > before, "nothing was compared")

    @staticmethod
    def least(count: int, extent: Extent) -> int:
        """Return how often a check with ``count`` parameters is done."""
        return len(extent.some(range(count), _FEWEST))

    def calls(self, extent: Extent) -> Iterator[tuple[object, ...]]:
        """Yield what it is called with, as far as ``extent`` goes."""
        if not self.parameters:
            yield ()
        for parameter in extent.some(self.parameters, _FEWEST):
            yield (parameter,)


CHECKS: Final[dict[str, Check]] = {}
"""Every check by kind and name, in the order in which they are done."""


def check(
    kind: str,
    component: str,
    parameters: Sequence[object] = (),
    *,
    is_market: bool = False,
    rules: tuple[str, ...] = (),
) -> Callable[[Callable[..., None]], Check]:
    """Enter a function into the list of checks."""

    def enter(body: Callable[..., None]) -> Check:
        name = body.__name__.replace("_", " ")
        made = Check(
            kind=kind,
            name=name,
            component=component,
            body=body,
            parameters=tuple(parameters),
            is_market=is_market,
            rules=rules,
        )
        CHECKS[f"{kind}: {name}"] = made
        return made

    return enter

"""Both sides on one input: shadow, verify, and the way back from a failure (F-2, F-5).

Whoever is served knows nothing of it: a divergence or a failure is counted, logged and kept as a case that replays it,
and the caller gets what the reference says.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Generic, NamedTuple, TypeVar, cast

from omega.boundary.guard import code_of, is_foreign, text_of
from omega.compare.compare import Comparison
from omega.compare.outcome import Failure
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.protocols import OnProgress
from omega.flags.plan import Serving, Sides
from omega.flags.sampling import is_drawn, verify_share
from omega.serve.cases import keep
from omega.serve.counters import Served, count
from omega.serve.planning import OmegaWarning

T = TypeVar("T")

Facts = Mapping[str, object]
Files = Mapping[str, bytes | str]

_LOG: Final = logging.getLogger("omega.serve")
_ADAPTER: Final = "omega.serve.native"
_COMPONENT_OF: Final = {
    "CostModel": "slippage_fee",
    "IndicatorCache": "indicator_cache",
    "IndicatorStream": "indicator_cache",
    "PortfolioModel": "portfolio",
    "Engine": "event_engine",
    "ExecutionSimulator": "execution_simulator",
    "DataHandler": "data_handler",
    "CheckedBars": "data_handler",
    "MultiSymbol": "multi_symbol",
}
"""Which component a class of the adapter is."""

_MOST_LINES: Final = 25


@dataclass(slots=True, kw_only=True)  # frozen it would take three times as long to make
class Task(Generic[T]):
    """Something that either side can do.

    Attributes
    ----------
    component : str
        Which is counted, where nothing names another.
    attempt : callable
        Does it on the sides given; makes what it needs anew and changes nothing that is given.
    compare : callable
        Compares what two attempts came to.
    files : callable
        Makes the files of a case that replays it, from the facts that stand in it.
    key : callable
        Tells it apart from others, for the draw of those that are verified besides.
    find_bar : callable, optional
        Finds the bar of the run in which those sides fail.
    where : callable, optional
        Says where two values part, in one line.
    """

    component: str
    attempt: Callable[[Sides, OnProgress | None], T]
    compare: Callable[[T | Failure, T | Failure], Comparison]
    files: Callable[[Facts], Files]
    key: Callable[[], bytes]
    find_bar: Callable[[Sides], int | None] = lambda _: None
    where: Callable[[T, T], str] = lambda _, __: ""


class Settled(NamedTuple, Generic[T]):
    """What is served, which sides it is of, and what was counted on the way."""

    value: T
    sides: Sides
    served: Mapping[str, Served]


class Attempt(NamedTuple, Generic[T]):
    """What one side came to: a value or an error."""

    value: T | None
    error: BaseException | None
    seconds: float

    @property
    def outcome(self) -> T | Failure:
        """The value, or the error as it is compared."""
        return cast("T", self.value) if self.error is None else Failure.of(self.error)

    def result(self) -> T:
        """Return the value or raise the error."""
        if self.error is not None:
            raise self.error
        return cast("T", self.value)


def attempted(call: Callable[[], T]) -> Attempt[T]:
    """Make a call and return what it came to; Ctrl-C and the end of the process go through."""
    begun = time.perf_counter()
    value, error = None, None
    try:
        value = call()
    except BaseException as raised:  # a panic of PyO3 is no Exception
        if not is_foreign(raised):
            raise
        error = raised
    return Attempt(value, error, time.perf_counter() - begun)


def drawn(serving: Serving, key: Callable[[], bytes]) -> Serving:
    """Return how a task is served: as planned, or verified because it was drawn (F-2)."""
    if serving.can_be_sampled:
        share = verify_share()
        if share > 0.0 and is_drawn(share, key()):
            return serving.sampled()
    return serving


def settle(serving: Serving, task: Task[T], on_progress: OnProgress | None = None) -> Settled[T]:
    """Do a task as the flags say, and serve what they say.

    Raises
    ------
    Exception
        What the side that serves raises. Of a side that is only compared, or that the reference steps in for, no error
        comes out; an exception of ``on_progress`` always does.
    """
    serving = drawn(serving, task.key)
    if serving.mode == "alone":
        return Settled(value=task.attempt(serving.served, on_progress), sides=serving.served, served={})
    desk = _Desk(serving, task, _Progress(on_progress))
    settled = desk.guarded() if serving.mode == "guarded" else desk.both()
    for component, served in settled.served.items():
        count(component, served)
    return settled


@dataclass(slots=True)
class _Progress:
    """The caller's callback: it never goes back, and what it raises is its own."""

    callback: OnProgress | None
    done: int = 0
    raised: list[BaseException] = field(default_factory=list)

    @property
    def report(self) -> OnProgress | None:
        return None if self.callback is None else self._report

    def _report(self, done: int, total: int) -> None:
        if done <= self.done:
            return  # the reference catches up with what Rust had told
        self.done = done
        assert self.callback is not None, "report says so"
        try:
            self.callback(done, total)
        except BaseException as error:
            self.raised.append(error)
            raise


class _Desk(Generic[T]):
    """One task on its way."""

    def __init__(self, serving: Serving, task: Task[T], progress: _Progress) -> None:
        self._serving = serving
        self._task = task
        self._progress = progress

    def guarded(self) -> Settled[T]:
        """Let Rust do it, and the reference where Rust fails."""
        serving, task = self._serving, self._task
        first = self._attempt(serving.candidate, self._progress.report)
        if first.error is None or not is_failure(first.error):
            return self._settled(first.result(), serving.candidate, Served(calls=1, rust_seconds=first.seconds))
        second = self._attempt(serving.reference, self._progress.report)
        if is_alike(first.error, second.error):
            second.result()
        component = component_of(first.error, task.component)
        note_failure(component, first.error, task.find_bar(serving.candidate), task.files)
        counted = {
            component: Served(fallbacks=1),
            task.component: Served(calls=1, python_seconds=second.seconds, rust_seconds=first.seconds),
        }
        if component == task.component:
            counted = {component: counted[component] + Served(fallbacks=1)}
        return Settled(value=second.result(), sides=serving.reference, served=counted)

    def both(self) -> Settled[T]:
        """Let both do it, compare, and serve the reference, or Rust where that is asked for and every bit is equal."""
        serving, task = self._serving, self._task
        reference = self._attempt(serving.reference, self._progress.report)
        candidate = self._attempt(serving.candidate, None)
        comparison = task.compare(reference.outcome, candidate.outcome)
        counted = Served(calls=1, compared=1, python_seconds=reference.seconds, rust_seconds=candidate.seconds)
        if comparison.differences:
            where = ""
            if reference.error is None and candidate.error is None:
                where = task.where(reference.result(), candidate.result())
            component = serving.compared[0] if len(serving.compared) == 1 else task.component
            note_divergence(component, comparison, where, task.files, is_alarm=serving.mode == "verify")
            return self._settled(reference.result(), serving.reference, counted + Served(divergences=1))
        if serving.mode == "verify":
            return self._settled(candidate.result(), serving.candidate, counted)
        return self._settled(reference.result(), serving.reference, counted)

    def _settled(self, value: T, sides: Sides, served: Served) -> Settled[T]:
        return Settled(value=value, sides=sides, served={self._task.component: served})

    def _attempt(self, sides: Sides, on_progress: OnProgress | None) -> Attempt[T]:
        found = attempted(lambda: self._task.attempt(sides, on_progress))
        if found.error is not None and any(found.error is own for own in self._progress.raised):
            found.result()
        return found


def is_failure(error: BaseException) -> bool:
    """Whether an error is Rust's own: a panic, an internal error, a module that must not be used, no room, an exception
    of the twin of an indicator of one's own (Q-I18c).

    What Rust refuses because the contract does, limits of X-5 and features that are not built included, is the
    caller's.
    """
    if not is_foreign(error) or _class_in_adapter(error.__traceback__) is None:
        return False
    if not isinstance(error, OmegaError):
        return True
    if error.rule in ("F-6", "X-3") or (error.rule, error.code) == ("I-18", ErrorCode.COMPUTATION_FAILED):
        return True
    return error.code >= ErrorCode.INTERNAL_ERROR and error.code not in (
        ErrorCode.NOT_IMPLEMENTED,
        ErrorCode.LIMIT_EXCEEDED,
    )


def component_of(error: BaseException, otherwise: str) -> str:
    """Name the component that failed, by the class of the adapter that the error came through."""
    return _COMPONENT_OF.get(_class_in_adapter(error.__traceback__) or "", otherwise)


def _class_in_adapter(trace: TracebackType | None) -> str | None:
    """Name the class whose method called Rust, empty for a function; None for an error that never was there."""
    found = None
    while trace is not None:
        code = trace.tb_frame.f_code
        if trace.tb_frame.f_globals.get("__name__") == _ADAPTER and (found is None or "." in code.co_qualname):
            found = code.co_qualname.partition(".")[0] if "." in code.co_qualname else ""
        trace = trace.tb_next
    return found


def is_alike(failure: BaseException, other: BaseException | None) -> bool:
    """Whether the reference refuses in the same way what Rust failed on: then it is the caller's after all."""
    if isinstance(failure, OmegaError) and isinstance(other, OmegaError):
        return failure.code is other.code
    return type(failure) is type(other)


def note_failure(component: str, error: BaseException, bar: int | None, files: Callable[[Facts], Files]) -> None:
    """Log that Rust was left, and keep the input."""
    code, text = (error.code, error.message) if isinstance(error, OmegaError) else (code_of(error), text_of(error))
    why = f"{component} failed in Rust with {int(code)} {code.name}: {text}"
    report = f"{why}\nthe reference went on; bar {'unknown' if bar is None else f'{bar:,}'}"
    kept = keep(component, files({"found_by": "fallback", "why": why, "bar": bar}), report)
    _LOG.warning("fallback: component=%s code=%d bar=%s: %s; %s", component, code, bar, text, kept)


def note_divergence(
    component: str, comparison: Comparison, where: str, files: Callable[[Facts], Files], *, is_alarm: bool
) -> None:
    """Log that both sides differ, and keep the input; under ``verify`` raise the alarm too."""
    lines = divergence_lines(component, comparison, where)
    why = str(comparison.differences[0])
    kept = keep(component, files({"found_by": "divergence", "why": why}), "\n".join(lines))
    message = f"{lines[0]}; {why}; {kept}"
    _LOG.error("divergence: component=%s: %s", component, message)
    if is_alarm:
        warnings.warn(f"Rust is not served: {message}", OmegaAlarm, stacklevel=2)


def divergence_lines(component: str, comparison: Comparison, where: str) -> Sequence[str]:
    """Tell a divergence in at most 25 lines."""
    head = f"{component} differs between Python and Rust{f': {where}' if where else ''}"
    counted = f"{comparison.comparisons:,} values compared, {comparison.values_differing:,} differ"
    fields = [f"  {one}" for one in comparison.differences]
    shown = fields[: _MOST_LINES - 3]
    more = [f"  and {len(fields) - len(shown)} fields more"] if len(fields) > len(shown) else []
    return [head, counted, *shown, *more]


class OmegaAlarm(OmegaWarning):
    """Rust was to be served and differs from the reference, which was served in its place (F-2)."""
